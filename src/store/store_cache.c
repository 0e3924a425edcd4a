#include "store/store_cache.h"

#include "base/clock.h"

enum status store_get_result(struct db_session *session, struct arena *arena,
                             struct kept_result *result, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "SELECT value, until FROM cache"
                            " WHERE tenant_id = $1 AND key = $2 AND until > $3");
    db_bind_integer(s, 1, result->tenant_id);
    db_bind_bytes(s, 2, result->key);
    db_bind_integer(s, 3, clock_now_us());
    bool is_there = db_row(s);
    if (is_there) {
        result->value = db_text(s, 0, arena);
        result->until = db_integer(s, 1);
    }
    enum status status = db_end(s, err);
    if (status == STATUS_OK && !is_there)
        status = fail(err, STATUS_NOT_FOUND, "no result is kept under this key");
    return status;
}

enum status store_put_result(struct db_session *session, const struct kept_result *result,
                             struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "INSERT INTO cache (tenant_id, key, value, until)"
                            " VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, key)"
                            " DO UPDATE SET value = excluded.value, until = excluded.until");
    db_bind_integer(s, 1, result->tenant_id);
    db_bind_bytes(s, 2, result->key);
    db_bind_text(s, 3, result->value);
    db_bind_integer(s, 4, result->until);
    return db_run(s, NULL, err);
}

enum status store_clear_results(struct db_session *session, int64_t tenant_id, int64_t *removed,
                                struct error *err)
{
    struct db_statement *s = db_prepare(session, "DELETE FROM cache WHERE tenant_id = $1");
    db_bind_integer(s, 1, tenant_id);
    return db_run(s, removed, err);
}

enum status store_remove_results(struct db_session *session, int64_t now_us, int64_t most,
                                 int64_t *removed, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "DELETE FROM cache WHERE (tenant_id, key) IN"
                            " (SELECT tenant_id, key FROM cache WHERE until <= $1"
                            "  ORDER BY until LIMIT $2)");
    db_bind_integer(s, 1, now_us);
    db_bind_integer(s, 2, most);
    return db_run(s, removed, err);
}
