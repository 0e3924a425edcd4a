#include "search/tenant_waits.h"

#include "base/clock.h"
#include "base/heap.h"

#include <stdlib.h>

static const int64_t first_us = 60 * SECOND_US, longest_us = 900 * SECOND_US;

/* Where it stands, or where the list ends. */
static struct tenant_wait **place_of(struct tenant_waits *waits, int64_t tenant_id)
{
    struct tenant_wait **at = &waits->first;
    while (*at != NULL && (*at)->tenant_id != tenant_id)
        at = &(*at)->next;
    return at;
}

void tenant_waits_reset(struct tenant_waits *waits)
{
    while (waits->first != NULL)
        tenant_waits_remove(waits, waits->first->tenant_id);
}

void tenant_waits_add(struct tenant_waits *waits, int64_t tenant_id, uint64_t now_us)
{
    struct tenant_wait **at = place_of(waits, tenant_id);
    if (*at == NULL) {
        *at = heap_new(struct tenant_wait);
        **at = (struct tenant_wait){.tenant_id = tenant_id, .pause_us = first_us / 2};
    }
    int64_t pause_us = 2 * (*at)->pause_us;
    (*at)->pause_us = pause_us < longest_us ? pause_us : longest_us;
    (*at)->due_us = now_us + (uint64_t)(*at)->pause_us;
}

void tenant_waits_remove(struct tenant_waits *waits, int64_t tenant_id)
{
    struct tenant_wait **at = place_of(waits, tenant_id), *gone = *at;
    if (gone == NULL)
        return;
    *at = gone->next;
    free(gone);
}

bool tenant_waits_is_due(const struct tenant_waits *waits, int64_t tenant_id, uint64_t now_us)
{
    const struct tenant_wait *one = waits->first;
    while (one != NULL && one->tenant_id != tenant_id)
        one = one->next;
    return one == NULL || one->due_us <= now_us;
}

bool tenant_waits_has_due(const struct tenant_waits *waits, uint64_t now_us)
{
    for (const struct tenant_wait *one = waits->first; one != NULL; one = one->next)
        if (one->due_us <= now_us)
            return true;
    return false;
}
