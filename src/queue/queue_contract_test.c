/* What every backend of the queue must do, and so the definition of queue.h: putting, and who is
 * next. The rest is in queue_contract_end_test.c. */
#include "model/news.h"
#include "queue/queue_contract_look.h"

#include <pthread.h>
#include <stdatomic.h>

/* --- putting and taking --- */

static void a_job_is_taken_with_all_that_it_was_put_with(void)
{
    struct job in = put((struct job){.tenant_id = 7,
                                     .lane = STR("endpoint-3"),
                                     .order_key = STR("customer-9"),
                                     .priority = 4,
                                     .payload = STR("{\"id\":12}")});
    EXPECT(uuid_is_valid(str_from_z(in.id)) && in.seq > 0 && in.state == JOB_READY);
    struct job out = take_one();
    EXPECT(is_same(&in, &out) && out.seq == in.seq && out.tenant_id == 7);
    EXPECT(out.kind == kinds[PLAIN].name && str_equal(out.lane, in.lane));
    EXPECT(str_equal(out.order_key, in.order_key) && str_equal(out.payload, in.payload));
    EXPECT(out.priority == 4 && out.state == JOB_LEASED && out.attempts == 1 && out.fence > 0);
    EXPECT(out.leased_until == fixture.now + visibility && out.created_at == fixture.now);
    EXPECT(out.run_at == fixture.now && str_is_absent(out.history));
    EXPECT(take(9).count == 0);
    EXPECT(finish(&out) == STATUS_OK && is_gone(&in) && count_dead() == 0);
}

static void an_id_of_ones_own_is_kept_and_is_for_one_job_only(void)
{
    struct job in = put((struct job){.id = "mine"});
    struct job other = {.id = "mine", .kind = "plain", .tenant_id = 2};
    EXPECT(strcmp(in.id, "mine") == 0);
    EXPECT(try((struct queue_act){.what = ACT_PUT, .job = &other}) == STATUS_CONFLICT);
    struct job out = take_one();
    EXPECT(is_same(&in, &out) && str_is_absent(out.payload) && str_is_absent(out.order_key));
    EXPECT(take(1).count == 0);
}

static void a_put_that_is_rolled_back_is_not_there(void)
{
    struct job job = {.kind = "plain", .tenant_id = 1};
    EXPECT(try((struct queue_act){.what = ACT_PUT, .job = &job, .is_rolled_back = true}) ==
           STATUS_CANCELLED);
    EXPECT(take(9).count == 0 && count_jobs() == 0);
    EXPECT(try((struct queue_act){.what = ACT_PUT, .job = &job}) == STATUS_OK);
    EXPECT(take(9).count == 1);
}

