/* ledger.h - what is asked of language models is paid for: reserved before a call, settled after
 * it, and never past the budget.
 *
 * Each call of llm_complete() stands between ledger_reserve() and ledger_settle(), a failed one and
 * one that mends another's answer too. Both are a small commit, which they share with what others
 * write at that moment; a budget that is used up is seen without one. A reservation whose process
 * died counts in full. When a tenant's or the server's month reaches 80 % and 100 % of its budget,
 * one event budget.threshold says so. Past 80 % only one call in ledger_options.one_in is let
 * through (AI_OVER_BUDGET=sample:10), so that some answers are left for the rest of the month; at
 * 100 % none is. Any thread; waits as fibers do. */
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
void ledger_close(struct ledger *ledger); /* NULL is fine */
int64_t ledger_server_budget(const struct ledger *ledger);

/* Before a call: `spending` says for whom, what and how much at most. FULL: the budget does not
 * allow it; UNSUPPORTED: there is a budget, and the model has no price. The local model answers
 * then, as it does when the database fails. */
enum status ledger_reserve(struct ledger *ledger, const struct configuration *configuration,
                           struct spending *spending, struct error *err) MUST_CHECK;

/* After it: `outcome` is OK, FAILED or REPAIRED. Fills cost and tokens. Where the reply does not
 * say what was used (a call that was given up, an answer without a count), the call costs what was
 * reserved for it. If this cannot be written, that is logged, and the reservation counts in full.
 */
void ledger_settle(struct ledger *ledger, const struct configuration *configuration,
                   struct spending *spending, enum spending_outcome outcome,
                   const struct llm_reply *reply);

/* Adds what a call cost to the analysis it was made for, also where that is the local model's, as
 * the call brought nothing. */
void ledger_charge(struct analysis *analysis, int64_t cost_nano, const struct tokens *tokens);

/* Reservations made before `before_us` and never settled are lost; returns with all of them noted.
 * At start, with the present time: their process is gone. */
enum status ledger_sweep(struct ledger *ledger, int64_t before_us, int64_t *lost,
                         struct error *err) MUST_CHECK;
