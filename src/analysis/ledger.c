#include "analysis/ledger.h"

#include "base/clock.h"
#include "base/heap.h"
#include "store/store_event.h"
#include "store/store_usage.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    SAMPLED_FROM_PERCENT = 80,
    LOST_AT_ONCE = 200,
    MOST_TOLD = 4 /* two thresholds, of tenant and server */
};

struct ledger {
    struct ledger_options options;
    atomic_uint_least64_t drawn;
    atomic_bool has_told_of_prices;
};

/* "12.50" in nano-dollars, exactly. */
static bool read_dollars(str text, int64_t *nano)
{
    str whole, fraction;
    int64_t dollars, rest = 0;
    bool has_fraction = str_cut(text, '.', &whole, &fraction);
    if (!str_to_integer(whole, &dollars) || dollars < 0 || dollars > 1000000)
        return false;
    if (has_fraction && (fraction.length == 0 || fraction.length > 9 || fraction.bytes[0] == '-' ||
                         !str_to_integer(fraction, &rest)))
        return false;
    for (size_t i = fraction.length; has_fraction && i < 9; i++)
        rest *= 10;
    *nano = dollars * NANO_PER_DOLLAR + rest;
    return true;
}

enum status ledger_read_settings(struct ledger_options *options, str budget, str over_budget,
                                 struct error *err)
{
    str mode, number;
    options->one_in = 1;
    if (!read_dollars(budget, &options->server_budget_nano))
        return fail(err, STATUS_INVALID,
                    "AI_MONTHLY_BUDGET_USD must be a sum of US dollars like 12.50, or 0 for no "
                    "limit");
    if (str_equal_z(over_budget, "local"))
        return STATUS_OK;
    if (!str_cut(over_budget, ':', &mode, &number) || !str_equal_z(mode, "sample") ||
        !str_to_integer(number, &options->one_in) || options->one_in < 1 ||
        options->one_in > 1000000)
        return fail(err, STATUS_INVALID,
                    "AI_OVER_BUDGET must be local, or sample:N with N from 1 to 1000000");
    return STATUS_OK;
}

struct ledger *ledger_open(const struct ledger_options *options)
{
    struct ledger *self = heap_new(struct ledger);
    self->options = *options;
    return self;
}

void ledger_close(struct ledger *ledger)
{
    free(ledger);
}

int64_t ledger_server_budget(const struct ledger *ledger)
{
    return ledger->options.server_budget_nano;
}

static struct budget budget_of(const struct ledger *ledger,
                               const struct configuration *configuration)
{
    return (struct budget){configuration->ai_monthly_budget_nano,
                           ledger->options.server_budget_nano};
}

static bool has_limit(const struct budget *budget)
{
    return budget->tenant_nano > 0 || budget->server_nano > 0;
}

/* A threshold that was crossed, to be logged once that is durable. */
struct told {
    int64_t tenant_id, percent, spent_nano, budget_nano; /* tenant 0: the server */
};

struct entry {
    struct ledger *ledger;
    struct budget budget;
    struct spending *spending;
    enum budget_verdict verdict;
    struct told told[MOST_TOLD];
    size_t told_count;
    struct usage_month tenant, server; /* as they were looked at */
};

/* The server's threshold is its operator's to know: the default tenant's log has it. */
static enum status add_event(struct db_session *session, const struct told *told, int64_t month,
                             struct error *err)
{
    struct arena arena = {0};
    struct buf data;
    struct json_writer writer = {.out = &data};
    buf_init(&data, &arena, 512);
    json_open(&writer, '{');
    json_key(&writer, "budget");
    json_string_z(&writer, told->tenant_id == USAGE_OF_SERVER ? "server" : "tenant");
    json_key(&writer, "percent");
    json_integer(&writer, told->percent);
    json_key(&writer, "month");
    json_string(&writer, str_slice(clock_text(&arena, month), 0, sizeof "2026-11" - 1));
    json_key(&writer, "budget_usd");
    json_fixed(&writer, told->budget_nano, 9);
    json_key(&writer, "spent_usd");
    json_fixed(&writer, told->spent_nano, 9);
    json_close(&writer, '}');
    struct event event = {
        .type = "budget.threshold",
        .tenant_id = told->tenant_id == USAGE_OF_SERVER ? TENANT_DEFAULT : told->tenant_id,
        .data = buf_str(&data),
    };
    enum status status = store_add_event(session, &event, err);
    arena_reset(&arena);
    return status;
}

