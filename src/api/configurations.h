/* configurations.h - each tenant's configuration, kept at hand for the requests that need it, with
 * what is made of it once: its own patterns of personal data, compiled. Any thread. */
#pragma once

#include "model/configuration.h"
#include "pii/pii.h"
#include "store/store.h"

struct configurations;

/* A tenant's, as it was at one moment: it stays so while it is held. */
struct tenant_rules {
    uint64_t generation; /* no others have it, before or after */
    struct configuration configuration;
    struct pii_policy pii;
};

struct configurations *configurations_open(struct store *store);
void configurations_close(struct configurations *configurations); /* after all were given back */

/* What holds now; reads the database the first time. Give it back when done with it. */
enum status configurations_take(struct configurations *configurations, int64_t tenant_id,
                                const struct tenant_rules **rules, struct error *err) MUST_CHECK;
void configurations_give_back(const struct tenant_rules *rules); /* NULL is fine */

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
