/* prompts.h - what models are told: versions compiled in from prompts/, and how one is read.
 *
 * A file prompts/TASK.VERSION.md is a prompt: lines "key: value" (why: the reason for the change),
 * an empty line, and the rules. Immutable; which version is in use, and for whom, says
 * experiment.h. Any thread. */
#pragma once

#include "base/status.h"
#include "model/prompt.h"

enum {
    PROMPT_MOST_RULES = 8000, /* code points */
    PROMPT_MOST_WHY = 500,
    PROMPT_MOST_VERSION = 32
};

/* Absent version: the newest; NULL: there is none. */
const struct prompt *prompt_find_shipped(str task, str version);
/* Those of a task, oldest first; all tasks' for an absent one. */
size_t prompt_list_shipped(str task, const struct prompt **prompts);

/* `name` is the file's; what is read borrows from both. INVALID names file and line, or the
 * field. */
enum status prompt_parse(struct arena *arena, str name, str text, struct prompt *prompt,
                         struct error *err) MUST_CHECK;

/* What any prompt must keep to, wherever it comes from; INVALID names the field. */
enum status prompt_check(const struct prompt *prompt, struct error *err) MUST_CHECK;

/* An estimate that is never below the providers' own count by much. */
int prompt_count_tokens(str rules);
