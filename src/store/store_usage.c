#include "store/store_usage.h"

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
