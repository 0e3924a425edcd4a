#include "store/store_usage_rows.h"

enum status store_get_usage_kept(struct db_session *session, int64_t *since, struct error *err)
{
    *since = 0;
    struct db_statement *s = db_prepare(session, "SELECT since FROM usage_kept");
    if (db_row(s))
        *since = db_integer(s, 0);
    return db_end(s, err);
}

static enum status note_kept(struct db_session *session, int64_t since, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "INSERT INTO usage_kept (one, since) VALUES (1, $1)"
                            " ON CONFLICT (one) DO UPDATE SET since = excluded.since"
                            " WHERE usage_kept.since < excluded.since");
    db_bind_integer(s, 1, since);
    return db_run(s, NULL, err);
}

/* Rows lie by the time of their ids, which is nearly that of their calls: a look at the first of
 * them finds what is old without an index that each call would pay for. */
enum status store_remove_usage(struct db_session *session, struct usage_removal *removal,
                               struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "DELETE FROM usage WHERE id IN (SELECT id FROM usage ORDER BY id"
                            " LIMIT $1) AND created_at < $2 AND outcome <> 'reserved'");
    db_bind_integer(s, 1, removal->most);
    db_bind_integer(s, 2, removal->before_us);
    enum status status = db_run(s, &removal->removed, err);
    return status == STATUS_OK && removal->removed > 0 ? note_kept(session, removal->before_us, err)
                                                       : status;
}
