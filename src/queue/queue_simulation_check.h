/* queue_simulation_check.h - that the queue is as its model: every row of it, and every effect. */
#pragma once

#include "queue/queue_simulation_model.h"

/* Jobs of a simulation are called "job-" and their number. */
static inline struct model_job *model_find(struct model *model, const struct job *job)
{
    int64_t number = -1;
    EXPECT(str_to_integer(str_slice(str_from_z(job->id), 4, UUID_TEXT_SIZE), &number));
    EXPECT(number >= 0 && number < model->count);
    return &model->jobs[number];
}

/* The dead letter that died next after `death`, or NULL. */
static inline struct model_job *model_next_dead(struct model *model, int64_t death)
{
    struct model_job *next = NULL;
    for (int i = 0; i < model->count; i++) {
        struct model_job *job = &model->jobs[i];
        if (job->state == MODEL_DEAD && job->death > death &&
            (next == NULL || job->death < next->death))
            next = job;
    }
    return next;
}

static inline int model_count_alive(const struct model *model)
{
    int count = 0;
    for (int i = 0; i < model->count; i++)
        count += model_is_alive(&model->jobs[i]);
    return count;
}

static inline bool model_share_lane(const struct model_job *a, const struct model_job *b)
{
    return a->kind == b->kind && strcmp(a->lane, b->lane) == 0;
}

static inline bool model_is_ready(const struct model *model, const struct model_job *job,
                                  int64_t now)
{
    return job->state == MODEL_WAITS && model_state(model, job, now) == JOB_READY;
}

/* Held in its kind, or with `lane` in its lane. */
static inline int model_held(const struct model *model, const struct model_job *like, bool lane)
{
    int count = 0;
    for (int i = 0; i < model->count; i++) {
        const struct model_job *job = &model->jobs[i];
        count += job->state == MODEL_HELD &&
                 (lane ? model_share_lane(job, like) : job->kind == like->kind);
    }
    return count;
}

static inline bool model_has_room(const struct model *model, const struct model_job *job)
{
    const struct queue_kind *kind = &model_kinds[job->kind];
    return model_held(model, job, false) < kind->concurrency &&
           (kind->lane_concurrency == 0 || model_held(model, job, true) < kind->lane_concurrency);
}

static inline int count_failures(str history)
{
    int count = 0;
    for (size_t at; (at = str_find_str(history, STR("\"attempt\""))) != STR_NONE; count++)
        history = str_slice(history, at + 1, history.length);
    return count;
}

static inline void model_compare_job(struct model *model, const struct job *stored, int64_t now,
                                     int64_t *last_place)
{
    const struct model_job *job = model_find(model, stored);
    int state = stored->state;
    if (state == JOB_DELAYED && stored->run_at <= now)
        state = JOB_READY; /* the next take will see to that */
    EXPECT(model_is_alive(job) && state == model_state(model, job, now));
    EXPECT(stored->attempts == job->attempts && stored->priority == job->priority);
    EXPECT(stored->tenant_id == job->tenant && str_equal_z(stored->lane, job->lane));
    EXPECT(state == JOB_LEASED || stored->run_at == job->due);
    EXPECT(state != JOB_LEASED || job->fence == MODEL_NOBODY ||
           (stored->fence == job->fence && stored->leased_until == job->leased_until));
    EXPECT(count_failures(stored->history) == job->failures);
    EXPECT(job->place > *last_place); /* they are listed in the order in which they were put */
    *last_place = job->place;
}

static inline void model_compare_letter(struct model *model, const struct dead_letter *letter,
                                        int64_t *last_death)
{
    const struct model_job *job = model_find(model, &letter->job);
    EXPECT(job->state == MODEL_DEAD && letter->died_at == job->died_at);
    EXPECT(letter->job.attempts == job->attempts);
    EXPECT(count_failures(letter->job.history) == job->failures);
    EXPECT(job->death > *last_death);
    *last_death = job->death;
}

/* Once for each job that was finished, once for each death, and for nothing else. */
static inline enum status model_compare_effects(struct model *model, struct db_session *session,
                                                struct error *err)
{
    int effects = 0, expected = 0, deaths = 0;
    struct db_statement *s = db_prepare(session, "SELECT job_id FROM effects");
    while (db_row(s)) {
        if (str_equal_z(db_peek(s, 0), "death")) {
            deaths++;
            continue;
        }
        effects++;
        struct job job = {.seq = 0};
        snprintf(job.id, sizeof job.id, STR_FORMAT, STR_ARG(db_peek(s, 0)));
        const struct model_job *found = model_find(model, &job);
        EXPECT(found->effects == 1 && found->state == MODEL_GONE);
    }
    for (int i = 0; i < model->count; i++)
        expected += model->jobs[i].effects;
    EXPECT(effects == expected && deaths == model->deaths);
    return db_end(s, err);
}

static inline enum status model_compare(struct model *model, struct queue *queue,
                                        struct db_session *session, int64_t now, struct error *err)
{
    struct arena arena = {0};
    struct job_page page = {.filter = {.state = LABEL_NONE, .limit = MODEL_JOBS}};
    struct letter_page letters = {.filter = page.filter};
    int64_t place = 0, death = 0;
    size_t dead = 0;
    EXPECT(queue_list(queue, session, &arena, &page, err) == STATUS_OK);
    EXPECT(queue_list_dead(queue, session, &arena, &letters, err) == STATUS_OK);
    for (size_t i = 0; i < page.count; i++)
        model_compare_job(model, &page.jobs[i], now, &place);
    for (size_t i = 0; i < letters.count; i++)
        model_compare_letter(model, &letters.letters[i], &death);
    for (int i = 0; i < model->count; i++)
        dead += model->jobs[i].state == MODEL_DEAD;
    EXPECT(model_count_alive(model) == (int)page.count && dead == letters.count);
    arena_reset(&arena);
    return model_compare_effects(model, session, err);
}
