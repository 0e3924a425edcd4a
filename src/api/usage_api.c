#include "api/usage_api.h"

#include "analysis/ledger.h"
#include "api/configurations.h"
#include "base/clock.h"
#include "model/access.h"
#include "model/usage.h"
#include "source/csv_write.h"
#include "store/store_usage.h"
#include "telemetry/metrics.h"

enum {
    MOST_DAYS = 400,
    MONTH_LENGTH = sizeof "2026-11" - 1,
    DAY_LENGTH = sizeof "2026-11-20" - 1
};

const char csv_schema[] = "{\"type\":\"string\",\"description\":\"CSV (RFC 4180).\"}";

struct reading {
    struct call *call;
    struct usage_query query;
    struct usage_days days;
    struct usage_month month, server_month;
};

static enum status read_usage(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    int64_t tenant_id = reading->call->identity.tenant_id, month = clock_month(clock_now_us());
    enum status status = store_list_usage(session, reading->call->arena, &reading->days, err);
    if (status == STATUS_OK)
        status = store_get_usage_month(session, tenant_id, month, &reading->month, err);
    if (status == STATUS_OK)
        status =
            store_get_usage_month(session, USAGE_OF_SERVER, month, &reading->server_month, err);
    return status;
}

/* Whole days, so that what is counted by day answers for them. */
static enum status read_query(struct reading *reading, struct error *err)
{
    struct usage_query *query = &reading->query;
    enum status status = call_read_query(reading->call, &usage_query_fields, query, err);
    if (status == STATUS_OK)
        status = call_check_range(query->since, query->until, err);
    if (status != STATUS_OK)
        return status;
    int64_t now = clock_now_us();
    if (query->until == FIELD_UNSET)
        query->until = clock_next_month(query->since > now ? query->since : now);
    if (query->since == FIELD_UNSET)
        query->since = clock_month(query->until - 1);
    query->since = clock_floor(query->since, DAY_US);
    query->until = clock_floor(query->until, DAY_US);
    if (query->until - query->since > MOST_DAYS * DAY_US)
        return fail_field(err, "since", "must be at most %d days before until", MOST_DAYS);
    return STATUS_OK;
}

static enum status read_all(struct reading *reading, struct error *err)
{
    enum status status = read_query(reading, err);
    reading->days = (struct usage_days){.tenant_id = reading->call->identity.tenant_id,
                                        .since = reading->query.since,
                                        .until = reading->query.until};
    if (status == STATUS_OK)
        ledger_flush(reading->call->services->ledger, reading->days.tenant_id);
    return status == STATUS_OK ? db_read(store_db(reading->call->services->intake->store), DB_LONG,
                                         read_usage, reading, err)
                               : status;
}

typedef str name_of(struct arena *arena, const struct usage_day *day);

static str name_of_month(struct arena *arena, const struct usage_day *day)
{
    return str_slice(clock_text(arena, day->day), 0, MONTH_LENGTH);
}

static str name_of_day(struct arena *arena, const struct usage_day *day)
{
    return str_slice(clock_text(arena, day->day), 0, DAY_LENGTH);
}

static str name_of_job(struct arena *arena, const struct usage_day *day)
{
    (void)arena;
    return day->job;
}

static str name_of_provider(struct arena *arena, const struct usage_day *day)
{
    (void)arena;
    return day->provider;
}

static str name_of_model(struct arena *arena, const struct usage_day *day)
{
    return str_format(arena, STR_FORMAT ":" STR_FORMAT, STR_ARG(day->provider),
                      STR_ARG(day->model));
}

static str name_of_prompt(struct arena *arena, const struct usage_day *day)
{
    (void)arena;
    return day->prompt_version.length > 0 ? day->prompt_version : STR("none");
}

static str name_of_all(struct arena *arena, const struct usage_day *day)
{
    (void)arena, (void)day;
    return STR("all");
}

static void add_to_line(struct usage_line *line, const struct usage_day *day)
{
    line->calls += day->calls;
    line->failed += day->failed;
    line->lost += day->lost;
    line->unpriced += day->unpriced;
    line->cost_nano += day->cost_nano;
    line->tokens.input += day->tokens.input;
    line->tokens.output += day->tokens.output;
    line->tokens.cached += day->tokens.cached;
}

/* Names are few: those of a day's rows, and the days of a year. The newest is looked at first, as
 * rows come in the order of their days. */
static struct field_list group(struct arena *arena, const struct usage_days *days,
                               name_of *say_name)
{
    struct usage_line *lines = arena_array(arena, struct usage_line, days->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < days->count; i++) {
        str name = say_name(arena, &days->items[i]);
        size_t at = count;
        while (at > 0 && !str_equal(lines[at - 1].name, name))
            at--;
        if (at == 0) {
            at = ++count;
            lines[at - 1].name = name;
        }
        add_to_line(&lines[at - 1], &days->items[i]);
    }
    return (struct field_list){lines, count};
}