static void refuses_what_is_too_large_or_of_no_priority(void)
{
    char *large = arena_alloc(&fixture.arena, JOB_MAX_PAYLOAD + 1);
    memset(large, 'x', JOB_MAX_PAYLOAD + 1);
    const struct job bad[] = {{.payload = {large, JOB_MAX_PAYLOAD + 1}},
                              {.lane = {large, QUEUE_MOST_LANE + 1}},
                              {.order_key = {large, QUEUE_MOST_LANE + 1}},
                              {.priority = 10},
                              {.priority = -1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct job job = bad[i];
        job.kind = "plain";
        EXPECT(try((struct queue_act){.what = ACT_PUT, .job = &job}) == STATUS_INVALID);
    }
    put((struct job){.payload = {large, JOB_MAX_PAYLOAD}, .lane = {large, QUEUE_MOST_LANE}});
    struct job out = take_one();
    EXPECT(out.payload.length == JOB_MAX_PAYLOAD && out.lane.length == QUEUE_MOST_LANE);
}

static void knows_its_kinds_by_name(void)
{
    EXPECT(queue_kind(fixture.queue, "narrow") == &kinds[NARROW]);
    EXPECT(queue_kind(fixture.queue, "wide") == NULL);
}

static atomic_uint told;

static void note_news(void *argument, unsigned news)
{
    (void)argument;
    atomic_fetch_or(&told, news);
}

static bool was_told(void)
{
    return (atomic_exchange(&told, 0) & NEWS_JOBS) != 0;
}

static void whoever_waits_is_told_what_there_is_to_do(void)
{
    put((struct job){.run_at = fixture.now + 5});
    EXPECT(was_told());
    put((struct job){.order_key = STR("a")});
    struct job second = put((struct job){.order_key = STR("a")});
    was_told();
    struct job first = take_one();
    EXPECT(give_back(&first, 0) == STATUS_OK && was_told());
    first = take_one();
    EXPECT(fail_with(&first, "no") == STATUS_OK && was_told());
    fixture.now += 5 * SECOND_US;
    first = take(2).jobs[1];
    was_told();
    EXPECT(finish(&first) == STATUS_OK && was_told());
    EXPECT(stored(&second).state == JOB_READY);
}

enum {
    TAKERS = 4,
    CROWD = 400
};

static atomic_int holders[CROWD], done;

static void *take_until_done(void *argument)
{
    static const int none[KINDS];
    struct arena arena = {0};
    struct error err;
    (void)argument;
    while (done < CROWD) {
        struct job jobs[7];
        struct taking taking = {.running = none, .jobs = jobs, .room = 7};
        EXPECT(queue_take(fixture.queue, &arena, &taking, &err) == STATUS_OK);
        for (size_t i = 0; i < taking.count; i++) {
            int64_t at = 0;
            EXPECT(str_to_integer(jobs[i].payload, &at));
            EXPECT(atomic_fetch_add(&holders[at], 1) == 0);
            struct queue_act act = {.what = ACT_FINISH, .queue = fixture.queue, .job = &jobs[i]};
            EXPECT(db_write(fixture.db, queue_run_act, &act, &err) == STATUS_OK);
            done++;
        }
        arena_reset(&arena);
    }
    return NULL;
}

static void two_takers_never_hold_the_same_job(void)
{
    pthread_t threads[TAKERS];
    for (int i = 0; i < CROWD; i++)
        put((struct job){.payload = str_format(&fixture.arena, "%d", i),
                         .lane = str_format(&fixture.arena, "%d", i % 5)});
    for (int i = 0; i < TAKERS; i++)
        EXPECT(pthread_create(&threads[i], NULL, take_until_done, NULL) == 0);
    for (int i = 0; i < TAKERS; i++)
        pthread_join(threads[i], NULL);
    EXPECT(done == CROWD && count_jobs() == 0);
    memset(holders, 0, sizeof holders);
    done = 0;
}

/* --- who is next --- */

static void within_a_lane_the_highest_priority_and_then_the_oldest_goes_first(void)
{
    struct job low = put((struct job){.priority = 0}), middle = put((struct job){.priority = 5});
    struct job middle_too = put((struct job){.priority = 5});
    struct job high = put((struct job){.priority = 9});
    struct taken taken = take(4);
    EXPECT(taken.count == 4 && is_same(&taken.jobs[0], &high));
    EXPECT(is_same(&taken.jobs[1], &middle) && is_same(&taken.jobs[2], &middle_too));
    EXPECT(is_same(&taken.jobs[3], &low));
}

static void lanes_take_turns_however_long_they_are(void)
{
    for (int i = 0; i < 20; i++)
        put((struct job){.lane = STR("long"), .priority = 9});
    struct job a = put((struct job){.lane = STR("a")}), b = put((struct job){.lane = STR("b")});
    struct job c = put((struct job){.lane = STR("z")}), d = put((struct job){.lane = STR("z")});
    struct taken taken = take(4);
    EXPECT(holds(&taken, &a) && holds(&taken, &b) && holds(&taken, &c));
    struct job next = take_one(), after = take_one();
    EXPECT(str_equal(next.lane, STR("z")) != str_equal(after.lane, STR("z")));
    EXPECT(is_same(&next, &d) || is_same(&after, &d));
    taken = take(20);
    EXPECT(taken.count == 18); /* the long one alone goes on at full speed */
}

static void a_lane_that_is_not_given_is_the_tenants_own(void)
{
    for (int i = 0; i < 10; i++)
        put((struct job){.tenant_id = 1});
    struct job small = put((struct job){.tenant_id = 22});
    struct taken taken = take(2);
    EXPECT(taken.count == 2 && holds(&taken, &small));
    EXPECT(str_equal(stored(&small).lane, STR("22")));
}

static void no_more_of_a_kind_are_taken_than_it_has_room_for(void)
{
    const int one[KINDS] = {[NARROW] = 1}, two[KINDS] = {[NARROW] = 2};
    for (int i = 0; i < 5; i++)
        put((struct job){.kind = "narrow"});
    EXPECT(take_beside(9, two).count == 0);
    EXPECT(take_beside(9, one).count == 1);
    EXPECT(take(9).count == 2);
}

static void kinds_share_the_room_there_is(void)
{
    for (int i = 0; i < 20; i++)
        put((struct job){.kind = "plain"});
    put((struct job){.kind = "patient"});
    put((struct job){.kind = "laned"});
    struct taken taken = take(8);
    size_t plain = 0;
    for (size_t i = 0; i < taken.count; i++)
        plain += taken.jobs[i].kind == kinds[PLAIN].name;
    EXPECT(taken.count == 8 && plain == 6);
}

static void a_kind_with_much_to_do_does_not_hold_up_the_others(void)
{
    for (int i = 0; i < 20; i++)
        put((struct job){.kind = "plain", .priority = 9});
    struct job other = put((struct job){.kind = "laned"});
    struct taken taken = {.count = 0};
    for (int i = 0; i < KINDS && !holds(&taken, &other); i++)
        taken = take(1);
    EXPECT(holds(&taken, &other));
}

static void no_more_are_taken_of_a_lane_than_it_has_room_for(void)
{
    for (int i = 0; i < 5; i++)
        put((struct job){.kind = "laned", .lane = STR("a")});
    for (int i = 0; i < 3; i++)
        put((struct job){.kind = "laned", .lane = STR("b")});
    struct taken taken = take(9);
    EXPECT(taken.count == 4 && take(9).count == 0);
    EXPECT(finish(&taken.jobs[0]) == STATUS_OK);
    struct taken next = take(9);
    EXPECT(next.count == 1 && str_equal(next.jobs[0].lane, taken.jobs[0].lane));
    EXPECT(cancel(&next.jobs[0]) == STATUS_OK);
    EXPECT(fail_with(&taken.jobs[1], "no") == STATUS_OK);
    EXPECT(give_back(&taken.jobs[2], fixture.now + 9) == STATUS_OK);
    EXPECT(take(9).count == 3);
}

static void a_delayed_job_waits_for_its_time(void)
{
    struct job late = put((struct job){.run_at = fixture.now + 20 * SECOND_US});
    struct job soon = put((struct job){.run_at = fixture.now + 10 * SECOND_US});
    EXPECT(late.state == JOB_DELAYED);
    struct taken taken = take(9);
    EXPECT(taken.count == 0 && taken.next_at == soon.run_at);
    fixture.now += 10 * SECOND_US;
    taken = take(9);
    EXPECT(taken.count == 1 && is_same(&taken.jobs[0], &soon) && taken.next_at == late.run_at);
    EXPECT(finish(&taken.jobs[0]) == STATUS_OK);
    fixture.now += DAY_US;
    struct job last = take_one();
    EXPECT(is_same(&last, &late) && finish(&last) == STATUS_OK);
    EXPECT(take(1).next_at == 0);
}

static void the_end_of_a_lease_is_a_time_to_look_again(void)
{
    put((struct job){0});
    struct taken taken = take(1);
    EXPECT(taken.next_at == taken.jobs[0].leased_until);
    fixture.now += SECOND_US;
    EXPECT(queue_renew(fixture.queue, &taken.jobs[0], NULL) == STATUS_OK);
    EXPECT(take(1).next_at == fixture.now + visibility);
}

/* --- order keys --- */

static struct job ordered(const char *key)
{
    return put((struct job){.order_key = str_from_z(key)});
}

static void behind_an_order_key_one_goes_after_the_other(void)
{
    struct job first = ordered("a"), second = ordered("a"), third = ordered("a");
    struct job other = ordered("b");
    struct job stranger = put((struct job){.tenant_id = 2, .order_key = STR("a")});
    struct job relative = put((struct job){.kind = "patient", .order_key = STR("a")});
    EXPECT(second.state == JOB_BLOCKED);
    struct taken taken = take(9);
    EXPECT(taken.count == 4 && holds(&taken, &first) && holds(&taken, &other));
    EXPECT(holds(&taken, &stranger) && holds(&taken, &relative));
    EXPECT(finish(&taken.jobs[0]) == STATUS_OK && finish(&taken.jobs[1]) == STATUS_OK);
    EXPECT(finish(&taken.jobs[2]) == STATUS_OK && finish(&taken.jobs[3]) == STATUS_OK);
    struct job next = take_one();
    EXPECT(is_same(&next, &second) && take(9).count == 0);
    EXPECT(finish(&next) == STATUS_OK);
    next = take_one();
    EXPECT(is_same(&next, &third));
}

static void a_head_that_is_tried_again_or_delayed_holds_up_the_others(void)
{
    struct job head = ordered("a"), next = ordered("a");
    struct job delayed = put((struct job){.order_key = STR("b"), .run_at = fixture.now + HOUR_US});
    struct job behind = ordered("b");
    struct job held = take_one();
    EXPECT(is_same(&held, &head) && fail_with(&held, "no") == STATUS_OK);
    EXPECT(take(9).count == 0 && stored(&next).state == JOB_BLOCKED);
    fixture.now += 2 * SECOND_US;
    struct taken taken = take(9);
    EXPECT(taken.count == 1 && is_same(&taken.jobs[0], &head));
    EXPECT(stored(&delayed).state == JOB_DELAYED && stored(&behind).state == JOB_BLOCKED);
}

static void a_dead_or_cancelled_head_lets_the_next_go(void)
{
    struct job head = ordered("a"), second = ordered("a"), third = ordered("a");
    struct job held = take_one();
    EXPECT(try((struct queue_act){.what = ACT_FAIL,
                                  .job = &held,
                                  .failure = {.error = STR("no"), .is_final = true}}) == STATUS_OK);
    EXPECT(is_gone(&head) && stored(&second).state == JOB_READY);
    EXPECT(cancel(&third) == STATUS_OK); /* one in the middle changes nothing */
    third = ordered("a");
    EXPECT(third.state == JOB_BLOCKED && cancel(&second) == STATUS_OK);
    struct job next = take_one();
    EXPECT(is_same(&next, &third) && count_dead() == 1);
}

static void one_that_is_put_back_goes_behind_those_that_are_there(void)
{
    struct job head = ordered("a"), second = ordered("a");
    struct job held = take_one();
    EXPECT(try((struct queue_act){.what = ACT_FAIL,
                                  .job = &held,
                                  .failure = {.error = STR("no"), .is_final = true}}) == STATUS_OK);
    EXPECT(try((struct queue_act){.what = ACT_REDRIVE, .id = str_from_z(head.id)}) == STATUS_OK);
    EXPECT(stored(&head).state == JOB_BLOCKED);
    held = take_one();
    EXPECT(is_same(&held, &second) && finish(&held) == STATUS_OK);
    held = take_one();
    EXPECT(is_same(&held, &head));
}

static void a_purge_of_a_head_lets_the_next_go(void)
{
    put((struct job){.order_key = STR("a"), .run_at = fixture.now + HOUR_US});
    struct job next = ordered("a");
    struct queue_act act = {.what = ACT_PURGE,
                            .filter = {.state = JOB_DELAYED, .kind = STR("plain")}};
    EXPECT(queue_act(&fixture, &act) == STATUS_OK && act.count == 1);
    struct job held = take_one();
    EXPECT(is_same(&held, &next));
}

static const struct contract_test tests[] = {
    CONTRACT_TEST(a_job_is_taken_with_all_that_it_was_put_with),
    CONTRACT_TEST(an_id_of_ones_own_is_kept_and_is_for_one_job_only),
    CONTRACT_TEST(a_put_that_is_rolled_back_is_not_there),
    CONTRACT_TEST(refuses_what_is_too_large_or_of_no_priority),
    CONTRACT_TEST(knows_its_kinds_by_name),
    CONTRACT_TEST(whoever_waits_is_told_what_there_is_to_do),
    CONTRACT_TEST(two_takers_never_hold_the_same_job),
    CONTRACT_TEST(within_a_lane_the_highest_priority_and_then_the_oldest_goes_first),
    CONTRACT_TEST(lanes_take_turns_however_long_they_are),
    CONTRACT_TEST(a_lane_that_is_not_given_is_the_tenants_own),
    CONTRACT_TEST(no_more_of_a_kind_are_taken_than_it_has_room_for),
    CONTRACT_TEST(kinds_share_the_room_there_is),
    CONTRACT_TEST(a_kind_with_much_to_do_does_not_hold_up_the_others),
    CONTRACT_TEST(no_more_are_taken_of_a_lane_than_it_has_room_for),
    CONTRACT_TEST(a_delayed_job_waits_for_its_time),
    CONTRACT_TEST(the_end_of_a_lease_is_a_time_to_look_again),
    CONTRACT_TEST(behind_an_order_key_one_goes_after_the_other),
    CONTRACT_TEST(a_head_that_is_tried_again_or_delayed_holds_up_the_others),
    CONTRACT_TEST(a_dead_or_cancelled_head_lets_the_next_go),
    CONTRACT_TEST(one_that_is_put_back_goes_behind_those_that_are_there),
    CONTRACT_TEST(a_purge_of_a_head_lets_the_next_go),
};

int main(void)
{
    run_contracts(tests, sizeof tests / sizeof tests[0], note_news);
    return EXIT_SUCCESS;
}
