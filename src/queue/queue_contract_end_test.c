/* What every backend of the queue must do, continued: how a hold ends, dead letters, lists. */
#include "queue/queue_contract_look.h"
#include "queue/queue_death.h"

/* --- how a hold ends --- */

static void an_effect_and_its_finish_happen_together_and_once(void)
{
    put((struct job){0});
    struct job job = take_one();
    struct queue_act act = {
        .what = ACT_FINISH, .job = &job, .has_effect = true, .is_rolled_back = true};
    EXPECT(queue_act(&fixture, &act) == STATUS_CANCELLED);
    EXPECT(count_effects() == 0 && stored(&job).state == JOB_LEASED);
    act.is_rolled_back = false;
    EXPECT(queue_act(&fixture, &act) == STATUS_OK && count_effects() == 1);
    EXPECT(queue_act(&fixture, &act) == STATUS_CONFLICT && count_effects() == 1);
}

/* What was decided under an old fence; nothing of it may come to pass. */
static void expect_refused(struct job *stale)
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

static void who_slept_past_the_end_of_a_lease_changes_nothing(void)
{
    put((struct job){0});
    struct job sleeper = take_one();
    fixture.now += visibility;
    struct job holder = take_one();
    EXPECT(is_same(&sleeper, &holder) && holder.fence != sleeper.fence && holder.attempts == 2);
    expect_refused(&sleeper);
    struct job now = stored(&holder);
    EXPECT(now.state == JOB_LEASED && now.fence == holder.fence && now.attempts == 2);
    EXPECT(now.leased_until == holder.leased_until && str_equal(now.history, holder.history));
    EXPECT(finish(&holder) == STATUS_OK);
    expect_refused(&sleeper);
    expect_refused(&holder);
    EXPECT(count_jobs() == 0 && count_dead() == 0);
}

static void a_lease_that_is_over_holds_until_it_has_passed_to_another(void)
{
    put((struct job){0});
    struct job job = take_one();
    fixture.now += 2 * visibility;
    EXPECT(finish(&job) == STATUS_OK && count_jobs() == 0);
}

static void a_renewed_lease_is_longer(void)
{
    put((struct job){0});
    struct job job = take_one();
    fixture.now += visibility - 1;
    EXPECT(queue_renew(fixture.queue, &job, NULL) == STATUS_OK);
    EXPECT(job.leased_until == fixture.now + visibility);
    fixture.now += visibility - 1;
    EXPECT(take(1).count == 0);
    fixture.now += 1;
    EXPECT(take(1).count == 1);
    EXPECT(queue_renew(fixture.queue, &job, NULL) == STATUS_CONFLICT);
}

static void what_is_given_back_was_no_attempt(void)
{
    put((struct job){0});
    for (int i = 0; i < 5; i++) {
        struct job job = take_one();
        EXPECT(job.attempts == 1 && give_back(&job, 0) == STATUS_OK);
        expect_refused(&job);
    }
    struct job job = take_one();
    EXPECT(give_back(&job, fixture.now + SECOND_US) == STATUS_OK && take(1).count == 0);
    EXPECT(stored(&job).state == JOB_DELAYED && str_is_absent(stored(&job).history));
    fixture.now += SECOND_US;
    EXPECT(take_one().attempts == 1 && count_dead() == 0);
}

static void expect_within(int64_t delay, int64_t wanted)
{
    EXPECT(delay >= wanted - wanted / 10 && delay <= wanted + wanted / 10);
}

static void the_next_attempt_waits_twice_as_long_each_time(void)
{
    put((struct job){0});
    for (int64_t wanted = SECOND_US; wanted <= 2 * SECOND_US; wanted *= 2) {
        struct job job = take_one();
        EXPECT(fail_with(&job, "no") == STATUS_OK);
        expect_within(stored(&job).run_at - fixture.now, wanted);
        fixture.now = stored(&job).run_at - 1;
        EXPECT(take(1).count == 0);
        fixture.now++;
    }
    EXPECT(take_one().attempts == 3);
}

