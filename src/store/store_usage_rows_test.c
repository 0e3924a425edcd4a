/* The ledger's rows: what is old goes and is noted, and sums that are not the rows' are found. */
#include "store/store_usage_rows.h"

#include "base/clock.h"
#include "store/store_test_home.h"

enum {
    DAYS = 100,
    CALLS_A_DAY = 20,
    TENANTS = 3,
    ALL_CALLS = DAYS * CALLS_A_DAY,
    OLD_DAYS = 40, /* in the tests of what is old */
    OLD_CALLS = OLD_DAYS * CALLS_A_DAY,
    DAY_SUMS = DAYS * TENANTS,
    YOUNG_DAY_SUMS = (DAYS - OLD_DAYS) * TENANTS,
    MONTH_SUMS = 4 * (TENANTS + 1) /* February to May, the server's as well */
};

static const int64_t epoch = INT64_C(1706745600) * SECOND_US; /* 2024-02-01: a leap year */

struct change {
    const char *sql;
};

static enum status run_change(struct db_session *session, void *argument, struct error *err)
{
    return db_run(db_prepare(session, ((struct change *)argument)->sql), NULL, err);
}

static void change(const char *sql)
{
    struct error err = {0};
    EXPECT(db_write(store_db(store), run_change, &(struct change){sql}, &err) == STATUS_OK);
}

/* One call, and the sums it makes. */
struct entry {
    int64_t tenant_id, at, cost;
    const char *outcome;
};

static enum status add_row(struct db_session *session, const struct entry *entry, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "INSERT INTO usage (tenant_id, job, provider, model, prompt_version,"
                            " reserved_nano_usd, outcome, cost_nano_usd, input_tokens,"
                            " output_tokens, cached_tokens, created_at)"
                            " VALUES ($1, 'classify', 'p', 'm', 'v1', 900, $2, $3, 7, 5, 3, $4)");
    db_bind_integer(s, 1, entry->tenant_id);
    db_bind_text(s, 2, str_from_z(entry->outcome));
    db_bind_integer(s, 3, entry->cost);
    db_bind_integer(s, 4, entry->at);
    return db_run(s, NULL, err);
}

static enum status add_to_day(struct db_session *session, const struct entry *entry,
                              struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "INSERT INTO usage_days (tenant_id, day, job, provider, model, prompt_version,"
                 " calls, failed, lost, unpriced, cost_nano_usd, input_tokens, output_tokens,"
                 " cached_tokens) VALUES ($1, $2, 'classify', 'p', 'm', 'v1', 1, $3, $4, 0, $5, 7,"
                 " 5, 3) ON CONFLICT DO UPDATE SET calls = calls + 1,"
                 " failed = failed + excluded.failed, lost = lost + excluded.lost,"
                 " cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd,"
                 " input_tokens = input_tokens + 7, output_tokens = output_tokens + 5,"
                 " cached_tokens = cached_tokens + 3");
    db_bind_integer(s, 1, entry->tenant_id);
    db_bind_integer(s, 2, clock_floor(entry->at, DAY_US));
    db_bind_integer(s, 3, entry->outcome[0] == 'f');
    db_bind_integer(s, 4, entry->outcome[0] == 'l');
    db_bind_integer(s, 5, entry->cost);
    return db_run(s, NULL, err);
}

static enum status add_to_month(struct db_session *session, int64_t tenant_id,
                                const struct entry *entry, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "INSERT INTO usage_months (tenant_id, month, spent_nano_usd, reserved_nano_usd)"
                 " VALUES ($1, $2, $3, 0) ON CONFLICT DO UPDATE SET"
                 " spent_nano_usd = spent_nano_usd + excluded.spent_nano_usd");
    db_bind_integer(s, 1, tenant_id);
    db_bind_integer(s, 2, clock_month(entry->at));
    db_bind_integer(s, 3, entry->cost);
    return db_run(s, NULL, err);
}

static enum status add_entry(struct db_session *session, const struct entry *entry,
                             struct error *err)
{
    enum status status = add_row(session, entry, err);
    if (status == STATUS_OK)
        status = add_to_day(session, entry, err);
    if (status == STATUS_OK)
        status = add_to_month(session, entry->tenant_id, entry, err);
    return status == STATUS_OK ? add_to_month(session, 0, entry, err) : status;
}

