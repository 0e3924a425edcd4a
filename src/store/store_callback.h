/* store_callback.h - how it goes with the places that jobs call back, in a transaction. A place is
 * a tenant's, and what stands before the path of a URL: "https://example.com:8443". Only those that
 * fail are kept. */
#pragma once

#include "model/delivery.h"
#include "store/store.h"

struct callback_place {
    int64_t tenant_id;
    str origin;
    struct receiver_health health;
};

/* Fills its health: receiver_is_well when it is not kept. */
enum status store_get_callback_place(struct db_session *session, struct callback_place *place,
                                     struct error *err) MUST_CHECK;
enum status store_put_callback_place(struct db_session *session, const struct callback_place *place,
                                     int64_t now, struct error *err) MUST_CHECK;
enum status store_remove_callback_place(struct db_session *session,
                                        const struct callback_place *place,
                                        struct error *err) MUST_CHECK;

/* Of those who find that a pause is over, one gets it: it lasts until `until` for all others. */
enum status store_claim_callback_probe(struct db_session *session,
                                       const struct callback_place *place, int64_t until,
                                       bool *is_mine, struct error *err) MUST_CHECK;

/* Forgets those that nobody has called since. */
enum status store_sweep_callback_places(struct db_session *session, int64_t before,
                                        struct error *err) MUST_CHECK;
