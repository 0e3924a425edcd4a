#include "llm/llm_limits.h"
#include "llm/llm_retry.h"

#include "base/test.h"

#define SECOND INT64_C(1000000)

static void no_more_than_the_most_are_in_flight(void)
{
    struct llm_limits limits;
    llm_limits_init(&limits, 3, 0, 0);
    for (int i = 0; i < 3; i++)
        EXPECT(llm_limits_enter(&limits));
    EXPECT(!llm_limits_enter(&limits));
    llm_limits_leave(&limits);
    EXPECT(llm_limits_enter(&limits) && !llm_limits_enter(&limits));
}

static void without_a_rate_nobody_waits(void)
{
    struct llm_limits limits;
    int64_t wait_us;
    llm_limits_init(&limits, 3, 0, 0);
    for (int i = 0; i < 1000; i++)
        EXPECT(llm_limits_pace(&limits, 0, 0, &wait_us) && wait_us == 0);
}

static void a_second_holds_as_many_calls_as_the_rate_and_the_next_wait_in_turn(void)
{
    struct llm_limits limits;
    int64_t wait_us, last_us = 0;
    llm_limits_init(&limits, 3, 10, 0);
    for (int i = 0; i < 10; i++)
        EXPECT(llm_limits_pace(&limits, 0, SECOND, &wait_us) && wait_us == 0);
    for (int i = 1; i <= 5; i++) {
        EXPECT(llm_limits_pace(&limits, 0, SECOND, &wait_us) && wait_us > last_us);
        EXPECT(wait_us >= i * SECOND / 10 && wait_us <= i * SECOND / 10 + 10);
        last_us = wait_us;
    }
    EXPECT(llm_limits_pace(&limits, 2 * SECOND, 0, &wait_us) && wait_us == 0);
}

static void who_cannot_wait_so_long_takes_no_token(void)
{
    struct llm_limits limits;
    int64_t wait_us;
    llm_limits_init(&limits, 3, 0.5, 0);
    EXPECT(llm_limits_pace(&limits, 0, 0, &wait_us));
    for (int i = 0; i < 10; i++)
        EXPECT(!llm_limits_pace(&limits, 0, SECOND, &wait_us));
    EXPECT(llm_limits_pace(&limits, 0, 3 * SECOND, &wait_us));
    EXPECT(wait_us >= 2 * SECOND && wait_us <= 2 * SECOND + 10);
}

static void over_an_hour_the_rate_is_kept(void)
{
    struct llm_limits limits;
    int64_t wait_us, sent = 0;
    llm_limits_init(&limits, 3, 7, 0);
    for (int64_t now_us = 0; now_us < 3600 * SECOND; now_us += 10000)
        sent += llm_limits_pace(&limits, now_us, 0, &wait_us);
    EXPECT(sent >= 7 * 3600 - 7 && sent <= 7 * 3600 + 7);
}

/* --- tries --- */

#define LONG (INT64_C(1000) * SECOND)

static void tries_are_made_again_after_one_two_and_four_seconds_a_fifth_more_or_less(void)
{
    struct llm_try last = {.cause = LLM_CAUSE_SERVICE};
    int64_t wait_us;
    for (int tries = 1; tries <= 3; tries++) {
        int64_t middle_us = SECOND << (tries - 1);
        EXPECT(llm_retry_after(&last, tries, LONG, 0, &wait_us) && wait_us == middle_us * 4 / 5);
        EXPECT(llm_retry_after(&last, tries, LONG, 1, &wait_us));
        EXPECT(wait_us >= middle_us * 6 / 5 - 1 && wait_us <= middle_us * 6 / 5);
    }
    EXPECT(!llm_retry_after(&last, 4, LONG, 0, &wait_us));
}

static void the_server_says_when_at_the_earliest(void)
{
    struct llm_try last = {.cause = LLM_CAUSE_RATE, .retry_after_us = 90 * SECOND};
    int64_t wait_us;
    EXPECT(llm_retry_after(&last, 1, LONG, 0.5, &wait_us) && wait_us == 90 * SECOND);
    last.retry_after_us = SECOND / 10;
    EXPECT(llm_retry_after(&last, 1, LONG, 0.5, &wait_us) && wait_us == SECOND);
    last.retry_after_us = LLM_LONGEST_WAIT_US + 1;
    EXPECT(!llm_retry_after(&last, 1, LONG, 0.5, &wait_us));
}

static void nothing_is_tried_again_for_which_no_time_is_left(void)
{
    struct llm_try last = {.cause = LLM_CAUSE_SERVICE};
    int64_t wait_us;
    EXPECT(!llm_retry_after(&last, 1, SECOND, 0.5, &wait_us));
    EXPECT(llm_retry_after(&last, 1, SECOND + 1, 0.5, &wait_us));
    EXPECT(!llm_retry_after(&last, 1, 0, 0, &wait_us));
}

static void what_must_not_be_tried_again_is_not(void)
{
    static const enum llm_cause never[] = {
        LLM_CAUSE_NONE,   LLM_CAUSE_REQUEST, LLM_CAUSE_ANSWER,      LLM_CAUSE_KEY,
        LLM_CAUSE_CREDIT, LLM_CAUSE_MODEL,   LLM_CAUSE_CERTIFICATE, LLM_CAUSE_CANCELLED,
        LLM_CAUSE_SECRET, LLM_CAUSE_SETUP,   LLM_CAUSE_FULL,        LLM_CAUSE_SHUT,
        LLM_CAUSE_PLACE};
    static const enum llm_cause again[] = {LLM_CAUSE_GARBAGE, LLM_CAUSE_RATE, LLM_CAUSE_SERVICE,
                                           LLM_CAUSE_LATE, LLM_CAUSE_NETWORK};
    int64_t wait_us;
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        struct llm_try last = {.cause = never[i]};
        EXPECT(!llm_retry_after(&last, 1, LONG, 0.5, &wait_us));
    }
    for (size_t i = 0; i < sizeof again / sizeof again[0]; i++) {
        struct llm_try last = {.cause = again[i]};
        EXPECT(llm_retry_after(&last, 1, LONG, 0.5, &wait_us));
        last.forbids_retry = true;
        EXPECT(!llm_retry_after(&last, 1, LONG, 0.5, &wait_us));
    }
    EXPECT(sizeof never / sizeof never[0] + sizeof again / sizeof again[0] == LLM_CAUSE_COUNT);
}

int main(void)
{
    RUN(no_more_than_the_most_are_in_flight);
    RUN(without_a_rate_nobody_waits);
    RUN(a_second_holds_as_many_calls_as_the_rate_and_the_next_wait_in_turn);
    RUN(who_cannot_wait_so_long_takes_no_token);
    RUN(over_an_hour_the_rate_is_kept);
    RUN(tries_are_made_again_after_one_two_and_four_seconds_a_fifth_more_or_less);
    RUN(the_server_says_when_at_the_earliest);
    RUN(nothing_is_tried_again_for_which_no_time_is_left);
    RUN(what_must_not_be_tried_again_is_not);
    return 0;
}
