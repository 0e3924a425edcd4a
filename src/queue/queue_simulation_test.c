/* Everything that can happen to a queue, in the order that a seed decides, beside a model of what
 * must come of it. Time is simulated; who sleeps past a lease and wakes again, who crashes, which
 * transaction is rolled back, is drawn. One seed is one run, to the byte:
 *
 *     queue_simulation_test SEED              says what happens in it
 *     queue_simulation_test FIRST LAST        runs them all */
#include "queue/queue_death.h"
#include "queue/queue_simulation_check.h"

#include <stdarg.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum {
    SEEDS = 100
};
#else
enum {
    SEEDS = 1000
};
#endif

enum {
    STEPS = 150,
    HOLDS = 12, /* that the workers remember, whether they still have them or not */
    LANES = 5   /* of one kind, at most: three that are named and one of each tenant */
};

static struct simulation {
    struct queue_fixture fixture;
    struct model model;
    struct job holds[HOLDS]; /* as they were taken; no id: free */
    uint64_t seed, dice, trace;
    int step;
    int lane_skips[MODEL_JOBS], kind_skips[MODEL_KINDS]; /* of the lane of each job */
    bool is_told, is_over;
} sim;

/* --- chance, and what is said of it --- */

static uint64_t roll(uint64_t sides)
{
    sim.dice ^= sim.dice << 13;
    sim.dice ^= sim.dice >> 7;
    sim.dice ^= sim.dice << 17;
    return (sim.dice >> 11) % sides;
}

static bool chance(uint64_t percent)
{
    return roll(100) < percent;
}

/* FNV-1a (Fowler, Noll and Vo) over all lines is what two runs of one seed are compared by. */
static void say(const char *format, ...) PRINTF_LIKE(1, 2);
static void say(const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    for (const char *at = line; *at != '\0'; at++)
        sim.trace = (sim.trace ^ (unsigned char)*at) * UINT64_C(1099511628211);
    if (sim.is_told)
        printf("%3d %10.3f  %s\n", sim.step, (double)(sim.fixture.now) / 1e6, line);
}

static void say_where(void)
{
    if (!sim.is_over)
        fprintf(stderr, "seed %llu, step %d: see queue_simulation_test %llu\n",
                (unsigned long long)sim.seed, sim.step, (unsigned long long)sim.seed);
}

/* --- jobs, and who holds them --- */

static struct model_job *job_of(const struct job *job)
{
    return model_find(&sim.model, job);
}

/* Whether the hold counts, and is none of a sleeper who has lost it. */
static bool is_current(const struct job *hold)
{
    const struct model_job *job = job_of(hold);
    return job->state == MODEL_HELD && job->fence == hold->fence;
}

static struct job *draw_hold(void)
{
    struct job *found = NULL;
    for (uint64_t i = 0, seen = 0; i < HOLDS; i++)
        if (sim.holds[i].id[0] != '\0' && roll(++seen) == 0)
            found = &sim.holds[i];
    return found;
}

static struct job *free_hold(void)
{
    for (size_t i = 0; i < HOLDS; i++)
        if (sim.holds[i].id[0] == '\0')
            return &sim.holds[i];
    return NULL;
}

static struct model_job *draw_job(void)
{
    return sim.model.count > 0 ? &sim.model.jobs[roll((uint64_t)sim.model.count)] : NULL;
}

static str name_of(const struct model_job *job)
{
    return str_format(&sim.fixture.arena, "job-%d", (int)(job - sim.model.jobs));
}

/* --- one transaction --- */

struct story {
    struct queue_act acts[4];
    size_t count;
    bool is_rolled_back;
};

static enum status tell(struct db_session *session, void *argument, struct error *err)
{
    struct story *story = argument;
    for (size_t i = 0; i < story->count; i++) {
        story->acts[i].queue = sim.fixture.queue;
        enum status status = queue_call(session, &story->acts[i], err);
        if (status != STATUS_OK)
            return status;
    }
    return story->is_rolled_back ? fail(err, STATUS_CANCELLED, "rolled back") : STATUS_OK;
}

static enum status run(struct story *story)
{
    story->is_rolled_back = chance(12);
    enum status status = db_write(sim.fixture.db, tell, story, &sim.fixture.err);
    say("  %s", status_name(status));
    return status;
}

