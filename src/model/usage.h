/* usage.h - what language models were asked and what that cost, as it is answered. */
#pragma once

#include "model/spending.h"

struct usage_query {
    int64_t since, until;
};

/* The calls of one day, model or whatever `name` says. */
struct usage_line {
    str name;
    int64_t calls, failed, lost, unpriced; /* unpriced: of those that are, the cost is not known */
    int64_t cost_nano;
    struct tokens tokens;
};

/* Where a month stands. */
struct budget_state {
    str month; /* "2026-11"; absent: it is not for the caller to see */
    int64_t limit_nano, spent_nano, reserved_nano;
    double used; /* the share of the limit that is spent or reserved; NaN: there is no limit */
};

struct usage_report {
    int64_t since, until;
    struct usage_line total;
    struct budget_state budget, server_budget;
    struct field_list by_month, by_day, by_job, by_provider, by_model, by_prompt_version;
};

extern const struct fields usage_query_fields, usage_report_fields;
