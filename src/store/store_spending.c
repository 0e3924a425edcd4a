#include "store/store_spending.h"

#include "base/clock.h"
#include "store/store_usage.h"

/* A month of a tenant's, or of the server's, and what may be spent in it. */
struct purse {
    int64_t tenant_id, month, budget_nano;
};

/* The limit is looked at by the statement that takes from it, so that two at once cannot both take
 * the last of it, on any database. */
static enum status take_from(struct db_session *session, const struct purse *purse, int64_t amount,
                             bool *is_taken, struct error *err)
{
    int64_t limit = purse->budget_nano > 0 ? purse->budget_nano : INT64_MAX, changed = 0;
    *is_taken = amount <= limit;
    if (!*is_taken)
        return STATUS_OK;
    struct db_statement *s = db_prepare(
        session, "INSERT INTO usage_months (tenant_id, month, spent_nano_usd, reserved_nano_usd)"
                 " VALUES ($1, $2, 0, $3) ON CONFLICT (tenant_id, month) DO UPDATE SET"
                 " reserved_nano_usd = usage_months.reserved_nano_usd + excluded.reserved_nano_usd"
                 " WHERE usage_months.spent_nano_usd + usage_months.reserved_nano_usd"
                 " + excluded.reserved_nano_usd <= $4");
    db_bind_integer(s, 1, purse->tenant_id);
    db_bind_integer(s, 2, purse->month);
    db_bind_integer(s, 3, amount);
    db_bind_integer(s, 4, limit);
    enum status status = db_run(s, &changed, err);
    *is_taken = changed > 0;
    return status;
}

/* Of what was reserved, `spent` was. */
static enum status settle_month(struct db_session *session, int64_t tenant_id, int64_t month,
                                int64_t reserved, int64_t spent, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "UPDATE usage_months SET spent_nano_usd = spent_nano_usd + $1,"
                 " reserved_nano_usd = reserved_nano_usd - $2 WHERE tenant_id = $3 AND month = $4");
    db_bind_integer(s, 1, spent);
    db_bind_integer(s, 2, reserved);
    db_bind_integer(s, 3, tenant_id);
    db_bind_integer(s, 4, month);
    return db_run(s, NULL, err);
}

static enum status settle_both(struct db_session *session, const struct hold_change *change,
                               struct error *err)
{
    int64_t month = clock_month(change->created_at);
    enum status status = settle_month(session, change->tenant_id, month, change->taken_nano,
                                      change->spent_nano, err);
    return status == STATUS_OK ? settle_month(session, USAGE_OF_SERVER, month, change->taken_nano,
                                              change->spent_nano, err)
                               : status;
}

static int64_t money_or_0(int64_t nano)
{
    return nano == FIELD_UNSET ? 0 : nano;
}

static enum status take_from_both(struct db_session *session, const struct budget *budget,
                                  const struct spending *hold, enum budget_verdict *verdict,
                                  struct error *err)
{
    int64_t month = clock_month(hold->created_at);
    int64_t amount = money_or_0(hold->reserved_nano);
    struct purse tenants = {hold->tenant_id, month, budget->tenant_nano},
                 servers = {USAGE_OF_SERVER, month, budget->server_nano};
    bool is_taken = false;
    enum status status = take_from(session, &tenants, amount, &is_taken, err);
    *verdict = is_taken ? BUDGET_ALLOWS : BUDGET_OF_TENANT_FULL;
    if (status != STATUS_OK || !is_taken)
        return status;
    status = take_from(session, &servers, amount, &is_taken, err);
    if (status != STATUS_OK || is_taken)
        return status;
    *verdict = BUDGET_OF_SERVER_FULL;
    return settle_month(session, hold->tenant_id, month, amount, 0, err);
}

static str text_or_empty(str text)
{
    return str_is_absent(text) ? STR("") : text;
}

enum status store_open_hold(struct db_session *session, const struct budget *budget,
                            struct spending *hold, enum budget_verdict *verdict, struct error *err)
{
    hold->created_at = clock_now_us();
    enum status status = take_from_both(session, budget, hold, verdict, err);
    if (status != STATUS_OK || *verdict != BUDGET_ALLOWS)
        return status;
    hold->outcome = SPENDING_RESERVED;
    struct db_statement *s =
        db_prepare(session, "INSERT INTO usage (tenant_id, job, provider, model, prompt_version,"
                            " reserved_nano_usd, outcome, created_at)"
                            " VALUES ($1, $2, $3, $4, $5, $6, 'reserved', $7)");
    db_bind_integer(s, 1, hold->tenant_id);
    db_bind_text(s, 2, hold->job);
    db_bind_text(s, 3, hold->provider);
    db_bind_text(s, 4, hold->model);
    db_bind_text(s, 5, text_or_empty(hold->prompt_version));
    db_bind_integer(s, 6, money_or_0(hold->reserved_nano));
    db_bind_integer(s, 7, hold->created_at);
    return db_insert(s, &hold->id, err);
}

