/* store_key.h - API keys: what can be known of them without having them. In a transaction. */
#pragma once

#include "model/access.h"
#include "store/store.h"

enum status store_add_key(struct db_session *session, struct api_key *key,
                          struct error *err) MUST_CHECK; /* sets the id */

/* All keys of a tenant, or of all tenants for 0; the revoked too. */
enum status store_list_keys(struct db_session *session, struct arena *arena, int64_t tenant_id,
                            struct api_key **keys, size_t *count, struct error *err) MUST_CHECK;

/* NOT_FOUND: there is none, or it is revoked already. */
enum status store_revoke_key(struct db_session *session, int64_t tenant_id, int64_t id, int64_t at,
                             struct error *err) MUST_CHECK;
