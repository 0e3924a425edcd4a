/* The ledger over a real database file: what counts, when, and what is told of it. */
#include "analysis/ledger_fixture.h"

#include "store/migrations.h"
#include "store/store_event.h"
#include "telemetry/metrics.h"

#include <signal.h>
#include <sys/wait.h>

static void spend(struct ledger *ledger, int64_t most_nano, int64_t cost_nano)
{
    struct error err;
    struct spending spending = call_of(most_nano);
    struct llm_reply reply = bill_of(cost_nano);
    EXPECT(ledger_reserve(ledger, &configuration, &spending, &err) == STATUS_OK);
    ledger_settle(ledger, &spending, SPENDING_OK, &reply);
}

static enum status may_spend(struct ledger *ledger, int64_t most_nano)
{
    struct error err;
    struct spending spending = call_of(most_nano);
    return ledger_reserve(ledger, &configuration, &spending, &err);
}

static void the_settings_are_read_to_the_nano_dollar(void)
{
    static const struct {
        const char *text;
        int64_t nano; /* -1: refused */
    } cases[] = {
        {"0", 0},           {"12.50", 12500000000},
        {"0.000000001", 1}, {"1000000", INT64_C(1000000000000000)},
        {"3.", -1},         {"1000001", -1},
        {"-1", -1},         {"1.-5", -1},
        {"ten", -1},        {"0.0000000001", -1},
        {"", -1},
    };
    struct error err;
    struct ledger_options options = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum status status =
            ledger_read_settings(&options, str_from_z(cases[i].text), STR("local"), &err);
        EXPECT(status == (cases[i].nano < 0 ? STATUS_INVALID : STATUS_OK));
        EXPECT(status != STATUS_OK || options.server_budget_nano == cases[i].nano);
    }
    EXPECT(ledger_read_settings(&options, STR("1"), STR("sample:10"), &err) == STATUS_OK);
    EXPECT(options.one_in == 10);
    static const char *const wrong[] = {"sample", "sample:0", "sample:x", "remote", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        EXPECT(ledger_read_settings(&options, STR("1"), str_from_z(wrong[i]), &err) ==
               STATUS_INVALID);
        EXPECT(strstr(err.message, "AI_OVER_BUDGET") != NULL);
    }
}

static void what_was_billed_counts_and_what_was_reserved_is_given_back(void)
{
    struct ledger *ledger = begin(1000, 1);
    struct error err;
    struct spending spending = call_of(600);
    struct llm_reply reply = bill_of(250);
    EXPECT(ledger_reserve(ledger, &configuration, &spending, &err) == STATUS_OK);
    EXPECT(may_spend(ledger, 500) == STATUS_BUSY); /* 600 are reserved */
    ledger_settle(ledger, &spending, SPENDING_OK, &reply);
    EXPECT(spending.cost_nano == 250 && spending.tokens.input == 12);
    EXPECT(spending.tokens.cached == 2 && spending.tokens.output == 3);

    struct sums sums = sums_of(TENANT_DEFAULT);
    EXPECT(sums.month.spent_nano == 250 && sums.month.reserved_nano == 0);
    EXPECT(sums.days.count == 1 && sums.days.items[0].calls == 1);
    EXPECT(sums.days.items[0].tokens.input == 12 && sums.days.items[0].failed == 0);
    spend(ledger, 750, 750); /* the last of it */
    EXPECT(may_spend(ledger, 1) == STATUS_FULL);
    expect_sums_to_agree(1000);
    end(ledger);
}