/* What is done under a hold comes to pass only if the hold counts, and nobody takes it back. */
static bool run_under(struct story *story, const struct job *hold)
{
    enum status status = run(story);
    if (!is_current(hold)) {
        EXPECT(status == STATUS_CONFLICT);
        return false;
    }
    EXPECT(status == (story->is_rolled_back ? STATUS_CANCELLED : STATUS_OK));
    return status == STATUS_OK;
}

/* --- what may happen --- */

static const char *draw_name(const char *const *names, uint64_t count)
{
    return names[roll(count)];
}

/* Adds a put to the story; the model follows when the story has come to pass. */
static void plan_put(struct story *story)
{
    static const char *const lanes[] = {"a", "b", "c", NULL}, *const keys[] = {"x", "y"};
    struct model *model = &sim.model;
    struct arena *arena = &sim.fixture.arena;
    int number = model->count + (int)story->count;
    struct model_job *job = &model->jobs[number];
    *job = (struct model_job){.tenant = 1 + (int)roll(2),
                              .kind = (int)roll(MODEL_KINDS),
                              .priority = (int)roll(3),
                              .lane = draw_name(lanes, 4),
                              .key = chance(35) ? draw_name(keys, 2) : NULL};
    job->due = chance(25) ? sim.fixture.now + (int64_t)roll(20 * (uint64_t)SECOND_US) : 0;
    struct job *put = arena_new(arena, struct job);
    *put = (struct job){.tenant_id = job->tenant,
                        .kind = model_kinds[job->kind].name,
                        .lane = str_from_z(job->lane),
                        .order_key = str_from_z(job->key),
                        .priority = job->priority,
                        .payload = str_format(arena, "{\"n\":%d}", number),
                        .run_at = job->due};
    snprintf(put->id, sizeof put->id, "job-%d", number);
    if (job->lane == NULL)
        job->lane = job->tenant == 1 ? "1" : "2";
    say("put job-%d kind %d lane %s key %s priority %d due %lld", number, job->kind, job->lane,
        job->key != NULL ? job->key : "-", job->priority, (long long)job->due);
    story->acts[story->count++] = (struct queue_act){.what = ACT_PUT, .job = put};
}

static void follow_puts(const struct story *story)
{
    for (size_t i = 0; i < story->count; i++)
        if (story->acts[i].what == ACT_PUT) {
            struct model_job *job = &sim.model.jobs[sim.model.count++];
            model_put(&sim.model, job, job->due, sim.fixture.now);
        }
}

static bool has_place_for_puts(void)
{
    return model_count_alive(&sim.model) < 25 && sim.model.count + 4 < MODEL_JOBS;
}

static void put_some(void)
{
    struct story story = {.count = 0};
    for (uint64_t left = 1 + roll(4); left > 0 && has_place_for_puts(); left--)
        plan_put(&story);
    if (run(&story) == STATUS_OK)
        follow_puts(&story);
}

static void finish_one(void)
{
    struct job *hold = draw_hold();
    if (hold == NULL)
        return;
    struct story story = {.count = 0};
    struct model_job *job = job_of(hold);
    if (chance(30) && has_place_for_puts())
        plan_put(&story); /* what follows from it, in its transaction */
    say("finish %s fence %lld", hold->id, (long long)hold->fence);
    story.acts[story.count++] =
        (struct queue_act){.what = ACT_FINISH, .job = hold, .has_effect = true};
    if (run_under(&story, hold)) {
        job->state = MODEL_GONE;
        job->effects++;
        follow_puts(&story);
    }
    if (!story.is_rolled_back && chance(70))
        hold->id[0] = '\0'; /* else it is tried again */
}

struct stored {
    str id;
    struct job job;
};

static enum status get_stored(struct db_session *session, void *argument, struct error *err)
{
    struct stored *stored = argument;
    struct job_key key = {.id = stored->id};
    return queue_get(sim.fixture.queue, session, &sim.fixture.arena, &key, &stored->job, err);
}

