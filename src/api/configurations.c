#include "api/configurations.h"

#include "base/heap.h"
#include "pii/patterns.h"
#include "store/store_configuration.h"
#include "store/store_event.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    LARGEST_VALUE = 64 * 1024 /* of JSON */
};

/* Immutable but for the count of its holders; the last one ends it. `known` is one of them. */
struct held {
    struct tenant_rules rules; /* first, so that the one is the other */
    atomic_uint holders;
    struct arena arena; /* of the configuration's texts */
    struct pii_patterns *patterns;
};

struct known {
    struct known *next;
    int64_t tenant_id;
    struct held *held;
};

struct configurations {
    struct store *store;
    pthread_rwlock_t lock; /* of `known` */
    struct known *known;
    uint64_t readings; /* under the lock */
};

struct configurations *configurations_open(struct store *store)
{
    struct configurations *self = heap_new(struct configurations);
    self->store = store;
    pthread_rwlock_init(&self->lock, NULL);
    return self;
}

void configurations_give_back(const struct tenant_rules *rules)
{
    struct held *held = (struct held *)rules;
    if (held == NULL || atomic_fetch_sub(&held->holders, 1) > 1)
        return;
    pii_patterns_close(held->patterns);
    arena_reset(&held->arena);
    free(held);
}

void configurations_close(struct configurations *configurations)
{
    if (configurations == NULL)
        return;
    for (struct known *known = configurations->known, *next; known != NULL; known = next) {
        next = known->next;
        configurations_give_back(&known->held->rules);
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

static enum status make_policy(struct held *held, struct error *err)
{
    const struct configuration *configuration = &held->rules.configuration;
    enum status status = pii_patterns_open_stored(&held->patterns, configuration, err);
    if (status != STATUS_OK)
        return status;
    held->rules.pii = (struct pii_policy){configuration->pii_shown_types,
                                          configuration->pii_numbered, held->patterns};
    return STATUS_OK;
}

struct reading {
    int64_t tenant_id;
    struct held *held;
};

static enum status read_configuration(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    return store_get_configuration(session, &reading->held->arena, reading->tenant_id,
                                   &reading->held->rules.configuration, err);
}

static enum status read_rules(struct configurations *configurations, int64_t tenant_id,
                              struct held **read, struct error *err)
{
    struct reading reading = {tenant_id, heap_new(struct held)};
    atomic_init(&reading.held->holders, 1);
    enum status status =
        db_read(store_db(configurations->store), DB_SHORT, read_configuration, &reading, err);
    if (status == STATUS_OK)
        status = make_policy(reading.held, err);
    if (status == STATUS_OK)
        *read = reading.held;
    else
        configurations_give_back(&reading.held->rules);
    return status;
}

/* Under the lock. Who holds what was there before goes on with it. */
static void keep(struct configurations *configurations, int64_t tenant_id, struct held *held)
{
    struct known *known = find_known(configurations, tenant_id);
    if (known == NULL) {
        known = heap_new(struct known);
        known->tenant_id = tenant_id;
        known->next = configurations->known;
        configurations->known = known;
    } else {
        configurations_give_back(&known->held->rules);
    }
    known->held = held;
}

/* Read and kept under one lock: of two changes at once, the later reading must stay. */
static enum status refresh(struct configurations *configurations, int64_t tenant_id,
                           struct error *err)
{
    struct held *held;
    pthread_rwlock_wrlock(&configurations->lock);
    enum status status = read_rules(configurations, tenant_id, &held, err);
    if (status == STATUS_OK) {
        held->rules.generation = ++configurations->readings;
        keep(configurations, tenant_id, held);
    }
    pthread_rwlock_unlock(&configurations->lock);
    return status;
}

/* NULL: the tenant's was not read yet. */
static const struct tenant_rules *take_known(struct configurations *configurations,
                                             int64_t tenant_id)
{
    pthread_rwlock_rdlock(&configurations->lock);
    const struct known *known = find_known(configurations, tenant_id);
    const struct tenant_rules *rules = NULL;
    if (known != NULL) {
        atomic_fetch_add(&known->held->holders, 1);
        rules = &known->held->rules;
    }
    pthread_rwlock_unlock(&configurations->lock);
    return rules;
}

enum status configurations_take(struct configurations *configurations, int64_t tenant_id,
                                const struct tenant_rules **rules, struct error *err)
{
    enum status status = STATUS_OK;
    *rules = take_known(configurations, tenant_id);
    if (*rules == NULL)
        status = refresh(configurations, tenant_id, err);
    if (*rules == NULL && status == STATUS_OK)
        *rules = take_known(configurations, tenant_id);
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

/* The value as it may be stored: of the right kind, and patterns that compile and run well. */
static enum status check_value(struct arena *arena, const struct configuration_change *change,
                               struct error *err)
{
    struct configuration after;
    struct pii_patterns *patterns = NULL;
    configuration_defaults(&after);
    enum status status = configuration_set(&after, arena, change->key, change->value, err);
    if (status != STATUS_OK || after.pii_patterns.count == 0)
        return status;
    status = pii_patterns_open(&patterns, after.pii_patterns.items, after.pii_patterns.count, err);
    if (status == STATUS_OK)
        status = pii_patterns_try(patterns, err);
    pii_patterns_close(patterns);
    return status;
}

enum status configurations_put(struct configurations *configurations, struct arena *arena,
                               const struct configuration_change *change, struct error *err)
{
    struct buf value;
    struct putting putting = {.change = change};
    enum status status = STATUS_OK;
    buf_init(&value, arena, LARGEST_VALUE);
    if (change->value != NULL) {
        status = check_value(arena, change, err);
        json_write(&(struct json_writer){.out = &value}, change->value);
        putting.value = buf_str(&value);
    } else if (fields_find(&configuration_fields, change->key) == NULL) {
        status = fail(err, STATUS_NOT_FOUND, "there is no configuration of that name");
    }
    if (status == STATUS_OK && value.overflowed)
        status = fail_field(err, "value", "must have at most %d bytes", LARGEST_VALUE);
    if (status != STATUS_OK)
        return status;

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
    return status == STATUS_OK ? refresh(configurations, change->tenant_id, err) : status;
}
