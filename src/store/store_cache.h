/* store_cache.h - answers of language models that outlive the process: labels and numbers as JSON,
 * under a digest of all they depend on. In a transaction. */
#pragma once

#include "store/store.h"

struct kept_result {
    int64_t tenant_id;
    str key; /* bytes */
    str value;
    int64_t until; /* wall clock */
};

/* Fills the value. NOT_FOUND: there is none, or it is too old. */
enum status store_get_result(struct db_session *session, struct arena *arena,
                             struct kept_result *result, struct error *err) MUST_CHECK;
enum status store_put_result(struct db_session *session, const struct kept_result *result,
                             struct error *err) MUST_CHECK; /* over what was there */
enum status store_clear_results(struct db_session *session, int64_t tenant_id, int64_t *removed,
                                struct error *err) MUST_CHECK;

/* Removes at most `most` of those whose time was over by `now_us`. */
enum status store_remove_results(struct db_session *session, int64_t now_us, int64_t most,
                                 int64_t *removed, struct error *err) MUST_CHECK;
