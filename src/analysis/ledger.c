#include "analysis/ledger_inside.h"

#include "base/clock.h"
#include "base/heap.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <assert.h>
#include <stdlib.h>

enum {
    SAMPLED_FROM_PERCENT = 80,
    LOST_AT_ONCE = 200
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
    pthread_mutex_init(&self->lock, NULL);
    map_init(&self->accounts, &self->arena);
    return self;
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    ledger_dismiss_clerk(ledger);
    ledger_forget_holds(ledger);
    arena_reset(&ledger->gathering.arena);
    arena_reset(&ledger->arena);
    pthread_mutex_destroy(&ledger->lock);
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

/* --- reserving --- */

/* One call that is to be reserved. */
struct entry {
    struct ledger *ledger;
    struct budget budget;
    struct spending *spending;
    struct usage_month tenant, server; /* as they were looked at */
    enum budget_verdict verdict;
    bool is_used_up; /* where it is refused: by what is spent, and not only by what is reserved */
};

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

static bool is_past(int64_t used_nano, int64_t budget_nano)
{
    return budget_nano > 0 && used_nano * 100 >= budget_nano * SAMPLED_FROM_PERCENT;
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

/* Of a call whose turn it is not. */
static bool is_left_out(const struct entry *entry, int64_t tenant_used, int64_t server_used)
{
    bool is_sampled = is_past(tenant_used, entry->budget.tenant_nano) ||
                      is_past(server_used, entry->budget.server_nano);
    return is_sampled && entry->ledger->options.one_in > 1 && !is_drawn(entry->ledger);
}

static enum status fail_left_out(const struct entry *entry, struct error *err)
{
    return fail(err, STATUS_FULL,
                "past %d %% of the monthly budget for language models one call in %lld is made",
                SAMPLED_FROM_PERCENT, (long long)entry->ledger->options.one_in);
}

static enum status fail_used_up(enum budget_verdict verdict, struct error *err)
{
    return fail(err, STATUS_FULL, "the monthly budget of the %s for language models is used up",
                verdict == BUDGET_OF_SERVER_FULL ? "server" : "tenant");
}

static enum status fail_reserved(const struct entry *entry, struct error *err)
{
    return fail(err, STATUS_BUSY,
                "calls on their way have reserved what is left of the monthly budget of the %s for "
                "language models",
                entry->verdict == BUDGET_OF_SERVER_FULL ? "server" : "tenant");
}

/* A call that would rather try several times is made once where there is no room for that. */
static void ask_for_less(struct entry *entry, int64_t tenant_free, int64_t server_free)
{
    struct spending *spending = entry->spending;
    int64_t tenants = ledger_room(&entry->tenant, entry->budget.tenant_nano);
    int64_t servers = ledger_room(&entry->server, entry->budget.server_nano);
    bool has_room = tenants >= spending->reserved_nano - tenant_free &&
                    servers >= spending->reserved_nano - server_free;
    if (!has_room && spending->least_nano > 0 && spending->least_nano < spending->reserved_nano)
        spending->reserved_nano = spending->least_nano;
}

/* What can be seen without a commit: what is used up, and whose turn it is not. */
static enum status look_first(struct entry *entry, struct error *err)
{
    const struct budget *budget = &entry->budget;
    struct ledger *ledger = entry->ledger;
    int64_t tenant_free, server_free;
    enum status status =
        db_read(store_db(ledger->options.store), DB_SHORT, look_at_months, entry, err);
    if (status != STATUS_OK)
        return status;
    pthread_mutex_lock(&ledger->lock);
    tenant_free = ledger_account(ledger, entry->spending->tenant_id)->free_nano;
    server_free = ledger->free_nano;
    pthread_mutex_unlock(&ledger->lock);
    ask_for_less(entry, tenant_free, server_free);
    if (is_told_used_up(&entry->tenant, budget->tenant_nano, entry->spending->reserved_nano))
        return fail_used_up(BUDGET_OF_TENANT_FULL, err);
    if (is_told_used_up(&entry->server, budget->server_nano, entry->spending->reserved_nano))
        return fail_used_up(BUDGET_OF_SERVER_FULL, err);
    if (is_left_out(entry, entry->tenant.spent_nano + entry->tenant.reserved_nano - tenant_free,
                    entry->server.spent_nano + entry->server.reserved_nano - server_free))
        return fail_left_out(entry, err);
    return STATUS_OK;
}

/* From what is held already. FULL: it is not its turn; NOT_FOUND: nothing is held. */
static enum status draw(struct entry *entry, struct error *err)
{
    struct ledger *ledger = entry->ledger;
    struct spending *spending = entry->spending;
    int64_t now_us = clock_now_us();
    enum status status = STATUS_OK;
    pthread_mutex_lock(&ledger->lock);
    struct account *account = ledger_account(ledger, spending->tenant_id);
    struct hold *hold =
        ledger_find_hold(ledger, account, &entry->budget, ledger_amount(spending), now_us);
    if (hold == NULL)
        status = STATUS_NOT_FOUND;
    else if (is_left_out(entry, account->used_nano, ledger->used_nano))
        status = fail_left_out(entry, err);
    else
        ledger_draw(ledger, account, hold, spending, now_us);
    pthread_mutex_unlock(&ledger->lock);
    return status;
}

static enum status open_one(struct db_session *session, void *argument, struct error *err)
{
    return ledger_open_hold(session, argument, err);
}

static void note_verdict(struct entry *entry, const struct opening *opening)
{
    bool is_servers = opening->verdict == BUDGET_OF_SERVER_FULL;
    int64_t budget = is_servers ? entry->budget.server_nano : entry->budget.tenant_nano;
    int64_t spent = is_servers ? opening->server.spent_nano : opening->tenant.spent_nano;
    entry->verdict = opening->verdict;
    entry->is_used_up = ledger_amount(entry->spending) > budget - spent;
}

/* While one makes a hold for many, others make theirs for one: so a crowd at the beginning does not
 * set aside as much as all of it could spend. */
static enum status draw_from_new(struct entry *entry, struct error *err)
{
    struct ledger *ledger = entry->ledger;
    struct spending *spending = entry->spending;
    struct arena arena = {0};
    struct opening opening = {.ledger = ledger,
                              .budget = entry->budget,
                              .row = *spending,
                              .most_calls = 1,
                              .tellings = {.arena = &arena}};
    pthread_mutex_lock(&ledger->lock);
    struct account *account = ledger_account(ledger, spending->tenant_id);
    bool is_first = !account->is_opening;
    if (is_first) {
        account->is_opening = true;
        opening.most_calls = ledger_next_size(account, clock_now_us());
    }
    pthread_mutex_unlock(&ledger->lock);

    enum status status = db_write(store_db(ledger->options.store), open_one, &opening, err);
    pthread_mutex_lock(&ledger->lock);
    if (is_first)
        account->is_opening = false;
    if (status == STATUS_OK && opening.calls > 0)
        ledger_draw(ledger, account, ledger_adopt(&opening, account), spending,
                    opening.made.created_at);
    pthread_mutex_unlock(&ledger->lock);
    if (status == STATUS_OK)
        ledger_log_told(&opening.tellings);
    note_verdict(entry, &opening);
    arena_reset(&arena);
    return status;
}

/* Nothing is refused while there is money that others have set aside and do not use. */
static enum status draw_after_all(struct entry *entry, struct error *err)
{
    enum status status = draw_from_new(entry, err);
    if (status == STATUS_OK && entry->verdict != BUDGET_ALLOWS) {
        bool is_servers = entry->verdict == BUDGET_OF_SERVER_FULL;
        ledger_flush(entry->ledger, is_servers ? USAGE_OF_SERVER : entry->spending->tenant_id);
        status = draw_from_new(entry, err);
    }
    if (status != STATUS_OK || entry->verdict == BUDGET_ALLOWS)
        return status;
    return entry->is_used_up ? fail_used_up(entry->verdict, err) : fail_reserved(entry, err);
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
    if (has_limit(&entry.budget) && spending->reserved_nano == FIELD_UNSET)
        return fail_unpriced(ledger, spending, err);
    enum status status = draw(&entry, err);
    if (status != STATUS_NOT_FOUND)
        return status;
    status = has_limit(&entry.budget) ? look_first(&entry, err) : STATUS_OK;
    return status == STATUS_OK ? draw_after_all(&entry, err) : status;
}

/* --- settling --- */

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

/* What the call refers to may be gone when it is written. */
static void queue_call(struct batch *batch, const struct spending *spending)
{
    if (batch->count == batch->room) {
        size_t room = batch->room * 2 + 16;
        batch->calls = arena_grow(&batch->arena, batch->calls, batch->room * sizeof *batch->calls,
                                  room * sizeof *batch->calls);
        batch->room = room;
    }
    struct spending *call = &batch->calls[batch->count++];
    *call = *spending;
    ledger_copy_names(&batch->arena, call);
}

void ledger_settle(struct ledger *ledger, struct spending *spending, enum spending_outcome outcome,
                   const struct llm_reply *reply)
{
    assert(spending->outcome == SPENDING_RESERVED && "a call is settled once");
    spending->outcome = outcome;
    spending->settled_at = clock_now_us();
    note_bill(spending, reply);
    pthread_mutex_lock(&ledger->lock);
    ledger_put_back(ledger, spending);
    queue_call(&ledger->gathering, spending);
    pthread_mutex_unlock(&ledger->lock);
    if (spending->cost_nano != FIELD_UNSET)
        metric_add(METRIC_llm_cost_usd_total, spending->cost_nano);
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
