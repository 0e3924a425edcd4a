/* severity.h - weak labels: how grave a message is, guessed by rule where a rule is sure.
 *
 * No public set says how grave feedback is. These rules follow models/SEVERITY.md; they only teach,
 * and the model that learns from them is what answers. */
#pragma once

#include "base/str.h"

#include <stdint.h>

/* `sentiment` and `topic` may be LABEL_NONE. LABEL_NONE: no rule is sure. */
int8_t severity_guess(str text, int sentiment, int topic);