/* The jitter is the queue's own choice, within its limits. */
static int64_t due_after(const struct job *hold, const struct model_job *job)
{
    int64_t delay = SECOND_US << (job->attempts - 1), now = sim.fixture.now;
    struct stored stored = {.id = str_from_z(hold->id)};
    EXPECT(db_read(sim.fixture.db, DB_SHORT, get_stored, &stored, NULL) == STATUS_OK);
    int64_t due = stored.job.run_at;
    if (model_kinds[job->kind].delays_us != NULL)
        delay = model_kinds[job->kind].delays_us[job->attempts - 1];
    EXPECT(due >= now + delay - delay / 10 && due <= now + delay + delay / 10);
    return due;
}

static void fail_one(void)
{
    struct job *hold = draw_hold();
    if (hold == NULL)
        return;
    struct story story = {.count = 1};
    struct model_job *job = job_of(hold);
    struct failure failure = {.error = STR("no luck"), .is_final = chance(10)};
    failure.retry_at = chance(20) ? sim.fixture.now + (int64_t)roll((uint64_t)SECOND_US) : 0;
    say("fail %s fence %lld%s", hold->id, (long long)hold->fence,
        failure.is_final ? " for good" : "");
    story.acts[0] = (struct queue_act){.what = ACT_FAIL, .job = hold, .failure = failure};
    if (!run_under(&story, hold))
        return;
    bool is_over = failure.is_final || job->attempts >= model_kinds[job->kind].most_attempts;
    int64_t due = is_over ? 0 : failure.retry_at > 0 ? failure.retry_at : due_after(hold, job);
    EXPECT(story.acts[0].dead == is_over);
    model_fail(&sim.model, job, failure.is_final, due, sim.fixture.now);
}

static void give_back_one(void)
{
    struct job *hold = draw_hold();
    if (hold == NULL)
        return;
    struct story story = {.count = 1};
    struct model_job *job = job_of(hold);
    int64_t now = sim.fixture.now, run_at = chance(50) ? 0 : now + (int64_t)roll(5000000);
    say("give back %s fence %lld", hold->id, (long long)hold->fence);
    story.acts[0] = (struct queue_act){.what = ACT_GIVE_BACK, .job = hold, .run_at = run_at};
    if (!run_under(&story, hold))
        return;
    job->state = MODEL_WAITS;
    job->attempts--;
    job->due = run_at > now ? run_at : now;
}

static void renew_one(void)
{
    struct job *hold = draw_hold();
    if (hold == NULL)
        return;
    enum status status = queue_renew(sim.fixture.queue, hold, &sim.fixture.err);
    say("renew %s fence %lld: %s", hold->id, (long long)hold->fence, status_name(status));
    EXPECT(status == (is_current(hold) ? STATUS_OK : STATUS_CONFLICT));
    if (status == STATUS_OK)
        job_of(hold)->leased_until = sim.fixture.now + model_visibility;
}

static void forget_one(void)
{
    struct job *hold = draw_hold();
    if (hold == NULL)
        return;
    say("the worker of %s is gone", hold->id);
    hold->id[0] = '\0';
}

static void sweep(void)
{
    int64_t ended = 0, now = sim.fixture.now;
    EXPECT(queue_sweep(sim.fixture.queue, &ended, &sim.fixture.err) == STATUS_OK);
    say("sweep: %lld", (long long)ended);
    model_end_leases(&sim.model, now, now);
    model_retire(&sim.model, now - model_retention, now);
}

/* What the process held is passed on by the first who takes or sweeps. */
static enum status note_death(void *argument, struct db_session *session,
                              const struct dead_letter *letter, struct error *err)
{
    (void)argument, (void)letter;
    return db_run(db_prepare(session, "INSERT INTO effects (job_id) VALUES ('death')"), NULL, err);
}

/* What the process held stays as it is until somebody takes or sweeps, but no hold counts. */
static void crash(void)
{
    say("the process crashes");
    queue_fixture_open_again(&sim.fixture);
    queue_watch_deaths(sim.fixture.queue, note_death, NULL);
    model_lose_holders(&sim.model);
    memset(sim.lane_skips, 0, sizeof sim.lane_skips);
    memset(sim.kind_skips, 0, sizeof sim.kind_skips);
}