static void delays_have_jitter(void)
{
    int64_t delays[8], different = 0;
    for (int i = 0; i < 8; i++)
        put((struct job){0});
    struct taken taken = take(8);
    for (int i = 0; i < 8; i++) {
        EXPECT(fail_with(&taken.jobs[i], "no") == STATUS_OK);
        delays[i] = stored(&taken.jobs[i]).run_at;
        different += i > 0 && delays[i] != delays[0];
    }
    EXPECT(different > 0);
}

static void a_kind_may_have_delays_of_its_own(void)
{
    put((struct job){.kind = "patient"});
    struct job job = take_one();
    EXPECT(fail_with(&job, "no") == STATUS_OK);
    expect_within(stored(&job).run_at - fixture.now, patient_delays[0]);
    fixture.now += 11 * SECOND_US;
    job = take_one();
    EXPECT(fail_with(&job, "no") == STATUS_OK && stored(&job).state == JOB_READY);
}

static void who_fails_may_say_when_to_try_again(void)
{
    put((struct job){0});
    struct job job = take_one();
    EXPECT(try((struct queue_act){.what = ACT_FAIL,
                                  .job = &job,
                                  .failure = {.retry_at = fixture.now + HOUR_US}}) == STATUS_OK);
    EXPECT(stored(&job).run_at == fixture.now + HOUR_US);
}

/* --- the last attempt --- */

static void after_the_last_attempt_it_is_a_dead_letter_with_its_history(void)
{
    static const char *const errors[] = {"no \"route\"", "", "gave up"};
    struct job in = put((struct job){.lane = STR("l"), .payload = STR("{}"), .priority = 3});
    for (int i = 0; i < 3; i++) {
        bool is_dead = i != 2;
        struct job job = take_one();
        struct queue_act act = {
            .what = ACT_FAIL, .job = &job, .failure.error = str_from_z(errors[i])};
        EXPECT(queue_act(&fixture, &act) == STATUS_OK);
        is_dead = act.dead;
        EXPECT(is_dead == (i == 2));
        fixture.now += 5 * SECOND_US;
    }
    EXPECT(take(9).count == 0 && is_gone(&in));
    struct dead_letter letter = letter_of(&in);
    EXPECT(str_equal_z(letter.error, "gave up") && letter.job.attempts == 3);
    EXPECT(letter.died_at == fixture.now - 5 * SECOND_US && letter.job.priority == 3);
    EXPECT(str_equal(letter.job.lane, in.lane) && str_equal(letter.job.payload, in.payload));
    str expected = str_format(&fixture.arena,
                              "[{\"attempt\":1,\"at\":\"%s\",\"error\":\"no \\\"route\\\"\"},"
                              "{\"attempt\":2,\"at\":\"%s\",\"error\":\"\"},"
                              "{\"attempt\":3,\"at\":\"%s\",\"error\":\"gave up\"}]",
                              clock_text(&fixture.arena, fixture.now - 15 * SECOND_US).bytes,
                              clock_text(&fixture.arena, fixture.now - 10 * SECOND_US).bytes,
                              clock_text(&fixture.arena, fixture.now - 5 * SECOND_US).bytes);
    EXPECT(str_equal(letter.job.history, expected));
}

static void a_final_failure_is_a_dead_letter_at_once(void)
{
    struct job in = put((struct job){0});
    struct job job = take_one();
    struct queue_act act = {
        .what = ACT_FAIL, .job = &job, .failure = {.error = STR("never"), .is_final = true}};
    EXPECT(queue_act(&fixture, &act) == STATUS_OK && act.dead);
    EXPECT(letter_of(&in).job.attempts == 1 && count_jobs() == 0);
    expect_refused(&job);
    EXPECT(count_dead() == 1);
}

static void a_lease_that_runs_out_counts_and_the_last_one_makes_a_dead_letter(void)
{
    struct job in = put((struct job){0});
    for (int attempt = 1; attempt <= 3; attempt++) {
        EXPECT(take_one().attempts == attempt);
        fixture.now += visibility;
    }
    EXPECT(take(1).count == 0 && is_gone(&in));
    struct dead_letter letter = letter_of(&in);
    EXPECT(letter.job.attempts == 3 && str_find_str(letter.error, STR("lease")) != STR_NONE);
    EXPECT(str_find_str(letter.job.history, STR("{\"attempt\":3,")) != STR_NONE);
}

static int64_t swept(void)
{
    int64_t ended = -1;
    EXPECT(queue_sweep(fixture.queue, &ended, NULL) == STATUS_OK);
    return ended;
}

