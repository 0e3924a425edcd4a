/* Adapters changed while threads read: run under ThreadSanitizer and AddressSanitizer too. */
#include "analysis/adaptation.h"

#include "base/test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

enum {
    READERS = 3,
    CHANGES = 2000,
    TENANTS = 3
};

static struct adaptation *adaptation;
static atomic_bool is_over;
static atomic_size_t read_count;

/* An adapter whose name says whose it is and which version. */
static struct adapter *adapter_of(int64_t tenant_id, int64_t version)
{
    struct adapter_header header = {.row_count = 0};
    struct adapter *adapter = NULL;
    struct arena scratch = {0};
    snprintf(header.base, sizeof header.base, "%lld.%lld", (long long)tenant_id,
             (long long)version);
    str bytes = adapter_encode(&scratch, &header, NULL);
    EXPECT(adapter_decode(&adapter, bytes, NULL) == STATUS_OK);
    arena_reset(&scratch);
    return adapter;
}

static bool is_whole(const struct adaptation_reading *reading, int64_t tenant_id)
{
    char name[ADAPTER_BASE_SIZE];
    if (reading->adapter == NULL)
        return reading->version == 0;
    snprintf(name, sizeof name, "%lld.%lld", (long long)tenant_id, (long long)reading->version);
    return strcmp(adapter_base(reading->adapter), name) == 0;
}

static void *read_on(void *argument)
{
    int64_t tenant_id = 1;
    (void)argument;
    while (!atomic_load(&is_over)) {
        struct adaptation_reading reading = adaptation_enter(adaptation, tenant_id);
        EXPECT(is_whole(&reading, tenant_id));
        adaptation_leave(adaptation, &reading);
        tenant_id = tenant_id % TENANTS + 1;
        sched_yield(); /* as a server has other things to do in between */
        atomic_fetch_add(&read_count, 1);
    }
    return NULL;
}

static void a_tenant_finds_its_own_and_no_others(void)
{
    adaptation = adaptation_open();
    adaptation_put(adaptation, 7, 3, adapter_of(7, 3));
    adaptation_put(adaptation, 2, 1, adapter_of(2, 1));
    for (int64_t tenant_id = 0; tenant_id < 9; tenant_id++) {
        struct adaptation_reading reading = adaptation_enter(adaptation, tenant_id);
        EXPECT((reading.adapter != NULL) == (tenant_id == 2 || tenant_id == 7));
        EXPECT(is_whole(&reading, tenant_id));
        adaptation_leave(adaptation, &reading);
    }
    unsigned generation = adaptation_generation(adaptation);
    EXPECT(adaptation_generation(adaptation) == generation);
    adaptation_put(adaptation, 7, 0, NULL);
    EXPECT(adaptation_generation(adaptation) != generation);
    adaptation_put(adaptation, 5, 0, NULL); /* had none */
    struct adaptation_reading reading = adaptation_enter(adaptation, 7);
    EXPECT(reading.adapter == NULL && reading.version == 0);
    adaptation_leave(adaptation, &reading);
    adaptation_close(adaptation);
}

static void readers_see_one_version_or_the_other_while_it_changes(void)
{
    pthread_t readers[READERS];
    adaptation = adaptation_open();
    for (int i = 0; i < READERS; i++)
        EXPECT(pthread_create(&readers[i], NULL, read_on, NULL) == 0);
    for (int64_t version = 1; version <= CHANGES; version++) {
        int64_t tenant_id = version % TENANTS + 1;
        bool is_taken_away = version % 5 == 0;
        adaptation_put(adaptation, tenant_id, is_taken_away ? 0 : version,
                       is_taken_away ? NULL : adapter_of(tenant_id, version));
    }
    while (atomic_load(&read_count) < CHANGES)
        sched_yield();
    atomic_store(&is_over, true);
    for (int i = 0; i < READERS; i++)
        EXPECT(pthread_join(readers[i], NULL) == 0);
    adaptation_close(adaptation);
}

int main(void)
{
    RUN(a_tenant_finds_its_own_and_no_others);
    RUN(readers_see_one_version_or_the_other_while_it_changes);
    return 0;
}
