/* The clerk: a thread that writes behind the calls what they cost, gives back what nobody draws
 * from, and sets aside more before it is needed. A round is what is written in one transaction. */
#include "analysis/ledger_inside.h"

#include "base/clock.h"
#include "base/condition.h"
#include "fiber/fiber.h"
#include "telemetry/log.h"

#include <assert.h>
#include <stdlib.h>

enum {
    LINGER_MS = 50, /* so that a commit is shared by many calls; nobody waits for it */
    LOOK_MS = 1000, /* at what is idle */
    AGAIN_MS = 500, /* after a failure */
    REFILLS = 64,   /* in one transaction */
    TRIES_AT_END = 3
};

/* What one transaction writes; kept until it has. */
struct round {
    struct ledger *ledger;
    struct arena arena;
    struct batch batch; /* what `settling` refers to */
    struct settling settling;
    struct tellings tellings;
    bool has_failed;
};

/* --- a round --- */

/* Under the lock. */
static void take(struct round *round)
{
    struct ledger *ledger = round->ledger;
    round->batch = ledger->gathering;
    ledger->gathering = (struct batch){.calls = NULL};
    round->tellings.arena = &round->arena;
    round->settling.holds = ledger_take_changes(ledger, &round->arena, &round->settling.hold_count);
}

/* Those that are counted together lie together. */
static void sort_calls(struct round *round)
{
    struct batch *batch = &round->batch;
    if (batch->count > 0)
        qsort(batch->calls, batch->count, sizeof *batch->calls, spending_compare);
    round->settling.calls = batch->calls;
    round->settling.call_count = batch->count;
}

static bool is_empty(const struct round *round)
{
    return round->settling.hold_count == 0;
}

static void end(struct round *round)
{
    arena_reset(&round->batch.arena);
    arena_reset(&round->arena);
    *round = (struct round){.ledger = round->ledger};
}

static enum status tell_of_month(struct db_session *session, struct round *round,
                                 const struct hold_change *hold, int64_t tenant_id,
                                 int64_t budget_nano, struct error *err)
{
    struct usage_month sums;
    if (budget_nano == 0)
        return STATUS_OK;
    enum status status =
        store_get_usage_month(session, tenant_id, clock_month(hold->created_at), &sums, err);
    return status == STATUS_OK ? ledger_tell(session, &round->tellings, &sums, budget_nano, 0, err)
                               : status;
}

static enum status write_round(struct db_session *session, void *argument, struct error *err)
{
    struct round *round = argument;
    const struct settling *settling = &round->settling;
    round->tellings.count = 0;
    enum status status = store_settle_spendings(session, settling, err);
    for (size_t i = 0; i < settling->hold_count && status == STATUS_OK; i++) {
        const struct hold_change *hold = &settling->holds[i];
        if (hold->spent_nano == 0)
            continue;
        status =
            tell_of_month(session, round, hold, hold->tenant_id, hold->budget.tenant_nano, err);
        if (status == STATUS_OK)
            status =
                tell_of_month(session, round, hold, USAGE_OF_SERVER, hold->budget.server_nano, err);
    }
    return status;
}

/* Holds that were taken for lost count in full already, and what was drawn from them with them. */
static void see_to_lost(struct round *round)
{
    struct ledger *ledger = round->ledger;
    for (size_t i = 0; i < round->settling.hold_count; i++) {
        const struct hold_change *hold = &round->settling.holds[i];
        if (!hold->is_lost)
            continue;
        LOG(WARN, "spending_came_late", LOG_INT("tenant", hold->tenant_id),
            LOG_INT("hold", hold->id), LOG_INT("spent_nano_usd", hold->spent_nano),
            LOG_Z("remedy", "nothing: it counts in full, as what was reserved for it was taken "
                            "for lost"));
        pthread_mutex_lock(&ledger->lock);
        ledger_forfeit(ledger, hold);
        pthread_mutex_unlock(&ledger->lock);
    }
}

