/* store_spending.h - what calls of models cost, written down: held before them, settled after.
 *
 * A hold is what many calls of a tenant may cost together: a row of `usage` whose outcome is
 * `reserved`. What is settled of it are rows of their own, and the hold becomes smaller by what was
 * reserved for them; so at any time what is reserved is the sum of the holds, and what is spent the
 * sum of the other rows. Both are kept by month, of the tenant and of the whole server (tenant 0),
 * and the calls by day, job, provider, model and prompt version, in the same transaction; so a
 * budget is one row to look at. A call belongs to the month of its hold, and to the day in which it
 * was made. In a transaction. */
#pragma once

#include "model/spending.h"
#include "store/store.h"

enum budget_verdict {
    BUDGET_ALLOWS,
    BUDGET_OF_TENANT_FULL,
    BUDGET_OF_SERVER_FULL
};

/* Sets id, created_at and outcome, unless a budget does not allow it: then nothing is changed. The
 * names are those of the call that it is made for first. */
enum status store_open_hold(struct db_session *session, const struct budget *budget,
                            struct spending *hold, enum budget_verdict *verdict,
                            struct error *err) MUST_CHECK;

/* What has become of a hold: `taken_nano` of it are settled or given back, `spent_nano` were spent
 * for it. */
struct hold_change {
    int64_t id, tenant_id;
    int64_t created_at; /* of the hold */
    int64_t taken_nano, spent_nano;
    struct budget budget; /* that it was made under */
    bool is_over;         /* nothing is left of it, and none of its calls is on its way */
    bool is_lost;         /* set: it counted in full before (store_lose_spendings) */
};

/* Settled calls, each of one of these holds, in the order of spending_compare(). Those of a hold
 * that is lost are left out, as their money is counted. */
struct settling {
    struct hold_change *holds;
    size_t hold_count;
    const struct spending *calls;
    size_t call_count;
};
enum status store_settle_spendings(struct db_session *session, const struct settling *settling,
                                   struct error *err) MUST_CHECK;

/* For qsort: calls that are counted together lie together. */
int spending_compare(const void *a, const void *b);

/* Settles as lost, at what was left of them, holds that were made before `before_us`: `most` of
 * them. Each is one call to those who count. */
struct lost_spendings {
    int64_t count, cost_nano;
};
enum status store_lose_spendings(struct db_session *session, int64_t before_us, int64_t most,
                                 struct lost_spendings *lost, struct error *err) MUST_CHECK;
