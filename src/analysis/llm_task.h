/* llm_task.h - something a language model is asked to do: a row of a table and two functions.
 *
 * A task names its job, its prompt and the schema of its answer; `parse` makes what was asked for
 * of the answer, checking everything (enums, ranges, lengths, no markup; unknown keys are ignored),
 * and `locally` does it without a model. llm_task_run() goes along the job's chain: asks, parses,
 * has one answer mended if the time allows, and falls back. The text of a customer goes in a random
 * fence, without invisible characters, with the rules before and after it (llm.md C.4). */
#pragma once

#include "base/json.h"
#include "llm/llm.h"

struct prompt;

struct llm_task {
    const char *name; /* "classify" */
    enum llm_job job;
    const char *schema_name, *schema;
    int max_tokens;

    /* INVALID says what is wrong with the answer, in words for the model too. */
    enum status (*parse)(struct arena *arena, const struct json *answer, void *result,
                         struct error *err);
    /* Optional: whether the next model of the chain should be asked after this result. */
    bool (*is_unsure)(const void *result);
};

struct llm_run {
    struct llm *llm;
    const struct prompt *prompt;
    str text; /* redacted */
    str user_hash, idempotency_key;
    uint64_t until_ms;
    bool is_patient;
    void *result; /* the task's own struct */

    /* Filled, also when it fails. */
    struct llm_reply reply; /* the last; its cost and usage are sums over all that was asked */
    bool was_mended;
    size_t links_asked;
};

enum status llm_task_run(const struct llm_task *task, struct arena *arena, struct llm_run *run,
                         struct error *err) MUST_CHECK;