static void cancel_one(void)
{
    struct model_job *job = draw_job();
    if (job == NULL)
        return;
    struct story story = {.count = 1};
    say("cancel job-%d", (int)(job - sim.model.jobs));
    story.acts[0] = (struct queue_act){.what = ACT_CANCEL, .id = name_of(job)};
    enum status status = run(&story);
    if (model_is_alive(job))
        EXPECT(status == (story.is_rolled_back ? STATUS_CANCELLED : STATUS_OK));
    else
        EXPECT(status == STATUS_NOT_FOUND);
    if (status == STATUS_OK)
        job->state = MODEL_GONE;
}

static void redrive_one(void)
{
    struct model_job *job = draw_job();
    if (job == NULL)
        return;
    struct story story = {.count = 1};
    say("redrive job-%d", (int)(job - sim.model.jobs));
    story.acts[0] = (struct queue_act){.what = ACT_REDRIVE, .id = name_of(job)};
    enum status status = run(&story);
    if (job->state != MODEL_DEAD)
        EXPECT(status == STATUS_NOT_FOUND);
    if (status == STATUS_OK)
        model_put(&sim.model, job, 0, sim.fixture.now);
}

static bool passes(const struct model_job *job, const struct job_filter *filter)
{
    return (filter->tenant_id == 0 || filter->tenant_id == job->tenant) &&
           (str_is_absent(filter->lane) || str_equal_z(filter->lane, job->lane));
}

static void redrive_some(void)
{
    struct story story = {.count = 1};
    struct job_filter filter = {.tenant_id = (int64_t)roll(3)};
    int64_t count = 0;
    say("redrive those of tenant %lld", (long long)filter.tenant_id);
    story.acts[0] = (struct queue_act){.what = ACT_REDRIVE, .filter = filter};
    if (run(&story) != STATUS_OK)
        return;
    struct model_job *job = model_next_dead(&sim.model, 0);
    for (int64_t death; job != NULL; job = model_next_dead(&sim.model, death)) {
        death = job->death;
        if (!passes(job, &filter))
            continue;
        model_put(&sim.model, job, 0, sim.fixture.now);
        count++;
    }
    EXPECT(story.acts[0].count == count);
}

static void purge_some(void)
{
    static const char *const lanes[] = {"a", "b", NULL};
    struct story story = {.count = 1};
    struct job_filter filter = {.tenant_id = (int64_t)roll(3), .state = LABEL_NONE};
    int64_t count = 0;
    int wanted = chance(50) ? MODEL_WAITS : MODEL_DEAD;
    filter.lane = str_from_z(draw_name(lanes, 3));
    say("purge %s of tenant %lld, lane " STR_FORMAT, wanted == MODEL_DEAD ? "letters" : "jobs",
        (long long)filter.tenant_id, STR_ARG(filter.lane));
    story.acts[0] =
        (struct queue_act){.what = ACT_PURGE, .filter = filter, .dead = wanted == MODEL_DEAD};
    if (run(&story) != STATUS_OK)
        return;
    for (int i = 0; i < sim.model.count; i++) {
        struct model_job *job = &sim.model.jobs[i];
        if ((int)job->state == wanted && passes(job, &filter)) {
            sim.model.deaths += wanted == MODEL_WAITS; /* who watches is told */
            job->state = MODEL_GONE;
            count++;
        }
    }
    EXPECT(story.acts[0].count == count);
}

static void pass_time(void)
{
    static const int64_t spans[] = {SECOND_US / 2,        3 * SECOND_US,    20 * SECOND_US,
                                    model_visibility / 3, model_visibility, model_visibility + 1};
    int64_t span = chance(5) ? (int64_t)roll(2 * (uint64_t)HOUR_US)
                             : (int64_t)roll(2 * (uint64_t)spans[roll(6)]) + 1;
    sim.fixture.now += span;
    say("time passes");
}

/* --- taking, and what must be true of it --- */

static bool goes_before(const struct model_job *a, const struct model_job *b)
{
    return a->priority != b->priority ? a->priority > b->priority : a->place < b->place;
}

static void expect_its_turn(const struct model_job *job)
{
    int64_t now = sim.fixture.now;
    EXPECT(model_is_ready(&sim.model, job, now));
    EXPECT(model_has_room(&sim.model, job));
    for (int i = 0; i < sim.model.count; i++) {
        const struct model_job *other = &sim.model.jobs[i];
        if (model_share_lane(job, other) && model_is_ready(&sim.model, other, now))
            EXPECT(!goes_before(other, job));
    }
}

