#include "store/store.h"

#include "base/heap.h"
#include "model/field.h"
#include "store/migrations.h"
#include "store/store_rollup.h"

#include <pthread.h>
#include <stdlib.h>

struct store {
    struct db *db;
    struct rollups *rollups;
    pthread_mutex_t lock; /* of the watchers */
    struct store_watcher *watchers;
};

static enum status flush_rollups(struct db_session *session, void *argument, struct error *err)
{
    return rollups_flush(((struct store *)argument)->rollups, session, err);
}

static void forget_rollups(void *argument)
{
    rollups_forget(((struct store *)argument)->rollups);
}

static void tell_watchers(void *argument, unsigned news)
{
    struct store *store = argument;
    pthread_mutex_lock(&store->lock);
    for (struct store_watcher *at = store->watchers; at != NULL; at = at->next)
        if ((at->wanted & news) != 0)
            at->told(at);
    pthread_mutex_unlock(&store->lock);
}

void store_watch(struct store *store, struct store_watcher *watcher)
{
    pthread_mutex_lock(&store->lock);
    watcher->next = store->watchers;
    store->watchers = watcher;
    pthread_mutex_unlock(&store->lock);
}

void store_unwatch(struct store *store, struct store_watcher *watcher)
{
    pthread_mutex_lock(&store->lock);
    for (struct store_watcher **at = &store->watchers; *at != NULL; at = &(*at)->next) {
        if (*at == watcher) {
            *at = watcher->next;
            break;
        }
    }
    pthread_mutex_unlock(&store->lock);
}

enum status store_open(struct store **store, str url, struct error *err)
{
    struct store *self = heap_new(struct store);
    self->rollups = rollups_open();
    pthread_mutex_init(&self->lock, NULL);
    struct db_options options = {
        .url = url,
        .before_commit = flush_rollups,
        .after_rollback = forget_rollups,
        .after_commit = tell_watchers,
        .argument = self,
    };
    enum status status = db_open(&self->db, &options, err);
    if (status == STATUS_OK)
        status = db_migrate(self->db, migrations, migration_count, NULL, err);
    if (status != STATUS_OK) {
        store_close(self);
        return status;
    }
    *store = self;
    return STATUS_OK;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    db_close(store->db);
    rollups_close(store->rollups);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

struct db *store_db(const struct store *store)
{
    return store->db;
}

struct rollups *store_rollups(const struct store *store)
{
    return store->rollups;
}

enum status store_read_anything(struct db_session *session, void *argument, struct error *err)
{
    struct db_statement *s = db_prepare(session, "SELECT id FROM tenants LIMIT 1");
    (void)argument;
    db_row(s);
    return db_end(s, err);
}

int store_schema_version(void)
{
    return migration_count;
}

void store_bind_optional(struct db_statement *statement, int at, int64_t value)
{
    if (value == FIELD_UNSET)
        db_bind_null(statement, at);
    else
        db_bind_integer(statement, at, value);
}

int64_t store_read_optional(struct db_statement *statement, int column)
{
    return db_is_null(statement, column) ? FIELD_UNSET : db_integer(statement, column);
}