static void what_may_have_been_billed_counts_in_full(void)
{
    static const struct {
        struct llm_reply reply;
        int64_t cost;
    } cases[] = {
        {{.tries = 1, .failure = LLM_SERVICE}, 100}, /* given up: nobody says what it cost */
        {{.tries = 1, .http_status = 200, .cost_nano = LLM_COST_UNKNOWN}, 100},
        {{.tries = 0, .usage.is_known = true}, 0}, /* never sent */
        {{.tries = 3, .http_status = 503, .usage.is_known = true}, 0},
        {{.tries = 2, .http_status = 200, .usage = {.input = 9, .is_known = true}, .cost_nano = 9},
         9},
    };
    size_t count = sizeof cases / sizeof cases[0];
    struct ledger *ledger = begin(10000, 1);
    struct error err;
    for (size_t i = 0; i < count; i++) {
        struct spending spending = call_of(100);
        EXPECT(ledger_reserve(ledger, &configuration, &spending, &err) == STATUS_OK);
        ledger_settle(ledger, &spending, SPENDING_FAILED, &cases[i].reply);
        EXPECT(spending.cost_nano == cases[i].cost);
        EXPECT((spending.tokens.input == FIELD_UNSET) == !cases[i].reply.usage.is_known);
    }
    struct sums sums = sums_of(TENANT_DEFAULT);
    EXPECT(sums.month.spent_nano == 209 && sums.month.reserved_nano == 0);
    EXPECT(sums.days.items[0].failed == (int64_t)count && sums.days.items[0].unpriced == 0);
    end(ledger);
}

static void a_model_without_a_price_is_not_asked_under_a_budget(void)
{
    struct error err;
    struct ledger *ledger = begin(1000, 1);
    struct spending spending = call_of(FIELD_UNSET);
    EXPECT(ledger_reserve(ledger, &configuration, &spending, &err) == STATUS_UNSUPPORTED);
    EXPECT(strstr(err.message, "the price of m of canned is not known") != NULL);
    EXPECT(sums_of(TENANT_DEFAULT).rows == 0);
    ledger_close(ledger);

    ledger = begin(0, 1);
    spending = call_of(FIELD_UNSET);
    struct llm_reply reply = bill_of(LLM_COST_UNKNOWN);
    EXPECT(ledger_reserve(ledger, &configuration, &spending, &err) == STATUS_OK);
    ledger_settle(ledger, &spending, SPENDING_OK, &reply);
    EXPECT(spending.cost_nano == FIELD_UNSET && spending.tokens.input == 12);
    struct sums sums = sums_of(TENANT_DEFAULT);
    EXPECT(sums.days.items[0].unpriced == 1 && sums.days.items[0].cost_nano == 0);

    struct analysis analysis = {.tokens = NO_TOKENS};
    ledger_charge(&analysis, spending.cost_nano, &spending.tokens);
    EXPECT(analysis.cost_nano == FIELD_UNSET && analysis.tokens.input == 12);
    end(ledger);
}

static void an_analysis_costs_the_sum_of_its_calls(void)
{
    struct analysis analysis = {.tokens = NO_TOKENS};
    static const struct tokens said = {100, 7, 20}, unsaid = NO_TOKENS;
    ledger_charge(&analysis, 40, &said);
    ledger_charge(&analysis, 5, &unsaid);
    ledger_charge(&analysis, 40, &said);
    EXPECT(analysis.cost_nano == 85 && analysis.tokens.input == 200);
    EXPECT(analysis.tokens.output == 14 && analysis.tokens.cached == 40);
}

struct events {
    struct event items[16];
    size_t count;
};

static enum status read_events(struct db_session *session, void *argument, struct error *err)
{
    struct events *told = argument;
    struct event_page page = {.items = told->items, .room = 16};
    enum status status = store_list_events(session, &arena, &page, err);
    told->count = page.count;
    return status;
}

static struct events read_told(void)
{
    struct error err;
    struct events told = {0};
    if (looked_at != NULL)
        ledger_flush(looked_at, USAGE_OF_SERVER);
    EXPECT(db_read(store_db(store), DB_SHORT, read_events, &told, &err) == STATUS_OK);
    return told;
}

static bool says(const struct event *event, const char *budget, const char *percent)
{
    return strcmp(event->type, "budget.threshold") == 0 &&
           str_find_str(event->data, str_from_z(budget)) != STR_NONE &&
           str_find_str(event->data, str_from_z(percent)) != STR_NONE;
}