/* Calls of each hour of the day, its first and its last microsecond among them. */
static enum status add_all(struct db_session *session, void *unused, struct error *err)
{
    static const char *const outcomes[] = {"ok", "failed", "lost", "repaired"};
    enum status status = STATUS_OK;
    (void)unused;
    for (int i = 0; i < ALL_CALLS && status == STATUS_OK; i++) {
        int64_t of_day = i % CALLS_A_DAY;
        struct entry entry = {.tenant_id = 1 + i % TENANTS,
                              .at = epoch + i / CALLS_A_DAY * DAY_US +
                                    of_day * (DAY_US - 1) / (CALLS_A_DAY - 1),
                              .cost = 100 + i,
                              .outcome = outcomes[i % 4]};
        status = add_entry(session, &entry, err);
    }
    return status;
}

static void begin(void)
{
    struct error err = {0};
    change("DELETE FROM usage");
    change("DELETE FROM usage_days");
    change("DELETE FROM usage_months");
    change("DELETE FROM usage_kept");
    EXPECT(db_write(store_db(store), add_all, NULL, &err) == STATUS_OK);
}

static enum status recount(struct db_session *session, void *argument, struct error *err)
{
    return store_recount_usage(session, argument, err);
}

static struct usage_recount recounted(void)
{
    struct usage_recount found;
    struct error err = {0};
    EXPECT(db_read(store_db(store), DB_LONG, recount, &found, &err) == STATUS_OK);
    return found;
}

struct numbers {
    const char *sql;
    int64_t number;
};

static enum status read_number(struct db_session *session, void *argument, struct error *err)
{
    struct numbers *numbers = argument;
    struct db_statement *s = db_prepare(session, numbers->sql);
    if (db_row(s))
        numbers->number = db_integer(s, 0);
    return db_end(s, err);
}

static int64_t number_of(const char *sql)
{
    struct numbers numbers = {.sql = sql};
    struct error err = {0};
    EXPECT(db_read(store_db(store), DB_SHORT, read_number, &numbers, &err) == STATUS_OK);
    return numbers.number;
}

static enum status remove_some(struct db_session *session, void *argument, struct error *err)
{
    return store_remove_usage(session, argument, err);
}

static int64_t removed_before(int64_t before_us, int64_t most)
{
    struct usage_removal removal = {.before_us = before_us, .most = most};
    struct error err = {0};
    EXPECT(db_write(store_db(store), remove_some, &removal, &err) == STATUS_OK);
    return removal.removed;
}

static enum status read_kept(struct db_session *session, void *argument, struct error *err)
{
    return store_get_usage_kept(session, argument, err);
}

static int64_t kept_since(void)
{
    int64_t since;
    struct error err = {0};
    EXPECT(db_read(store_db(store), DB_SHORT, read_kept, &since, &err) == STATUS_OK);
    return since;
}

static void sums_that_are_the_rows_are_right(void)
{
    begin();
    struct usage_recount found = recounted();
    EXPECT(found.sums == DAY_SUMS + MONTH_SUMS && found.wrong == 0);
    change("DELETE FROM usage");
    change("DELETE FROM usage_days");
    change("DELETE FROM usage_months");
    found = recounted();
    EXPECT(found.sums == 0 && found.wrong == 0);
}

#define OF_FIRST_DAY " WHERE tenant_id = 1 AND day = (SELECT MIN(day) FROM usage_days)"
#define OF_FIRST_MONTH " WHERE tenant_id = 1 AND month = (SELECT MIN(month) FROM usage_months)"

