/* llm_task.h - something a language model is asked to do: a row of a table and two functions.
 *
 * A task names its job, the schema of its answer, and how an answer is read: `parse` makes what was
 * asked for of it, checking everything (enums, ranges, lengths, no markup; unknown keys are
 * ignored). llm_task_run() goes along the job's chain: asks, parses, has an answer that cannot be
 * used mended once if the time allows, and asks the next where one fails or is unsure. The text of
 * a customer goes into a random fence, without invisible characters, with the rules before it and a
 * reminder after it (llm.md C.4). On a fiber; any loop. */
#pragma once

#include "base/json.h"
#include "llm/llm.h"

struct prompt;

struct llm_task {
    const char *name; /* "classify"; also of its prompts */
    enum llm_job job;
    const char *schema_name, *schema;
    const char *reminder; /* said after the text */
    int max_tokens;
    size_t result_size; /* of the task's own struct */

    /* INVALID says what is wrong with the answer, in words for the model too: rules, never anything
     * of the answer itself, as they are logged. Texts live in the arena. */
    enum status (*parse)(struct arena *arena, const struct json *answer, void *result,
                         struct error *err);
    /* Optional: whether the next of the chain should be asked after this result. */
    bool (*is_unsure)(const void *result);
};

/* Who pays for calls: each stands between the two. */
struct llm_payer {
    /* A failure, and there is no call: FULL when no budget allows it. Where a budget has no room
     * for all the tries of a patient request, it is made one of a single try. */
    enum status (*reserve)(struct llm_payer *payer, struct llm_request *request, struct error *err);
    /* `ended` is what llm_complete() gave, or INVALID when its answer could not be used. */
    void (*settle)(struct llm_payer *payer, const struct llm_request *request, enum status ended,
                   bool is_mending, const struct llm_reply *reply);
};

struct llm_run {
    struct llm *llm;
    const struct prompt *prompt;
    struct llm_payer *payer; /* NULL: nobody counts */
    str text;                /* redacted */
    str language;            /* BCP 47; absent: not known */
    str user_hash, request_id;
    str idempotency_key; /* each call has it with its own number behind */
    size_t first_link;   /* of the chain: where to begin */
    size_t most_links;   /* and with how many to go on; 0: all that are left */
    uint64_t until_ms;
    bool is_patient;
    void *result; /* the task's own struct; untouched when it fails */

    /* Filled, also when it fails: of the call whose answer stands, or of the last. Cost and usage
     * are sums over all that was asked, tries too. */
    struct llm_reply reply;
    bool was_mended;
    size_t calls;
};

/* What llm_complete() gives for the last that was asked, or what the payer said; INVALID: no answer
 * could be used. Each answer that could not be is logged here, by its hash. */
enum status llm_task_run(const struct llm_task *task, struct arena *arena, struct llm_run *run,
                         struct error *err) MUST_CHECK;

/* An answer, as it came: JSON and nothing beside it, then what the task makes of it. */
enum status llm_task_read(const struct llm_task *task, struct arena *arena, str text, void *result,
                          struct error *err) MUST_CHECK;

/* A text without what people cannot see; and that inside `fence`, which is cut out of it first,
 * with the reminder after it. */
str llm_visible_text(struct arena *arena, str text);
str llm_fence_text(struct arena *arena, const struct llm_task *task, str fence, str text);
str llm_make_fence(struct arena *arena);
