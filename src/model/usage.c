#include "model/usage.h"

#include <stddef.h>

/* clang-format off */
#define AT(member) offsetof(struct usage_query, member)
static const struct field query_items[] = {
    {"since", FIELD_TIME, AT(since), .doc = "From the beginning of this day (UTC) on; of this month when not given."},
    {"until", FIELD_TIME, AT(until), .doc = "Up to the beginning of this day; to the end of this month when not given."},
};
#undef AT
const struct fields usage_query_fields = FIELDS("UsageQuery", "Of which days.", query_items);

#define AT(member) offsetof(struct usage_line, member)
static const struct field line_items[] = {
    {"name", FIELD_TEXT, AT(name), FIELD_REQUIRED, .doc = "What these calls have in common."},
    {"calls", FIELD_INTEGER, AT(calls), FIELD_REQUIRED, .doc = "Calls that are over, however they ended."},
    {"failed", FIELD_INTEGER, AT(failed), FIELD_REQUIRED, .doc = "Of them, without an answer that could be used."},
    {"lost", FIELD_INTEGER, AT(lost), FIELD_REQUIRED, .doc = "Of them, what a process held for calls when it was killed: it counts in full, each hold as one call."},
    {"unpriced", FIELD_INTEGER, AT(unpriced), FIELD_REQUIRED, .doc = "Of them, of which the cost is not known, as the model has no price; cost is without theirs."},
    {"cost", FIELD_MONEY, AT(cost_nano), FIELD_REQUIRED, .doc = "US dollars."},
    {"tokens", FIELD_OBJECT, AT(tokens), FIELD_REQUIRED, .object = &tokens_fields, .doc = "As far as they were said."},
};
#undef AT
static const struct fields line_fields = FIELDS("UsageLine", "Calls of language models.", line_items);

#define AT(member) offsetof(struct budget_state, member)
static const struct field budget_items[] = {
    {"month", FIELD_TEXT, AT(month), FIELD_REQUIRED, .doc = "The calendar month, UTC: 2026-11."},
    {"limit", FIELD_MONEY, AT(limit_nano), .doc = "US dollars; null: no limit."},
    {"spent", FIELD_MONEY, AT(spent_nano), FIELD_REQUIRED, .doc = "US dollars, of calls that are over."},
    {"reserved", FIELD_MONEY, AT(reserved_nano), FIELD_REQUIRED, .doc = "US dollars, the most that calls being made, or about to be, may cost."},
    {"used", FIELD_REAL, AT(used), .doc = "The share of the limit that is spent or reserved; null without a limit."},
};
#undef AT
static const struct fields budget_fields = FIELDS("BudgetState", "Where this month stands.", budget_items);

#define AT(member) offsetof(struct usage_report, member)
#define LINES(name, member, text) \
    {name, FIELD_LIST, AT(member), FIELD_REQUIRED, .object = &line_fields, .item_size = sizeof(struct usage_line), .doc = (text)}
static const struct field report_items[] = {
    {"since", FIELD_TIME, AT(since), FIELD_REQUIRED, .doc = "The first day."},
    {"until", FIELD_TIME, AT(until), FIELD_REQUIRED, .doc = "The day after the last."},
    {"total", FIELD_OBJECT, AT(total), FIELD_REQUIRED, .object = &line_fields, .doc = "All calls of these days."},
    {"budget", FIELD_OBJECT, AT(budget), FIELD_REQUIRED, .object = &budget_fields, .doc = "The tenant's, of the present month."},
    {"server_budget", FIELD_OBJECT, AT(server_budget), .object = &budget_fields, .doc = "The whole server's, for who has the scope admin."},
    LINES("by_month", by_month, "In order."),
    LINES("by_day", by_day, "In order; days without a call are left out."),
    LINES("by_job", by_job, "What was asked for."),
    LINES("by_provider", by_provider, "Who was asked."),
    LINES("by_model", by_model, "As provider:model."),
    LINES("by_prompt_version", by_prompt_version, "With which prompt; none: without one."),
};
#undef AT
/* clang-format on */
const struct fields usage_report_fields =
    FIELDS("Usage", "What language models were asked, and what that cost.", report_items);
