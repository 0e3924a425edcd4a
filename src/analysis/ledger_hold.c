#include "analysis/ledger_inside.h"

#include "base/clock.h"
#include "base/heap.h"

#include <assert.h>
#include <stdlib.h>

enum {
    LONGEST_US = 600 * 1000000, /* far below the hour after which a hold is taken for lost */
    IDLE_US = 10 * 1000000
};

int64_t ledger_amount(const struct spending *call)
{
    return call->reserved_nano == FIELD_UNSET ? 0 : call->reserved_nano;
}

void ledger_copy_names(struct arena *arena, struct spending *call)
{
    str *names[] = {&call->job, &call->provider, &call->model, &call->prompt_version};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        *names[i] = str_copy(arena, *names[i]);
}

static str key_of(const int64_t *tenant_id)
{
    return (str){(const char *)tenant_id, sizeof *tenant_id};
}

struct account *ledger_account(struct ledger *ledger, int64_t tenant_id)
{
    struct account *account = map_find(&ledger->accounts, key_of(&tenant_id));
    if (account != NULL)
        return account;
    account = arena_new(&ledger->arena, struct account);
    account->tenant_id = tenant_id;
    account->next = ledger->first_account;
    ledger->first_account = account;
    map_put(&ledger->accounts, key_of(&account->tenant_id), account);
    return account;
}

static void change_free(struct ledger *ledger, struct account *account, struct hold *hold,
                        int64_t by)
{
    hold->free_nano += by;
    account->free_nano += by;
    ledger->free_nano += by;
}

static void note_change(struct ledger *ledger, struct hold *hold)
{
    if (hold->is_changed)
        return;
    hold->is_changed = true;
    hold->next_changed = ledger->changed;
    ledger->changed = hold;
    ledger_wake_clerk(ledger);
}

void ledger_retire(struct ledger *ledger, struct account *account, struct hold *hold)
{
    if (account->low == hold)
        account->low = NULL;
    if (hold->free_calls == 0 && hold->free_nano == 0)
        return;
    hold->taken_nano += hold->free_nano;
    hold->free_calls = 0;
    change_free(ledger, account, hold, -hold->free_nano);
    note_change(ledger, hold);
}

void ledger_retire_all(struct ledger *ledger, int64_t tenant_id)
{
    for (struct account *one = ledger->first_account; one != NULL; one = one->next)
        if (tenant_id == USAGE_OF_SERVER || tenant_id == one->tenant_id)
            for (struct hold *hold = one->holds; hold != NULL; hold = hold->next)
                ledger_retire(ledger, one, hold);
}

static bool is_in_its_time(const struct hold *hold, int64_t now_us)
{
    return now_us >= hold->since_us && now_us < hold->until_us;
}

void ledger_retire_idle(struct ledger *ledger, int64_t now_us)
{
    for (struct account *one = ledger->first_account; one != NULL; one = one->next)
        for (struct hold *hold = one->holds; hold != NULL; hold = hold->next)
            if (!is_in_its_time(hold, now_us) || now_us - hold->drawn_at_us > IDLE_US)
                ledger_retire(ledger, one, hold);
}

static bool is_under(const struct hold *hold, const struct budget *budget)
{
    return hold->budget.tenant_nano == budget->tenant_nano &&
           hold->budget.server_nano == budget->server_nano;
}

/* The oldest that has enough, so that it is soon over. */
struct hold *ledger_find_hold(struct ledger *ledger, struct account *account,
                              const struct budget *budget, int64_t amount, int64_t now_us)
{
    struct hold *found = NULL;
    for (struct hold *hold = account->holds; hold != NULL; hold = hold->next)
        if (!is_in_its_time(hold, now_us) || !is_under(hold, budget))
            ledger_retire(ledger, account, hold);
        else if (hold->free_calls > 0 && hold->free_nano >= amount)
            found = hold;
    return found;
}

static void change_used(struct ledger *ledger, struct account *account, int64_t by)
{
    account->used_nano += by;
    ledger->used_nano += by;
}

/* When it is three quarters used up, there is time to make the next before anybody waits. */
static bool is_low(const struct hold *hold)
{
    return hold->calls > 1 &&
           (hold->free_calls < hold->calls / 4 || hold->free_nano < hold->row.reserved_nano / 4);
}

