/* store_event.h - the append-only log of changes, and the audit trail beside it. In a transaction.
 */
#pragma once

#include "model/access.h"
#include "model/event.h"
#include "store/store.h"

/* Appends; makes the id and sets seq and created_at. */
enum status store_add_event(struct db_session *session, struct event *event,
                            struct error *err) MUST_CHECK;

/* What follows `after` in the log, in order; of one tenant, or of all for 0. `items` has room for
 * `room`. `reached` is the place to go on after: all up to it has been seen, also what was another
 * tenant's; it never passes an event whose commit may still come (on SQLite there is none, as one
 * connection writes; on PostgreSQL it stops before the oldest transaction that still runs). */
struct event_page {
    int64_t tenant_id;
    int64_t after;
    int64_t until; /* the last that is wanted; 0: no end */
    struct event *items;
    size_t room, count;
    int64_t reached;
};
enum status store_list_events(struct db_session *session, struct arena *arena,
                              struct event_page *page, struct error *err) MUST_CHECK;

/* The last place in the log that a reader may have reached; 0 while it is empty. */
enum status store_get_newest_event(struct db_session *session, int64_t *seq,
                                   struct error *err) MUST_CHECK;

/* Removes at most `most` of the oldest events, up to the first that was not made before
 * `before_us`; never the newest, by which readers know how far the log goes. */
enum status store_remove_events(struct db_session *session, int64_t before_us, int64_t most,
                                int64_t *removed, struct error *err) MUST_CHECK;
/* The first place that is still kept; 0 while the log is empty. */
enum status store_get_oldest_event(struct db_session *session, int64_t *seq,
                                   struct error *err) MUST_CHECK;

/* Where a durable reader is, such as the one that tells webhooks. NOT_FOUND: it is new. */
enum status store_get_cursor(struct db_session *session, str reader, int64_t *seq,
                             struct error *err) MUST_CHECK;
enum status store_put_cursor(struct db_session *session, str reader, int64_t seq,
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