static struct budget_state state_of(struct arena *arena, const struct usage_month *month,
                                    int64_t limit)
{
    return (struct budget_state){
        .month = str_slice(clock_text(arena, month->month), 0, MONTH_LENGTH),
        .limit_nano = limit > 0 ? limit : FIELD_UNSET,
        .spent_nano = month->spent_nano,
        .reserved_nano = month->reserved_nano,
        .used = limit > 0 ? (double)(month->spent_nano + month->reserved_nano) / (double)limit
                          : (double)NAN,
    };
}

enum status usage_get(struct call *call, struct error *err)
{
    struct reading reading = {.call = call};
    const struct tenant_rules *rules;
    enum status status = read_all(&reading, err);
    if (status == STATUS_OK)
        status = call_rules(call, &rules, err);
    if (status != STATUS_OK)
        return status;
    struct arena *arena = call->arena;
    struct field_list all = group(arena, &reading.days, name_of_all);
    struct usage_report report = {
        .since = reading.query.since,
        .until = reading.query.until,
        .total = all.count > 0 ? *(struct usage_line *)all.items
                               : (struct usage_line){.name = STR("all")},
        .budget = state_of(arena, &reading.month, rules->configuration.ai_monthly_budget_nano),
        .by_month = group(arena, &reading.days, name_of_month),
        .by_day = group(arena, &reading.days, name_of_day),
        .by_job = group(arena, &reading.days, name_of_job),
        .by_provider = group(arena, &reading.days, name_of_provider),
        .by_model = group(arena, &reading.days, name_of_model),
        .by_prompt_version = group(arena, &reading.days, name_of_prompt),
    };
    if ((call->identity.scopes & SCOPE_ADMIN) != 0)
        report.server_budget =
            state_of(arena, &reading.server_month, ledger_server_budget(call->services->ledger));
    call_answer_fields(call, 200, &usage_report_fields, &report);
    return STATUS_OK;
}

static void write_text(struct buf *out, str text)
{
    csv_write_text(out, text);
    csv_write_separator(out);
}

static void write_count(struct buf *out, int64_t count)
{
    buf_add_integer(out, count);
    csv_write_separator(out);
}

static void write_row(struct arena *arena, struct buf *out, const struct usage_day *day)
{
    write_text(out, name_of_day(arena, day));
    write_text(out, day->job);
    write_text(out, day->provider);
    write_text(out, day->model);
    write_text(out, day->prompt_version);
    write_count(out, day->calls);
    write_count(out, day->failed);
    write_count(out, day->lost);
    write_count(out, day->unpriced);
    write_count(out, day->tokens.input);
    write_count(out, day->tokens.output);
    write_count(out, day->tokens.cached);
    buf_add_fixed(out, day->cost_nano, 9);
    csv_write_end(out);
}

enum status usage_report_get(struct call *call, struct error *err)
{
    struct reading reading = {.call = call};
    enum status status = read_all(&reading, err);
    if (status != STATUS_OK)
        return status;
    struct buf body;
    buf_init(&body, call->arena, CALL_MAX_ANSWER);
    buf_add_z(&body, "day,job,provider,model,prompt_version,calls,failed,lost,unpriced,"
                     "input_tokens,output_tokens,cached_tokens,cost_usd\r\n");
    for (size_t i = 0; i < reading.days.count; i++)
        write_row(call->arena, &body, &reading.days.items[i]);
    call->response->status = 200;
    call->response->content_type = STR("text/csv; charset=utf-8");
    call->response->body = buf_str(&body);
    call_add_header(call, "Content-Disposition", STR("attachment; filename=\"hark-usage.csv\""));
    return STATUS_OK;
}

static enum status read_server_month(struct db_session *session, void *argument, struct error *err)
{
    return store_get_usage_month(session, USAGE_OF_SERVER, clock_month(clock_now_us()), argument,
                                 err);
}

/* False: there is no budget, or the database fails. */
static bool get_server_month(const struct services *services, struct usage_month *month)
{
    return ledger_server_budget(services->ledger) > 0 &&
           db_read(store_db(services->intake->store), DB_SHORT, read_server_month, month, NULL) ==
               STATUS_OK;
}

void usage_measure(const struct services *services)
{
    struct usage_month month;
    if (!get_server_month(services, &month))
        return;
    double used = (double)(month.spent_nano + month.reserved_nano) /
                  (double)ledger_server_budget(services->ledger);
    metric_set(METRIC_budget_used_ratio, (int64_t)(used * 1e9));
}

bool usage_is_used_up(const struct services *services)
{
    struct usage_month month;
    int64_t budget = ledger_server_budget(services->ledger);
    return get_server_month(services, &month) &&
           (month.spent_nano >= budget || (month.told >= 100 && month.told_budget_nano == budget));
}
