/* search_quality.h - how often a search finds what was meant: `hark eval --task search FILE`.
 *
 * Each line of FILE is a part's name, a topic, a query and a text, with tabs between; where the
 * query is "-", the text is only there to be mistaken for another. All texts go into a database
 * made for it, through the same doors as a customer's; each query is then asked in each mode. */
#pragma once

#include "command/command.h"

enum status search_quality_print(struct command_call *call, const char *path,
                                 struct error *err) MUST_CHECK;
