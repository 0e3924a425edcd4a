/* learning_use.h - makes the version that the database names the one that answers. */
#pragma once

#include "analysis/analyst.h"
#include "store/store.h"

/* Reads the tenant's version and puts it in the analyst's adaptation; one that cannot serve is
 * logged and left aside. */
enum status learning_use(struct store *store, const struct analyst *analyst, int64_t tenant_id,
                         struct error *err) MUST_CHECK;

/* Whether it is this version that answers: that it is in use, and was not left aside. */
bool learning_serves(const struct analyst *analyst, int64_t tenant_id, int64_t version);
