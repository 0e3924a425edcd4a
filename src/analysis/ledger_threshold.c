/* The events budget.threshold. */
#include "analysis/ledger_inside.h"

#include "base/clock.h"
#include "store/store_event.h"
#include "telemetry/log.h"

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

static void note(struct tellings *tellings, const struct told *told)
{
    if (tellings->count == tellings->room) {
        size_t room = tellings->room * 2 + 4;
        tellings->items =
            arena_grow(tellings->arena, tellings->items, tellings->room * sizeof *tellings->items,
                       room * sizeof *tellings->items);
        tellings->room = room;
    }
    tellings->items[tellings->count++] = *told;
}

enum status ledger_tell(struct db_session *session, struct tellings *tellings,
                        const struct usage_month *sums, int64_t budget_nano, int64_t refused_nano,
                        struct error *err)
{
    static const int64_t percents[] = {80, 100};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof percents / sizeof percents[0] && status == STATUS_OK; i++) {
        struct usage_threshold threshold = {sums->tenant_id, sums->month, percents[i], budget_nano};
        bool is_new = false, is_used_up = refused_nano > budget_nano - sums->spent_nano;
        if (!is_used_up && sums->spent_nano * 100 < budget_nano * percents[i])
            break;
        status = store_tell_threshold(session, &threshold, &is_new, err);
        if (status != STATUS_OK || !is_new)
            continue;
        struct told told = {sums->tenant_id, percents[i], sums->spent_nano, budget_nano};
        status = add_event(session, &told, sums->month, err);
        if (status == STATUS_OK)
            note(tellings, &told);
    }
    return status;
}

void ledger_log_told(const struct tellings *tellings)
{
    for (size_t i = 0; i < tellings->count; i++) {
        const struct told *told = &tellings->items[i];
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
