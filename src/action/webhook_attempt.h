/* webhook_attempt.h - one attempt at one delivery: looked up, sent, and settled in one transaction.
 *
 * webhook_begin() reads what is to be sent, and to whom, as it is now; webhook_send() sends it, and
 * takes as long as the receiver does; webhook_settle() runs inside db_write() and writes what came
 * of it, and says how the job must end in that same transaction. A crash in between repeats the
 * attempt, under the same webhook-id. */
#pragma once

#include "action/webhook.h"
#include "action/webhook_retry.h"
#include "action/webhook_sign.h"
#include "store/store_callback.h"

enum webhook_plan {
    WEBHOOK_SEND,
    WEBHOOK_WAIT,   /* its receiver is left alone for a while: the job comes back then */
    WEBHOOK_CANCEL, /* there is nothing to send, or nobody to send it to */
    WEBHOOK_NOTHING /* it was delivered already, or the delivery is gone */
};

struct webhook_attempt {
    enum webhook_plan plan;
    int64_t number; /* of the job's attempts */
    struct delivery delivery;
    struct webhook webhook;      /* id 0: a callback */
    struct callback_place place; /* of a callback */
    struct webhook_message message;
    str url;
    const char *why; /* cancelled */
    int64_t wait_until;
    int64_t began_at, duration_us;
    struct webhook_outcome outcome;
};

/* `number`: the how many-th attempt of the job this is. */
enum status webhook_begin(struct webhooks *webhooks, struct arena *arena, const struct job *job,
                          struct webhook_attempt *attempt, struct error *err) MUST_CHECK;

/* Nothing that goes wrong there is a failure here: it is in attempt->outcome. */
void webhook_send(struct webhooks *webhooks, struct arena *arena, struct webhook_attempt *attempt);

enum webhook_end {
    WEBHOOK_FINISH,
    WEBHOOK_FAIL,
    WEBHOOK_GIVE_BACK
};
struct webhook_ending {
    enum webhook_end end;
    struct failure failure; /* for WEBHOOK_FAIL */
    int64_t run_at;         /* for WEBHOOK_GIVE_BACK */
};
enum status webhook_settle(struct webhooks *webhooks, struct db_session *session,
                           const struct webhook_attempt *attempt, struct webhook_ending *ending,
                           struct error *err) MUST_CHECK;

/* Inside db_write(): the job is a dead letter though no attempt of it was settled (its process died
 * each time): the delivery is dead, too. */
enum status webhook_bury(struct webhooks *webhooks, struct db_session *session,
                         const struct job *job, struct error *err) MUST_CHECK;