/* Tells of the thresholds that what is spent, and what was refused beside it, reaches: each once
 * for each budget of each month. */
static enum status tell(struct db_session *session, struct entry *entry,
                        const struct usage_month *sums, int64_t budget_nano, int64_t refused,
                        struct error *err)
{
    static const int64_t percents[] = {80, 100};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof percents / sizeof percents[0] && status == STATUS_OK; i++) {
        struct usage_threshold threshold = {sums->tenant_id, sums->month, percents[i], budget_nano};
        bool is_new = false, is_used_up = refused > budget_nano - sums->spent_nano;
        if (!is_used_up && sums->spent_nano * 100 < budget_nano * percents[i])
            break;
        status = store_tell_threshold(session, &threshold, &is_new, err);
        if (status != STATUS_OK || !is_new)
            continue;
        struct told told = {sums->tenant_id, percents[i], sums->spent_nano, budget_nano};
        status = add_event(session, &told, sums->month, err);
        entry->told[entry->told_count++] = told;
    }
    return status;
}

/* After the commit. */
static void log_told(const struct entry *entry)
{
    for (size_t i = 0; i < entry->told_count; i++) {
        const struct told *told = &entry->told[i];
        bool is_used_up = told->percent >= 100;
        LOG(WARN, "budget_threshold", LOG_INT("percent", told->percent),
            LOG_Z("budget", told->tenant_id == USAGE_OF_SERVER ? "server" : "tenant"),
            LOG_INT("tenant", told->tenant_id), LOG_INT("spent_nano_usd", told->spent_nano),
            LOG_INT("budget_nano_usd", told->budget_nano),
            LOG_Z("remedy", is_used_up ? "the local model answers until the month ends or the "
                                         "budget is raised (ai.monthly_budget_usd, "
                                         "AI_MONTHLY_BUDGET_USD)"
                                       : "nothing has changed yet; raise the budget if it is to "
                                         "last until the month ends"));
    }
}

static enum status look_at_months(struct db_session *session, void *argument, struct error *err)
{
    struct entry *entry = argument;
    int64_t month = clock_month(clock_now_us());
    enum status status =
        store_get_usage_month(session, entry->spending->tenant_id, month, &entry->tenant, err);
    return status == STATUS_OK
               ? store_get_usage_month(session, USAGE_OF_SERVER, month, &entry->server, err)
               : status;
}

static bool is_past(const struct usage_month *sums, int64_t budget, int64_t percent)
{
    return budget > 0 && (sums->spent_nano + sums->reserved_nano) * 100 >= budget * percent;
}

static bool is_told_used_up(const struct usage_month *sums, int64_t budget, int64_t amount)
{
    return budget > 0 && amount > budget - sums->spent_nano && sums->told >= 100 &&
           sums->told_budget_nano == budget;
}

/* Splitmix64 (Steele, Lea and Flood, 2014), so that callers who take turns are not each met by the
 * same place in the count. */
static bool is_drawn(struct ledger *ledger)
{
    uint64_t mixed = atomic_fetch_add(&ledger->drawn, 1) * UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (mixed ^ (mixed >> 31)) % (uint64_t)ledger->options.one_in == 0;
}

static enum status fail_used_up(enum budget_verdict verdict, struct error *err)
{
    return fail(err, STATUS_FULL, "the monthly budget of the %s for language models is used up",
                verdict == BUDGET_OF_SERVER_FULL ? "server" : "tenant");
}

