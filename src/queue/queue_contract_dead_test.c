/* What every backend of the queue must do, at the end: dead letters, what is thrown away, and what
 * is seen of it all. */
#include "queue/queue_contract_look.h"

/* --- dead letters --- */

static struct job make_dead(struct job job)
{
    job = put(job);
    struct job held = take_one();
    EXPECT(is_same(&job, &held));
    EXPECT(try((struct queue_act){.what = ACT_FAIL,
                                  .job = &held,
                                  .failure = {.error = STR("no"), .is_final = true}}) == STATUS_OK);
    return held;
}

static void a_dead_letter_is_put_back_once_with_all_its_attempts_before_it(void)
{
    struct job old = make_dead((struct job){.payload = STR("{}"), .lane = STR("l")});
    struct queue_act act = {.what = ACT_REDRIVE, .id = str_from_z(old.id)};
    EXPECT(queue_act(&fixture, &act) == STATUS_OK && act.count == 1 && count_dead() == 0);
    EXPECT(queue_act(&fixture, &act) == STATUS_NOT_FOUND);
    expect_refused(&old);
    struct job job = take_one();
    EXPECT(is_same(&job, &old) && job.attempts == 1 && str_equal(job.payload, old.payload));
    EXPECT(str_equal(job.lane, old.lane) && job.history.length > 2);
    EXPECT(take(1).count == 0);
    expect_refused(&old); /* a hold of its life before, whose fence is not used again */
    EXPECT(job.fence > old.fence);
    EXPECT(finish(&job) == STATUS_OK);
}

static void dead_letters_are_put_back_by_filter(void)
{
    make_dead((struct job){.lane = STR("a")});
    make_dead((struct job){.lane = STR("b"), .tenant_id = 2});
    make_dead((struct job){.lane = STR("a"), .kind = "patient"});
    struct queue_act act = {.what = ACT_REDRIVE, .filter = {.tenant_id = 2}};
    EXPECT(queue_act(&fixture, &act) == STATUS_OK && act.count == 1 && count_dead() == 2);
    act.filter = (struct job_filter){.kind = STR("patient")};
    EXPECT(queue_act(&fixture, &act) == STATUS_OK && act.count == 1 && count_dead() == 1);
    make_dead((struct job){.lane = STR("c")}); /* it is served before the lanes that were */
    act.filter = (struct job_filter){.limit = 1};
    EXPECT(queue_act(&fixture, &act) == STATUS_OK && act.count == 1 && count_dead() == 1);
    act.filter = (struct job_filter){.limit = 0};
    EXPECT(queue_act(&fixture, &act) == STATUS_OK && act.count == 1 && count_dead() == 0);
    EXPECT(queue_act(&fixture, &act) == STATUS_OK && act.count == 0 && count_jobs() == 4);
}

static void a_letter_whose_id_is_in_use_again_stays(void)
{
    struct job old = make_dead((struct job){.id = "twice"});
    put((struct job){.id = "twice"});
    struct queue_act act = {.what = ACT_REDRIVE, .id = str_from_z(old.id)};
    EXPECT(queue_act(&fixture, &act) == STATUS_CONFLICT && count_dead() == 1);
    act.id = (str){0};
    EXPECT(queue_act(&fixture, &act) == STATUS_OK && act.count == 0 && count_dead() == 1);
    struct job again = take_one();
    EXPECT(try((struct queue_act){.what = ACT_FAIL,
                                  .job = &again,
                                  .failure = {.error = STR("too"), .is_final = true}}) ==
           STATUS_OK);
    EXPECT(count_dead() == 1 && str_equal_z(letter_of(&again).error, "too"));
}

static void other_tenants_letters_are_not_there(void)
{
    struct job old = make_dead((struct job){.tenant_id = 2});
    struct queue_act act = {
        .what = ACT_REDRIVE, .id = str_from_z(old.id), .filter = {.tenant_id = 1}};
    EXPECT(queue_act(&fixture, &act) == STATUS_NOT_FOUND && count_dead() == 1);
    struct look at = {.at = LOOK_LETTER, .key = {1, str_from_z(old.id)}};
    EXPECT(look(&at) == STATUS_NOT_FOUND);
    at = (struct look){.at = LOOK_LETTERS, .letters.filter = everything};
    at.letters.filter.tenant_id = 1;
    EXPECT(look(&at) == STATUS_OK && at.letters.count == 0);
    at.letters.filter.tenant_id = 2;
    EXPECT(look(&at) == STATUS_OK && at.letters.count == 1);
}

/* --- throwing away --- */

