/* queue_fixture.h - what the tests of this room share: a queue on a clock that stands still until
 * it is moved, and the calls of queue.h each in a transaction of its own. */
#pragma once

#include "base/clock.h"
#include "base/test.h"
#include "model/labels.h"
#include "queue/queue.h"
#include "queue/sql/queue_schema.h"

#include <string.h>
#include <unistd.h>

struct queue_fixture {
    char folder[48], url[80];
    struct db_options db_options;
    struct db *db;
    struct queue_options options;
    struct queue *queue;
    int64_t now;
    struct arena arena;
    struct error err;
};

static const char *const queue_fixture_schema[] = {
    queue_schema,
    "CREATE TABLE effects (number SERIAL_ID, job_id TEXT NOT NULL);",
};

static inline int64_t queue_fixture_now(void *clock)
{
    return *(const int64_t *)clock;
}

static inline void queue_fixture_open_db(struct queue_fixture *fixture)
{
    /* In memory, where there is such a place: what is tested here is not the disk. */
    snprintf(fixture->folder, sizeof fixture->folder, "%s/hark-queue-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    EXPECT(mkdtemp(fixture->folder) != NULL);
    snprintf(fixture->url, sizeof fixture->url, "sqlite:%s/queue.db", fixture->folder);
    fixture->db_options.url = str_from_z(fixture->url);
    EXPECT(db_open(&fixture->db, &fixture->db_options, &fixture->err) == STATUS_OK);
    EXPECT(db_migrate(fixture->db, queue_fixture_schema, 2, NULL, &fixture->err) == STATUS_OK);
}

/* `options` need not say db nor clock. */
static inline void queue_fixture_open(struct queue_fixture *fixture,
                                      const struct queue_options *options)
{
    fixture->options = *options;
    fixture->options.db = fixture->db;
    fixture->options.now_us = queue_fixture_now;
    fixture->options.clock = &fixture->now;
    EXPECT(queue_open(&fixture->queue, &fixture->options, &fixture->err) == STATUS_OK);
}

/* As after a crash: memory is lost, what was committed is not. */
static inline void queue_fixture_open_again(struct queue_fixture *fixture)
{
    queue_close(fixture->queue);
    EXPECT(queue_open(&fixture->queue, &fixture->options, &fixture->err) == STATUS_OK);
}

static inline void queue_fixture_close(struct queue_fixture *fixture)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    queue_close(fixture->queue);
    db_close(fixture->db);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char path[80];
        snprintf(path, sizeof path, "%s/queue.db%s", fixture->folder, endings[i]);
        unlink(path);
    }
    rmdir(fixture->folder);
    arena_reset(&fixture->arena);
}

/* One call inside a transaction, for db_write(). */
struct queue_act {
    enum {
        ACT_PUT,
        ACT_FINISH,
        ACT_FAIL,
        ACT_GIVE_BACK,
        ACT_CANCEL,
        ACT_REDRIVE,
        ACT_PURGE
    } what;
    struct queue *queue;
    struct job *job;
    struct failure failure;
    bool has_effect;     /* FINISH: adds a row to `effects`, before */
    bool is_rolled_back; /* it fails when all is done */
    int64_t run_at;      /* GIVE_BACK */
    int64_t tenant_id;   /* CANCEL */
    str id;              /* CANCEL, REDRIVE */
    struct job_filter filter;
    bool dead; /* PURGE: that; FAIL: whether it is */
    int64_t count;
};

static inline enum status queue_add_effect(struct db_session *session, const struct job *job,
                                           struct error *err)
{
    struct db_statement *s = db_prepare(session, "INSERT INTO effects (job_id) VALUES ($1)");
    db_bind_text(s, 1, str_from_z(job->id));
    return db_run(s, NULL, err);
}

static inline enum status queue_call(struct db_session *session, struct queue_act *act,
                                     struct error *err)
{
    enum status status = STATUS_OK;
    switch (act->what) {
    case ACT_PUT:
        return queue_put(act->queue, session, act->job, err);
    case ACT_FINISH:
        if (act->has_effect)
            status = queue_add_effect(session, act->job, err);
        return status == STATUS_OK ? queue_finish(act->queue, session, act->job, err) : status;
    case ACT_FAIL:
        return queue_fail(act->queue, session, act->job, &act->failure, &act->dead, err);
    case ACT_GIVE_BACK:
        return queue_give_back(act->queue, session, act->job, act->run_at, err);
    case ACT_CANCEL:
        return queue_cancel(act->queue, session, act->tenant_id, act->id, err);
    case ACT_REDRIVE:
        return queue_redrive(act->queue, session, &act->filter, act->id, &act->count, err);
    case ACT_PURGE:
        return queue_purge(act->queue, session, &act->filter, act->dead, &act->count, err);
    }
    return STATUS_INTERNAL;
}

static inline enum status queue_run_act(struct db_session *session, void *argument,
                                        struct error *err)
{
    struct queue_act *act = argument;
    enum status status = queue_call(session, act, err);
    if (status == STATUS_OK && act->is_rolled_back)
        return fail(err, STATUS_CANCELLED, "no, after all");
    return status;
}

static inline enum status queue_act(struct queue_fixture *fixture, struct queue_act *act)
{
    act->queue = fixture->queue;
    return db_write(fixture->db, queue_run_act, act, &fixture->err);
}