static void each_threshold_is_told_of_once_for_each_budget(void)
{
    struct ledger *ledger = begin(0, 1);
    configuration.ai_monthly_budget_nano = 1000;
    spend(ledger, 700, 700);
    EXPECT(read_told().count == 0);
    spend(ledger, 150, 150);
    spend(ledger, 50, 50);
    struct events told = read_told();
    EXPECT(told.count == 1 && says(&told.items[0], "\"budget\":\"tenant\"", "\"percent\":80"));

    for (int i = 0; i < 3; i++)
        EXPECT(may_spend(ledger, 200) == STATUS_FULL);
    told = read_told();
    EXPECT(told.count == 2 && says(&told.items[1], "\"budget\":\"tenant\"", "\"percent\":100"));

    configuration.ai_monthly_budget_nano = 2000; /* raised: it is told of anew */
    spend(ledger, 800, 800);
    EXPECT(may_spend(ledger, 500) == STATUS_FULL);
    told = read_told();
    EXPECT(told.count == 4 && says(&told.items[2], "2000", "\"percent\":80"));
    EXPECT(says(&told.items[3], "2000", "\"percent\":100"));
    end(ledger);
}

static void what_only_waits_for_its_bill_tells_of_nothing(void)
{
    struct ledger *ledger = begin(1000, 1);
    struct error err;
    struct spending first = call_of(900);
    EXPECT(ledger_reserve(ledger, &configuration, &first, &err) == STATUS_OK);
    EXPECT(may_spend(ledger, 200) == STATUS_BUSY);
    EXPECT(read_told().count == 0);
    struct llm_reply reply = bill_of(10);
    ledger_settle(ledger, &first, SPENDING_OK, &reply);
    EXPECT(may_spend(ledger, 200) == STATUS_OK && read_told().count == 0);
    end(ledger);
}

static void what_is_too_small_for_a_call_is_told_of_as_used_up_alone(void)
{
    struct ledger *ledger = begin(1000, 1);
    EXPECT(may_spend(ledger, 1001) == STATUS_FULL);
    struct events told = read_told();
    EXPECT(told.count == 1 && says(&told.items[0], "\"budget\":\"server\"", "\"percent\":100"));
    EXPECT(may_spend(ledger, 1000) == STATUS_OK);
    end(ledger);
}

static void a_call_that_would_try_four_times_is_made_once_where_that_is_all_there_is_room_for(void)
{
    struct ledger *ledger = begin(1000, 1);
    struct error err;
    struct spending call = call_of(4000);
    call.least_nano = 1000;
    EXPECT(ledger_reserve(ledger, &configuration, &call, &err) == STATUS_OK);
    EXPECT(call.reserved_nano == 1000 && read_told().count == 0);
    struct llm_reply reply = bill_of(100);
    ledger_settle(ledger, &call, SPENDING_OK, &reply);
    EXPECT(sums_of(TENANT_DEFAULT).month.spent_nano == 100); /* it is written */
    struct spending other = call_of(900);
    other.least_nano = 300;
    EXPECT(ledger_reserve(ledger, &configuration, &other, &err) == STATUS_OK);
    EXPECT(other.reserved_nano == 900);
    ledger_settle(ledger, &other, SPENDING_OK, &reply);
    end(ledger);
}

static void the_server_has_a_budget_of_its_own(void)
{
    struct ledger *ledger = begin(500, 1);
    configuration.ai_monthly_budget_nano = 1000;
    spend(ledger, 450, 450);
    EXPECT(may_spend(ledger, 100) == STATUS_FULL);
    struct events told = read_told();
    EXPECT(told.count == 2 && says(&told.items[0], "\"budget\":\"server\"", "\"percent\":80"));
    struct sums sums = sums_of(TENANT_DEFAULT);
    EXPECT(sums.month.spent_nano == 450 && sums.month.reserved_nano == 0);
    EXPECT(may_spend(ledger, 50) == STATUS_OK);
    end(ledger);
}

static void past_four_fifths_one_call_in_ten_is_made_and_none_past_the_cap(void)
{
    enum {
        CALLS = 1000
    };
    struct ledger *ledger = begin(100000, 10);
    spend(ledger, 80000, 80000);
    int made = 0;
    for (int i = 0; i < CALLS; i++)
        made += may_spend(ledger, 100) == STATUS_OK;
    EXPECT(made > CALLS / 14 && made < CALLS / 7);
    for (int i = 0; i < CALLS * 4; i++)
        made += may_spend(ledger, 100) == STATUS_OK;
    EXPECT(made == 200); /* the last fifth, to the last of it */
    expect_sums_to_agree(100000);
    end(ledger);
}