/* What can be seen without a commit: what is used up, and whose turn it is not. */
static enum status look_first(struct entry *entry, struct error *err)
{
    const struct budget *budget = &entry->budget;
    struct ledger *ledger = entry->ledger;
    enum status status =
        db_read(store_db(ledger->options.store), DB_SHORT, look_at_months, entry, err);
    if (status != STATUS_OK)
        return status;
    if (is_told_used_up(&entry->tenant, budget->tenant_nano, entry->spending->reserved_nano))
        return fail_used_up(BUDGET_OF_TENANT_FULL, err);
    if (is_told_used_up(&entry->server, budget->server_nano, entry->spending->reserved_nano))
        return fail_used_up(BUDGET_OF_SERVER_FULL, err);
    bool is_sampled = is_past(&entry->tenant, budget->tenant_nano, SAMPLED_FROM_PERCENT) ||
                      is_past(&entry->server, budget->server_nano, SAMPLED_FROM_PERCENT);
    if (is_sampled && ledger->options.one_in > 1 && !is_drawn(ledger))
        return fail(err, STATUS_FULL,
                    "past %d %% of the monthly budget for language models one call in %lld is made",
                    SAMPLED_FROM_PERCENT, (long long)ledger->options.one_in);
    return STATUS_OK;
}

static enum status reserve(struct db_session *session, void *argument, struct error *err)
{
    struct entry *entry = argument;
    struct spending *spending = entry->spending;
    entry->told_count = 0;
    enum status status =
        store_reserve_spending(session, &entry->budget, spending, &entry->verdict, err);
    if (status != STATUS_OK || entry->verdict == BUDGET_ALLOWS)
        return status;

    bool is_servers = entry->verdict == BUDGET_OF_SERVER_FULL;
    int64_t tenant_id = is_servers ? USAGE_OF_SERVER : spending->tenant_id;
    struct usage_month sums;
    status = store_get_usage_month(session, tenant_id, clock_month(clock_now_us()), &sums, err);
    if (status == STATUS_OK)
        status = tell(session, entry, &sums,
                      is_servers ? entry->budget.server_nano : entry->budget.tenant_nano,
                      spending->reserved_nano, err);
    return status;
}

static enum status fail_unpriced(struct ledger *ledger, const struct spending *spending,
                                 struct error *err)
{
    fail(err, STATUS_UNSUPPORTED,
         "the price of " STR_FORMAT " of " STR_FORMAT
         " is not known, so it is not asked under a budget: add it to the table of prices",
         STR_ARG(spending->model), STR_ARG(spending->provider));
    if (!atomic_exchange(&ledger->has_told_of_prices, true))
        LOG(ERROR, "model_without_price", LOG_STR("provider", spending->provider),
            LOG_STR("model", spending->model),
            LOG_Z("remedy", "under a budget it is not asked: add it to the table of prices, or "
                            "take the budget away"));
    return STATUS_UNSUPPORTED;
}

enum status ledger_reserve(struct ledger *ledger, const struct configuration *configuration,
                           struct spending *spending, struct error *err)
{
    struct entry entry = {
        .ledger = ledger, .budget = budget_of(ledger, configuration), .spending = spending};
    enum status status = STATUS_OK;
    if (has_limit(&entry.budget)) {
        if (spending->reserved_nano == FIELD_UNSET)
            return fail_unpriced(ledger, spending, err);
        status = look_first(&entry, err);
    }
    if (status == STATUS_OK)
        status = db_write(store_db(ledger->options.store), reserve, &entry, err);
    if (status != STATUS_OK)
        return status;
    log_told(&entry);
    return entry.verdict == BUDGET_ALLOWS ? STATUS_OK : fail_used_up(entry.verdict, err);
}

