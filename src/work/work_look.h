/* work_look.h - what the tests of this room see of the database, and what their jobs do there. */
#pragma once

#include "model/labels.h"
#include "store/store_event.h"
#include "work/work_fixture.h"

struct counting {
    const char *sql;
    int64_t count;
};

static inline enum status count_rows(struct db_session *session, void *argument, struct error *why)
{
    struct counting *counting = argument;
    struct db_statement *s = db_prepare_text(session, str_from_z(counting->sql));
    if (db_row(s))
        counting->count = db_integer(s, 0);
    return db_end(s, why);
}

static inline int64_t count(const char *sql)
{
    struct counting counting = {.sql = sql};
    EXPECT(db_read(store_db(fixture.store), DB_SHORT, count_rows, &counting, &err) == STATUS_OK);
    return counting.count;
}

/* What is in the queue, and what has died: in the arena. */
struct looking {
    struct job *jobs;
    struct dead_letter *letters;
    size_t job_count, letter_count;
};

static inline enum status look_at_all(struct db_session *session, void *argument, struct error *why)
{
    struct looking *looking = argument;
    struct job_page page = {.filter = {.state = LABEL_NONE, .limit = 1000}};
    struct letter_page letters = {.filter = page.filter};
    enum status status = queue_list(fixture.queue, session, &fixture.arena, &page, why);
    if (status == STATUS_OK)
        status = queue_list_dead(fixture.queue, session, &fixture.arena, &letters, why);
    *looking = (struct looking){page.jobs, letters.letters, page.count, letters.count};
    return status;
}

static inline struct looking look(void)
{
    struct looking looking = {0};
    EXPECT(db_read(store_db(fixture.store), DB_SHORT, look_at_all, &looking, &err) == STATUS_OK);
    return looking;
}

/* What the effect of a job is here: an entry of the audit log, in the commit that ends the job. */
static inline enum status note(struct db_session *session, const char *action,
                               const struct job *job, struct error *why)
{
    char attempt[16];
    snprintf(attempt, sizeof attempt, "%d", job->attempts);
    struct audit_entry entry = {.tenant_id = job->tenant_id,
                                .actor = STR("worker"),
                                .action = action,
                                .subject = str_from_z(job->id),
                                .detail = str_from_z(attempt)};
    return store_add_audit(session, &entry, why);
}

static inline enum status add_effect(struct db_session *session, void *argument, struct error *why)
{
    struct work_call *call = argument;
    enum status status = note(session, "effect", &call->job, why);
    return status == STATUS_OK ? work_finish(call, session, why) : status;
}

static inline enum status do_effect(struct work_call *call, struct error *why)
{
    return db_write(store_db(call->services->store), add_effect, call, why);
}

static inline int64_t effects(void)
{
    return count("SELECT COUNT(*) FROM audit_log WHERE action = 'effect'");
}
