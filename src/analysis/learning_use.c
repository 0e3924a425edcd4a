/* Versions put to use: after an update, after a rollback, at start. */
#include "analysis/learning_use.h"

#include "analysis/learning.h"
#include "store/store_event.h"
#include "telemetry/log.h"

#include <pthread.h>

/* Of two changes at once, what the later one read must stay. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct use {
    int64_t tenant_id;
    struct arena arena;
    struct adapter_version version;
};

static enum status read_version(struct db_session *session, void *argument, struct error *err)
{
    struct use *use = argument;
    return store_get_adapter(session, &use->arena, use->tenant_id, &use->version, err);
}

static const char remedy[] = "run `hark train --update`: it learns anew from the corrections kept";

/* NULL: there is none in use, or it cannot serve. */
static struct adapter *open_adapter(const struct use *use, const struct analyst *analyst)
{
    struct adapter *adapter = NULL;
    struct error err = {0};
    if (use->version.version == ADAPTER_NO_VERSION)
        return NULL;
    if (!str_equal_z(use->version.base, analyst_base(analyst))) {
        LOG(WARN, "adapter_set_aside", LOG_INT("tenant_id", use->tenant_id),
            LOG_INT("version", use->version.version), LOG_STR("trained_for", use->version.base),
            LOG_Z("model", analyst_base(analyst)), LOG_Z("remedy", remedy));
        return NULL;
    }
    if (adapter_decode(&adapter, use->version.bytes, &err) != STATUS_OK) {
        LOG(ERROR, "adapter_unavailable", LOG_INT("tenant_id", use->tenant_id),
            LOG_INT("version", use->version.version), LOG_Z("error", err.message),
            LOG_Z("remedy", remedy));
        return NULL;
    }
    return adapter;
}

enum status learning_use(struct store *store, const struct analyst *analyst, int64_t tenant_id,
                         struct error *err)
{
    struct use use = {.tenant_id = tenant_id};
    pthread_mutex_lock(&lock);
    enum status status = db_read(store_db(store), DB_SHORT, read_version, &use, err);
    if (status == STATUS_OK)
        adaptation_put(analyst_adaptation(analyst), tenant_id, use.version.version,
                       open_adapter(&use, analyst));
    pthread_mutex_unlock(&lock);
    arena_reset(&use.arena);
    return status;
}

bool learning_serves(const struct analyst *analyst, int64_t tenant_id, int64_t version)
{
    struct adaptation *adaptation = analyst_adaptation(analyst);
    struct adaptation_reading reading = adaptation_enter(adaptation, tenant_id);
    adaptation_leave(adaptation, &reading);
    return reading.adapter != NULL && reading.version == version;
}

struct choosing {
    const struct learning_choice *choice;
    struct arena arena;
};

/* Where the choice leads. */
static enum status find_target(struct db_session *session, struct choosing *choosing,
                               int64_t *target, struct error *err)
{
    const struct learning_choice *choice = choosing->choice;
    struct adapter_list list;
    *target = choice->version;
    if (choice->version != LEARNING_ONE_BACK)
        return STATUS_OK;
    enum status status =
        store_list_adapters(session, &choosing->arena, choice->tenant_id, &list, err);
    if (status != STATUS_OK)
        return status;
    if (list.in_use == ADAPTER_NO_VERSION)
        return fail(err, STATUS_CONFLICT,
                    "the shipped model is in use: there is nothing to go "
                    "back from");
    *target = ADAPTER_NO_VERSION;
    for (size_t i = 0; i < list.count; i++) {
        if (list.items[i].version != list.in_use)
            continue;
        for (size_t k = 0; k < list.count; k++) /* it may be kept no more */
            if (list.items[k].version == list.items[i].previous)
                *target = list.items[i].previous;
    }
    return STATUS_OK;
}

static enum status choose(struct db_session *session, void *argument, struct error *err)
{
    struct choosing *choosing = argument;
    const struct learning_choice *choice = choosing->choice;
    int64_t target;
    enum status status = find_target(session, choosing, &target, err);
    if (status == STATUS_OK)
        status = store_choose_adapter(session, choice->tenant_id, target, err);
    if (status != STATUS_OK)
        return status;
    struct audit_entry entry = {
        .tenant_id = choice->tenant_id,
        .actor = choice->actor,
        .action = "model.chosen",
        .subject = str_format(&choosing->arena, "adapter %lld", (long long)target),
        .detail = STR("{}"),
    };
    return store_add_audit(session, &entry, err);
}

enum status learning_choose(const struct learning_choice *choice, struct error *err)
{
    struct choosing choosing = {.choice = choice};
    enum status status = db_write(store_db(choice->store), choose, &choosing, err);
    arena_reset(&choosing.arena);
    return status == STATUS_OK
               ? learning_use(choice->store, choice->analyst, choice->tenant_id, err)
               : status;
}

struct loading {
    struct arena arena;
    int64_t *tenants;
    size_t count;
};

static enum status read_tenants(struct db_session *session, void *argument, struct error *err)
{
    struct loading *loading = argument;
    return store_list_adapted(session, &loading->arena, &loading->tenants, &loading->count, err);
}

enum status learning_load(struct store *store, const struct analyst *analyst, struct error *err)
{
    struct loading loading = {.count = 0};
    if (!analyst_has_model(analyst))
        return STATUS_OK;
    enum status status = db_read(store_db(store), DB_SHORT, read_tenants, &loading, err);
    for (size_t i = 0; i < loading.count && status == STATUS_OK; i++)
        status = learning_use(store, analyst, loading.tenants[i], err);
    arena_reset(&loading.arena);
    return status;
}
