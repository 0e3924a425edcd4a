#include "analysis/adaptation.h"

#include "base/heap.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    PLACES = 64 /* more than threads that analyse; when not, they share */
};

/* Readers of either phase. Far enough from the next place that no cache line holds two. */
struct place {
    atomic_uint readers[2];
    char apart[56];
};

struct adapted_tenant {
    int64_t tenant_id, version;
    struct adapter *adapter;
};

/* Sorted by tenant. Never changed once it is published. */
struct table {
    size_t count;
    struct adapted_tenant tenants[];
};

struct adaptation {
    struct place places[PLACES];
    atomic_uint phase; /* even or odd: where readers that come now count themselves */
    struct table *_Atomic table;
    pthread_mutex_t lock; /* of whoever changes the table */
};

struct adaptation *adaptation_open(void)
{
    struct adaptation *self = heap_new(struct adaptation);
    atomic_init(&self->table, heap_alloc(sizeof(struct table)));
    pthread_mutex_init(&self->lock, NULL);
    return self;
}

void adaptation_close(struct adaptation *adaptation)
{
    if (adaptation == NULL)
        return;
    struct table *table = atomic_load(&adaptation->table);
    for (size_t i = 0; i < table->count; i++)
        adapter_close(table->tenants[i].adapter);
    free(table);
    pthread_mutex_destroy(&adaptation->lock);
    free(adaptation);
}

static unsigned own_place(void)
{
    static atomic_uint threads;
    static _Thread_local unsigned place = PLACES;
    if (place == PLACES)
        place = atomic_fetch_add(&threads, 1) % PLACES;
    return place;
}

/* Where the tenant is, or would be. */
static size_t find_tenant(const struct table *table, int64_t tenant_id)
{
    size_t from = 0, to = table->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (table->tenants[middle].tenant_id < tenant_id)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool is_at(const struct table *table, size_t at, int64_t tenant_id)
{
    return at < table->count && table->tenants[at].tenant_id == tenant_id;
}

/* Counted first, looked at second; a writer does it the other way round. In the one order that all
 * threads see, either the reader finds the new table or the writer finds the reader. */
struct adaptation_reading adaptation_enter(struct adaptation *adaptation, int64_t tenant_id)
{
    struct adaptation_reading reading = {.place = own_place(),
                                         .phase = atomic_load(&adaptation->phase) % 2};
    atomic_fetch_add(&adaptation->places[reading.place].readers[reading.phase], 1);
    const struct table *table = atomic_load(&adaptation->table);
    size_t at = find_tenant(table, tenant_id);
    if (is_at(table, at, tenant_id)) {
        reading.adapter = table->tenants[at].adapter;
        reading.version = table->tenants[at].version;
    }
    return reading;
}

void adaptation_leave(struct adaptation *adaptation, const struct adaptation_reading *reading)
{
    atomic_fetch_sub(&adaptation->places[reading->place].readers[reading->phase], 1);
}

/* Both phases in turn: while one is waited for, readers that come count themselves in the other, so
 * that the wait ends however many there are. Each count is seen at 0 once: whoever enters after
 * that sees the new table. */
static void wait_for_readers(struct adaptation *adaptation)
{
    for (int round = 0; round < 2; round++) {
        unsigned phase = atomic_fetch_add(&adaptation->phase, 1) % 2;
        for (int i = 0; i < PLACES; i++)
            while (atomic_load(&adaptation->places[i].readers[phase]) != 0)
                sched_yield();
    }
}

/* A copy of the table with this tenant's row put in, replaced, or left out. */
static struct table *changed_table(const struct table *table, const struct adapted_tenant *tenant)
{
    struct table *copy =
        heap_alloc(sizeof *copy + (table->count + 1) * sizeof(struct adapted_tenant));
    size_t at = find_tenant(table, tenant->tenant_id);
    size_t after = is_at(table, at, tenant->tenant_id) ? at + 1 : at;
    for (size_t i = 0; i < at; i++)
        copy->tenants[copy->count++] = table->tenants[i];
    if (tenant->adapter != NULL)
        copy->tenants[copy->count++] = *tenant;
    for (size_t i = after; i < table->count; i++)
        copy->tenants[copy->count++] = table->tenants[i];
    return copy;
}

/* The phase goes on after the table was changed, never before: nothing that was said by the old one
 * can be taken for the new one's. */
unsigned adaptation_generation(const struct adaptation *adaptation)
{
    return atomic_load(&adaptation->phase);
}

void adaptation_put(struct adaptation *adaptation, int64_t tenant_id, int64_t version,
                    struct adapter *adapter)
{
    struct adapted_tenant tenant = {tenant_id, version, adapter};
    pthread_mutex_lock(&adaptation->lock);
    struct table *before = atomic_load(&adaptation->table);
    atomic_store(&adaptation->table, changed_table(before, &tenant));
    wait_for_readers(adaptation);
    size_t at = find_tenant(before, tenant_id);
    if (is_at(before, at, tenant_id))
        adapter_close(before->tenants[at].adapter);
    free(before);
    pthread_mutex_unlock(&adaptation->lock);
}
