#include "fiber/gate.h"

/* On the stack of who waits. */
struct gate_waiter {
    struct fiber *fiber;
    bool is_in;
    struct gate_waiter *next;
};

void gate_init(struct gate *gate, unsigned most)
{
    *gate = (struct gate){.room = most, .end = &gate->first};
}

static void take_out(struct gate *gate, struct gate_waiter **at)
{
    struct gate_waiter *waiter = *at;
    *at = waiter->next;
    if (gate->end == &waiter->next)
        gate->end = at;
}

static void give_up(struct gate *gate, const struct gate_waiter *waiter)
{
    struct gate_waiter **at = &gate->first;
    while (*at != waiter)
        at = &(*at)->next;
    take_out(gate, at);
}

enum wake gate_enter(struct gate *gate, uint64_t until_ms)
{
    struct gate_waiter waiter = {.fiber = fiber_self()};
    if (fiber_is_cancelled())
        return CANCELLED;
    if (gate->room > 0) {
        gate->room--;
        return WOKEN;
    }
    *gate->end = &waiter;
    gate->end = &waiter.next;
    enum wake by = fiber_wait_until(until_ms);
    if (waiter.is_in)
        return WOKEN;
    give_up(gate, &waiter);
    return by;
}

/* Who has been woken by something else meanwhile is not to be woken again: he gives up. */
void gate_leave(struct gate *gate)
{
    struct gate_waiter **at = &gate->first;
    while (*at != NULL && !fiber_is_waiting((*at)->fiber))
        at = &(*at)->next;
    struct gate_waiter *next = *at;
    if (next == NULL) {
        gate->room++;
        return;
    }
    take_out(gate, at);
    next->is_in = true;
    fiber_wake(next->fiber);
}
