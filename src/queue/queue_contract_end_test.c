/* What every backend of the queue must do, continued: how a hold ends, and the
 * last attempt. */
#include "queue/queue_contract_look.h"

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
};

int main(void)
{
    run_contracts(tests, sizeof tests / sizeof tests[0], NULL);
    return EXIT_SUCCESS;
}
