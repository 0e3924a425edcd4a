/* store_usage.h - the ledger of what models cost: reserved before a call, settled after it.
 *
 * A reservation that is never settled (its process died) counts in full. Budgets are of the
 * calendar month, UTC, of a tenant and of the whole server; a reservation that would pass either is
 * refused, so spending never passes the cap. In a transaction. */
#pragma once

#include "store/store.h"

struct spending {
    int64_t id;
    int64_t tenant_id;
    str job, provider, model, prompt_version;
    int64_t feedback_id; /* 0: none */
    int64_t reserved_nano;
    /* settled */
    int64_t cost_nano;
    int64_t input_tokens, cached_tokens, output_tokens;
    str outcome; /* "ok", "failed", "repaired" */
    int64_t created_at;
};

struct budget {
    int64_t tenant_nano, server_nano; /* a month; 0: no limit */
};

/* FULL: the budget does not allow it; `err` says which. */
enum status store_reserve_spending(struct db_session *session, const struct budget *budget,
                                   struct spending *spending, struct error *err) MUST_CHECK;
enum status store_settle_spending(struct db_session *session, const struct spending *spending,
                                  struct error *err) MUST_CHECK;

struct usage_sum {
    int64_t calls, failed, cost_nano, reserved_nano, input_tokens, output_tokens;
};
enum status store_sum_spending(struct db_session *session, int64_t tenant_id, int64_t since,
                               int64_t until, struct usage_sum *sum, struct error *err) MUST_CHECK;