void ledger_draw(struct ledger *ledger, struct account *account, struct hold *hold,
                 struct spending *call, int64_t now_us)
{
    int64_t amount = ledger_amount(call);
    assert(hold->free_calls > 0 && hold->free_nano >= amount);
    call->hold_id = hold->row.id;
    call->created_at = now_us;
    call->outcome = SPENDING_RESERVED;
    hold->drawn_at_us = now_us;
    hold->in_flight++;
    hold->free_calls--;
    change_free(ledger, account, hold, -amount);
    change_used(ledger, account, amount);
    if (account->low == NULL && account->holds == hold && !account->is_opening && is_low(hold)) {
        account->low = hold;
        ledger->has_low = true;
        ledger_wake_clerk(ledger);
    }
    if (hold->free_calls == 0)
        ledger_retire(ledger, account, hold); /* what was meant for dearer calls */
}

static struct hold *hold_of(const struct account *account, int64_t id)
{
    struct hold *hold = account->holds;
    while (hold != NULL && hold->row.id != id)
        hold = hold->next;
    return hold;
}

void ledger_put_back(struct ledger *ledger, const struct spending *call)
{
    struct account *account = ledger_account(ledger, call->tenant_id);
    struct hold *hold = hold_of(account, call->hold_id);
    int64_t amount = ledger_amount(call),
            cost = call->cost_nano == FIELD_UNSET ? 0 : call->cost_nano;
    assert(hold != NULL && hold->in_flight > 0 && "a hold outlives the calls that are drawn");
    hold->in_flight--;
    hold->taken_nano += amount;
    hold->spent_nano += cost;
    change_used(ledger, account, cost - amount);
    note_change(ledger, hold);
}

struct hold *ledger_add_hold(struct ledger *ledger, struct account *account,
                             const struct spending *row, const struct budget *budget, int64_t calls)
{
    struct hold *hold = heap_new(struct hold);
    int64_t month_ends = clock_next_month(row->created_at);
    hold->row = *row;
    ledger_copy_names(&hold->arena, &hold->row);
    hold->budget = *budget;
    hold->calls = hold->free_calls = calls;
    hold->since_us = clock_month(row->created_at);
    hold->until_us =
        row->created_at + LONGEST_US < month_ends ? row->created_at + LONGEST_US : month_ends;
    hold->drawn_at_us = row->created_at;
    hold->next = account->holds;
    account->holds = hold;
    ledger->hold_count++;
    change_free(ledger, account, hold, row->reserved_nano);
    return hold;
}

static bool is_over(const struct hold *hold)
{
    return hold->free_calls == 0 && hold->free_nano == 0 && hold->in_flight == 0;
}

static void forget(struct ledger *ledger, struct account *account, struct hold *hold)
{
    struct hold **at = &account->holds;
    while (*at != hold)
        at = &(*at)->next;
    *at = hold->next;
    ledger->hold_count--;
    arena_reset(&hold->arena);
    free(hold);
}

struct hold_change *ledger_take_changes(struct ledger *ledger, struct arena *arena, size_t *count)
{
    size_t room = (size_t)ledger->hold_count;
    struct hold_change *changes = arena_array(arena, struct hold_change, room + 1);
    *count = 0;
    while (ledger->changed != NULL) {
        struct hold *hold = ledger->changed;
        ledger->changed = hold->next_changed;
        hold->is_changed = false;
        changes[(*count)++] = (struct hold_change){
            .id = hold->row.id,
            .tenant_id = hold->row.tenant_id,
            .created_at = hold->row.created_at,
            .taken_nano = hold->taken_nano,
            .spent_nano = hold->spent_nano,
            .budget = hold->budget,
            .is_over = is_over(hold),
        };
        hold->taken_nano = hold->spent_nano = 0;
        if (is_over(hold))
            forget(ledger, ledger_account(ledger, hold->row.tenant_id), hold);
    }
    return changes;
}

void ledger_forfeit(struct ledger *ledger, const struct hold_change *change)
{
    struct account *account = ledger_account(ledger, change->tenant_id);
    struct hold *hold = hold_of(account, change->id);
    if (hold != NULL)
        ledger_retire(ledger, account, hold); /* into a row that is not there */
}

void ledger_forget_holds(struct ledger *ledger)
{
    for (struct account *one = ledger->first_account; one != NULL; one = one->next)
        while (one->holds != NULL)
            forget(ledger, one, one->holds);
}
