/* store_delivery.h - deliveries to webhooks and callbacks, and their attempts, in a transaction. */
#pragma once

#include "model/delivery.h"
#include "store/store.h"

/* Sets the id. CONFLICT: there is one of that message_id, and nothing was written. */
enum status store_add_delivery(struct db_session *session, struct delivery *delivery,
                               struct error *err) MUST_CHECK;

/* NOT_FOUND; of any tenant for 0. */
enum status store_get_delivery(struct db_session *session, struct arena *arena, int64_t tenant_id,
                               int64_t id, struct delivery *delivery, struct error *err) MUST_CHECK;
enum status store_find_delivery(struct db_session *session, struct arena *arena, int64_t tenant_id,
                                str message_id, struct delivery *delivery,
                                struct error *err) MUST_CHECK;

/* Writes what changes with time: all from status on. */
enum status store_put_delivery(struct db_session *session, const struct delivery *delivery,
                               struct error *err) MUST_CHECK;

/* The newest first. */
struct delivery_page {
    int64_t tenant_id;
    int64_t webhook_id; /* 0: of all, and callbacks */
    int status;         /* LABEL_NONE: any */
    int64_t before_id;  /* 0: from the newest on */
    struct delivery *items;
    size_t room, count;
};
enum status store_list_deliveries(struct db_session *session, struct arena *arena,
                                  struct delivery_page *page, struct error *err) MUST_CHECK;

enum status store_add_attempt(struct db_session *session, const struct delivery *delivery,
                              const struct delivery_attempt *attempt, struct error *err) MUST_CHECK;
enum status store_list_attempts(struct db_session *session, struct arena *arena,
                                struct delivery *delivery, struct error *err) MUST_CHECK;

/* Removes at most `most` that are over and were put before `before`, with their attempts. */
enum status store_sweep_deliveries(struct db_session *session, int64_t before, int64_t most,
                                   int64_t *removed, struct error *err) MUST_CHECK;
