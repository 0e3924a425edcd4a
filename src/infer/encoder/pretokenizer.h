/* pretokenizer.h - cuts a text into the words that byte-level BPE works on.
 *
 * The pattern is GPT-2's (Radford et al. 2019), which RoBERTa and its kin share:
 *
 *     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * written out by hand over Unicode's categories, so that time grows with the text's length only.
 * Every byte of the text is in exactly one word. `\s` is Unicode's White_Space, as in Hugging
 * Face's own tokenizers; their JavaScript takes U+FEFF for one and U+0085 for none. */
#pragma once

#include "base/str.h"

/* The word at byte `*at` of valid UTF-8; moves `*at` past it. `*at` must lie before the end. */
str pretokenizer_next(str text, size_t *at);

bool pretokenizer_is_space(uint32_t code);
