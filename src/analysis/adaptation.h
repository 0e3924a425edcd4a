/* adaptation.h - the adapters in use, one a tenant at most, changed while all threads analyse.
 *
 * A reader enters, uses what it found for one message, and leaves; it takes no lock and never
 * waits. Whoever changes an adapter publishes a new table, waits until every reader that may have
 * seen the old one has left, and frees it: read-copy-update with readers counted in two phases, as
 * in SRCU (McKenney 2006). Readers count themselves in one of many cache lines, chosen by thread.
 */
#pragma once

#include "infer/adapter.h"

struct adaptation;

struct adaptation *adaptation_open(void);
void adaptation_close(struct adaptation *adaptation); /* no reader is inside; NULL is fine */

struct adaptation_reading {
    const struct adapter *adapter; /* NULL: the tenant has none */
    int64_t version;
    unsigned place, phase; /* where it counted itself */
};

/* What holds for this tenant until adaptation_leave(); microseconds later, with no wait between. */
struct adaptation_reading adaptation_enter(struct adaptation *adaptation, int64_t tenant_id);
void adaptation_leave(struct adaptation *adaptation, const struct adaptation_reading *reading);

/* Another number after each adaptation_put() than before it. What was found out under the number
 * of now holds while that is the number. */
unsigned adaptation_generation(const struct adaptation *adaptation);

/* Takes over `adapter`, or with NULL takes the tenant's away, and frees the one before. Any thread
 * that is no reader; one at a time, the others wait. */
void adaptation_put(struct adaptation *adaptation, int64_t tenant_id, int64_t version,
                    struct adapter *adapter);
