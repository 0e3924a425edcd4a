#include "api/configurations.h"

#include "base/heap.h"
#include "store/store_configuration.h"
#include "store/store_event.h"

#include <pthread.h>
#include <stdlib.h>

struct known {
    struct known *next;
    int64_t tenant_id;
    struct configuration configuration;
};

struct configurations {
    struct store *store;
    pthread_rwlock_t lock; /* of `known` */
    struct known *known;
};

struct configurations *configurations_open(struct store *store)
{
    struct configurations *self = heap_new(struct configurations);
    self->store = store;
    pthread_rwlock_init(&self->lock, NULL);
    return self;
}

void configurations_close(struct configurations *configurations)
{
    if (configurations == NULL)
        return;
    for (struct known *known = configurations->known, *next; known != NULL; known = next) {
        next = known->next;
        free(known);
    }
    pthread_rwlock_destroy(&configurations->lock);
    free(configurations);
}

/* Under the lock. */
static struct known *find_known(const struct configurations *configurations, int64_t tenant_id)
{
    struct known *known = configurations->known;
    while (known != NULL && known->tenant_id != tenant_id)
        known = known->next;
    return known;
}

struct reading {
    int64_t tenant_id;
    struct configuration configuration;
};

static enum status read_configuration(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    struct arena arena = {0};
    enum status status =
        store_get_configuration(session, &arena, reading->tenant_id, &reading->configuration, err);
    arena_reset(&arena);
    return status;
}

/* Under the lock. */
static void keep(struct configurations *configurations, const struct reading *reading)
{
    struct known *known = find_known(configurations, reading->tenant_id);
    if (known == NULL) {
        known = heap_new(struct known);
        known->tenant_id = reading->tenant_id;
        known->next = configurations->known;
        configurations->known = known;
    }
    known->configuration = reading->configuration;
}

/* Read and kept under one lock: of two changes at once, the later reading must stay. */
static enum status refresh(struct configurations *configurations, struct reading *reading,
                           struct error *err)
{
    pthread_rwlock_wrlock(&configurations->lock);
    enum status status =
        db_read(store_db(configurations->store), DB_SHORT, read_configuration, reading, err);
    if (status == STATUS_OK)
        keep(configurations, reading);
    pthread_rwlock_unlock(&configurations->lock);
    return status;
}

enum status configurations_get(struct configurations *configurations, int64_t tenant_id,
                               struct configuration *configuration, struct error *err)
{
    pthread_rwlock_rdlock(&configurations->lock);
    const struct known *known = find_known(configurations, tenant_id);
    if (known != NULL)
        *configuration = known->configuration;
    pthread_rwlock_unlock(&configurations->lock);
    if (known != NULL)
        return STATUS_OK;

    struct reading reading = {.tenant_id = tenant_id};
    enum status status = refresh(configurations, &reading, err);
    if (status == STATUS_OK)
        *configuration = reading.configuration;
    return status;
}

struct putting {
    const struct configuration_change *change;
    str value;
    struct audit_entry audit;
};

static enum status put(struct db_session *session, void *argument, struct error *err)
{
    const struct putting *putting = argument;
    enum status status = store_put_configuration(session, putting->change->tenant_id,
                                                 putting->change->key, putting->value, err);
    return status == STATUS_OK ? store_add_audit(session, &putting->audit, err) : status;
}

enum status configurations_put(struct configurations *configurations, struct arena *arena,
                               const struct configuration_change *change, struct error *err)
{
    struct configuration after;
    struct buf value;
    struct putting putting = {.change = change};
    enum status status = configurations_get(configurations, change->tenant_id, &after, err);
    if (status != STATUS_OK)
        return status;

    buf_init(&value, arena, 1024);
    if (change->value != NULL) {
        status = configuration_set(&after, arena, change->key, change->value, err);
        if (status != STATUS_OK)
            return status;
        json_write(&(struct json_writer){.out = &value}, change->value);
        putting.value = buf_str(&value);
    } else if (fields_find(&configuration_fields, change->key) == NULL) {
        return fail(err, STATUS_NOT_FOUND, "there is no configuration of that name");
    }

    putting.audit = (struct audit_entry){
        .tenant_id = change->tenant_id,
        .actor = str_from_z(change->actor),
        .action = "configuration.changed",
        .subject = change->key,
        .detail = change->value == NULL
                      ? STR("{\"value\":null}")
                      : str_format(arena, "{\"value\":" STR_FORMAT "}", STR_ARG(putting.value)),
    };
    status = db_write(store_db(configurations->store), put, &putting, err);
    if (status != STATUS_OK)
        return status;
    struct reading reading = {.tenant_id = change->tenant_id};
    return refresh(configurations, &reading, err);
}
