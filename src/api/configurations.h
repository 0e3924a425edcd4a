/* configurations.h - each tenant's configuration, kept at hand for the requests that need it. Any
 * thread. */
#pragma once

#include "model/configuration.h"
#include "store/store.h"

struct configurations;

struct configurations *configurations_open(struct store *store);
void configurations_close(struct configurations *configurations);

/* A copy of what holds now; reads the database the first time. */
enum status configurations_get(struct configurations *configurations, int64_t tenant_id,
                               struct configuration *configuration, struct error *err) MUST_CHECK;

/* Sets one, or puts its default back when `value` is NULL; audited; holds for every request after.
 */
struct configuration_change {
    int64_t tenant_id;
    str key;
    const struct json *value;
    const char *actor;
};
enum status configurations_put(struct configurations *configurations, struct arena *arena,
                               const struct configuration_change *change,
                               struct error *err) MUST_CHECK;