static void write_or_keep(struct round *round)
{
    struct error err;
    if (db_write(store_db(round->ledger->options.store), write_round, round, &err) == STATUS_OK) {
        ledger_log_told(&round->tellings);
        see_to_lost(round);
        end(round);
        return;
    }
    if (!round->has_failed)
        LOG(ERROR, "spending_not_written", LOG_INT("calls", (int64_t)round->settling.call_count),
            LOG_Z("error", err.message),
            LOG_Z("remedy", "it is tried again until it is; meanwhile what is reserved counts"));
    round->has_failed = true;
}

/* All that there is to write. False: what failed before has failed again. */
static bool write_all(struct round *round)
{
    struct ledger *ledger = round->ledger;
    for (;;) {
        if (is_empty(round)) {
            pthread_mutex_lock(&ledger->lock);
            take(round);
            pthread_mutex_unlock(&ledger->lock);
            if (is_empty(round)) {
                end(round);
                return true;
            }
            sort_calls(round);
        }
        write_or_keep(round);
        if (!is_empty(round))
            return false;
    }
}

/* --- setting aside more --- */

/* More holds like those that are almost used up, for many accounts in one transaction. */
struct refill {
    struct ledger *ledger;
    struct arena arena;
    struct account *accounts[REFILLS];
    struct opening *openings; /* of each */
    size_t count;
};

static void add_to_refill(struct refill *refill, struct account *account, const struct hold *like)
{
    struct opening *opening = &refill->openings[refill->count];
    refill->accounts[refill->count++] = account;
    account->is_opening = true;
    *opening = (struct opening){
        .ledger = refill->ledger,
        .budget = like->budget,
        .row = like->row,
        .most_calls = ledger_next_size(account, clock_now_us()),
        .least_calls = 2,
        .tellings = {.arena = &refill->arena},
    };
    opening->row.reserved_nano = like->row.reserved_nano / like->calls;
    ledger_copy_names(&refill->arena, &opening->row); /* the hold may be over before it is used */
}

/* Under the lock. */
static void find_low(struct refill *refill)
{
    struct ledger *ledger = refill->ledger;
    ledger->has_low = false;
    for (struct account *one = ledger->first_account; one != NULL; one = one->next) {
        if (one->low == NULL)
            continue;
        if (refill->count == REFILLS) {
            ledger->has_low = true; /* next time */
            break;
        }
        if (!one->is_opening)
            add_to_refill(refill, one, one->low);
        one->low = NULL;
    }
}

static enum status open_holds(struct db_session *session, void *argument, struct error *err)
{
    struct refill *refill = argument;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < refill->count && status == STATUS_OK; i++)
        status = ledger_open_hold(session, &refill->openings[i], err);
    return status;
}

/* Where it fails, whoever needs a hold and finds none sees what is wrong, and says so. */
static void refill_low(struct ledger *ledger)
{
    struct refill refill = {.ledger = ledger};
    struct error err;
    refill.openings = arena_array(&refill.arena, struct opening, REFILLS);
    pthread_mutex_lock(&ledger->lock);
    find_low(&refill);
    pthread_mutex_unlock(&ledger->lock);
    if (refill.count > 0) {
        enum status status = db_write(store_db(ledger->options.store), open_holds, &refill, &err);
        pthread_mutex_lock(&ledger->lock);
        for (size_t i = 0; i < refill.count; i++) {
            refill.accounts[i]->is_opening = false;
            if (status == STATUS_OK)
                ledger_adopt(&refill.openings[i], refill.accounts[i]);
        }
        pthread_mutex_unlock(&ledger->lock);
    }
    arena_reset(&refill.arena);
}

/* --- the thread --- */

static bool is_hurried(const struct ledger *ledger)
{
    return ledger->is_stopping || ledger->has_low || ledger->asked != ledger->answered;
}

