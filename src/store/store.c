#include "store/store.h"

#include "base/heap.h"
#include "store/migrations.h"
#include "store/store_rollup.h"

#include <stdlib.h>

struct store {
    struct db *db;
    struct rollups *rollups;
};

static enum status flush_rollups(struct db_session *session, void *argument, struct error *err)
{
    return rollups_flush(((struct store *)argument)->rollups, session, err);
}

static void forget_rollups(void *argument)
{
    rollups_forget(((struct store *)argument)->rollups);
}

enum status store_open(struct store **store, str url, struct error *err)
{
    struct store *self = heap_new(struct store);
    self->rollups = rollups_open();
    struct db_options options = {
        .url = url,
        .before_commit = flush_rollups,
        .after_rollback = forget_rollups,
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