static void a_sweep_ends_leases_too(void)
{
    struct job in = put((struct job){0});
    take_one();
    EXPECT(swept() == 0);
    fixture.now += visibility;
    EXPECT(swept() == 1);
    EXPECT(stored(&in).state == JOB_READY && stored(&in).attempts == 1);
}

static void what_a_process_held_when_it_crashed_is_given_on_at_once(void)
{
    struct job in = put((struct job){0});
    for (int attempt = 1; attempt <= 3; attempt++) {
        struct job job = take_one();
        EXPECT(job.attempts == attempt);
        queue_fixture_open_again(&fixture);
        expect_refused(&job);
    }
    EXPECT(take(1).count == 0);
    struct dead_letter letter = letter_of(&in);
    EXPECT(letter.job.attempts == 3 && str_find_str(letter.error, STR("process")) != STR_NONE);
}

static struct {
    int count;
    char id[UUID_TEXT_SIZE];
    bool refuses;
} deaths;

static enum status note_death(void *argument, struct db_session *session,
                              const struct dead_letter *letter, struct error *err)
{
    (void)argument, (void)session;
    if (deaths.refuses)
        return fail(err, STATUS_UNAVAILABLE, "not now");
    deaths.count++;
    memcpy(deaths.id, letter->job.id, sizeof deaths.id);
    return STATUS_OK;
}

static bool has_told_of(const struct job *job)
{
    bool is_so = deaths.count == 1 && strcmp(deaths.id, job->id) == 0;
    deaths.count = 0;
    return is_so;
}

static void whoever_watches_is_told_of_each_death_in_its_transaction(void)
{
    const struct failure final = {.error = STR("no"), .is_final = true};
    queue_watch_deaths(fixture.queue, note_death, NULL);
    struct job job = put((struct job){.kind = "narrow"});
    struct job held = take_one();
    EXPECT(fail_with(&held, "once") == STATUS_OK && deaths.count == 0);
    fixture.now += 2 * SECOND_US;
    held = take_one();
    deaths.refuses = true;
    EXPECT(try((struct queue_act){.what = ACT_FAIL, .job = &held, .failure = final}) ==
           STATUS_UNAVAILABLE);
    EXPECT(stored(&job).state == JOB_LEASED && count_dead() == 0);
    deaths.refuses = false;
    fixture.now += visibility;
    EXPECT(swept() == 1 && has_told_of(&job));
    job = put((struct job){0});
    held = take_one();
    EXPECT(try((struct queue_act){.what = ACT_FAIL, .job = &held, .failure = final}) == STATUS_OK);
    EXPECT(has_told_of(&job));
    job = put((struct job){0});
    fixture.now += 14 * DAY_US - 1;
    EXPECT(swept() == 0);
    fixture.now += 2;
    EXPECT(swept() == 3 && has_told_of(&job)); /* and the two before are forgotten */
}

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
    CONTRACT_TEST(an_effect_and_its_finish_happen_together_and_once),
    CONTRACT_TEST(who_slept_past_the_end_of_a_lease_changes_nothing),
    CONTRACT_TEST(a_lease_that_is_over_holds_until_it_has_passed_to_another),
    CONTRACT_TEST(a_renewed_lease_is_longer),
    CONTRACT_TEST(what_is_given_back_was_no_attempt),
    CONTRACT_TEST(the_next_attempt_waits_twice_as_long_each_time),
    CONTRACT_TEST(delays_have_jitter),
    CONTRACT_TEST(a_kind_may_have_delays_of_its_own),
    CONTRACT_TEST(who_fails_may_say_when_to_try_again),
    CONTRACT_TEST(after_the_last_attempt_it_is_a_dead_letter_with_its_history),
    CONTRACT_TEST(a_final_failure_is_a_dead_letter_at_once),
    CONTRACT_TEST(a_lease_that_runs_out_counts_and_the_last_one_makes_a_dead_letter),
    CONTRACT_TEST(a_sweep_ends_leases_too),
    CONTRACT_TEST(what_a_process_held_when_it_crashed_is_given_on_at_once),
    CONTRACT_TEST(whoever_watches_is_told_of_each_death_in_its_transaction),
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
