/* doubt.h - what the local model says of the parts of a text that another calls happy. */
#pragma once

#include "base/str.h"

struct analyst;

/* How negative its most negative part is, 0 to 1, read alone: what hides a complaint among other
 * words hides it from a reading of the whole. Needs a model. Takes some microseconds for each line
 * of text. Any thread. */
double doubt_anger(const struct analyst *analyst, str text);
