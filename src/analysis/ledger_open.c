/* Setting money aside, in a commit that somebody waits for: as rarely as can be. */
#include "analysis/ledger_inside.h"

#include "base/clock.h"

enum {
    FEWEST_CALLS = 16,
    MOST_CALLS = 4096,
    GROWTH = 4,
    SHARE = 32 /* of what is left of a budget, no hold has more than one part in so many */
};

/* A hold is to last a second or so. */
int64_t ledger_next_size(struct account *account, int64_t now_us)
{
    int64_t calls = account->calls_at_once, lasted_us = now_us - account->opened_at_us;
    if (lasted_us < SECOND_US)
        calls *= GROWTH;
    else if (lasted_us > 10 * SECOND_US)
        calls /= GROWTH;
    account->opened_at_us = now_us;
    account->calls_at_once = calls < FEWEST_CALLS ? FEWEST_CALLS
                             : calls > MOST_CALLS ? MOST_CALLS
                                                  : calls;
    return account->calls_at_once;
}

static int64_t room_in(const struct usage_month *sums, int64_t budget_nano)
{
    return budget_nano > 0 ? budget_nano - sums->spent_nano - sums->reserved_nano : INT64_MAX;
}

/* Near the limit it is one call's, so that no more than that is left unused. */
static int64_t calls_within(const struct opening *opening)
{
    int64_t amount = ledger_amount(&opening->row);
    int64_t room = room_in(&opening->tenant, opening->budget.tenant_nano),
            servers = room_in(&opening->server, opening->budget.server_nano);
    room = room < servers ? room : servers;
    if (amount == 0)
        return opening->most_calls;
    int64_t calls = room / SHARE / amount;
    return calls < 1 ? 1 : calls < opening->most_calls ? calls : opening->most_calls;
}

static enum status tell_of_refusal(struct db_session *session, struct opening *opening,
                                   struct error *err)
{
    bool is_servers = opening->verdict == BUDGET_OF_SERVER_FULL;
    const struct budget *budget = &opening->budget;
    return ledger_tell(
        session, &opening->tellings, is_servers ? &opening->server : &opening->tenant,
        is_servers ? budget->server_nano : budget->tenant_nano, opening->row.reserved_nano, err);
}

enum status ledger_open_hold(struct db_session *session, struct opening *opening, struct error *err)
{
    int64_t month = clock_month(clock_now_us()), amount = ledger_amount(&opening->row);
    struct spending row = opening->row;
    opening->tellings.count = 0;
    opening->calls = 0;
    opening->verdict = BUDGET_ALLOWS;
    enum status status =
        store_get_usage_month(session, row.tenant_id, month, &opening->tenant, err);
    if (status == STATUS_OK)
        status = store_get_usage_month(session, USAGE_OF_SERVER, month, &opening->server, err);
    int64_t calls = calls_within(opening);
    if (status != STATUS_OK || calls < opening->least_calls)
        return status;
    row.reserved_nano = calls * amount;
    status = store_open_hold(session, &opening->budget, &row, &opening->verdict, err);
    if (status != STATUS_OK)
        return status;
    if (opening->verdict != BUDGET_ALLOWS)
        return opening->least_calls > 1 ? STATUS_OK : tell_of_refusal(session, opening, err);
    opening->calls = calls;
    opening->made = row;
    return STATUS_OK;
}

struct hold *ledger_adopt(struct opening *opening, struct account *account)
{
    struct ledger *ledger = opening->ledger;
    if (opening->calls == 0)
        return NULL;
    account->used_nano =
        opening->tenant.spent_nano + opening->tenant.reserved_nano - account->free_nano;
    ledger->used_nano =
        opening->server.spent_nano + opening->server.reserved_nano - ledger->free_nano;
    return ledger_add_hold(ledger, account, &opening->made, &opening->budget, opening->calls);
}