static void a_purge_removes_what_waits_and_nobody_holds(void)
{
    put((struct job){0});
    struct job held = take_one();
    for (int i = 0; i < 3; i++)
        put((struct job){.lane = STR("a"), .run_at = i == 0 ? fixture.now + 1 : 0});
    put((struct job){.lane = STR("b")});
    struct queue_act act = {.what = ACT_PURGE,
                            .filter = {.lane = STR("a"), .state = JOB_READY, .limit = 1}};
    EXPECT(queue_act(&fixture, &act) == STATUS_OK && act.count == 1 && count_jobs() == 4);
    act.filter = everything;
    EXPECT(queue_act(&fixture, &act) == STATUS_OK && act.count == 3 && count_jobs() == 1);
    EXPECT(finish(&held) == STATUS_OK);
    EXPECT(queue_act(&fixture, &act) == STATUS_OK && act.count == 0);
}

static void whoever_watches_is_told_of_what_is_purged(void)
{
    queue_watch_deaths(fixture.queue, note_death, NULL);
    struct job held = put((struct job){0}), waiting;
    struct job taken = take_one();
    EXPECT(is_same(&held, &taken));
    waiting = put((struct job){0});
    struct queue_act act = {.what = ACT_PURGE, .filter = {.state = LABEL_NONE}};
    deaths.refuses = true;
    EXPECT(try(act) == STATUS_UNAVAILABLE && stored(&waiting).state == JOB_READY);
    deaths.refuses = false;
    EXPECT(queue_act(&fixture, &act) == STATUS_OK && act.count == 1);
    EXPECT(has_told_of(&waiting) && stored(&held).state == JOB_LEASED);
}

static void a_purge_of_dead_letters_leaves_the_jobs(void)
{
    make_dead((struct job){.lane = STR("a")});
    make_dead((struct job){.lane = STR("b")});
    put((struct job){0});
    struct queue_act act = {.what = ACT_PURGE, .dead = true, .filter = {.lane = STR("a")}};
    EXPECT(queue_act(&fixture, &act) == STATUS_OK && act.count == 1 && count_dead() == 1);
    EXPECT(count_jobs() == 1);
}

static bool has_died_untried(const struct job *job)
{
    struct dead_letter letter = letter_of(job);
    return letter.died_at == fixture.now && letter.job.attempts == 0 &&
           str_equal_z(letter.job.history, "[]");
}

static void what_nobody_took_is_a_dead_letter_after_the_retention(void)
{
    make_dead((struct job){0});
    struct job old = put((struct job){.order_key = STR("a")});
    fixture.now += 7 * DAY_US;
    struct job young = put((struct job){.order_key = STR("a")});
    EXPECT(swept() == 0);
    fixture.now += 7 * DAY_US + 1;
    EXPECT(swept() == 2 && is_gone(&old) && count_jobs() == 1 && count_dead() == 1);
    EXPECT(has_died_untried(&old));
    EXPECT(stored(&young).state == JOB_READY); /* it is nobody's second any more */
    fixture.now += 14 * DAY_US;
    EXPECT(swept() == 1 && has_died_untried(&young));
    fixture.now += 1;
    EXPECT(swept() == 1 && count_dead() == 1); /* the first has been kept for long enough */
}

static void what_is_delayed_or_was_tried_outlives_the_retention(void)
{
    put((struct job){0});
    struct job tried = take_one();
    EXPECT(fail_with(&tried, "no") == STATUS_OK);
    struct job delayed = put((struct job){.run_at = fixture.now + 10 * DAY_US});
    fixture.now += 14 * DAY_US + 1;
    EXPECT(swept() == 0);
    fixture.now += 10 * DAY_US;
    EXPECT(swept() == 1 && is_gone(&delayed));
    EXPECT(!is_gone(&tried)); /* it still has attempts, and becomes a dead letter after them */
}

static void a_cancelled_job_is_gone_also_from_who_holds_it(void)
{
    struct job waiting = put((struct job){0});
    EXPECT(cancel(&waiting) == STATUS_OK);
    EXPECT(cancel(&waiting) == STATUS_NOT_FOUND);
    put((struct job){.tenant_id = 2});
    struct job held = take_one();
    EXPECT(try((struct queue_act){.what = ACT_CANCEL, .tenant_id = 1, .id = str_from_z(held.id)}) ==
           STATUS_NOT_FOUND);
    EXPECT(try((struct queue_act){.what = ACT_CANCEL, .tenant_id = 2, .id = str_from_z(held.id)}) ==
           STATUS_OK);
    expect_refused(&held);
    EXPECT(count_jobs() == 0 && count_dead() == 0);
}

/* --- looking --- */

static void lists_go_on_where_they_stopped(void)
{
    struct look at = {.at = LOOK_JOBS, .page.filter = everything};
    int64_t last = 0, count = 0;
    for (int i = 0; i < 10; i++)
        put((struct job){.lane = STR("a")});
    at.page.filter.limit = 4;
    do {
        EXPECT(look(&at) == STATUS_OK);
        for (size_t i = 0; i < at.page.count; i++, count++) {
            EXPECT(at.page.jobs[i].seq > last);
            last = at.page.filter.after = at.page.jobs[i].seq;
        }
    } while (at.page.count == 4);
    EXPECT(count == 10);
}