/* A hold that is not there any more was lost, with all that was drawn from it. */
static enum status change_hold(struct db_session *session, struct hold_change *change,
                               struct error *err)
{
    int64_t changed = 0;
    struct db_statement *s;
    if (change->is_over) {
        s = db_prepare(session, "DELETE FROM usage WHERE id = $1 AND outcome = 'reserved'");
        db_bind_integer(s, 1, change->id);
    } else {
        s = db_prepare(session, "UPDATE usage SET reserved_nano_usd = reserved_nano_usd - $1"
                                " WHERE id = $2 AND outcome = 'reserved'");
        db_bind_integer(s, 1, change->taken_nano);
        db_bind_integer(s, 2, change->id);
    }
    enum status status = db_run(s, &changed, err);
    change->is_lost = status == STATUS_OK && changed == 0;
    return status == STATUS_OK && !change->is_lost ? settle_both(session, change, err) : status;
}

static bool is_of_lost(const struct settling *settling, const struct spending *call)
{
    for (size_t i = 0; i < settling->hold_count; i++)
        if (settling->holds[i].is_lost && settling->holds[i].id == call->hold_id)
            return true;
    return false;
}

static void bind_tokens(struct db_statement *s, int at, const struct tokens *tokens)
{
    if (tokens->input == FIELD_UNSET)
        return;
    db_bind_integer(s, at, tokens->input);
    db_bind_integer(s, at + 1, tokens->output);
    db_bind_integer(s, at + 2, tokens->cached);
}

static enum status add_call(struct db_session *session, const struct spending *call,
                            struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "INSERT INTO usage (tenant_id, job, provider, model, prompt_version, feedback_id,"
                 " reserved_nano_usd, outcome, cost_nano_usd, created_at, settled_at,"
                 " input_tokens, output_tokens, cached_tokens)"
                 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
    db_bind_integer(s, 1, call->tenant_id);
    db_bind_text(s, 2, call->job);
    db_bind_text(s, 3, call->provider);
    db_bind_text(s, 4, call->model);
    db_bind_text(s, 5, text_or_empty(call->prompt_version));
    if (call->feedback_id != 0)
        db_bind_integer(s, 6, call->feedback_id);
    db_bind_integer(s, 7, money_or_0(call->reserved_nano));
    db_bind_text(s, 8, str_from_z(spending_outcome_names[call->outcome]));
    if (call->cost_nano != FIELD_UNSET)
        db_bind_integer(s, 9, call->cost_nano);
    db_bind_integer(s, 10, call->created_at);
    db_bind_integer(s, 11, call->settled_at);
    bind_tokens(s, 12, &call->tokens);
    return db_run(s, NULL, err);
}

/* What calls of one day and sort come to. */
struct day_sums {
    int64_t calls, failed, lost, unpriced, cost_nano;
    struct tokens tokens;
};

static void count_call(struct day_sums *sums, const struct spending *call)
{
    sums->calls++;
    sums->failed += call->outcome == SPENDING_FAILED;
    sums->lost += call->outcome == SPENDING_LOST;
    sums->unpriced += call->cost_nano == FIELD_UNSET;
    sums->cost_nano += money_or_0(call->cost_nano);
    if (call->tokens.input == FIELD_UNSET)
        return;
    sums->tokens.input += call->tokens.input;
    sums->tokens.output += call->tokens.output;
    sums->tokens.cached += call->tokens.cached;
}

/* `like`: any of the calls. */
static enum status add_to_day(struct db_session *session, const struct spending *like,
                              const struct day_sums *sums, struct error *err)
{
    struct db_statement *s = db_prepare(
        session,
        "INSERT INTO usage_days (tenant_id, day, job, provider, model, prompt_version, calls,"
        " failed, lost, unpriced, cost_nano_usd, input_tokens, output_tokens, cached_tokens)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        " ON CONFLICT (tenant_id, day, job, provider, model, prompt_version) DO UPDATE SET"
        " calls = usage_days.calls + excluded.calls, failed = usage_days.failed + excluded.failed,"
        " lost = usage_days.lost + excluded.lost,"
        " unpriced = usage_days.unpriced + excluded.unpriced,"
        " cost_nano_usd = usage_days.cost_nano_usd + excluded.cost_nano_usd,"
        " input_tokens = usage_days.input_tokens + excluded.input_tokens,"
        " output_tokens = usage_days.output_tokens + excluded.output_tokens,"
        " cached_tokens = usage_days.cached_tokens + excluded.cached_tokens");
    db_bind_integer(s, 1, like->tenant_id);
    db_bind_integer(s, 2, clock_floor(like->created_at, DAY_US));
    db_bind_text(s, 3, like->job);
    db_bind_text(s, 4, like->provider);
    db_bind_text(s, 5, like->model);
    db_bind_text(s, 6, text_or_empty(like->prompt_version));
    db_bind_integer(s, 7, sums->calls);
    db_bind_integer(s, 8, sums->failed);
    db_bind_integer(s, 9, sums->lost);
    db_bind_integer(s, 10, sums->unpriced);
    db_bind_integer(s, 11, sums->cost_nano);
    bind_tokens(s, 12, &sums->tokens);
    return db_run(s, NULL, err);
}