/* Under the lock: until there is something to do, and what can wait has waited a while. */
static void wait_for_work(struct ledger *ledger, bool has_failed)
{
    while (!is_hurried(ledger) && ledger->changed == NULL && !has_failed) {
        if (ledger->hold_count == 0)
            pthread_cond_wait(&ledger->to_do, &ledger->lock);
        else if (!condition_wait_until(&ledger->to_do, &ledger->lock,
                                       clock_monotonic_us() + (uint64_t)LOOK_MS * 1000))
            ledger_retire_idle(ledger, clock_now_us());
    }
    uint64_t pause_ms = has_failed ? AGAIN_MS : LINGER_MS;
    uint64_t until_us = clock_monotonic_us() + pause_ms * 1000;
    while (!is_hurried(ledger) && condition_wait_until(&ledger->to_do, &ledger->lock, until_us))
        ;
}

static void *be_clerk(void *argument)
{
    struct ledger *ledger = argument;
    struct round round = {.ledger = ledger};
    bool is_last = false, has_failed = false;
    for (int tries_left = TRIES_AT_END; !is_last;) {
        pthread_mutex_lock(&ledger->lock);
        wait_for_work(ledger, has_failed);
        ledger_retire_idle(ledger, clock_now_us());
        uint64_t asked = ledger->asked;
        bool is_stopping = ledger->is_stopping, has_low = ledger->has_low;
        pthread_mutex_unlock(&ledger->lock);

        if (has_low && !is_stopping)
            refill_low(ledger);
        has_failed = !write_all(&round);
        is_last = is_stopping && (!has_failed || --tries_left == 0);

        pthread_mutex_lock(&ledger->lock);
        ledger->answered = asked;
        pthread_cond_broadcast(&ledger->done);
        pthread_mutex_unlock(&ledger->lock);
    }
    end(&round);
    return NULL;
}

static void start(struct ledger *ledger)
{
    condition_init(&ledger->to_do);
    pthread_cond_init(&ledger->done, NULL);
    int failure = pthread_create(&ledger->clerk, NULL, be_clerk, ledger);
    assert(failure == 0 && "no thread can be started"); /* as with memory: no way on */
    (void)failure;
    pthread_setname_np(ledger->clerk, "ledger");
    ledger->has_clerk = true;
}

void ledger_wake_clerk(struct ledger *ledger)
{
    if (!ledger->has_clerk)
        start(ledger);
    else
        pthread_cond_signal(&ledger->to_do);
}

void ledger_dismiss_clerk(struct ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    ledger_retire_all(ledger, USAGE_OF_SERVER);
    bool has_clerk = ledger->has_clerk;
    ledger->is_stopping = true;
    if (has_clerk)
        pthread_cond_signal(&ledger->to_do);
    pthread_mutex_unlock(&ledger->lock);
    if (!has_clerk)
        return;
    pthread_join(ledger->clerk, NULL);
    pthread_cond_destroy(&ledger->to_do);
    pthread_cond_destroy(&ledger->done);
}

static void wait_for_round(void *argument)
{
    struct ledger *ledger = argument;
    pthread_mutex_lock(&ledger->lock);
    uint64_t round = ++ledger->asked;
    pthread_cond_signal(&ledger->to_do);
    while (ledger->answered < round)
        pthread_cond_wait(&ledger->done, &ledger->lock);
    pthread_mutex_unlock(&ledger->lock);
}

void ledger_flush(struct ledger *ledger, int64_t tenant_id)
{
    pthread_mutex_lock(&ledger->lock);
    ledger_retire_all(ledger, tenant_id);
    bool has_clerk = ledger->has_clerk;
    pthread_mutex_unlock(&ledger->lock);
    if (!has_clerk)
        return; /* nothing was ever held */
    if (fiber_self() != NULL)
        fiber_offload(wait_for_round, ledger);
    else
        wait_for_round(ledger);
}
