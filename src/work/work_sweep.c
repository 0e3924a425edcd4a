/* sweep: removes what has outlived its retention. */
#include "action/webhook.h"
#include "analysis/ledger.h"
#include "base/clock.h"
#include "store/store_cache.h"
#include "store/store_event.h"
#include "store/store_idempotency.h"
#include "store/store_usage_rows.h"
#include "telemetry/log.h"
#include "work/work_kinds.h"
#include "work/work_record.h"

enum {
    ROWS_AT_ONCE = 1000 /* in one transaction: others wait for it */
};

struct sweep {
    int64_t now_us;
    int64_t events_before_us, usage_before_us;
    int64_t removed; /* by the last transaction */
};

/* A clock that was set forward must not make everything old: of the wall's and the queue's, which
 * nobody can set, the earlier. */
static int64_t now_of_two(const struct work_services *services)
{
    int64_t wall = clock_now_us(), steady = queue_now(services->queue);
    return wall < steady ? wall : steady;
}

static enum status drop_answers(struct db_session *session, void *argument, struct error *err)
{
    struct sweep *sweep = argument;
    return store_drop_answers(session, sweep->now_us - IDEMPOTENCY_LIFETIME_US, err);
}

static enum status remove_events(struct db_session *session, void *argument, struct error *err)
{
    struct sweep *sweep = argument;
    return store_remove_events(session, sweep->events_before_us, ROWS_AT_ONCE, &sweep->removed,
                               err);
}

/* Transaction after transaction, until one finds fewer than it might have removed. */
static enum status remove_in_turns(struct work_call *call, db_work *remove, struct sweep *sweep,
                                   int64_t *removed, struct error *err)
{
    do {
        enum status status = db_write(store_db(call->services->store), remove, sweep, err);
        if (status != STATUS_OK)
            return status;
        *removed += sweep->removed;
    } while (sweep->removed == ROWS_AT_ONCE && !call->must_stop);
    return STATUS_OK;
}

static enum status sweep_events(struct work_call *call, struct sweep *sweep, int64_t *events,
                                struct error *err)
{
    if (call->services->events_retention_us == 0)
        return STATUS_OK;
    sweep->events_before_us = sweep->now_us - call->services->events_retention_us;
    return remove_in_turns(call, remove_events, sweep, events, err);
}

static enum status remove_usage(struct db_session *session, void *argument, struct error *err)
{
    struct sweep *sweep = argument;
    struct usage_removal removal = {.before_us = sweep->usage_before_us, .most = ROWS_AT_ONCE};
    enum status status = store_remove_usage(session, &removal, err);
    sweep->removed = removal.removed;
    return status;
}

/* What was never settled is, first: no call takes an hour. */
static enum status sweep_spending(struct work_call *call, struct sweep *sweep, int64_t *calls,
                                  struct error *err)
{
    int64_t lost, retention_us = call->services->usage_retention_us;
    enum status status = ledger_sweep(call->services->ledger, sweep->now_us - HOUR_US, &lost, err);
    if (status != STATUS_OK || retention_us == 0)
        return status;
    sweep->usage_before_us = clock_floor(sweep->now_us - retention_us, DAY_US);
    return remove_in_turns(call, remove_usage, sweep, calls, err);
}

static enum status sweep_deliveries(struct work_call *call, int64_t *deliveries, struct error *err)
{
    int64_t removed;
    do {
        enum status status = webhook_sweep(call->services->webhooks, ROWS_AT_ONCE, &removed, err);
        if (status != STATUS_OK)
            return status;
        *deliveries += removed;
    } while (removed == ROWS_AT_ONCE && !call->must_stop);
    return STATUS_OK;
}

static enum status remove_results(struct db_session *session, void *argument, struct error *err)
{
    struct sweep *sweep = argument;
    return store_remove_results(session, clock_now_us(), ROWS_AT_ONCE, &sweep->removed, err);
}

/* By the wall's clock, as they are read: whatever a wrong one removes is found out again. */
static enum status sweep_results(struct work_call *call, struct sweep *sweep, int64_t *results,
                                 struct error *err)
{
    return remove_in_turns(call, remove_results, sweep, results, err);
}

enum status work_sweep(struct work_call *call, struct error *err)
{
    struct sweep sweep = {.now_us = now_of_two(call->services)};
    struct record_sweep records = {.before_us = sweep.now_us - call->services->jobs_retention_us};
    int64_t jobs = 0, events = 0, deliveries = 0, results = 0, calls = 0;
    enum status status = queue_sweep(call->services->queue, &jobs, err);
    if (status == STATUS_OK)
        status = db_write(store_db(call->services->store), drop_answers, &sweep, err);
    if (status == STATUS_OK)
        status = sweep_events(call, &sweep, &events, err);
    if (status == STATUS_OK)
        status = sweep_deliveries(call, &deliveries, err);
    if (status == STATUS_OK)
        status = sweep_results(call, &sweep, &results, err);
    if (status == STATUS_OK)
        status = sweep_spending(call, &sweep, &calls, err);
    if (status == STATUS_OK)
        status = records_sweep(call, &records, err);
    if (status == STATUS_OK)
        LOG(INFO, "swept", LOG_INT("jobs", jobs), LOG_INT("events", events),
            LOG_INT("deliveries", deliveries), LOG_INT("cached", results), LOG_INT("calls", calls),
            LOG_INT("records", records.records), LOG_INT("documents", records.documents));
    return status;
}
