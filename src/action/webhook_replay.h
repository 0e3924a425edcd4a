/* webhook_replay.h - past events go to a webhook again, or for the first time.
 *
 * The same event to the same webhook is always the same delivery, under the same webhook-id: so a
 * range that is replayed twice is not told twice. What was delivered is left alone unless asked for
 * `again`; what failed for good or was cancelled is put anew; what is on its way stays so. */
#pragma once

#include "action/webhook.h"

struct webhook_replay {
    int64_t tenant_id, webhook_id;
    int64_t from_seq, to_seq; /* both included; 0: no bound */
    int64_t since, until;     /* by time, half-open; FIELD_UNSET: no bound */
    bool again;               /* what was delivered, too */

    /* Counted. Events are those in range that the webhook's filter lets through. */
    int64_t events, put, left;
};

/* Works in batches, each a transaction of its own, and waits as db does. NOT_FOUND: there is no
 * such webhook; CONFLICT: it is disabled. */
enum status webhook_replay(struct webhooks *webhooks, struct webhook_replay *replay,
                           struct error *err) MUST_CHECK;
