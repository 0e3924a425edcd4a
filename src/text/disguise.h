/* disguise.h - a text as it is meant to be read, whatever its letters are.
 *
 * For looking for words that somebody may want to hide: Latin small letters in place of those that
 * only look like them (Unicode TR 39), are wide, bear marks, or are digits among letters; and words
 * whose letters stand apart (p o s i t i v e, p.o.s.i.t.i.v.e) together again. What is written in
 * another script comes out as nonsense: look at the text itself, too. */
#pragma once

#include "base/str.h"

str text_without_disguise(struct arena *arena, str text); /* valid UTF-8 in and out */