static size_t count_of(struct job_filter filter)
{
    struct look at = {.at = LOOK_JOBS, .page.filter = filter};
    EXPECT(look(&at) == STATUS_OK);
    return at.page.count;
}

static void lists_are_filtered(void)
{
    put((struct job){.tenant_id = 1, .lane = STR("a")});
    put((struct job){.tenant_id = 2, .kind = "narrow"});
    struct job held = take(1).jobs[0];
    put((struct job){.tenant_id = 3, .lane = STR("a"), .run_at = fixture.now + 1});
    EXPECT(count_of((struct job_filter){.state = LABEL_NONE, .limit = 9}) == 3);
    EXPECT(count_of((struct job_filter){.state = LABEL_NONE, .limit = 2}) == 2);
    EXPECT(count_of((struct job_filter){.state = LABEL_NONE, .limit = 9, .tenant_id = 2}) == 1);
    EXPECT(count_of((struct job_filter){.state = LABEL_NONE, .limit = 9, .lane = STR("a")}) == 2);
    EXPECT(count_of((struct job_filter){.state = LABEL_NONE, .limit = 9, .kind = STR("narrow")}) ==
           1);
    EXPECT(count_of((struct job_filter){.state = JOB_LEASED, .limit = 9}) == 1);
    EXPECT(count_of((struct job_filter){.state = JOB_DELAYED, .limit = 9, .tenant_id = 1}) == 0);
    struct look at = {.at = LOOK_JOB, .key = {9, str_from_z(held.id)}};
    EXPECT(look(&at) == STATUS_NOT_FOUND);
}

static void depths_count_every_state(void)
{
    struct look at = {.at = LOOK_DEPTHS};
    make_dead((struct job){.kind = "narrow"});
    put((struct job){.tenant_id = 2});
    fixture.now += 5;
    put((struct job){0});
    put((struct job){.run_at = fixture.now + 1});
    put((struct job){.kind = "laned", .order_key = STR("a")});
    put((struct job){.kind = "laned", .order_key = STR("a")});
    put((struct job){.kind = "patient"});
    const int busy[KINDS] = {[PLAIN] = 1000, [LANED] = 100};
    struct job held = take_beside(1, busy).jobs[0];
    fixture.now += 10;
    EXPECT(look(&at) == STATUS_OK);
    EXPECT(at.depths[PLAIN].by_state[JOB_READY] == 2 && at.depths[PLAIN].oldest_us == 15);
    EXPECT(at.depths[PLAIN].by_state[JOB_DELAYED] == 1);
    EXPECT(at.depths[LANED].by_state[JOB_READY] == 1);
    EXPECT(at.depths[LANED].by_state[JOB_BLOCKED] == 1);
    EXPECT(at.depths[PATIENT].by_state[JOB_LEASED] == 1 && at.depths[PATIENT].oldest_us == 0);
    EXPECT(at.depths[NARROW].dead == 1 && at.depths[NARROW].by_state[JOB_READY] == 0);
    EXPECT(at.depths[PATIENT].finished_per_second == 0 && finish(&held) == STATUS_OK);
    at.key.tenant_id = 1;
    EXPECT(look(&at) == STATUS_OK);
    EXPECT(at.depths[PLAIN].by_state[JOB_READY] == 1 && at.depths[PLAIN].oldest_us == 10);
    EXPECT(at.depths[PATIENT].finished_per_second == 1.0 / 60);
    EXPECT(at.depths[PATIENT].by_state[JOB_LEASED] == 0 && at.depths[NARROW].dead == 1);
    fixture.now += 60 * SECOND_US;
    EXPECT(look(&at) == STATUS_OK && at.depths[PATIENT].finished_per_second == 0);
}

static const struct contract_test tests[] = {
    CONTRACT_TEST(a_dead_letter_is_put_back_once_with_all_its_attempts_before_it),
    CONTRACT_TEST(dead_letters_are_put_back_by_filter),
    CONTRACT_TEST(a_letter_whose_id_is_in_use_again_stays),
    CONTRACT_TEST(other_tenants_letters_are_not_there),
    CONTRACT_TEST(a_purge_removes_what_waits_and_nobody_holds),
    CONTRACT_TEST(whoever_watches_is_told_of_what_is_purged),
    CONTRACT_TEST(a_purge_of_dead_letters_leaves_the_jobs),
    CONTRACT_TEST(what_nobody_took_is_a_dead_letter_after_the_retention),
    CONTRACT_TEST(what_is_delayed_or_was_tried_outlives_the_retention),
    CONTRACT_TEST(a_cancelled_job_is_gone_also_from_who_holds_it),
    CONTRACT_TEST(lists_go_on_where_they_stopped),
    CONTRACT_TEST(lists_are_filtered),
    CONTRACT_TEST(depths_count_every_state),
};

int main(void)
{
    run_contracts(tests, sizeof tests / sizeof tests[0], NULL);
    return EXIT_SUCCESS;
}
