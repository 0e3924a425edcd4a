/* eval_names.h - how well names of people are hidden: `hark eval --task names`. */
#pragma once

#include "command/command.h"

/* Measures on the test sets under `folder` and on rows of our own, and prints a table. */
enum status eval_names(struct command_call *call, const char *folder, struct error *err) MUST_CHECK;