static void note_bill(struct spending *spending, const struct llm_reply *reply)
{
    const struct llm_usage *usage = &reply->usage;
    spending->tokens = (struct tokens)NO_TOKENS;
    spending->cost_nano = !usage->is_known                       ? spending->reserved_nano
                          : reply->cost_nano == LLM_COST_UNKNOWN ? FIELD_UNSET
                                                                 : reply->cost_nano;
    if (usage->is_known)
        spending->tokens = (struct tokens){usage->input + usage->cache_read + usage->cache_write,
                                           usage->output, usage->cache_read};
}

static enum status tell_of_month(struct db_session *session, struct entry *entry, int64_t tenant_id,
                                 int64_t budget_nano, struct error *err)
{
    struct usage_month sums;
    if (budget_nano == 0)
        return STATUS_OK;
    enum status status = store_get_usage_month(
        session, tenant_id, clock_month(entry->spending->created_at), &sums, err);
    return status == STATUS_OK ? tell(session, entry, &sums, budget_nano, 0, err) : status;
}

static enum status settle(struct db_session *session, void *argument, struct error *err)
{
    struct entry *entry = argument;
    const struct budget *budget = &entry->budget;
    entry->told_count = 0;
    enum status status = store_settle_spending(session, entry->spending, err);
    if (status == STATUS_OK)
        status =
            tell_of_month(session, entry, entry->spending->tenant_id, budget->tenant_nano, err);
    if (status == STATUS_OK)
        status = tell_of_month(session, entry, USAGE_OF_SERVER, budget->server_nano, err);
    return status;
}

void ledger_settle(struct ledger *ledger, const struct configuration *configuration,
                   struct spending *spending, enum spending_outcome outcome,
                   const struct llm_reply *reply)
{
    struct entry entry = {
        .ledger = ledger, .budget = budget_of(ledger, configuration), .spending = spending};
    struct error err;
    spending->outcome = outcome;
    note_bill(spending, reply);
    if (db_write(store_db(ledger->options.store), settle, &entry, &err) != STATUS_OK) {
        LOG(ERROR, "spending_not_settled", LOG_INT("call", spending->id),
            LOG_Z("error", err.message));
        return;
    }
    metric_add(METRIC_llm_cost_usd_total,
               spending->cost_nano == FIELD_UNSET ? 0 : spending->cost_nano);
    log_told(&entry);
}

static int64_t sum_or_unknown(int64_t a, int64_t b)
{
    return a == FIELD_UNSET || b == FIELD_UNSET ? FIELD_UNSET : a + b;
}

void ledger_charge(struct analysis *analysis, int64_t cost_nano, const struct tokens *tokens)
{
    struct tokens *sum = &analysis->tokens;
    analysis->cost_nano = sum_or_unknown(analysis->cost_nano, cost_nano);
    if (sum->input == FIELD_UNSET)
        *sum = *tokens;
    else if (tokens->input != FIELD_UNSET)
        *sum = (struct tokens){sum->input + tokens->input, sum->output + tokens->output,
                               sum->cached + tokens->cached};
}

struct losing {
    int64_t before_us;
    struct lost_spendings lost;
};

static enum status lose(struct db_session *session, void *argument, struct error *err)
{
    struct losing *losing = argument;
    return store_lose_spendings(session, losing->before_us, LOST_AT_ONCE, &losing->lost, err);
}

enum status ledger_sweep(struct ledger *ledger, int64_t before_us, int64_t *lost, struct error *err)
{
    struct losing losing = {.before_us = before_us};
    *lost = 0;
    do {
        enum status status = db_write(store_db(ledger->options.store), lose, &losing, err);
        if (status != STATUS_OK)
            return status;
        *lost += losing.lost.count;
        metric_add(METRIC_llm_cost_usd_total, losing.lost.cost_nano);
    } while (losing.lost.count == LOST_AT_ONCE);
    if (*lost > 0)
        LOG(WARN, "calls_without_a_bill", LOG_INT("calls", *lost),
            LOG_Z("remedy", "their process ended before they did: they count as what was reserved "
                            "for them"));
    return STATUS_OK;
}
