#include "analysis/relearning.h"

#include "analysis/learning.h"
#include "analysis/learning_use.h"
#include "base/heap.h"
#include "telemetry/log.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct relearning {
    struct store *store;
    const struct analyst *analyst;
    struct arena arena; /* of the list */
    int64_t *tenants;
    size_t count;
    pthread_t thread;
    atomic_bool is_stopping;
};

static bool is_left_aside(const struct relearning *relearning, int64_t tenant_id,
                          const struct adapter_list *list)
{
    return list->count > 0 && list->items[0].version == list->in_use &&
           !learning_serves(relearning->analyst, tenant_id, list->in_use);
}

static enum status find_tenants(struct db_session *session, void *argument, struct error *err)
{
    struct relearning *relearning = argument;
    int64_t *adapted;
    size_t count;
    enum status status = store_list_adapted(session, &relearning->arena, &adapted, &count, err);
    if (status != STATUS_OK)
        return status;
    relearning->count = 0;
    relearning->tenants = arena_array(&relearning->arena, int64_t, count + 1);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        struct adapter_list list;
        status = store_list_adapters(session, &relearning->arena, adapted[i], &list, err);
        if (status == STATUS_OK && is_left_aside(relearning, adapted[i], &list))
            relearning->tenants[relearning->count++] = adapted[i];
    }
    return status;
}

static void say_failed(int64_t tenant_id, const struct error *err)
{
    LOG(WARN, "relearning_failed", LOG_INT("tenant_id", tenant_id), LOG_Z("error", err->message),
        LOG_Z("remedy", "run `hark train --update`; until then the shipped model answers"));
}

static void learn_anew(const struct relearning *relearning, int64_t tenant_id)
{
    struct arena arena = {0};
    struct error err = {0};
    struct learning_run run = {.store = relearning->store,
                               .analyst = relearning->analyst,
                               .arena = &arena,
                               .tenant_id = tenant_id};
    enum status status = learning_gather(&run, &err);
    if (status == STATUS_OK) {
        learning_try(&run);
        status = learning_keep(&run, STR("hark"), &err);
    }
    if (status == STATUS_OK)
        LOG(INFO, "relearned", LOG_INT("tenant_id", tenant_id),
            LOG_Z("outcome", learning_outcome_names[run.outcome]),
            LOG_INT("corrections", (int64_t)run.corrected));
    else
        say_failed(tenant_id, &err);
    arena_reset(&arena);
}

static void *learn_behind(void *argument)
{
    struct relearning *relearning = argument;
    for (size_t i = 0; i < relearning->count && !atomic_load(&relearning->is_stopping); i++)
        learn_anew(relearning, relearning->tenants[i]);
    return NULL;
}

static void free_relearning(struct relearning *relearning)
{
    arena_reset(&relearning->arena);
    free(relearning);
}

struct relearning *relearning_start(struct store *store, const struct analyst *analyst)
{
    struct relearning *self = heap_new(struct relearning);
    struct error err = {0};
    self->store = store;
    self->analyst = analyst;
    if (analyst_has_model(analyst) &&
        db_read(store_db(store), DB_SHORT, find_tenants, self, &err) != STATUS_OK) {
        say_failed(0, &err);
        self->count = 0;
    }
    if (self->count == 0) {
        free_relearning(self);
        return NULL;
    }
    int failure = pthread_create(&self->thread, NULL, learn_behind, self);
    assert(failure == 0 && "no thread can be made for learning anew");
    (void)failure;
    pthread_setname_np(self->thread, "relearning");
    return self;
}

void relearning_stop(struct relearning *relearning)
{
    if (relearning == NULL)
        return;
    atomic_store(&relearning->is_stopping, true);
    pthread_join(relearning->thread, NULL);
    free_relearning(relearning);
}
