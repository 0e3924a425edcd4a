/* ledger.h - what is asked of language models is paid for: reserved before a call, settled after
 * it, and never past the budget.
 *
 * Each call of llm_complete() and llm_embed() stands between ledger_reserve() and ledger_settle(),
 * a failed one and one that mends another's answer too. Neither waits for the disk as a rule. A
 * call draws what it may cost at most from a hold: a sum for the next second's calls of its tenant
 * that was durably reserved in one commit, never more than a small part of what is left of a
 * budget, and near its end just enough for one call. What a call did cost is written behind it,
 * many in one commit; a reader of the sums who must see all of them calls ledger_flush() first.
 * What is held and not used is given back after some seconds, before anything is refused, and at
 * the end.
 *
 * If the process dies, what it held counts in full: calls whose bill was on its way to the disk,
 * those in flight, and those that were never made. So what is spent is never counted too low nor
 * past the budget, and too high by at most the holds of its last second or so.
 *
 * When a tenant's or the server's month reaches 80 % and 100 % of its budget, one event
 * budget.threshold says so. Past 80 % only one call in ledger_options.one_in is let through
 * (AI_OVER_BUDGET=sample:10), so that some answers are left for the rest of the month; at 100 %
 * none is. Any thread; waits as fibers do. */
#pragma once

#include "llm/llm.h"
#include "model/configuration.h"
#include "model/feedback.h"
#include "model/spending.h"
#include "store/store.h"

struct ledger;

struct ledger_options {
    struct store *store;
    int64_t server_budget_nano; /* a month; 0: no limit */
    int64_t one_in;             /* past 80 % of a budget; 1: all */
};

/* From AI_MONTHLY_BUDGET_USD ("12.50"; "0": no limit) and AI_OVER_BUDGET ("local", "sample:10").
 * INVALID names the setting. */
enum status ledger_read_settings(struct ledger_options *options, str budget, str over_budget,
                                 struct error *err) MUST_CHECK;

struct ledger *ledger_open(const struct ledger_options *options);
void ledger_close(struct ledger *ledger); /* when no call is left; NULL is fine */
int64_t ledger_server_budget(const struct ledger *ledger);

/* Before a call: `spending` says for whom, what and how much at most. FULL: the budget does not
 * allow it; BUSY: it may, once calls that are on their way have cost less than they might;
 * UNSUPPORTED: there is a budget, and the model has no price. The local model answers then, as it
 * does when the database fails. */
enum status ledger_reserve(struct ledger *ledger, const struct configuration *configuration,
                           struct spending *spending, struct error *err) MUST_CHECK;

/* After it, once: `outcome` is OK, FAILED or REPAIRED. Fills cost and tokens. Where the reply does
 * not say what was used (a call that was given up, an answer without a count), the call costs what
 * was reserved for it. If this cannot be written, that is logged and tried again until it can, and
 * meanwhile what was reserved counts; as nothing can be held then, that is no endless queue. */
void ledger_settle(struct ledger *ledger, struct spending *spending, enum spending_outcome outcome,
                   const struct llm_reply *reply);

/* All that was settled before is written when it returns, unless the database fails; and what is
 * held for this tenant (USAGE_OF_SERVER: for all) and not drawn has been given back, so that what
 * is reserved is what calls in flight may cost. */
void ledger_flush(struct ledger *ledger, int64_t tenant_id);

/* Adds what a call cost to the analysis it was made for, also where that is the local model's, as
 * the call brought nothing. */
void ledger_charge(struct analysis *analysis, int64_t cost_nano, const struct tokens *tokens);

/* Holds made before `before_us` and still there are lost, each as one call; returns with all of
 * them noted. At start, with the present time: their process is gone. No hold is used for an hour.
 */
enum status ledger_sweep(struct ledger *ledger, int64_t before_us, int64_t *lost,
                         struct error *err) MUST_CHECK;
