#include "store/store_configuration.h"

#include "base/clock.h"

enum status store_get_configuration(struct db_session *session, struct arena *arena,
                                    int64_t tenant_id, struct configuration *configuration,
                                    struct error *err)
{
    configuration_defaults(configuration);
    struct db_statement *s =
        db_prepare(session, "SELECT key, value FROM configurations WHERE tenant_id = $1");
    db_bind_integer(s, 1, tenant_id);
    while (db_row(s)) {
        const struct json *value;
        str key = db_text(s, 0, arena);
        if (json_parse(arena, db_text(s, 1, arena), &value, NULL) == STATUS_OK &&
            configuration_set(configuration, arena, key, value, NULL) != STATUS_OK)
            continue;
    }
    return db_end(s, err);
}

enum status store_put_configuration(struct db_session *session, int64_t tenant_id, str key,
                                    str value, struct error *err)
{
    struct db_statement *s;
    if (str_is_absent(value)) {
        s = db_prepare(session, "DELETE FROM configurations WHERE tenant_id = $1 AND key = $2");
        db_bind_integer(s, 1, tenant_id);
        db_bind_text(s, 2, key);
        return db_run(s, NULL, err);
    }
    s = db_prepare(session,
                   "INSERT INTO configurations (tenant_id, key, value, updated_at)"
                   " VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, key)"
                   " DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at");
    db_bind_integer(s, 1, tenant_id);
    db_bind_text(s, 2, key);
    db_bind_text(s, 3, value);
    db_bind_integer(s, 4, clock_now_us());
    return db_run(s, NULL, err);
}
