#include "store/store_key.h"

enum status store_add_key(struct db_session *session, struct api_key *key, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "INSERT INTO api_keys (tenant_id, name, prefix, hmac, scopes, created_at,"
                 " expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)");
    db_bind_integer(s, 1, key->tenant_id);
    db_bind_text(s, 2, key->name);
    db_bind_text(s, 3, key->prefix);
    db_bind_text(s, 4, key->hmac);
    db_bind_text(s, 5, key->scopes_text);
    db_bind_integer(s, 6, key->created_at);
    store_bind_optional(s, 7, key->expires_at);
    return db_insert(s, &key->id, err);
}

static enum status read_key(struct db_statement *s, struct arena *arena, struct api_key *key,
                            struct error *err)
{
    *key = (struct api_key){
        .id = db_integer(s, 0),
        .tenant_id = db_integer(s, 1),
        .name = db_text(s, 2, arena),
        .prefix = db_text(s, 3, arena),
        .hmac = db_text(s, 4, arena),
        .scopes_text = db_text(s, 5, arena),
        .created_at = db_integer(s, 6),
        .expires_at = store_read_optional(s, 7),
        .revoked_at = store_read_optional(s, 8),
    };
    return scopes_parse(key->scopes_text, &key->scopes, err);
}

enum status store_list_keys(struct db_session *session, struct arena *arena, int64_t tenant_id,
                            struct api_key **keys, size_t *count, struct error *err)
{
    enum status status = STATUS_OK;
    struct db_statement *s = db_prepare(
        session, "SELECT id, tenant_id, name, prefix, hmac, scopes, created_at, expires_at,"
                 " revoked_at FROM api_keys WHERE tenant_id = $1 OR $1 = 0 ORDER BY id");
    db_bind_integer(s, 1, tenant_id);
    *keys = NULL;
    *count = 0;
    while (status == STATUS_OK && db_row(s)) {
        *keys = arena_grow(arena, *keys, *count * sizeof **keys, (*count + 1) * sizeof **keys);
        status = read_key(s, arena, &(*keys)[(*count)++], err);
    }
    enum status ended = db_end(s, status == STATUS_OK ? err : NULL);
    return status == STATUS_OK ? ended : status;
}

enum status store_revoke_key(struct db_session *session, int64_t tenant_id, int64_t id, int64_t at,
                             struct error *err)
{
    int64_t changed = 0;
    struct db_statement *s =
        db_prepare(session, "UPDATE api_keys SET revoked_at = $1"
                            " WHERE tenant_id = $2 AND id = $3 AND revoked_at IS NULL");
    db_bind_integer(s, 1, at);
    db_bind_integer(s, 2, tenant_id);
    db_bind_integer(s, 3, id);
    enum status status = db_run(s, &changed, err);
    if (status == STATUS_OK && changed == 0)
        return fail(err, STATUS_NOT_FOUND, "there is no key %lld that could be revoked",
                    (long long)id);
    return status;
}
