#include "store/store_usage.h"

#include "base/clock.h"

enum status store_get_usage_month(struct db_session *session, int64_t tenant_id, int64_t month,
                                  struct usage_month *sums, struct error *err)
{
    *sums = (struct usage_month){.tenant_id = tenant_id, .month = month};
    struct db_statement *s =
        db_prepare(session, "SELECT spent_nano_usd, reserved_nano_usd, told_percent,"
                            " told_budget_nano_usd FROM usage_months"
                            " WHERE tenant_id = $1 AND month = $2");
    db_bind_integer(s, 1, tenant_id);
    db_bind_integer(s, 2, month);
    if (db_row(s)) {
        sums->spent_nano = db_integer(s, 0);
        sums->reserved_nano = db_integer(s, 1);
        sums->told = db_integer(s, 2);
        sums->told_budget_nano = db_integer(s, 3);
    }
    return db_end(s, err);
}

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

static int64_t money_or_0(int64_t nano)
{
    return nano == FIELD_UNSET ? 0 : nano;
}

static enum status take_from_both(struct db_session *session, const struct budget *budget,
                                  const struct spending *spending, enum budget_verdict *verdict,
                                  struct error *err)
{
    int64_t month = clock_month(spending->created_at);
    int64_t amount = money_or_0(spending->reserved_nano);
    struct purse tenants = {spending->tenant_id, month, budget->tenant_nano},
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
    return settle_month(session, spending->tenant_id, month, amount, 0, err);
}

static str text_or_empty(str text)
{
    return str_is_absent(text) ? STR("") : text;
}

