/* intake_topic.h - the topic of similar feedback, where no language model gave one (DESIGN 8.7). */
#pragma once

#include "intake/intake.h"

/* Once all that is known by now has been said of it: gives an item that the local model alone has
 * understood the topic of what was much like it, and counts whether that would have been right
 * where a language model has just said: there only where nobody is asked for vectors of texts, as
 * no customer waits for a count. Nothing, unless intake->similar_topic is set. Waits as fibers do,
 * until `until_us` (clock_monotonic_us()) at most where somebody is asked. */
void intake_reuse_topic(const struct intake_options *intake, struct feedback *item,
                        uint64_t until_us);