static void follow_take(const struct job *taken)
{
    struct model_job *job = job_of(taken);
    expect_its_turn(job);
    EXPECT(taken->attempts == job->attempts + 1 && taken->seq > 0);
    EXPECT(taken->attempts <= model_kinds[job->kind].most_attempts);
    EXPECT(taken->leased_until == sim.fixture.now + model_visibility);
    job->state = MODEL_HELD;
    job->attempts++;
    job->fence = taken->fence;
    job->leased_until = taken->leased_until;
    say("  %s attempt %d fence %lld", taken->id, taken->attempts, (long long)taken->fence);
}

/* Whether it could have been taken, had there been room for more. */
static bool is_left(const struct model_job *job)
{
    return model_is_ready(&sim.model, job, sim.fixture.now) && model_has_room(&sim.model, job);
}

static int count_taken(const struct taking *taking, const struct model_job *like, bool lane)
{
    int count = 0;
    for (size_t i = 0; i < taking->count; i++) {
        const struct model_job *job = job_of(&taking->jobs[i]);
        count += lane ? model_share_lane(job, like) : job->kind == like->kind;
    }
    return count;
}

/* A lane that has more to do got as much as any other, but for what does not divide. */
static void expect_no_lane_got_more(const struct taking *taking, const struct model_job *job)
{
    int own = count_taken(taking, job, true);
    for (size_t i = 0; i < taking->count; i++) {
        const struct model_job *other = job_of(&taking->jobs[i]);
        if (other->kind == job->kind)
            EXPECT(count_taken(taking, other, true) <= own + 2);
    }
}

/* And who got nothing is served before the others come round again. The same for kinds. */
static void expect_fair(const struct taking *taking)
{
    bool was_served[MODEL_KINDS] = {false}, was_left[MODEL_KINDS] = {false};
    for (int i = 0; i < sim.model.count; i++) {
        const struct model_job *job = &sim.model.jobs[i];
        bool is_served = count_taken(taking, job, false) > 0;
        bool is_skipped = is_left(job) && count_taken(taking, job, true) == 0;
        was_served[job->kind] |= is_served;
        was_left[job->kind] |= is_left(job);
        sim.lane_skips[i] = is_skipped ? sim.lane_skips[i] + is_served : 0;
        EXPECT(sim.lane_skips[i] < LANES);
        if (is_left(job))
            expect_no_lane_got_more(taking, job);
    }
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        bool is_skipped = was_left[kind] && !was_served[kind];
        sim.kind_skips[kind] = is_skipped ? sim.kind_skips[kind] + 1 : 0;
        EXPECT(sim.kind_skips[kind] < MODEL_KINDS);
    }
}