enum status store_reserve_spending(struct db_session *session, const struct budget *budget,
                                   struct spending *spending, enum budget_verdict *verdict,
                                   struct error *err)
{
    spending->created_at = clock_now_us();
    enum status status = take_from_both(session, budget, spending, verdict, err);
    if (status != STATUS_OK || *verdict != BUDGET_ALLOWS)
        return status;
    spending->outcome = SPENDING_RESERVED;
    struct db_statement *s =
        db_prepare(session, "INSERT INTO usage (tenant_id, job, provider, model, prompt_version,"
                            " feedback_id, reserved_nano_usd, outcome, created_at)"
                            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    db_bind_integer(s, 1, spending->tenant_id);
    db_bind_text(s, 2, spending->job);
    db_bind_text(s, 3, spending->provider);
    db_bind_text(s, 4, spending->model);
    db_bind_text(s, 5, text_or_empty(spending->prompt_version));
    if (spending->feedback_id != 0)
        db_bind_integer(s, 6, spending->feedback_id);
    db_bind_integer(s, 7, money_or_0(spending->reserved_nano));
    db_bind_text(s, 8, str_from_z(spending_outcome_names[SPENDING_RESERVED]));
    db_bind_integer(s, 9, spending->created_at);
    return db_insert(s, &spending->id, err);
}

/* Once only: what is settled stays so. */
static enum status settle_call(struct db_session *session, const struct spending *spending,
                               struct error *err)
{
    int64_t changed = 0;
    struct db_statement *s =
        db_prepare(session, "UPDATE usage SET outcome = $1, cost_nano_usd = $2, settled_at = $3,"
                            " input_tokens = $4, output_tokens = $5, cached_tokens = $6"
                            " WHERE id = $7 AND outcome = 'reserved'");
    db_bind_text(s, 1, str_from_z(spending_outcome_names[spending->outcome]));
    if (spending->cost_nano != FIELD_UNSET)
        db_bind_integer(s, 2, spending->cost_nano);
    db_bind_integer(s, 3, clock_now_us());
    if (spending->tokens.input != FIELD_UNSET) {
        db_bind_integer(s, 4, spending->tokens.input);
        db_bind_integer(s, 5, spending->tokens.output);
        db_bind_integer(s, 6, spending->tokens.cached);
    }
    db_bind_integer(s, 7, spending->id);
    enum status status = db_run(s, &changed, err);
    if (status == STATUS_OK && changed == 0)
        return fail(err, STATUS_NOT_FOUND, "call %lld of a language model is settled already",
                    (long long)spending->id);
    return status;
}

static enum status count_in_day(struct db_session *session, const struct spending *spending,
                                struct error *err)
{
    bool is_counted = spending->tokens.input != FIELD_UNSET;
    struct db_statement *s = db_prepare(
        session,
        "INSERT INTO usage_days (tenant_id, day, job, provider, model, prompt_version, calls,"
        " failed, lost, unpriced, cost_nano_usd, input_tokens, output_tokens, cached_tokens)"
        " VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $10, $11, $12, $13)"
        " ON CONFLICT (tenant_id, day, job, provider, model, prompt_version) DO UPDATE SET"
        " calls = usage_days.calls + 1, failed = usage_days.failed + excluded.failed,"
        " lost = usage_days.lost + excluded.lost,"
        " unpriced = usage_days.unpriced + excluded.unpriced,"
        " cost_nano_usd = usage_days.cost_nano_usd + excluded.cost_nano_usd,"
        " input_tokens = usage_days.input_tokens + excluded.input_tokens,"
        " output_tokens = usage_days.output_tokens + excluded.output_tokens,"
        " cached_tokens = usage_days.cached_tokens + excluded.cached_tokens");
    db_bind_integer(s, 1, spending->tenant_id);
    db_bind_integer(s, 2, clock_floor(spending->created_at, DAY_US));
    db_bind_text(s, 3, spending->job);
    db_bind_text(s, 4, spending->provider);
    db_bind_text(s, 5, spending->model);
    db_bind_text(s, 6, text_or_empty(spending->prompt_version));
    db_bind_integer(s, 7, spending->outcome == SPENDING_FAILED);
    db_bind_integer(s, 8, spending->outcome == SPENDING_LOST);
    db_bind_integer(s, 9, spending->cost_nano == FIELD_UNSET);
    db_bind_integer(s, 10, money_or_0(spending->cost_nano));
    db_bind_integer(s, 11, is_counted ? spending->tokens.input : 0);
    db_bind_integer(s, 12, is_counted ? spending->tokens.output : 0);
    db_bind_integer(s, 13, is_counted ? spending->tokens.cached : 0);
    return db_run(s, NULL, err);
}

enum status store_settle_spending(struct db_session *session, const struct spending *spending,
                                  struct error *err)
{
    int64_t month = clock_month(spending->created_at);
    int64_t reserved = money_or_0(spending->reserved_nano), spent = money_or_0(spending->cost_nano);
    enum status status = settle_call(session, spending, err);
    if (status == STATUS_OK)
        status = settle_month(session, spending->tenant_id, month, reserved, spent, err);
    if (status == STATUS_OK)
        status = settle_month(session, USAGE_OF_SERVER, month, reserved, spent, err);
    return status == STATUS_OK ? count_in_day(session, spending, err) : status;
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

enum status store_lose_spendings(struct db_session *session, int64_t before_us, int64_t most,
                                 struct lost_spendings *lost, struct error *err)
{
    struct arena arena = {0};
    struct unsettled unsettled = {.before_us = before_us, .most = most};
    *lost = (struct lost_spendings){0};
    enum status status = list_unsettled(session, &arena, &unsettled, err);
    for (int64_t i = 0; i < unsettled.count && status == STATUS_OK; i++) {
        status = store_settle_spending(session, &unsettled.items[i], err);
        lost->count++;
        lost->cost_nano += unsettled.items[i].cost_nano;
    }
    arena_reset(&arena);
    return status;
}

enum status store_tell_threshold(struct db_session *session,
                                 const struct usage_threshold *threshold, bool *is_new,
                                 struct error *err)
{
    int64_t changed = 0;
    struct db_statement *s = db_prepare(
        session,
        "INSERT INTO usage_months (tenant_id, month, spent_nano_usd, reserved_nano_usd,"
        " told_percent, told_budget_nano_usd) VALUES ($1, $2, 0, 0, $3, $4)"
        " ON CONFLICT (tenant_id, month) DO UPDATE SET told_percent = excluded.told_percent,"
        " told_budget_nano_usd = excluded.told_budget_nano_usd"
        " WHERE usage_months.told_percent < excluded.told_percent"
        " OR usage_months.told_budget_nano_usd <> excluded.told_budget_nano_usd");
    db_bind_integer(s, 1, threshold->tenant_id);
    db_bind_integer(s, 2, threshold->month);
    db_bind_integer(s, 3, threshold->percent);
    db_bind_integer(s, 4, threshold->budget_nano);
    enum status status = db_run(s, &changed, err);
    *is_new = changed > 0;
    return status;
}

static struct usage_day *next_day(struct arena *arena, struct usage_days *days, size_t *room)
{
    if (days->count == *room) {
        size_t wanted = *room > 0 ? *room * 2 : 32;
        days->items = arena_grow(arena, days->items, *room * sizeof *days->items,
                                 wanted * sizeof *days->items);
        *room = wanted;
    }
    return &days->items[days->count++];
}

enum status store_list_usage(struct db_session *session, struct arena *arena,
                             struct usage_days *days, struct error *err)
{
    size_t room = 0;
    struct db_statement *s = db_prepare(
        session, "SELECT day, job, provider, model, prompt_version, calls, failed, lost, unpriced,"
                 " cost_nano_usd, input_tokens, output_tokens, cached_tokens FROM usage_days"
                 " WHERE tenant_id = $1 AND day >= $2 AND day < $3"
                 " ORDER BY day, job, provider, model, prompt_version");
    days->count = 0;
    db_bind_integer(s, 1, days->tenant_id);
    db_bind_integer(s, 2, days->since);
    db_bind_integer(s, 3, days->until);
    while (db_row(s))
        *next_day(arena, days, &room) = (struct usage_day){
            .day = db_integer(s, 0),
            .job = db_text(s, 1, arena),
            .provider = db_text(s, 2, arena),
            .model = db_text(s, 3, arena),
            .prompt_version = db_text(s, 4, arena),
            .calls = db_integer(s, 5),
            .failed = db_integer(s, 6),
            .lost = db_integer(s, 7),
            .unpriced = db_integer(s, 8),
            .cost_nano = db_integer(s, 9),
            .tokens = {db_integer(s, 10), db_integer(s, 11), db_integer(s, 12)},
        };
    return db_end(s, err);
}
