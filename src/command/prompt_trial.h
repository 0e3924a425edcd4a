/* prompt_trial.h - `hark replay --prompt`: what a version of the prompt would change, on feedback
 * that is stored; told before it is paid for, and kept nowhere. */
#pragma once

#include "command/command.h"

enum exit_code prompt_trial_run(const struct command_call *call);

/* How far ago, or when: RFC 3339, or 90s, 15m, 1h, 2d. False: it is neither. */
bool replay_read_time(str text, int64_t *at_us);
