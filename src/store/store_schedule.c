#include "store/store_schedule.h"

enum status store_get_schedule(struct db_session *session, str kind, int64_t *last_at,
                               struct error *err)
{
    bool is_there = false;
    struct db_statement *s = db_prepare(session, "SELECT last_at FROM schedules WHERE kind = $1");
    db_bind_text(s, 1, kind);
    if (db_row(s)) {
        *last_at = db_integer(s, 0);
        is_there = true;
    }
    enum status status = db_end(s, err);
    if (status == STATUS_OK && !is_there)
        status = fail(err, STATUS_NOT_FOUND, "there is no such schedule");
    return status;
}

enum status store_put_schedule(struct db_session *session, str kind, int64_t last_at,
                               struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "INSERT INTO schedules (kind, last_at) VALUES ($1, $2)"
                            " ON CONFLICT (kind) DO UPDATE SET last_at = excluded.last_at");
    db_bind_text(s, 1, kind);
    db_bind_integer(s, 2, last_at);
    return db_run(s, NULL, err);
}
