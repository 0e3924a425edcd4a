/* store_webhook.h - webhooks and what signs callbacks, in a transaction. Secrets are sealed here.
 */
#pragma once

#include "model/delivery.h"
#include "store/store.h"

/* Sets the id and after_seq: it is told what comes from now on. CONFLICT: the tenant has `most`. */
enum status store_add_webhook(struct db_session *session, struct webhook *webhook, int64_t most,
                              struct error *err) MUST_CHECK;

/* NOT_FOUND. `tenant_id` 0: of any. */
enum status store_get_webhook(struct db_session *session, struct arena *arena, int64_t tenant_id,
                              int64_t id, struct webhook *webhook, struct error *err) MUST_CHECK;

/* Those of a tenant, or the enabled ones of all for 0; in order. */
enum status store_list_webhooks(struct db_session *session, struct arena *arena, int64_t tenant_id,
                                struct webhook **webhooks, size_t *count,
                                struct error *err) MUST_CHECK;

/* Writes all that people change: what it is, whether it is enabled, its secrets. NOT_FOUND. */
enum status store_put_webhook(struct db_session *session, const struct webhook *webhook,
                              struct error *err) MUST_CHECK;
enum status store_remove_webhook(struct db_session *session, int64_t tenant_id, int64_t id,
                                 struct error *err) MUST_CHECK; /* NOT_FOUND */

/* Writes what attempts change: failures, failing_since, paused_until. */
enum status store_put_webhook_health(struct db_session *session, const struct webhook *webhook,
                                     struct error *err) MUST_CHECK;

/* Of those who find that a pause is over, one gets it: it lasts until `until` for all others. */
enum status store_claim_probe(struct db_session *session, const struct webhook *webhook,
                              int64_t until, bool *is_mine, struct error *err) MUST_CHECK;

/* Another number after each change of who is told what. */
enum status store_get_webhook_changes(struct db_session *session, int64_t *count,
                                      struct error *err) MUST_CHECK;

/* NOT_FOUND: the tenant has none yet. */
enum status store_get_callback_secrets(struct db_session *session, struct arena *arena,
                                       int64_t tenant_id, struct webhook_secrets *secrets,
                                       struct error *err) MUST_CHECK;
enum status store_put_callback_secrets(struct db_session *session, int64_t tenant_id,
                                       const struct webhook_secrets *secrets,
                                       struct error *err) MUST_CHECK;
