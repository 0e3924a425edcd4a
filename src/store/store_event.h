/* store_event.h - the append-only log of changes, and the audit trail beside it. In a transaction.
 */
#pragma once

#include "model/access.h"
#include "model/event.h"
#include "store/store.h"

/* Appends; makes the id and sets seq and created_at. */
enum status store_add_event(struct db_session *session, struct event *event,
                            struct error *err) MUST_CHECK;

/* Each entry holds the SHA-256 of the one before and itself, so that none can be changed or left
 * out unseen. */
enum status store_add_audit(struct db_session *session, const struct audit_entry *entry,
                            struct error *err) MUST_CHECK;

/* Walks the chain. `broken_at` is the id of the first entry that does not fit, or 0. */
struct audit_check {
    int64_t entries, broken_at;
};
enum status store_check_audit(struct db_session *session, struct audit_check *check,
                              struct error *err) MUST_CHECK;
