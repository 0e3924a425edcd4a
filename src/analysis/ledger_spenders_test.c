/* Money is never spent past the cap, whoever spends at once, whatever fails, and whenever the
 * process is killed. */
#include "analysis/ledger_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum {
    SPENDERS = 8,
    MOST_AMOUNT = 1000,
    KILLS = 12
};

/* T33: spenders on many threads. What a provider would bill is counted apart, where a killed
 * process leaves it. */

struct bills {
    atomic_int_least64_t billed;
};

struct spender {
    struct ledger *ledger;
    struct bills *bills;
    uint64_t dice;
    pthread_t thread;
};

static uint64_t roll(struct spender *spender, uint64_t sides)
{
    spender->dice ^= spender->dice << 13;
    spender->dice ^= spender->dice >> 7;
    spender->dice ^= spender->dice << 17;
    return spender->dice % sides;
}

/* A write that changes something and fails makes its whole group roll back and run again. */
static enum status fail_after_a_change(struct db_session *session, void *argument,
                                       struct error *err)
{
    (void)argument;
    bool is_new;
    enum status status =
        store_tell_threshold(session, &(struct usage_threshold){77, 0, 1, 1}, &is_new, err);
    return status == STATUS_OK ? fail(err, STATUS_INVALID, "on purpose") : status;
}

static bool spend_once(struct spender *spender)
{
    struct error err;
    int64_t most = 1 + (int64_t)roll(spender, MOST_AMOUNT);
    struct spending spending = call_of(most);
    enum status status = ledger_reserve(spender->ledger, &configuration, &spending, &err);
    if (status != STATUS_OK)
        return status != STATUS_FULL;
    int64_t cost = (int64_t)roll(spender, (uint64_t)most + 1);
    bool has_failed = roll(spender, 5) == 0;
    atomic_fetch_add(&spender->bills->billed, cost);
    usleep((useconds_t)roll(spender, 200));
    struct llm_reply reply = bill_of(cost);
    if (roll(spender, 20) == 0) {
        enum status ended = db_write(store_db(store), fail_after_a_change, NULL, &err);
        EXPECT(ended == STATUS_INVALID);
    }
    ledger_settle(spender->ledger, &spending, has_failed ? SPENDING_FAILED : SPENDING_OK, &reply);
    return true;
}

static void *run_spender(void *argument)
{
    int refused = 0;
    while (refused < 30)
        refused += spend_once(argument) ? 0 : 1;
    return NULL;
}

static void start_spenders(struct spender *spenders, struct ledger **ledgers, size_t count,
                           struct bills *bills, uint64_t seed)
{
    for (uint64_t i = 0; i < SPENDERS; i++) {
        spenders[i] = (struct spender){ledgers[i % count], bills, seed + i * 7919 + 1, 0};
        EXPECT(pthread_create(&spenders[i].thread, NULL, run_spender, &spenders[i]) == 0);
    }
}

static void join_spenders(const struct spender *spenders)
{
    for (size_t i = 0; i < SPENDERS; i++)
        pthread_join(spenders[i].thread, NULL);
}

static void spend_by_many(struct ledger *ledger, struct bills *bills, uint64_t seed)
{
    struct spender spenders[SPENDERS];
    start_spenders(spenders, &ledger, 1, bills, seed);
    join_spenders(spenders);
}

static void eight_at_once_never_pass_the_cap_and_use_it_up(void)
{
    const int64_t cap = INT64_C(200) * MOST_AMOUNT;
    struct bills bills = {0};
    struct ledger *ledger = begin(0, 1);
    configuration.ai_monthly_budget_nano = cap;
    spend_by_many(ledger, &bills, 88172645463325252u);
    expect_sums_to_agree(cap);
    struct sums sums = sums_of(TENANT_DEFAULT);
    EXPECT(sums.month.spent_nano == atomic_load(&bills.billed) && sums.month.reserved_nano == 0);
    EXPECT(sums.month.spent_nano <= cap && sums.month.spent_nano > cap - MOST_AMOUNT);
    EXPECT(sums.events == 2);
    end(ledger);
}

