/* store_idempotency.h - answers kept under the key a client chose, so that a repeated request is
 * answered again instead of done again (draft-ietf-httpapi-idempotency-key-header-07). In a
 * transaction. */
#pragma once

#include "base/status.h"
#include "store/store.h"

#define IDEMPOTENCY_LIFETIME_US (48 * INT64_C(3600000000))

struct kept_answer {
    int64_t tenant_id;
    str key;
    str fingerprint; /* of the request: SHA-256, in hex */
    int64_t http_status;
    str body;
};

/* Fills http_status and body when the key is there with this fingerprint. NOT_FOUND: it is not
 * there, or too old; CONFLICT: it is there for another request. */
enum status store_find_answer(struct db_session *session, struct arena *arena,
                              struct kept_answer *answer, struct error *err) MUST_CHECK;
enum status store_keep_answer(struct db_session *session, const struct kept_answer *answer,
                              struct error *err) MUST_CHECK;

/* Removes what was kept until `before_us`. */
enum status store_drop_answers(struct db_session *session, int64_t before_us,
                               struct error *err) MUST_CHECK;
