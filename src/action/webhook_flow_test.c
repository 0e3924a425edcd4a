/* How deliveries fare with receivers that fail, on a clock that is moved: test T13. */
#include "action/webhook_fixture_run.h"

static struct webhook_fixture fixture;

static void tell(int64_t subject)
{
    fixture_tell(&fixture, 1, "feedback.created", subject, "{}");
}

static void ten_attempts_are_made_at_their_times_and_then_it_is_dead(void)
{
    fixture_open(&fixture);
    fixture_add(&fixture, 1, 0, NULL, NULL);
    fixture.receivers[0].behaviour = IS_DEAD;
    tell(1);
    fixture_run_until(&fixture, fixture.now + 7 * DAY_US);
    EXPECT(fixture.call_count == WEBHOOK_ATTEMPTS);
    for (size_t i = 1; i < fixture.call_count; i++) {
        int64_t wait = fixture.calls[i].at - fixture.calls[i - 1].at;
        int64_t delay = webhook_delays_us[i - 1];
        EXPECT(wait >= delay - delay / 10 - 1 && wait <= delay + delay / 10 + 1);
        EXPECT(strcmp(fixture.calls[i].id, fixture.calls[0].id) == 0);
    }
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM deliveries WHERE status = 'dead'"
                                   " AND attempts = 10 AND error = 'unreachable'") == 1);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM delivery_attempts") == 10);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM dead_letters") == 1);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM events WHERE type = 'webhook.failed'") ==
           1);
    fixture_close(&fixture);
}

static void what_fails_for_good_is_not_told_to_itself(void)
{
    fixture_open(&fixture);
    fixture_add(&fixture, 1, 0, NULL, NULL);
    fixture_add(&fixture, 1, 1, "webhook.*", NULL);
    fixture.receivers[0].behaviour = IS_DEAD;
    tell(1);
    fixture_run_until(&fixture, fixture.now + 4 * DAY_US);
    EXPECT(fixture.receivers[0].calls == WEBHOOK_ATTEMPTS && fixture.receivers[1].calls == 1);
    EXPECT(str_find_str(fixture.last_body, STR("\"type\":\"webhook.failed\"")) != STR_NONE);
    fixture_close(&fixture);
}

static void after_five_failures_it_is_left_alone_and_nothing_is_lost(void)
{
    fixture_open(&fixture);
    struct webhook webhook = fixture_add(&fixture, 1, 0, NULL, NULL);
    fixture.receivers[0].behaviour = IS_DEAD;
    for (int i = 0; i < 40; i++)
        tell(i + 1);
    fixture_run(&fixture);
    size_t first = fixture.call_count; /* those that were in hand at once, and no more */
    EXPECT(first >= WEBHOOK_BREAKER && first < WEBHOOK_BREAKER + 16);
    webhook = fixture_get(&fixture, &webhook);
    EXPECT(webhook.health.paused_until > fixture.now);
    fixture_run_until(&fixture, webhook.health.paused_until - 1);
    EXPECT(fixture.call_count == first);
    EXPECT(fixture_count(&fixture, "SELECT MAX(attempts) FROM deliveries") == 1);

    fixture_run_until(&fixture, fixture.now + HOUR_US); /* one probe for each pause */
    EXPECT(fixture.call_count > first && fixture.call_count < first + 12);
    fixture.receivers[0].behaviour = TAKES;
    fixture_run_until(&fixture, fixture.now + DAY_US);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM deliveries"
                                   " WHERE status = 'delivered'") == 40);
    EXPECT(fixture_get(&fixture, &webhook).health.failures == 0);
    fixture_close(&fixture);
}

static void when_a_pause_is_over_one_attempt_finds_out(void)
{
    struct job jobs[4];
    struct webhook_attempt probe, other;
    struct arena arena = {0};
    int64_t next_at;
    fixture_open(&fixture);
    struct webhook webhook = fixture_add(&fixture, 1, 0, NULL, NULL);
    fixture.receivers[0].behaviour = IS_DEAD;
    for (int i = 0; i < 8; i++)
        tell(i + 1);
    fixture_run(&fixture);
    webhook = fixture_get(&fixture, &webhook);
    fixture.now = webhook.health.paused_until;
    size_t before = fixture.call_count;
    EXPECT(fixture_take(&fixture, &arena, jobs, 4, &next_at) >= 2);
    EXPECT(webhook_begin(fixture.webhooks, &arena, &jobs[0], &probe, &fixture.err) == STATUS_OK);
    EXPECT(webhook_begin(fixture.webhooks, &arena, &jobs[1], &other, &fixture.err) == STATUS_OK);
    EXPECT(probe.plan == WEBHOOK_SEND && other.plan == WEBHOOK_WAIT);
    EXPECT(other.wait_until > fixture.now);
    EXPECT(fixture_end(&fixture, &jobs[1], &other) == STATUS_OK);
    fixture.receivers[0].behaviour = TAKES;
    webhook_send(fixture.webhooks, &arena, &probe);
    EXPECT(fixture_end(&fixture, &jobs[0], &probe) == STATUS_OK);
    EXPECT(fixture.call_count == before + 1);
    EXPECT(fixture_get(&fixture, &webhook).health.paused_until == FIELD_UNSET);
    arena_reset(&arena);
    fixture_close(&fixture);
}