static int64_t earliest(int64_t a, int64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static void expect_next_time(int64_t next_at)
{
    int64_t expected = 0;
    for (int i = 0; i < sim.model.count; i++) {
        const struct model_job *job = &sim.model.jobs[i];
        if (job->state == MODEL_HELD)
            expected = earliest(expected, job->leased_until);
        else if (model_is_alive(job) &&
                 model_state(&sim.model, job, sim.fixture.now) == JOB_DELAYED)
            expected = earliest(expected, job->due);
    }
    EXPECT(next_at == expected);
}

static void remember(const struct job *taken)
{
    struct job *hold = free_hold();
    if (hold != NULL)
        *hold = *taken; /* else its worker dies with it, at once */
}

static void take_some(void)
{
    struct job jobs[8];
    int running[MODEL_KINDS];
    struct taking taking = {.running = running, .jobs = jobs, .room = 1 + (size_t)roll(8)};
    model_end_leases(&sim.model, sim.fixture.now, sim.fixture.now);
    for (int kind = 0; kind < MODEL_KINDS; kind++)
        running[kind] = model_held(&sim.model, &(struct model_job){.kind = kind}, false);
    say("take %d", (int)taking.room);
    EXPECT(queue_take(sim.fixture.queue, &sim.fixture.arena, &taking, &sim.fixture.err) ==
           STATUS_OK);
    EXPECT(taking.count <= taking.room);
    for (size_t i = 0; i < taking.count; i++)
        follow_take(&taking.jobs[i]);
    for (int i = 0; i < sim.model.count && taking.count < taking.room; i++)
        EXPECT(!is_left(&sim.model.jobs[i]));
    expect_fair(&taking);
    expect_next_time(taking.next_at);
    for (size_t i = 0; i < taking.count; i++)
        remember(&taking.jobs[i]);
}

/* --- a run --- */

static const struct {
    void (*happen)(void);
    uint64_t weight;
} happenings[] = {
    {put_some, 16}, {take_some, 22},  {finish_one, 20},   {fail_one, 10},  {pass_time, 16},
    {renew_one, 4}, {forget_one, 2},  {give_back_one, 4}, {sweep, 4},      {cancel_one, 3},
    {crash, 1},     {redrive_one, 3}, {redrive_some, 1},  {purge_some, 1},
};

static enum status compare(struct db_session *session, void *argument, struct error *err)
{
    (void)argument;
    return model_compare(&sim.model, sim.fixture.queue, session, sim.fixture.now, err);
}

static void take_a_step(void)
{
    uint64_t all = 0, drawn;
    for (size_t i = 0; i < sizeof happenings / sizeof happenings[0]; i++)
        all += happenings[i].weight;
    drawn = roll(all);
    for (size_t i = 0; i < sizeof happenings / sizeof happenings[0]; i++) {
        if (drawn < happenings[i].weight) {
            happenings[i].happen();
            break;
        }
        drawn -= happenings[i].weight;
    }
    EXPECT(db_read(sim.fixture.db, DB_SHORT, compare, NULL, &sim.fixture.err) == STATUS_OK);
}

static enum status empty_tables(struct db_session *session, void *argument, struct error *err)
{
    (void)argument;
    enum status status = db_run(db_prepare(session, "DELETE FROM queue_jobs"), NULL, err);
    if (status == STATUS_OK)
        status = db_run(db_prepare(session, "DELETE FROM dead_letters"), NULL, err);
    if (status == STATUS_OK)
        status = db_run(db_prepare(session, "DELETE FROM effects"), NULL, err);
    return status;
}

/* Gives the hash of its trace. The database is open, and may have anything in it. */
static uint64_t simulate(uint64_t seed)
{
    struct queue_options options = {.backend = "sql",
                                    .kinds = model_kinds,
                                    .kind_count = MODEL_KINDS,
                                    .visibility_us = model_visibility,
                                    .retention_us = model_retention,
                                    .seed = seed};
    struct queue_fixture kept = sim.fixture;
    bool is_told = sim.is_told;
    memset(&sim, 0, sizeof sim);
    sim.fixture = kept;
    sim.fixture.now = 0;
    sim.is_told = is_told;
    sim.seed = seed;
    sim.dice = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    sim.trace = UINT64_C(14695981039346656037);
    EXPECT(db_write(sim.fixture.db, empty_tables, NULL, NULL) == STATUS_OK);
    queue_fixture_open(&sim.fixture, &options);
    queue_watch_deaths(sim.fixture.queue, note_death, NULL);
    for (sim.step = 1; sim.step <= STEPS; sim.step++)
        take_a_step();
    queue_close(sim.fixture.queue);
    arena_reset(&sim.fixture.arena);
    return sim.trace;
}

static void simulate_all(uint64_t first, uint64_t last)
{
    for (uint64_t seed = first; seed <= last; seed++)
        (void)simulate(seed);
}

/* --- tests --- */

static void the_queue_is_as_its_model_whatever_happens(void)
{
    simulate_all(1, SEEDS);
}

static void one_seed_is_one_run(void)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        uint64_t trace = simulate(seed);
        EXPECT(trace == simulate(seed));
        EXPECT(trace != simulate(seed + 1));
    }
}

int main(int count, char **words)
{
    atexit(say_where);
    queue_fixture_open_db(&sim.fixture);
    uint64_t first = count > 1 ? strtoull(words[1], NULL, 10) : 0;
    sim.is_told = count == 2;
    if (count > 1) {
        simulate_all(first, count > 2 ? strtoull(words[2], NULL, 10) : first);
    } else {
        RUN(one_seed_is_one_run);
        RUN(the_queue_is_as_its_model_whatever_happens);
    }
    sim.is_over = true;
    sim.fixture.queue = NULL;
    queue_fixture_close(&sim.fixture);
    return EXIT_SUCCESS;
}
