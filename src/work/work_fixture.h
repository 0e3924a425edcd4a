/* work_fixture.h - what the tests of this room share: a database that goes again, workers on loops
 * of their own, and a driver beside them that puts jobs and waits for what comes of it. */
#pragma once

#include "base/clock.h"
#include "base/test.h"
#include "fiber/fiber.h"
#include "fiber/loop.h"
#include "queue/queue_death.h"
#include "work/work.h"

#include <ftw.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum {
    MOST_WORKERS = 2,
    PATIENCE_MS = 60 * 1000
};

struct fixture {
    char folder[64];
    struct arena arena;
    struct store *store;
    struct queue *queue;
    struct work_services services;
    struct work_deaths deaths;
    struct work_options options; /* of each worker; what is 0 gets what most tests want */
    unsigned workers;            /* 0: one */
    struct work *work[MOST_WORKERS];
    struct loops *loops;
    void (*drive)(void); /* on a fiber of a loop apart; the workers stop when it returns */
};

static struct fixture fixture;
static struct error err;

/* The database is made when it is first opened, and may be opened again. */
static inline void fixture_open(const struct work_kind *kinds, size_t count, int64_t visibility_us)
{
    if (fixture.folder[0] == '\0') {
        snprintf(fixture.folder, sizeof fixture.folder, "/tmp/hark-work-XXXXXX");
        EXPECT(mkdtemp(fixture.folder) != NULL);
    }
    str url = str_format(&fixture.arena, "sqlite:%s/test.db", fixture.folder);
    EXPECT(store_open(&fixture.store, url, &err) == STATUS_OK);
    struct queue_options options = {
        .backend = "sql",
        .db = store_db(fixture.store),
        .kinds = work_rules(&fixture.arena, kinds, count),
        .kind_count = count,
        .visibility_us = visibility_us,
        .retention_us = 14 * DAY_US,
    };
    EXPECT(queue_open(&fixture.queue, &options, &err) == STATUS_OK);
    fixture.services = (struct work_services){.store = fixture.store, .queue = fixture.queue};
    fixture.deaths = (struct work_deaths){&fixture.services, kinds, count};
    queue_watch_deaths(fixture.queue, work_tell_death, &fixture.deaths);
    fixture.options = (struct work_options){.services = &fixture.services,
                                            .kinds = kinds,
                                            .kind_count = count,
                                            .concurrency = 100,
                                            .visibility_us = visibility_us,
                                            .drain_ms = PATIENCE_MS};
    fixture.workers = 1;
}

static inline void fixture_close(void)
{
    queue_close(fixture.queue);
    store_close(fixture.store);
    fixture.queue = NULL;
    fixture.store = NULL;
    arena_reset(&fixture.arena);
}

static inline int remove_entry(const char *path, const struct stat *unread, int kind,
                               struct FTW *place)
{
    (void)unread, (void)kind, (void)place;
    return remove(path);
}

static inline void fixture_remove(void)
{
    fixture_close();
    EXPECT(nftw(fixture.folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0);
    fixture.folder[0] = '\0';
}

static inline void drive_and_stop(void *unused)
{
    (void)unused;
    fixture.drive();
    loops_stop(fixture.loops);
}

static inline void fixture_start(void *unused, uv_loop_t *loop, unsigned index)
{
    (void)unused, (void)loop;
    if (index == 0)
        EXPECT(fiber_start(drive_and_stop, NULL));
    else
        work_start(fixture.work[index - 1]);
}

static inline void fixture_stop(void *unused, uv_loop_t *loop, unsigned index)
{
    (void)unused, (void)loop;
    if (index > 0)
        work_stop(fixture.work[index - 1]);
}

static inline void fixture_run(void (*drive)(void))
{
    struct loops_options options = {
        .count = fixture.workers + 1, .max_fibers = 1000, .stack_bytes = 256 * 1024};
    fixture.drive = drive;
    for (unsigned i = 0; i < fixture.workers; i++)
        EXPECT(work_open(&fixture.work[i], &fixture.options, &err) == STATUS_OK);
    EXPECT(loops_open(&fixture.loops, &options, &err) == STATUS_OK);
    loops_run(fixture.loops, fixture_start, fixture_stop, NULL);
    loops_close(fixture.loops);
    for (unsigned i = 0; i < fixture.workers; i++)
        work_close(fixture.work[i]);
}

static inline enum status put_job(struct db_session *session, void *job, struct error *why)
{
    return queue_put(fixture.queue, session, job, why);
}

static inline struct job put(struct job job)
{
    if (job.tenant_id == 0)
        job.tenant_id = TENANT_DEFAULT;
    EXPECT(db_write(store_db(fixture.store), put_job, &job, &err) == STATUS_OK);
    return job;
}

#define PUT(...) put((struct job){__VA_ARGS__})

static inline void rest(uint64_t ms)
{
    fiber_wait_until(fiber_now_ms() + ms);
}

/* For the driver: until it holds, which it must before patience ends. */
#define AWAIT(condition)                                                                           \
    do {                                                                                           \
        uint64_t until_ = fiber_now_ms() + PATIENCE_MS;                                            \
        while (!(condition) && fiber_now_ms() < until_)                                            \
            rest(1);                                                                               \
        EXPECT(condition);                                                                         \
    } while (0)
