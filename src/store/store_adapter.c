#include "store/store_adapter.h"

#include "base/clock.h"

static enum status find_numbers(struct db_session *session, struct adapter_version *adapter,
                                struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "SELECT COALESCE((SELECT MAX(version) FROM adapters WHERE tenant_id = $1), 0) + 1,"
                 " COALESCE((SELECT version FROM adapters_in_use WHERE tenant_id = $1), 0)");
    db_bind_integer(s, 1, adapter->tenant_id);
    if (db_row(s)) {
        adapter->version = db_integer(s, 0);
        adapter->previous = db_integer(s, 1);
    }
    return db_end(s, err);
}

static enum status insert(struct db_session *session, const struct adapter_version *adapter,
                          struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "INSERT INTO adapters (tenant_id, version, previous, base, corrections,"
                            " learned_to, figures, bytes, created_at)"
                            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    db_bind_integer(s, 1, adapter->tenant_id);
    db_bind_integer(s, 2, adapter->version);
    db_bind_integer(s, 3, adapter->previous);
    db_bind_text(s, 4, adapter->base);
    db_bind_integer(s, 5, adapter->corrections);
    db_bind_integer(s, 6, adapter->learned_to);
    db_bind_text(s, 7, adapter->figures);
    db_bind_bytes(s, 8, adapter->bytes);
    db_bind_integer(s, 9, adapter->created_at);
    return db_run(s, NULL, err);
}

static enum status put_in_use(struct db_session *session, int64_t tenant_id, int64_t version,
                              struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "INSERT INTO adapters_in_use (tenant_id, version, updated_at) VALUES ($1, $2, $3)"
                 " ON CONFLICT (tenant_id)"
                 " DO UPDATE SET version = excluded.version, updated_at = excluded.updated_at");
    db_bind_integer(s, 1, tenant_id);
    db_bind_integer(s, 2, version);
    db_bind_integer(s, 3, clock_now_us());
    return db_run(s, NULL, err);
}

static enum status drop_oldest(struct db_session *session, const struct adapter_version *adapter,
                               struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "DELETE FROM adapters WHERE tenant_id = $1 AND version <= $2");
    db_bind_integer(s, 1, adapter->tenant_id);
    db_bind_integer(s, 2, adapter->version - ADAPTER_MOST_VERSIONS);
    return db_run(s, NULL, err);
}

enum status store_add_adapter(struct db_session *session, struct adapter_version *adapter,
                              struct error *err)
{
    enum status status = find_numbers(session, adapter, err);
    if (status == STATUS_OK)
        status = insert(session, adapter, err);
    if (status == STATUS_OK)
        status = put_in_use(session, adapter->tenant_id, adapter->version, err);
    return status == STATUS_OK ? drop_oldest(session, adapter, err) : status;
}

static enum status check_is_kept(struct db_session *session, int64_t tenant_id, int64_t version,
                                 struct error *err)
{
    bool is_kept = false;
    struct db_statement *s =
        db_prepare(session, "SELECT 1 FROM adapters WHERE tenant_id = $1 AND version = $2");
    db_bind_integer(s, 1, tenant_id);
    db_bind_integer(s, 2, version);
    is_kept = db_row(s);
    enum status status = db_end(s, err);
    if (status == STATUS_OK && !is_kept)
        return fail(err, STATUS_NOT_FOUND, "version %lld is not kept", (long long)version);
    return status;
}

enum status store_choose_adapter(struct db_session *session, int64_t tenant_id, int64_t version,
                                 struct error *err)
{
    enum status status =
        version == ADAPTER_NO_VERSION ? STATUS_OK : check_is_kept(session, tenant_id, version, err);
    return status == STATUS_OK ? put_in_use(session, tenant_id, version, err) : status;
}

static void read_version(struct db_statement *s, struct arena *arena,
                         struct adapter_version *adapter)
{
    adapter->version = db_integer(s, 0);
    adapter->previous = db_integer(s, 1);
    adapter->base = db_text(s, 2, arena);
    adapter->corrections = db_integer(s, 3);
    adapter->learned_to = db_integer(s, 4);
    adapter->figures = db_text(s, 5, arena);
    adapter->created_at = db_integer(s, 6);
}

enum status store_get_adapter(struct db_session *session, struct arena *arena, int64_t tenant_id,
                              struct adapter_version *adapter, struct error *err)
{
    struct adapter_version found = {.tenant_id = tenant_id};
    struct db_statement *s = db_prepare(
        session, "SELECT a.version, a.previous, a.base, a.corrections, a.learned_to, a.figures,"
                 " a.created_at, a.bytes FROM adapters_in_use u JOIN adapters a"
                 " ON a.tenant_id = u.tenant_id AND a.version = u.version WHERE u.tenant_id = $1");
    db_bind_integer(s, 1, tenant_id);
    if (db_row(s)) {
        read_version(s, arena, &found);
        found.bytes = db_text(s, 7, arena);
    }
    enum status status = db_end(s, err);
    if (status == STATUS_OK)
        *adapter = found;
    return status;
}

static enum status find_in_use(struct db_session *session, int64_t tenant_id, int64_t *version,
                               struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "SELECT version FROM adapters_in_use WHERE tenant_id = $1");
    db_bind_integer(s, 1, tenant_id);
    *version = db_row(s) ? db_integer(s, 0) : ADAPTER_NO_VERSION;
    return db_end(s, err);
}

enum status store_list_adapters(struct db_session *session, struct arena *arena, int64_t tenant_id,
                                struct adapter_list *list, struct error *err)
{
    *list = (struct adapter_list){.count = 0};
    struct db_statement *s =
        db_prepare(session, "SELECT version, previous, base, corrections, learned_to, figures,"
                            " created_at FROM adapters WHERE tenant_id = $1 ORDER BY version DESC");
    db_bind_integer(s, 1, tenant_id);
    while (list->count < ADAPTER_MOST_VERSIONS && db_row(s)) {
        struct adapter_version *adapter = &list->items[list->count++];
        adapter->tenant_id = tenant_id;
        read_version(s, arena, adapter);
    }
    enum status status = db_end(s, err);
    return status == STATUS_OK ? find_in_use(session, tenant_id, &list->in_use, err) : status;
}

enum status store_list_adapted(struct db_session *session, struct arena *arena, int64_t **tenants,
                               size_t *count, struct error *err)
{
    *tenants = NULL;
    *count = 0;
    struct db_statement *s = db_prepare(
        session, "SELECT tenant_id FROM adapters_in_use WHERE version > 0 ORDER BY tenant_id");
    while (db_row(s)) {
        *tenants =
            arena_grow(arena, *tenants, *count * sizeof **tenants, (*count + 1) * sizeof **tenants);
        (*tenants)[(*count)++] = db_integer(s, 0);
    }
    return db_end(s, err);
}
