/* queue_contract_look.h - what the tests of the contract see of a queue: as it is stored. */
#pragma once

#include "queue/queue_contract.h"
#include "queue/queue_death.h"

struct look {
    enum {
        LOOK_JOBS,
        LOOK_JOB,
        LOOK_LETTERS,
        LOOK_LETTER,
        LOOK_DEPTHS
    } at;
    struct job_key key; /* its tenant for the depths */
    struct job_page page;
    struct letter_page letters;
    struct job job;
    struct dead_letter letter;
    struct kind_depth depths[KINDS];
};

static inline enum status look_work(struct db_session *session, void *argument, struct error *err)
{
    struct look *look = argument;
    struct queue *queue = fixture.queue;
    struct arena *arena = &fixture.arena;
    switch (look->at) {
    case LOOK_JOBS:
        return queue_list(queue, session, arena, &look->page, err);
    case LOOK_JOB:
        return queue_get(queue, session, arena, &look->key, &look->job, err);
    case LOOK_LETTERS:
        return queue_list_dead(queue, session, arena, &look->letters, err);
    case LOOK_LETTER:
        return queue_get_dead(queue, session, arena, &look->key, &look->letter, err);
    case LOOK_DEPTHS:
        return queue_depths(queue, session, look->key.tenant_id, look->depths, err);
    }
    return STATUS_INTERNAL;
}

static inline enum status look(struct look *look)
{
    return db_read(fixture.db, DB_SHORT, look_work, look, &fixture.err);
}

static const struct job_filter everything = {.state = LABEL_NONE, .limit = 100};

static inline size_t count_jobs(void)
{
    struct look at = {.at = LOOK_JOBS, .page.filter = everything};
    EXPECT(look(&at) == STATUS_OK);
    return at.page.count;
}

static inline size_t count_dead(void)
{
    struct look at = {.at = LOOK_LETTERS, .letters.filter = everything};
    EXPECT(look(&at) == STATUS_OK);
    return at.letters.count;
}

/* As it waits or runs now. */
static inline struct job stored(const struct job *job)
{
    struct look at = {.at = LOOK_JOB, .key.id = str_from_z(job->id)};
    EXPECT(look(&at) == STATUS_OK);
    return at.job;
}

static inline struct dead_letter letter_of(const struct job *job)
{
    struct look at = {.at = LOOK_LETTER, .key.id = str_from_z(job->id)};
    EXPECT(look(&at) == STATUS_OK);
    return at.letter;
}

static inline bool is_gone(const struct job *job)
{
    struct look at = {.at = LOOK_JOB, .key.id = str_from_z(job->id)};
    return look(&at) == STATUS_NOT_FOUND;
}

static inline enum status count_effects_work(struct db_session *session, void *argument,
                                             struct error *err)
{
    struct db_statement *s = db_prepare(session, "SELECT COUNT(*) FROM effects");
    if (db_row(s))
        *(int64_t *)argument = db_integer(s, 0);
    return db_end(s, err);
}

static inline int64_t count_effects(void)
{
    int64_t count = -1;
    EXPECT(db_read(fixture.db, DB_SHORT, count_effects_work, &count, NULL) == STATUS_OK);
    return count;
}

/* --- what both ends of a job are looked at by --- */

/* What was decided under an old fence; nothing of it may come to pass. */
static inline void expect_refused(struct job *stale)
{
    struct job before = *stale;
    struct queue_act act = {.what = ACT_FINISH, .job = stale, .has_effect = true};
    int64_t effects = count_effects();
    EXPECT(queue_act(&fixture, &act) == STATUS_CONFLICT && count_effects() == effects);
    EXPECT(fail_with(stale, "late") == STATUS_CONFLICT);
    EXPECT(try((struct queue_act){.what = ACT_FAIL, .job = stale, .failure = {.is_final = true}}) ==
           STATUS_CONFLICT);
    EXPECT(give_back(stale, 0) == STATUS_CONFLICT);
    EXPECT(queue_renew(fixture.queue, stale, &fixture.err) == STATUS_CONFLICT);
    EXPECT(stale->leased_until == before.leased_until);
}

static struct {
    int count;
    char id[UUID_TEXT_SIZE];
    bool refuses;
} deaths;

static inline enum status note_death(void *argument, struct db_session *session,
                                     const struct dead_letter *letter, struct error *err)
{
    (void)argument, (void)session;
    if (deaths.refuses)
        return fail(err, STATUS_UNAVAILABLE, "not now");
    deaths.count++;
    memcpy(deaths.id, letter->job.id, sizeof deaths.id);
    return STATUS_OK;
}

static inline bool has_told_of(const struct job *job)
{
    bool is_so = deaths.count == 1 && strcmp(deaths.id, job->id) == 0;
    deaths.count = 0;
    return is_so;
}

static inline int64_t swept(void)
{
    int64_t ended = -1;
    EXPECT(queue_sweep(fixture.queue, &ended, NULL) == STATUS_OK);
    return ended;
}