static void who_answers_410_is_disabled_in_the_same_commit(void)
{
    fixture_open(&fixture);
    struct webhook webhook = fixture_add(&fixture, 1, 0, NULL, NULL);
    fixture_add(&fixture, 1, 1, "webhook.disabled", NULL);
    fixture.receivers[0] = (struct receiver){ANSWERS, 410, 0, 0};
    for (int i = 0; i < 5; i++)
        tell(i + 1);
    fixture_run_until(&fixture, fixture.now + DAY_US);
    EXPECT(fixture.receivers[0].calls == 1 && fixture.receivers[1].calls == 1);
    webhook = fixture_get(&fixture, &webhook);
    EXPECT(!webhook.is_enabled && str_equal_z(webhook.disabled_reason, "gone"));
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM deliveries WHERE webhook_id = 1"
                                   " AND status = 'cancelled'") == 5);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM dead_letters") == 0);
    fixture_close(&fixture);
}

static void a_redirect_is_a_failure_and_is_not_followed(void)
{
    fixture_open(&fixture);
    fixture_add(&fixture, 1, 0, NULL, NULL);
    fixture.receivers[0] = (struct receiver){ANSWERS, 302, 0, 0};
    tell(1);
    fixture_run(&fixture);
    EXPECT(fixture.call_count == 1);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM deliveries WHERE status = 'failed'"
                                   " AND http_status = 302 AND error = 'redirected'") == 1);
    fixture_close(&fixture);
}

static void a_wait_that_is_asked_for_is_kept(void)
{
    fixture_open(&fixture);
    fixture_add(&fixture, 1, 0, NULL, NULL);
    fixture.receivers[0] = (struct receiver){ANSWERS, 429, 600 * SECOND_US, 0};
    tell(1);
    fixture_run(&fixture);
    int64_t asked_at = fixture.now;
    fixture.receivers[0].behaviour = TAKES;
    tell(2);
    fixture_run_until(&fixture, asked_at + 600 * SECOND_US - 1);
    EXPECT(fixture.call_count == 1); /* also what is new waits */
    fixture_run_until(&fixture, asked_at + 700 * SECOND_US);
    EXPECT(fixture.call_count == 3);
    fixture_close(&fixture);
}

static void five_days_without_a_success_disable_it(void)
{
    fixture_open(&fixture);
    struct webhook webhook = fixture_add(&fixture, 1, 0, NULL, NULL);
    fixture_add(&fixture, 1, 1, "webhook.disabled", NULL);
    fixture.receivers[0].behaviour = IS_SLOW;
    int64_t start = fixture.now;
    for (int hour = 0; hour < 6 * 24; hour++) {
        tell(hour + 1);
        fixture_run_until(&fixture, start + (hour + 1) * HOUR_US);
        if (hour == 5 * 24 - 2)
            EXPECT(fixture_get(&fixture, &webhook).is_enabled);
    }
    webhook = fixture_get(&fixture, &webhook);
    EXPECT(!webhook.is_enabled && str_equal_z(webhook.disabled_reason, "failing"));
    EXPECT(fixture.receivers[1].calls == 1);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM events"
                                   " WHERE type = 'webhook.disabled'") == 1);
    size_t calls = fixture.call_count;
    fixture_run_until(&fixture, fixture.now + 5 * DAY_US);
    EXPECT(fixture.call_count == calls);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM deliveries WHERE webhook_id = 1 AND"
                                   " status NOT IN ('dead', 'cancelled')") == 0);
    fixture_close(&fixture);
}

/* A worker that slept through its lease: its attempt was made, but another's counts. */
static void who_lost_his_lease_changes_nothing(void)
{
    struct job late, again;
    struct webhook_attempt slept, taken;
    struct arena arena = {0};
    int64_t next_at;
    fixture_open(&fixture);
    fixture_add(&fixture, 1, 0, NULL, NULL);
    tell(1);
    fixture_route(&fixture);
    EXPECT(fixture_take(&fixture, &arena, &late, 1, &next_at) == 1);
    EXPECT(webhook_begin(fixture.webhooks, &arena, &late, &slept, &fixture.err) == STATUS_OK);
    webhook_send(fixture.webhooks, &arena, &slept);
    fixture.now += HOUR_US;
    while (fixture_take(&fixture, &arena, &again, 1, &next_at) == 0)
        fixture.now = next_at;
    EXPECT(webhook_begin(fixture.webhooks, &arena, &again, &taken, &fixture.err) == STATUS_OK);
    EXPECT(fixture_end(&fixture, &late, &slept) == STATUS_CONFLICT);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM delivery_attempts") == 0);
    webhook_send(fixture.webhooks, &arena, &taken);
    EXPECT(fixture_end(&fixture, &again, &taken) == STATUS_OK);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM deliveries WHERE status = 'delivered'") ==
           1);
    EXPECT(strcmp(fixture.calls[0].id, fixture.calls[1].id) == 0);
    arena_reset(&arena);
    fixture_close(&fixture);
}

