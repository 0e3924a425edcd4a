#include "action/webhook_retry.h"

#include "base/test.h"

#include <string.h>

static const struct webhook_outcome taken = {STATUS_OK, 204, 0}, refused = {STATUS_OK, 500, 0},
                                    gone = {STATUS_OK, 410, 0}, busy = {STATUS_OK, 429, 0},
                                    silent = {STATUS_TIMED_OUT, 0, 0};

static const int64_t start = INT64_C(1763627400) * SECOND_US;

static struct receiver_health well(void)
{
    return (struct receiver_health){.failing_since = FIELD_UNSET, .paused_until = FIELD_UNSET};
}

static void the_delays_are_those_of_the_standard(void)
{
    static const int64_t seconds[] = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
    int64_t sum = 0;
    for (int i = 0; i < WEBHOOK_ATTEMPTS - 1; i++) {
        EXPECT(webhook_delays_us[i] == seconds[i] * SECOND_US);
        sum += webhook_delays_us[i];
    }
    EXPECT(sum == (75 * 3600 + 35 * 60 + 5) * SECOND_US);
}

static void each_delay_is_kept_within_a_tenth(void)
{
    for (int64_t number = 1; number < WEBHOOK_ATTEMPTS; number++) {
        int64_t delay = webhook_delays_us[number - 1], before = 0;
        for (int i = 0; i <= 10; i++) {
            int64_t wait = webhook_retry_at(&refused, number, start, i / 10.0) - start;
            EXPECT(wait >= delay - delay / 10 - 1 && wait <= delay + delay / 10 + 1);
            EXPECT(wait > before);
            before = wait;
        }
    }
    EXPECT(webhook_retry_at(&refused, WEBHOOK_ATTEMPTS, start, 0.5) == 0);
}

static void a_longer_wait_that_was_asked_for_is_kept_up_to_a_day(void)
{
    struct webhook_outcome asks = {STATUS_OK, 503, 90 * SECOND_US};
    EXPECT(webhook_retry_at(&asks, 1, start, 0.5) == start + 90 * SECOND_US);
    EXPECT(webhook_retry_at(&asks, 3, start, 0.5) == start + 1800 * SECOND_US);
    asks.retry_after_us = 1000 * DAY_US;
    EXPECT(webhook_retry_at(&asks, 1, start, 0.5) == start + DAY_US);
}

static void every_outcome_has_a_class(void)
{
    static const struct {
        struct webhook_outcome outcome;
        const char *error;
    } rows[] = {
        {{STATUS_OK, 500, 0}, "refused"},
        {{STATUS_OK, 404, 0}, "refused"},
        {{STATUS_OK, 302, 0}, "redirected"},
        {{STATUS_OK, 410, 0}, "gone"},
        {{STATUS_OK, 101, 0}, "refused"},
        {{STATUS_TIMED_OUT, 0, 0}, "timed_out"},
        {{STATUS_UNAVAILABLE, 0, 0}, "unreachable"},
        {{STATUS_DENIED, 0, 0}, "address_refused"},
    };
    EXPECT(webhook_error(&taken) == NULL && webhook_is_taken(&taken) && !webhook_is_gone(&taken));
    EXPECT(webhook_is_gone(&gone) && !webhook_is_taken(&gone));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        EXPECT(strcmp(webhook_error(&rows[i].outcome), rows[i].error) == 0);
}

static void the_fifth_failure_in_a_row_pauses_and_each_further_one_longer(void)
{
    struct receiver_health health = well();
    for (int i = 1; i < WEBHOOK_BREAKER; i++) {
        EXPECT(!webhook_note_outcome(&health, &silent, start));
        EXPECT(health.failures == i && health.paused_until == FIELD_UNSET);
    }
    int64_t now = start, before = 0;
    for (int i = 0; i < 20; i++) {
        webhook_note_outcome(&health, &refused, now);
        int64_t pause = health.paused_until - now;
        EXPECT(i == 0 ? pause == 30 * SECOND_US
                      : pause == (before * 2 < 1800 * SECOND_US ? before * 2 : 1800 * SECOND_US));
        before = pause;
        now = health.paused_until;
    }
    webhook_note_outcome(&health, &taken, now);
    EXPECT(health.failures == 0 && health.paused_until == FIELD_UNSET &&
           health.failing_since == FIELD_UNSET);
}

static void who_asks_for_less_gets_less_at_once(void)
{
    static const int asking[] = {429, 502, 503, 504};
    for (size_t i = 0; i < sizeof asking / sizeof asking[0]; i++) {
        struct receiver_health health = well();
        struct webhook_outcome outcome = {STATUS_OK, asking[i], 0};
        webhook_note_outcome(&health, &outcome, start);
        EXPECT(health.paused_until == start + 10 * SECOND_US);
        outcome.retry_after_us = 120 * SECOND_US;
        webhook_note_outcome(&health, &outcome, start);
        EXPECT(health.paused_until == start + 120 * SECOND_US);
        webhook_note_outcome(&health, &busy, start); /* asking again does not shorten it */
        EXPECT(health.paused_until == start + 120 * SECOND_US);
    }
}

static void five_days_of_nothing_but_failures_end_it(void)
{
    struct receiver_health health = well();
    EXPECT(!webhook_note_outcome(&health, &refused, start));
    EXPECT(!webhook_note_outcome(&health, &refused, start + 5 * DAY_US - 1));
    EXPECT(webhook_note_outcome(&health, &refused, start + 5 * DAY_US));
    EXPECT(!webhook_note_outcome(&health, &taken, start + 6 * DAY_US));
    EXPECT(!webhook_note_outcome(&health, &refused, start + 7 * DAY_US));
}

int main(void)
{
    RUN(the_delays_are_those_of_the_standard);
    RUN(each_delay_is_kept_within_a_tenth);
    RUN(a_longer_wait_that_was_asked_for_is_kept_up_to_a_day);
    RUN(every_outcome_has_a_class);
    RUN(the_fifth_failure_in_a_row_pauses_and_each_further_one_longer);
    RUN(who_asks_for_less_gets_less_at_once);
    RUN(five_days_of_nothing_but_failures_end_it);
    return 0;
}
