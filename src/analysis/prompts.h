/* prompts.h - what models are told: versions compiled in from prompts/, and each tenant's own.
 *
 * A file prompts/TASK.VERSION.md is a prompt: lines "key: value" (why: the reason for the change),
 * an empty line, and the rules. Immutable versions; which one is active, which one is a canary and
 * for what share, is the experiment's (store/store_experiment.h). Any thread. */
#pragma once

#include "base/status.h"
#include "base/str.h"

struct prompt {
    str task, version; /* "classify", "v1" */
    str rules;
    str why;
    int64_t tenant_id; /* 0: shipped */
};

const struct prompt *prompt_find_shipped(str task,
                                         str version); /* absent version: the newest; or NULL */
size_t prompt_list_shipped(str task, const struct prompt **prompts);
/* INVALID names file and line, or the field: no rules, too long, an unknown key. */
enum status prompt_parse(struct arena *arena, str name, str text, struct prompt *prompt,
                         struct error *err) MUST_CHECK;
int prompt_count_tokens(
    str rules); /* an estimate that is never below the providers' own count by much */
