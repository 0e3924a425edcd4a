/* store_usage.h - what models have cost: the sums of months and days, and thresholds of budgets.
 *
 * They are kept by store_spending.h, in the transactions that change them. In a transaction. */
#pragma once

#include "model/spending.h"
#include "store/store.h"

enum {
    USAGE_OF_SERVER = 0 /* as a tenant */
};

/* What a month has come to; both count towards the budget. */
struct usage_month {
    int64_t tenant_id;
    int64_t month; /* its start */
    int64_t spent_nano, reserved_nano;
    int64_t told; /* the highest threshold, in percent, that was told of under `told_budget_nano` */
    int64_t told_budget_nano;
};
enum status store_get_usage_month(struct db_session *session, int64_t tenant_id, int64_t month,
                                  struct usage_month *sums, struct error *err) MUST_CHECK;

/* Notes that a month has reached so much of its budget. `is_new`: false: that was told before. */
struct usage_threshold {
    int64_t tenant_id, month;
    int64_t percent, budget_nano;
};
enum status store_tell_threshold(struct db_session *session,
                                 const struct usage_threshold *threshold, bool *is_new,
                                 struct error *err) MUST_CHECK;

/* What a day's calls of one sort come to; settled ones only. */
struct usage_day {
    int64_t day; /* its start */
    str job, provider, model, prompt_version;
    int64_t calls, failed, lost, unpriced; /* unpriced: of those that are, the cost is not known */
    int64_t cost_nano;
    struct tokens tokens;
};
/* Of the days that begin from `since` on and before `until`, in order. */
struct usage_days {
    int64_t tenant_id, since, until;
    struct usage_day *items;
    size_t count;
};
enum status store_list_usage(struct db_session *session, struct arena *arena,
                             struct usage_days *days, struct error *err) MUST_CHECK;
