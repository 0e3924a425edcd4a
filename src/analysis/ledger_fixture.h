/* ledger_fixture.h - what the tests of the ledger share: a real database file, calls and their
 * bills, and the sums as they stand in it, beside the same counted anew. */
#pragma once

#include "analysis/ledger_inside.h"

#include "base/clock.h"
#include "base/test.h"
#include "telemetry/log.h"

#include <string.h>
#include <unistd.h>

static struct arena arena;
static struct store *store;
static struct ledger *looked_at; /* whose calls are written before anybody looks */
static char folder[] = "/tmp/hark-ledger-XXXXXX";
static struct configuration configuration;

static void open_store(const char *where)
{
    struct error err = {0};
    EXPECT(store_open(&store, str_format(&arena, "sqlite:%s/test.db", where), &err) == STATUS_OK);
    configuration_defaults(&configuration);
}

static void close_store(void)
{
    store_close(store);
    store = NULL;
}

static void remove_files(void)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < 4; i++)
        unlink(str_z(&arena, str_format(&arena, "%s/test.db%s", folder, endings[i])));
}

/* Each test begins with an empty ledger. */
static struct ledger *begin(int64_t server_budget, int64_t one_in)
{
    close_store();
    remove_files();
    open_store(folder);
    looked_at = ledger_open(&(struct ledger_options){store, server_budget, one_in});
    return looked_at;
}

static void end(struct ledger *ledger)
{
    ledger_close(ledger);
    looked_at = NULL;
}

static struct spending call_of(int64_t most_nano)
{
    return (struct spending){
        .tenant_id = TENANT_DEFAULT,
        .job = STR("classify"),
        .provider = STR("canned"),
        .model = STR("m"),
        .prompt_version = STR("v1"),
        .reserved_nano = most_nano,
    };
}

static struct llm_reply bill_of(int64_t cost_nano)
{
    return (struct llm_reply){
        .usage = {.input = 10, .cache_read = 2, .output = 3, .is_known = true},
        .cost_nano = cost_nano,
        .tries = 1,
        .http_status = 200};
}

/* The sums that are kept beside the rows, and the same counted anew. */
struct sums {
    int64_t tenant_id;
    struct usage_month month;
    struct usage_days days;
    int64_t spent_of_rows, reserved_of_rows, rows, events;
};

static enum status read_sums(struct db_session *session, void *argument, struct error *err)
{
    struct sums *sums = argument;
    enum status status = store_get_usage_month(session, sums->tenant_id,
                                               clock_month(clock_now_us()), &sums->month, err);
    if (status == STATUS_OK)
        status = store_list_usage(session, &arena, &sums->days, err);
    struct db_statement *s =
        db_prepare(session, "SELECT COALESCE(SUM(cost_nano_usd), 0),"
                            " COALESCE(SUM(CASE WHEN outcome = 'reserved' THEN reserved_nano_usd"
                            " END), 0), COUNT(*), (SELECT COUNT(*) FROM events) FROM usage");
    if (db_row(s)) {
        sums->spent_of_rows = db_integer(s, 0);
        sums->reserved_of_rows = db_integer(s, 1);
        sums->rows = db_integer(s, 2);
        sums->events = db_integer(s, 3);
    }
    return status == STATUS_OK ? db_end(s, err) : status;
}

static struct sums sums_of(int64_t tenant_id)
{
    struct error err;
    struct sums sums = {.tenant_id = tenant_id,
                        .days = {.tenant_id = TENANT_DEFAULT, .until = INT64_MAX}};
    if (looked_at != NULL)
        ledger_flush(looked_at, USAGE_OF_SERVER);
    EXPECT(db_read(store_db(store), DB_SHORT, read_sums, &sums, &err) == STATUS_OK);
    return sums;
}

static void expect_sums_to_agree(int64_t cap)
{
    struct sums tenant = sums_of(TENANT_DEFAULT), server = sums_of(USAGE_OF_SERVER);
    int64_t cost = 0, calls = 0;
    EXPECT(tenant.month.spent_nano == tenant.spent_of_rows);
    EXPECT(tenant.month.reserved_nano == tenant.reserved_of_rows);
    EXPECT(server.month.spent_nano == tenant.month.spent_nano);
    EXPECT(server.month.reserved_nano == tenant.month.reserved_nano);
    EXPECT(tenant.month.spent_nano + tenant.month.reserved_nano <= cap);
    for (size_t i = 0; i < tenant.days.count; i++) {
        cost += tenant.days.items[i].cost_nano;
        calls += tenant.days.items[i].calls;
    }
    EXPECT(cost == tenant.month.spent_nano && calls <= tenant.rows);
}

static void fixture_open(void)
{
    EXPECT(mkdtemp(folder) != NULL);
    log_open(STDERR_FILENO, LOG_LEVEL_OFF, LOG_AS_TEXT);
}

static void fixture_close(void)
{
    close_store();
    remove_files();
    rmdir(folder);
    arena_reset(&arena);
}
