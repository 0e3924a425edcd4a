#include "action/webhook_retry.h"

#define MINUTE_US (60 * SECOND_US)

static const int64_t longest_wait_us = 24 * HOUR_US;
static const int64_t first_pause_us = 30 * SECOND_US, longest_pause_us = 30 * MINUTE_US;
static const int64_t slow_pause_us = 10 * SECOND_US; /* who asks for less, and not for how long */
static const int64_t give_up_us = 5 * DAY_US;

const int64_t webhook_delays_us[WEBHOOK_ATTEMPTS - 1] = {
    5 * SECOND_US, 5 * MINUTE_US, 30 * MINUTE_US, 2 * HOUR_US,  5 * HOUR_US,
    10 * HOUR_US,  14 * HOUR_US,  20 * HOUR_US,   24 * HOUR_US,
};

bool webhook_is_taken(const struct webhook_outcome *outcome)
{
    return outcome->status == STATUS_OK && outcome->http_status / 100 == 2;
}

bool webhook_is_well(const struct receiver_health *health)
{
    return health->failures == 0 && health->paused_until == FIELD_UNSET;
}

bool webhook_blames_host(const struct webhook_outcome *outcome)
{
    bool is_unanswered = outcome->status != STATUS_OK && outcome->status != STATUS_DENIED &&
                         outcome->status != STATUS_INVALID;
    return is_unanswered || outcome->http_status == 429 || outcome->http_status / 100 == 5;
}

bool webhook_is_gone(const struct webhook_outcome *outcome)
{
    return outcome->status == STATUS_OK && outcome->http_status == 410;
}

const char *webhook_error(const struct webhook_outcome *outcome)
{
    if (webhook_is_taken(outcome))
        return NULL;
    if (outcome->status == STATUS_TIMED_OUT)
        return "timed_out";
    if (outcome->status == STATUS_DENIED || outcome->status == STATUS_INVALID)
        return "address_refused";
    if (outcome->status != STATUS_OK)
        return "unreachable";
    if (outcome->http_status / 100 == 3)
        return "redirected";
    return outcome->http_status == 410 ? "gone" : "refused";
}

static bool asks_to_slow_down(const struct webhook_outcome *outcome)
{
    return outcome->status == STATUS_OK &&
           (outcome->http_status == 429 || outcome->http_status == 502 ||
            outcome->http_status == 503 || outcome->http_status == 504);
}

static int64_t asked_wait_us(const struct webhook_outcome *outcome)
{
    return outcome->retry_after_us < longest_wait_us ? outcome->retry_after_us : longest_wait_us;
}

int64_t webhook_retry_at(const struct webhook_outcome *outcome, int64_t number, int64_t now,
                         double luck)
{
    if (number >= WEBHOOK_ATTEMPTS)
        return 0;
    double delay = (double)webhook_delays_us[number - 1] * (0.9 + 0.2 * luck);
    int64_t wait = (int64_t)delay, asked = asked_wait_us(outcome);
    return now + (asked > wait ? asked : wait);
}

/* Doubled with each failure past the fifth. */
static int64_t breaker_pause_us(int64_t failures)
{
    int64_t pause = first_pause_us;
    if (failures < WEBHOOK_BREAKER)
        return 0;
    for (int64_t i = WEBHOOK_BREAKER; i < failures && pause < longest_pause_us; i++)
        pause *= 2;
    return pause < longest_pause_us ? pause : longest_pause_us;
}

bool webhook_note_outcome(struct receiver_health *health, const struct webhook_outcome *outcome,
                          int64_t now)
{
    if (webhook_is_taken(outcome)) {
        *health = receiver_is_well;
        return false;
    }
    health->failures++;
    if (health->failing_since == FIELD_UNSET)
        health->failing_since = now;
    int64_t pause = breaker_pause_us(health->failures);
    if (asks_to_slow_down(outcome)) {
        int64_t asked = outcome->retry_after_us > 0 ? asked_wait_us(outcome) : slow_pause_us;
        pause = asked > pause ? asked : pause;
    }
    if (pause == 0)
        health->paused_until = FIELD_UNSET; /* a probe's claim ends with its outcome */
    else if (health->paused_until == FIELD_UNSET || health->paused_until < now + pause)
        health->paused_until = now + pause;
    return now - health->failing_since >= give_up_us;
}
