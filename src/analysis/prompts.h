/* prompts.h - what models are told: versions compiled in from prompts/, and how one is read.
 *
 * A file prompts/TASK.VERSION.md is a prompt: a line "why: the reason for the change", an empty
 * line, and the rules. Immutable; which version is in use, and for whom, says experiment.h. Any
 * thread. */
#pragma once

#include "base/status.h"
#include "model/prompt.h"

/* Those compiled in; of a task oldest first. */
size_t prompt_list_shipped(const struct prompt **prompts);

/* Absent version: the newest; NULL: there is none. */
const struct prompt *prompt_find_shipped(str task, str version);
const struct prompt *prompt_find(const struct prompt *prompts, size_t count, str task, str version);

/* `name` is the file's, with its folder; what is read borrows from both. INVALID names file and
 * line. */
enum status prompt_parse(str name, str text, struct prompt *prompt, struct error *err) MUST_CHECK;

/* What any prompt must keep to, wherever it comes from; INVALID names the field. */
enum status prompt_check(const struct prompt *prompt, struct error *err) MUST_CHECK;
bool prompt_is_name(str name); /* letters, digits, '.', '_' and '-' */

/* An estimate that is never below the providers' own count by much. */
int prompt_count_tokens(str rules);
