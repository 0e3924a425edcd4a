/* Jobs that may be what ended the process.
 *
 * What ran when a process died has lost an attempt, though it may be another's fault; without this,
 * one job that crashes Hark would take with it all that were begun at the same time, as often as
 * its attempts allow. So a job whose last two attempts ended without a word has its last one while
 * no other such job runs. */
#include "base/json.h"
#include "queue/queue_death.h"
#include "work/work_inside.h"

enum {
    ENOUGH = 2 /* one power cut is no reason to suspect anybody */
};

static bool is_silent(const struct json *entry)
{
    const struct json *error = json_find(entry, "error");
    return error != NULL && (str_equal_z(error->string, queue_process_ended) ||
                             str_equal_z(error->string, queue_lease_ran_out));
}

bool work_is_suspect(const struct job *job, const struct work_kind *kind)
{
    struct arena arena = {0};
    const struct json *history;
    int in_a_row = 0;
    bool is_last = job->attempts > ENOUGH && job->attempts >= kind->rules.most_attempts;
    if (is_last && json_parse(&arena, job->history, &history, NULL) == STATUS_OK)
        for (const struct json *entry = history->first; entry != NULL; entry = entry->next)
            in_a_row = is_silent(entry) ? in_a_row + 1 : 0;
    arena_reset(&arena);
    return in_a_row >= ENOUGH;
}
