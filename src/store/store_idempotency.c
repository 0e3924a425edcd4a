#include "store/store_idempotency.h"

#include "base/clock.h"

enum status store_find_answer(struct db_session *session, struct arena *arena,
                              struct kept_answer *answer, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "SELECT fingerprint, http_status, body FROM idempotency_keys"
                            " WHERE tenant_id = $1 AND key = $2 AND created_at > $3");
    db_bind_integer(s, 1, answer->tenant_id);
    db_bind_text(s, 2, answer->key);
    db_bind_integer(s, 3, clock_now_us() - IDEMPOTENCY_LIFETIME_US);
    bool is_there = db_row(s), is_same = false;
    if (is_there) {
        is_same = str_equal(answer->fingerprint, db_text(s, 0, arena));
        answer->http_status = db_integer(s, 1);
        answer->body = db_text(s, 2, arena);
    }
    enum status status = db_end(s, err);
    if (status != STATUS_OK)
        return status;
    if (!is_there)
        return fail(err, STATUS_NOT_FOUND, "no answer is kept under this Idempotency-Key");
    return is_same ? STATUS_OK
                   : fail(err, STATUS_CONFLICT,
                          "this Idempotency-Key was used before, for another request");
}

enum status store_drop_answers(struct db_session *session, int64_t before_us, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "DELETE FROM idempotency_keys WHERE created_at <= $1");
    db_bind_integer(s, 1, before_us);
    return db_run(s, NULL, err);
}

enum status store_keep_answer(struct db_session *session, const struct kept_answer *answer,
                              struct error *err)
{
    int64_t now = clock_now_us();
    /* What has outlived its time goes a little at a time, with each that comes. */
    enum status status = store_drop_answers(session, now - IDEMPOTENCY_LIFETIME_US, err);
    if (status != STATUS_OK)
        return status;
    struct db_statement *s = db_prepare(
        session, "INSERT INTO idempotency_keys (tenant_id, key, fingerprint, http_status, body,"
                 " created_at) VALUES ($1, $2, $3, $4, $5, $6)");
    db_bind_integer(s, 1, answer->tenant_id);
    db_bind_text(s, 2, answer->key);
    db_bind_text(s, 3, answer->fingerprint);
    db_bind_integer(s, 4, answer->http_status);
    db_bind_text(s, 5, answer->body);
    db_bind_integer(s, 6, now);
    return db_run(s, NULL, err);
}