static enum status bury(struct db_session *session, void *argument, struct error *err)
{
    return webhook_bury(fixture.webhooks, session, argument, err);
}

static void a_job_that_died_unsettled_leaves_no_delivery_open(void)
{
    struct job job;
    struct arena arena = {0};
    int64_t next_at;
    fixture_open(&fixture);
    fixture_add(&fixture, 1, 0, NULL, NULL);
    tell(1);
    fixture_route(&fixture);
    EXPECT(fixture_take(&fixture, &arena, &job, 1, &next_at) == 1);
    EXPECT(db_write(store_db(fixture.store), bury, &job, &fixture.err) == STATUS_OK);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM deliveries WHERE status = 'dead'") == 1);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM events WHERE type = 'webhook.failed'") ==
           1);
    arena_reset(&arena);
    fixture_close(&fixture);
}

enum {
    ENDPOINTS = 100,
    DEAD_ONES = 10,
    SLOW_ONES = 5,
    ODD_ONES = 5,
    BAD_ONES = DEAD_ONES + SLOW_ONES + ODD_ONES,
    EVENTS = 24
};

static void set_up_endpoints(void)
{
    static const int odd[ODD_ONES] = {429, 410, 302, 429, 410};
    for (int i = 0; i < ENDPOINTS; i++) {
        fixture_add(&fixture, 1, i, "feedback.created", NULL);
        if (i < DEAD_ONES)
            fixture.receivers[i].behaviour = IS_DEAD;
        else if (i < DEAD_ONES + SLOW_ONES)
            fixture.receivers[i].behaviour = IS_SLOW;
        else if (i < BAD_ONES)
            fixture.receivers[i] = (struct receiver){ANSWERS, odd[i % ODD_ONES], 0, 0};
    }
}

static int by_receiver_and_id(const void *a, const void *b)
{
    const struct received *one = a, *other = b;
    return one->receiver != other->receiver ? one->receiver - other->receiver
                                            : strcmp(one->id, other->id);
}

/* Each healthy one got each event once, and at once; what the bad ones cost stays small. */
static void look_at_endpoints(void)
{
    static struct received sorted[MOST_CALLS];
    memcpy(sorted, fixture.calls, fixture.call_count * sizeof *sorted);
    qsort(sorted, fixture.call_count, sizeof *sorted, by_receiver_and_id);
    for (size_t i = 1; i < fixture.call_count; i++)
        EXPECT(sorted[i].receiver < BAD_ONES || by_receiver_and_id(&sorted[i - 1], &sorted[i]) < 0);
    for (int i = BAD_ONES; i < ENDPOINTS; i++)
        EXPECT(fixture.receivers[i].calls == EVENTS);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM deliveries WHERE status = 'delivered'"
                                   " AND (attempts > 1 OR delivered_at > created_at)") == 0);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM deliveries"
                                   " WHERE status IN ('pending', 'failed')") == 0);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM webhooks WHERE is_enabled = 0"
                                   " AND disabled_reason = 'gone'") == 2);
}

/* Seven simulated days; every few hours the process ends and another goes on. */
static void ten_dead_five_slow_and_five_odd_of_a_hundred_harm_nobody_else(void)
{
    fixture_open(&fixture);
    set_up_endpoints();
    int64_t start = fixture.now;
    for (int i = 0; i < EVENTS; i++) {
        tell(i + 1);
        fixture_run_until(&fixture, start + 3 * HOUR_US * (i + 1));
        if (i % 5 == 3) {
            fixture_stop(&fixture);
            fixture_start(&fixture);
        }
    }
    fixture_run_until(&fixture, start + 7 * DAY_US);
    look_at_endpoints();
    fixture_close(&fixture);
}

int main(void)
{
    RUN(ten_attempts_are_made_at_their_times_and_then_it_is_dead);
    RUN(what_fails_for_good_is_not_told_to_itself);
    RUN(after_five_failures_it_is_left_alone_and_nothing_is_lost);
    RUN(when_a_pause_is_over_one_attempt_finds_out);
    RUN(who_answers_410_is_disabled_in_the_same_commit);
    RUN(a_redirect_is_a_failure_and_is_not_followed);
    RUN(a_wait_that_is_asked_for_is_kept);
    RUN(five_days_without_a_success_disable_it);
    RUN(who_lost_his_lease_changes_nothing);
    RUN(a_job_that_died_unsettled_leaves_no_delivery_open);
    RUN(ten_dead_five_slow_and_five_odd_of_a_hundred_harm_nobody_else);
    return 0;
}