static void what_was_never_settled_is_lost_and_counts_in_full(void)
{
    struct ledger *ledger = begin(1000, 1);
    struct error err;
    int64_t lost;
    struct spending forgotten = call_of(400);
    EXPECT(ledger_reserve(ledger, &configuration, &forgotten, &err) == STATUS_OK);
    EXPECT(ledger_sweep(ledger, forgotten.created_at, &lost, &err) == STATUS_OK && lost == 0);
    EXPECT(ledger_sweep(ledger, clock_now_us() + 1, &lost, &err) == STATUS_OK && lost == 1);
    struct sums sums = sums_of(TENANT_DEFAULT);
    EXPECT(sums.month.spent_nano == 400 && sums.month.reserved_nano == 0);
    EXPECT(sums.days.items[0].lost == 1 && sums.days.items[0].calls == 1);

    struct llm_reply reply = bill_of(10); /* its late bill changes nothing any more */
    ledger_settle(ledger, &forgotten, SPENDING_OK, &reply);
    EXPECT(sums_of(TENANT_DEFAULT).month.spent_nano == 400);
    expect_sums_to_agree(1000);
    end(ledger);
}

static void many_calls_share_a_few_commits(void)
{
    enum {
        CALLS = 2000
    };
    struct ledger *ledger = begin(INT64_C(1000000) * CALLS, 1);
    int64_t commits = metric_read(METRIC_db_commits_total);
    for (int i = 0; i < CALLS; i++)
        spend(ledger, 100, 60);
    struct sums sums = sums_of(TENANT_DEFAULT);
    EXPECT(metric_read(METRIC_db_commits_total) - commits < CALLS / 10);
    EXPECT(sums.rows == CALLS && sums.month.reserved_nano == 0);
    EXPECT(sums.month.spent_nano == INT64_C(60) * CALLS);
    expect_sums_to_agree(INT64_C(1000000) * CALLS);
    end(ledger);
}

/* Looks as another process would: nothing is written or given back first. */
static struct sums sums_in_the_database(void)
{
    struct ledger *ledger = looked_at;
    looked_at = NULL;
    struct sums sums = sums_of(TENANT_DEFAULT);
    looked_at = ledger;
    return sums;
}

static void what_is_held_is_a_small_part_of_what_is_left(void)
{
    struct ledger *ledger = begin(10000, 1);
    for (int i = 0; i < 50; i++) {
        EXPECT(may_spend(ledger, 100) == STATUS_OK);
        int64_t held = sums_in_the_database().month.reserved_nano, drawn = INT64_C(100) * (i + 1);
        EXPECT(held >= drawn && held - drawn <= 2 * (10000 - drawn) / 32 + 100);
    }
    end(ledger);
}

/* Another's name, so that the flush gives nothing back of its own. */
static void flush_for_another(struct ledger *ledger)
{
    ledger_flush(ledger, TENANT_DEFAULT + 1);
}

static void what_nobody_draws_from_is_given_back(void)
{
    struct ledger *ledger = begin(1000000, 1);
    spend(ledger, 100, 60);
    flush_for_another(ledger);
    EXPECT(sums_in_the_database().month.reserved_nano > 0);
    pthread_mutex_lock(&ledger->lock);
    ledger_retire_idle(ledger, clock_now_us() + 60 * SECOND_US);
    pthread_mutex_unlock(&ledger->lock);
    flush_for_another(ledger);
    struct sums sums = sums_in_the_database();
    EXPECT(sums.month.reserved_nano == 0 && sums.month.spent_nano == 60 && sums.rows == 1);
    end(ledger);
}

static void all_is_written_and_given_back_at_the_end(void)
{
    struct ledger *ledger = begin(1000000, 1);
    for (int i = 0; i < 10; i++)
        spend(ledger, 100, 60);
    end(ledger);
    struct sums sums = sums_of(TENANT_DEFAULT);
    EXPECT(sums.month.reserved_nano == 0 && sums.month.spent_nano == 600 && sums.rows == 10);
}