static const struct {
    const char *sql;
    int64_t wrong;
} falsifications[] = {
    {"UPDATE usage_days SET calls = calls + 1" OF_FIRST_DAY, 1},
    {"UPDATE usage_days SET failed = failed + 1" OF_FIRST_DAY, 1},
    {"UPDATE usage_days SET lost = lost - 1" OF_FIRST_DAY, 1},
    {"UPDATE usage_days SET unpriced = 1" OF_FIRST_DAY, 1},
    {"UPDATE usage_days SET cost_nano_usd = cost_nano_usd - 1" OF_FIRST_DAY, 1},
    {"UPDATE usage_days SET input_tokens = 0" OF_FIRST_DAY, 1},
    {"UPDATE usage_days SET output_tokens = 0" OF_FIRST_DAY, 1},
    {"UPDATE usage_days SET cached_tokens = 0" OF_FIRST_DAY, 1},
    {"UPDATE usage_days SET model = 'other'" OF_FIRST_DAY, 2}, /* one is missing, one too many */
    {"UPDATE usage_days SET tenant_id = 9" OF_FIRST_DAY, 2},
    {"DELETE FROM usage_days" OF_FIRST_DAY, 1},
    {"UPDATE usage_months SET spent_nano_usd = spent_nano_usd - 1" OF_FIRST_MONTH, 1},
    {"UPDATE usage_months SET reserved_nano_usd = 1" OF_FIRST_MONTH, 1},
    {"UPDATE usage_months SET month = month + 86400000000" OF_FIRST_MONTH, 2},
    {"DELETE FROM usage_months WHERE tenant_id = 0", 4},
    {"UPDATE usage SET cost_nano_usd = cost_nano_usd + 1 WHERE id = (SELECT MIN(id) FROM usage)",
     3}, /* its day, its tenant's month and the server's */
    {"DELETE FROM usage WHERE id = (SELECT MAX(id) FROM usage)", 3},
    {"INSERT INTO usage_months (tenant_id, month, spent_nano_usd, reserved_nano_usd)"
     " VALUES (8, 0, 0, 0)",
     0}, /* where only a budget was told of */
    {"INSERT INTO usage_months (tenant_id, month, spent_nano_usd, reserved_nano_usd)"
     " VALUES (8, 0, 1, 0)",
     1},
};

static void each_falsification_is_found(void)
{
    for (size_t i = 0; i < sizeof falsifications / sizeof falsifications[0]; i++) {
        begin();
        change(falsifications[i].sql);
        EXPECT(recounted().wrong == falsifications[i].wrong);
    }
}

static void old_rows_go_some_at_a_time_and_it_is_noted(void)
{
    enum {
        AT_ONCE = 150
    };
    int64_t before_us = epoch + OLD_DAYS * DAY_US, removed = 0, last;
    begin();
    EXPECT(kept_since() == 0 && removed_before(epoch, AT_ONCE) == 0 && kept_since() == 0);
    do {
        last = removed_before(before_us, AT_ONCE);
        removed += last;
        EXPECT(last <= AT_ONCE && kept_since() == before_us);
        EXPECT(recounted().wrong == 0); /* also while a day is half gone */
    } while (last == AT_ONCE);
    EXPECT(removed == OLD_CALLS);
    EXPECT(number_of("SELECT COUNT(*) FROM usage") == ALL_CALLS - OLD_CALLS);
    EXPECT(number_of("SELECT COUNT(*) FROM usage_days") == DAY_SUMS);
    EXPECT(removed_before(epoch, AT_ONCE) == 0 && kept_since() == before_us);
}

/* Days whose rows are gone prove nothing; their months must still be what they come to. */
static void what_is_left_is_still_proved(void)
{
    EXPECT(recounted().sums == YOUNG_DAY_SUMS + MONTH_SUMS);
    change("UPDATE usage_days SET cost_nano_usd = cost_nano_usd + 1" OF_FIRST_DAY);
    EXPECT(recounted().wrong == 2); /* the tenant's month and the server's */
    change("UPDATE usage_days SET cost_nano_usd = cost_nano_usd - 1" OF_FIRST_DAY);
    change("DELETE FROM usage WHERE id = (SELECT MIN(id) FROM usage)"); /* not by its age */
    EXPECT(recounted().wrong == 3);
}

static void what_waits_for_its_bill_stays_and_is_counted(void)
{
    begin();
    change("UPDATE usage SET outcome = 'reserved', cost_nano_usd = NULL WHERE id = (SELECT MIN(id)"
           " FROM usage)");
    EXPECT(recounted().wrong == 3);
    EXPECT(removed_before(epoch + DAYS * DAY_US, ALL_CALLS) == ALL_CALLS - 1);
    EXPECT(number_of("SELECT COUNT(*) FROM usage WHERE outcome = 'reserved'") == 1);
}

int main(void)
{
    open_store();
    RUN(sums_that_are_the_rows_are_right);
    RUN(each_falsification_is_found);
    RUN(old_rows_go_some_at_a_time_and_it_is_noted);
    RUN(what_is_left_is_still_proved);
    RUN(what_waits_for_its_bill_stays_and_is_counted);
    close_store();
    return 0;
}
