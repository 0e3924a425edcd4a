#include "llm/llm_breaker.h"

#include "base/test.h"

#define SECOND INT64_C(1000000)

static void fail_times(struct llm_breaker *breaker, int times, int64_t now_us)
{
    for (int i = 0; i < times; i++) {
        enum llm_pass pass = llm_breaker_enter(breaker, now_us);
        EXPECT(pass == LLM_PASS_CALL);
        llm_breaker_failed(breaker, pass, now_us, false, 0);
    }
}

static void it_opens_at_the_fifth_failure_in_a_row_and_not_at_the_fourth_or_sixth(void)
{
    struct llm_breaker breaker = {0};
    fail_times(&breaker, 4, 0);
    EXPECT(!breaker.is_open);
    enum llm_pass pass = llm_breaker_enter(&breaker, 0);
    EXPECT(pass == LLM_PASS_CALL);
    EXPECT(llm_breaker_failed(&breaker, pass, 0, false, 0));
    EXPECT(breaker.is_open && breaker.failures == 5);
    EXPECT(llm_breaker_enter(&breaker, 0) == LLM_PASS_NONE);
}

static void a_success_between_begins_the_count_anew(void)
{
    struct llm_breaker breaker = {0};
    for (int i = 0; i < 10; i++) {
        fail_times(&breaker, 4, i);
        llm_breaker_succeeded(&breaker, llm_breaker_enter(&breaker, i));
    }
    EXPECT(!breaker.is_open && breaker.failures == 0);
}

static void what_waiting_does_not_help_opens_it_at_once(void)
{
    struct llm_breaker breaker = {0};
    EXPECT(llm_breaker_failed(&breaker, LLM_PASS_CALL, 0, true, 0));
    EXPECT(llm_breaker_is_shut(&breaker, LLM_BREAKER_FIRST_US - 1));
    EXPECT(!llm_breaker_is_shut(&breaker, LLM_BREAKER_FIRST_US));
}

static void one_probe_goes_through_when_its_time_is_over_and_no_second(void)
{
    struct llm_breaker breaker = {0};
    fail_times(&breaker, 5, 0);
    EXPECT(llm_breaker_enter(&breaker, LLM_BREAKER_FIRST_US - 1) == LLM_PASS_NONE);
    EXPECT(llm_breaker_enter(&breaker, LLM_BREAKER_FIRST_US) == LLM_PASS_PROBE);
    for (int i = 0; i < 100; i++)
        EXPECT(llm_breaker_enter(&breaker, LLM_BREAKER_FIRST_US + i * SECOND) == LLM_PASS_NONE);
    llm_breaker_succeeded(&breaker, LLM_PASS_PROBE);
    EXPECT(!breaker.is_open && breaker.failures == 0);
    EXPECT(llm_breaker_enter(&breaker, LLM_BREAKER_FIRST_US) == LLM_PASS_CALL);
}

static void a_probe_that_fails_opens_it_for_twice_as_long_up_to_a_limit(void)
{
    struct llm_breaker breaker = {0};
    int64_t now_us = 0, length_us = LLM_BREAKER_FIRST_US;
    fail_times(&breaker, 5, now_us);
    for (int i = 0; i < 10; i++) {
        EXPECT(breaker.until_us == now_us + length_us);
        now_us = breaker.until_us;
        EXPECT(llm_breaker_enter(&breaker, now_us) == LLM_PASS_PROBE);
        EXPECT(llm_breaker_failed(&breaker, LLM_PASS_PROBE, now_us, false, 0));
        length_us = length_us * 2 < LLM_BREAKER_LONGEST_US ? length_us * 2 : LLM_BREAKER_LONGEST_US;
    }
    EXPECT(length_us == LLM_BREAKER_LONGEST_US);
}

