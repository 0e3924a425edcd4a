/* tenant_waits.h - tenants whose budget is used up, and when each is tried again: after a minute,
 * and twice as long each time, up to a quarter of an hour. For one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct tenant_wait {
    struct tenant_wait *next;
    int64_t tenant_id;
    uint64_t due_us; /* clock_monotonic_us() */
    int64_t pause_us;
};

struct tenant_waits { /* {0} is empty */
    struct tenant_wait *first;
};

void tenant_waits_reset(struct tenant_waits *waits);
void tenant_waits_add(struct tenant_waits *waits, int64_t tenant_id, uint64_t now_us);
void tenant_waits_remove(struct tenant_waits *waits, int64_t tenant_id);

/* Whether it need not wait (any more). */
bool tenant_waits_is_due(const struct tenant_waits *waits, int64_t tenant_id, uint64_t now_us);
/* Whether one that waited need not any more. */
bool tenant_waits_has_due(const struct tenant_waits *waits, uint64_t now_us);