/* Each holds money that the other does not see; what is left when both are still is for either. */
static void two_ledgers_of_one_budget_never_pass_it(void)
{
    const int64_t cap = INT64_C(400) * MOST_AMOUNT;
    struct bills bills = {0};
    struct ledger *ledgers[2] = {begin(cap, 1)};
    ledgers[1] = ledger_open(&(struct ledger_options){store, cap, 1});
    struct spender spenders[SPENDERS];
    start_spenders(spenders, ledgers, 2, &bills, 19);
    join_spenders(spenders);
    ledger_flush(ledgers[1], USAGE_OF_SERVER);
    expect_sums_to_agree(cap);
    spend_by_many(ledgers[0], &bills, 7);
    expect_sums_to_agree(cap);
    struct sums sums = sums_of(TENANT_DEFAULT);
    EXPECT(sums.month.spent_nano == atomic_load(&bills.billed) && sums.month.reserved_nano == 0);
    EXPECT(sums.month.spent_nano > cap - MOST_AMOUNT);
    ledger_close(ledgers[1]);
    end(ledgers[0]);
}

static const char *const killed_as = "--spend-until-killed";
static const int64_t killed_cap = INT64_C(20000) * MOST_AMOUNT;

static struct bills *map_bills(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    EXPECT(fd >= 0 && ftruncate(fd, sizeof(struct bills)) == 0);
    void *bills = mmap(NULL, sizeof(struct bills), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    EXPECT(bills != MAP_FAILED);
    close(fd);
    return bills;
}

static int spend_until_killed(const char *where, const char *bills)
{
    open_store(where);
    configuration.ai_monthly_budget_nano = killed_cap;
    struct ledger *ledger = ledger_open(&(struct ledger_options){store, 0, 1});
    spend_by_many(ledger, map_bills(bills), (uint64_t)getpid());
    ledger_close(ledger);
    close_store();
    return EXIT_SUCCESS;
}

static void kill_a_spender(const char *bills, unsigned after_us)
{
    pid_t pid;
    int ended;
    char program[] = "/proc/self/exe";
    char *const arguments[] = {program, (char *)killed_as, folder, (char *)bills, NULL};
    EXPECT(posix_spawn(&pid, program, NULL, NULL, arguments, environ) == 0);
    usleep(after_us);
    kill(pid, SIGKILL);
    EXPECT(waitpid(pid, &ended, 0) == pid);
}

static void no_kill_makes_it_forget_what_was_spent(void)
{
    struct error err;
    int64_t lost;
    const char *path = str_z(&arena, str_format(&arena, "%s/bills", folder));
    struct ledger *ledger = begin(0, 1);
    struct bills *bills = map_bills(path);
    for (unsigned i = 0; i < KILLS; i++) {
        end(ledger);
        close_store();
        kill_a_spender(path, 40000 + i * 17000);
        open_store(folder);
        looked_at = ledger = ledger_open(&(struct ledger_options){store, 0, 1});
        configuration.ai_monthly_budget_nano = killed_cap;
        EXPECT(ledger_sweep(ledger, clock_now_us() + 1, &lost, &err) == STATUS_OK);
        expect_sums_to_agree(killed_cap);
        EXPECT(atomic_load(&bills->billed) <= sums_of(TENANT_DEFAULT).month.spent_nano);
    }
    spend_by_many(ledger, bills, 1);
    expect_sums_to_agree(killed_cap);
    struct sums sums = sums_of(TENANT_DEFAULT);
    EXPECT(atomic_load(&bills->billed) <= sums.month.spent_nano);
    EXPECT(sums.month.spent_nano <= killed_cap && sums.month.spent_nano > killed_cap - MOST_AMOUNT);
    munmap(bills, sizeof *bills);
    unlink(path);
    end(ledger);
}

int main(int count, char **arguments)
{
    if (count == 4 && strcmp(arguments[1], killed_as) == 0)
        return spend_until_killed(arguments[2], arguments[3]);
    fixture_open();
    RUN(eight_at_once_never_pass_the_cap_and_use_it_up);
    RUN(two_ledgers_of_one_budget_never_pass_it);
    RUN(no_kill_makes_it_forget_what_was_spent);
    fixture_close();
}
