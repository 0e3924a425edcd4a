/* store_adapter.h - each tenant's adapters of the local model, version beside version, and which of
 * them is in use. In a transaction. */
#pragma once

#include "store/store.h"

enum {
    ADAPTER_MOST_VERSIONS = 10, /* kept for each tenant; the oldest go */
    ADAPTER_NO_VERSION = 0      /* the shipped model alone */
};

struct adapter_version {
    int64_t tenant_id, version;
    int64_t previous;                /* what was in use when it came; ADAPTER_NO_VERSION: nothing */
    str base;                        /* the model it was trained against */
    int64_t corrections, learned_to; /* how many texts, and when the last was corrected */
    str figures;                     /* JSON: what its trial found */
    str bytes;                       /* the adapter itself */
    int64_t created_at;
};

/* Keeps it as the newest version and puts it to use. Sets `version`, `previous`. */
enum status store_add_adapter(struct db_session *session, struct adapter_version *adapter,
                              struct error *err) MUST_CHECK;

/* Puts a kept version to use, or none. NOT_FOUND: it is not kept. */
enum status store_choose_adapter(struct db_session *session, int64_t tenant_id, int64_t version,
                                 struct error *err) MUST_CHECK;

/* The one in use; its version is ADAPTER_NO_VERSION when there is none. */
enum status store_get_adapter(struct db_session *session, struct arena *arena, int64_t tenant_id,
                              struct adapter_version *adapter, struct error *err) MUST_CHECK;

/* All versions of a tenant without their bytes, the newest first. */
struct adapter_list {
    struct adapter_version items[ADAPTER_MOST_VERSIONS];
    size_t count;
    int64_t in_use;
};
enum status store_list_adapters(struct db_session *session, struct arena *arena, int64_t tenant_id,
                                struct adapter_list *list, struct error *err) MUST_CHECK;

/* The tenants that have one in use. */
enum status store_list_adapted(struct db_session *session, struct arena *arena, int64_t **tenants,
                               size_t *count, struct error *err) MUST_CHECK;