int spending_compare(const void *a, const void *b)
{
    const struct spending *one = a, *other = b;
    int64_t day = clock_floor(one->created_at, DAY_US),
            other_day = clock_floor(other->created_at, DAY_US);
    const str pairs[][2] = {{one->job, other->job},
                            {one->provider, other->provider},
                            {one->model, other->model},
                            {one->prompt_version, other->prompt_version}};
    if (one->tenant_id != other->tenant_id)
        return one->tenant_id < other->tenant_id ? -1 : 1;
    if (day != other_day)
        return day < other_day ? -1 : 1;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        int order = str_compare(pairs[i][0], pairs[i][1]);
        if (order != 0)
            return order;
    }
    return 0;
}

/* Calls that are counted together, from `*at` on, which is moved past them. */
static enum status settle_alike(struct db_session *session, const struct settling *settling,
                                size_t *at, struct error *err)
{
    const struct spending *first = &settling->calls[*at];
    struct day_sums sums = {0};
    enum status status = STATUS_OK;
    for (; *at < settling->call_count && status == STATUS_OK; ++*at) {
        const struct spending *call = &settling->calls[*at];
        if (spending_compare(first, call) != 0)
            break;
        if (is_of_lost(settling, call))
            continue;
        count_call(&sums, call);
        status = add_call(session, call, err);
    }
    return status == STATUS_OK && sums.calls > 0 ? add_to_day(session, first, &sums, err) : status;
}

enum status store_settle_spendings(struct db_session *session, const struct settling *settling,
                                   struct error *err)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < settling->hold_count && status == STATUS_OK; i++)
        status = change_hold(session, &settling->holds[i], err);
    for (size_t at = 0; at < settling->call_count && status == STATUS_OK;)
        status = settle_alike(session, settling, &at, err);
    return status;
}

struct unsettled {
    int64_t before_us, most;
    struct spending *items;
    int64_t count;
};

static enum status list_unsettled(struct db_session *session, struct arena *arena,
                                  struct unsettled *unsettled, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "SELECT id, tenant_id, job, provider, model, prompt_version, reserved_nano_usd,"
                 " created_at FROM usage WHERE outcome = 'reserved' AND created_at < $1"
                 " ORDER BY created_at LIMIT $2");
    unsettled->items = arena_array(arena, struct spending, (size_t)unsettled->most);
    db_bind_integer(s, 1, unsettled->before_us);
    db_bind_integer(s, 2, unsettled->most);
    while (unsettled->count < unsettled->most && db_row(s))
        unsettled->items[unsettled->count++] = (struct spending){
            .id = db_integer(s, 0),
            .tenant_id = db_integer(s, 1),
            .job = db_text(s, 2, arena),
            .provider = db_text(s, 3, arena),
            .model = db_text(s, 4, arena),
            .prompt_version = db_text(s, 5, arena),
            .reserved_nano = db_integer(s, 6),
            .created_at = db_integer(s, 7),
            .outcome = SPENDING_LOST,
            .cost_nano = db_integer(s, 6),
            .tokens = NO_TOKENS,
        };
    return db_end(s, err);
}

static enum status lose(struct db_session *session, const struct spending *hold, struct error *err)
{
    struct day_sums sums = {0};
    struct hold_change change = {.tenant_id = hold->tenant_id,
                                 .created_at = hold->created_at,
                                 .taken_nano = hold->reserved_nano,
                                 .spent_nano = hold->cost_nano};
    struct db_statement *s = db_prepare(session, "UPDATE usage SET outcome = 'lost',"
                                                 " cost_nano_usd = $1, settled_at = $2"
                                                 " WHERE id = $3");
    db_bind_integer(s, 1, hold->cost_nano);
    db_bind_integer(s, 2, clock_now_us());
    db_bind_integer(s, 3, hold->id);
    enum status status = db_run(s, NULL, err);
    if (status == STATUS_OK)
        status = settle_both(session, &change, err);
    count_call(&sums, hold);
    return status == STATUS_OK ? add_to_day(session, hold, &sums, err) : status;
}

enum status store_lose_spendings(struct db_session *session, int64_t before_us, int64_t most,
                                 struct lost_spendings *lost, struct error *err)
{
    struct arena arena = {0};
    struct unsettled unsettled = {.before_us = before_us, .most = most};
    *lost = (struct lost_spendings){0};
    enum status status = list_unsettled(session, &arena, &unsettled, err);
    for (int64_t i = 0; i < unsettled.count && status == STATUS_OK; i++) {
        status = lose(session, &unsettled.items[i], err);
        lost->count++;
        lost->cost_nano += unsettled.items[i].cost_nano;
    }
    arena_reset(&arena);
    return status;
}