static void the_first_pause_may_be_another_and_stays_so(void)
{
    struct llm_breaker breaker = {.first_us = 2 * SECOND};
    for (int round = 0; round < 2; round++) {
        int64_t now_us = 0;
        fail_times(&breaker, 5, now_us);
        for (int64_t seconds = 2; seconds != 20; seconds = seconds * 2 < 20 ? seconds * 2 : 20) {
            EXPECT(breaker.until_us == now_us + seconds * SECOND);
            now_us = breaker.until_us;
            EXPECT(llm_breaker_enter(&breaker, now_us) == LLM_PASS_PROBE);
            EXPECT(llm_breaker_failed(&breaker, LLM_PASS_PROBE, now_us, false, 0));
        }
        EXPECT(breaker.until_us == now_us + 20 * SECOND);
        EXPECT(llm_breaker_enter(&breaker, breaker.until_us) == LLM_PASS_PROBE);
        llm_breaker_succeeded(&breaker, LLM_PASS_PROBE);
    }
    llm_breaker_failed(&breaker, LLM_PASS_CALL, 0, true, 100 * SECOND);
    EXPECT(breaker.until_us == 100 * SECOND); /* the server's word is heeded all the same */
}

static void the_servers_wait_counts_where_it_is_longer_and_within_reason(void)
{
    struct llm_breaker breaker = {0};
    llm_breaker_failed(&breaker, LLM_PASS_CALL, 0, true, 100 * SECOND);
    EXPECT(breaker.until_us == 100 * SECOND);
    breaker = (struct llm_breaker){0};
    llm_breaker_failed(&breaker, LLM_PASS_CALL, 0, true, 5 * SECOND);
    EXPECT(breaker.until_us == LLM_BREAKER_FIRST_US);
    breaker = (struct llm_breaker){0};
    llm_breaker_failed(&breaker, LLM_PASS_CALL, 0, true, INT64_MAX);
    EXPECT(breaker.until_us == LLM_BREAKER_LONGEST_US);
}

static void a_probe_that_says_nothing_lets_another_go(void)
{
    struct llm_breaker breaker = {0};
    fail_times(&breaker, 5, 0);
    EXPECT(llm_breaker_enter(&breaker, LLM_BREAKER_FIRST_US) == LLM_PASS_PROBE);
    llm_breaker_forget(&breaker, LLM_PASS_PROBE);
    EXPECT(breaker.is_open);
    EXPECT(llm_breaker_enter(&breaker, LLM_BREAKER_FIRST_US) == LLM_PASS_PROBE);
}

static void calls_that_were_under_way_when_it_opened_change_nothing(void)
{
    struct llm_breaker breaker = {0};
    EXPECT(llm_breaker_enter(&breaker, 0) == LLM_PASS_CALL);
    fail_times(&breaker, 5, 0);
    struct llm_breaker opened = breaker;
    llm_breaker_succeeded(&breaker, LLM_PASS_CALL);
    EXPECT(breaker.is_open && breaker.until_us == opened.until_us);
    EXPECT(!llm_breaker_failed(&breaker, LLM_PASS_CALL, SECOND, true, 0));
    EXPECT(breaker.until_us == opened.until_us && breaker.failures == opened.failures);
    llm_breaker_forget(&breaker, LLM_PASS_CALL);
    EXPECT(llm_breaker_enter(&breaker, LLM_BREAKER_FIRST_US) == LLM_PASS_PROBE);
    llm_breaker_forget(&breaker, LLM_PASS_CALL);
    EXPECT(llm_breaker_enter(&breaker, LLM_BREAKER_FIRST_US) == LLM_PASS_NONE);
}

int main(void)
{
    RUN(it_opens_at_the_fifth_failure_in_a_row_and_not_at_the_fourth_or_sixth);
    RUN(a_success_between_begins_the_count_anew);
    RUN(what_waiting_does_not_help_opens_it_at_once);
    RUN(one_probe_goes_through_when_its_time_is_over_and_no_second);
    RUN(a_probe_that_fails_opens_it_for_twice_as_long_up_to_a_limit);
    RUN(the_first_pause_may_be_another_and_stays_so);
    RUN(the_servers_wait_counts_where_it_is_longer_and_within_reason);
    RUN(a_probe_that_says_nothing_lets_another_go);
    RUN(calls_that_were_under_way_when_it_opened_change_nothing);
    return 0;
}
