/* webhook_retry.h - what follows an attempt to deliver: when the next one is, how long its receiver
 * is left alone, and when he is given up. Pure: the time and the luck are given. */
#pragma once

#include "base/clock.h"
#include "model/delivery.h"

enum {
    WEBHOOK_ATTEMPTS = 10,
    WEBHOOK_BREAKER = 5, /* failures in a row, of all its deliveries: then it is paused */
    WEBHOOK_TIMEOUT_MS = 20 * 1000,
    WEBHOOK_MAX_ANSWER = 64 * 1024
};

/* Before attempt 2, 3, ... 10: 75 h 35 min 5 s in all. */
extern const int64_t webhook_delays_us[WEBHOOK_ATTEMPTS - 1];

/* How one attempt went. */
struct webhook_outcome {
    enum status status; /* of the call; OK: an answer came */
    int http_status;
    int64_t retry_after_us; /* 0: none was asked for */
};

bool webhook_is_taken(const struct webhook_outcome *outcome); /* 2xx */
bool webhook_is_gone(const struct webhook_outcome *outcome);  /* 410: never again */

/* Whether it speaks of all that is there, and not of one URL alone: no answer, 429, 5xx. */
bool webhook_blames_host(const struct webhook_outcome *outcome);

/* The class that the log of deliveries shows; NULL when it was taken. Never what was answered. */
const char *webhook_error(const struct webhook_outcome *outcome);

/* When attempt `number` + 1 is due: its delay within 10 % (`luck` from 0 to 1 chooses), or what was
 * asked for, if that is later, up to 24 hours. 0: there is none. */
int64_t webhook_retry_at(const struct webhook_outcome *outcome, int64_t number, int64_t now,
                         double luck);

bool webhook_is_well(const struct receiver_health *health);

/* Writes down what the outcome says of its receiver. True: nothing has gone well for so long that
 * it is to be disabled. */
bool webhook_note_outcome(struct receiver_health *health, const struct webhook_outcome *outcome,
                          int64_t now);
