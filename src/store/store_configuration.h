/* store_configuration.h - configurations that differ from their defaults. In a transaction. */
#pragma once

#include "model/configuration.h"
#include "store/store.h"

/* The defaults, and over them what the tenant has set. A stored value that the table no longer
 * takes leaves its default. */
enum status store_get_configuration(struct db_session *session, struct arena *arena,
                                    int64_t tenant_id, struct configuration *configuration,
                                    struct error *err) MUST_CHECK;

/* `value` is JSON; absent puts the default back. */
enum status store_put_configuration(struct db_session *session, int64_t tenant_id, str key,
                                    str value, struct error *err) MUST_CHECK;
