/* llm_breaker.h - when to stop asking a model that fails, and how to find out that it is back.
 *
 * After LLM_BREAKER_FAILURES failures in a row, or at once where waiting does not help, it is open:
 * nobody asks. When its time is over one call is let through, and no second one beside it: if that
 * succeeds all may ask again; if not, it is open for twice as long, up to ten times the first time.
 * What was under way when it opened changes nothing any more. Times are the caller's, and so is a
 * lock around it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    LLM_BREAKER_FAILURES = 5
};

#define LLM_BREAKER_FIRST_US (INT64_C(30) * 1000000)
#define LLM_BREAKER_LONGEST_US (INT64_C(300) * 1000000) /* that a server's word is heeded */
#define LLM_BREAKER_GROWTH 10                           /* of the first time, at most */

struct llm_breaker {  /* {0} is closed */
    int64_t first_us; /* how long it is open at first; 0: LLM_BREAKER_FIRST_US */
    int failures;     /* in a row */
    bool is_open;
    bool is_probing;  /* the one call is out */
    int64_t until_us; /* when that may be sent */
    int64_t length_us;
};

enum llm_pass {
    LLM_PASS_NONE,
    LLM_PASS_CALL,
    LLM_PASS_PROBE
};

/* Whether a call may be made now. Each pass but NONE is given back to one of the three below. */
enum llm_pass llm_breaker_enter(struct llm_breaker *breaker, int64_t now_us);
bool llm_breaker_is_shut(const struct llm_breaker *breaker, int64_t now_us); /* asks, takes none */

void llm_breaker_succeeded(struct llm_breaker *breaker, enum llm_pass pass);

/* `at_once`: waiting does not help. `wait_us`: how long the other side asks for; 0: nothing said.
 * True: it opened by this. */
bool llm_breaker_failed(struct llm_breaker *breaker, enum llm_pass pass, int64_t now_us,
                        bool at_once, int64_t wait_us);

/* The call says nothing about the other side: it was cancelled, or given up too early to tell. */
void llm_breaker_forget(struct llm_breaker *breaker, enum llm_pass pass);