/* What was held under another budget does not let a call pass under this one. */
static void a_budget_that_is_lowered_counts_at_once(void)
{
    struct ledger *ledger = begin(0, 1);
    spend(ledger, 100, 60);
    configuration.ai_monthly_budget_nano = 61;
    EXPECT(may_spend(ledger, 100) == STATUS_FULL);
    configuration.ai_monthly_budget_nano = 160;
    EXPECT(may_spend(ledger, 100) == STATUS_OK);
    expect_sums_to_agree(160);
    end(ledger);
}

/* The schema as it will never be: the `added` first of these come after ours. */
static void change_schema(int added)
{
    static const char refuse[] =
        "CREATE TRIGGER refuse BEFORE INSERT ON usage WHEN NEW.outcome <> 'reserved'"
        " BEGIN SELECT RAISE(ABORT, 'on purpose'); END;";
    struct error err;
    const char **all = arena_array(&arena, const char *, (size_t)migration_count + 2);
    memcpy(all, migrations, (size_t)migration_count * sizeof *all);
    all[migration_count] = refuse;
    all[migration_count + 1] = "DROP TRIGGER refuse;";
    EXPECT(db_migrate(store_db(store), all, migration_count + added, NULL, &err) == STATUS_OK);
}

static void what_cannot_be_written_counts_as_reserved_until_it_can(void)
{
    struct ledger *ledger = begin(1000, 1);
    change_schema(1);
    spend(ledger, 600, 60);
    struct sums sums = sums_of(TENANT_DEFAULT);
    EXPECT(sums.month.reserved_nano == 600 && sums.month.spent_nano == 0 && sums.rows == 1);
    EXPECT(may_spend(ledger, 500) == STATUS_BUSY);
    change_schema(2);
    sums = sums_of(TENANT_DEFAULT);
    EXPECT(sums.month.reserved_nano == 0 && sums.month.spent_nano == 60 && sums.rows == 1);
    EXPECT(may_spend(ledger, 500) == STATUS_OK);
    expect_sums_to_agree(1000);
    end(ledger);
}

static void a_call_cannot_be_settled_twice(void)
{
    struct error err;
    struct llm_reply reply = bill_of(10);
    struct ledger *ledger = begin(1000, 1);
    struct spending spending = call_of(100);
    EXPECT(ledger_reserve(ledger, &configuration, &spending, &err) == STATUS_OK);
    ledger_settle(ledger, &spending, SPENDING_OK, &reply);
    pid_t pid = fork();
    if (pid == 0) {
        close(STDERR_FILENO);
        ledger_settle(ledger, &spending, SPENDING_OK, &reply);
        _exit(EXIT_SUCCESS);
    }
    int ended;
    EXPECT(waitpid(pid, &ended, 0) == pid && WIFSIGNALED(ended) && WTERMSIG(ended) == SIGABRT);
    end(ledger);
}

int main(void)
{
    fixture_open();
    RUN(the_settings_are_read_to_the_nano_dollar);
    RUN(what_was_billed_counts_and_what_was_reserved_is_given_back);
    RUN(what_may_have_been_billed_counts_in_full);
    RUN(a_model_without_a_price_is_not_asked_under_a_budget);
    RUN(an_analysis_costs_the_sum_of_its_calls);
    RUN(each_threshold_is_told_of_once_for_each_budget);
    RUN(what_only_waits_for_its_bill_tells_of_nothing);
    RUN(what_is_too_small_for_a_call_is_told_of_as_used_up_alone);
    RUN(a_call_that_would_try_four_times_is_made_once_where_that_is_all_there_is_room_for);
    RUN(the_server_has_a_budget_of_its_own);
    RUN(past_four_fifths_one_call_in_ten_is_made_and_none_past_the_cap);
    RUN(what_was_never_settled_is_lost_and_counts_in_full);
    RUN(many_calls_share_a_few_commits);
    RUN(what_is_held_is_a_small_part_of_what_is_left);
    RUN(what_nobody_draws_from_is_given_back);
    RUN(all_is_written_and_given_back_at_the_end);
    RUN(a_budget_that_is_lowered_counts_at_once);
    RUN(what_cannot_be_written_counts_as_reserved_until_it_can);
    RUN(a_call_cannot_be_settled_twice);
    fixture_close();
}
