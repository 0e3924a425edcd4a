/* store_quality.h - counts who agrees with whom, from the analyses and corrections that are kept.
 * It reads each feedback of the range: milliseconds for thousands. */
#pragma once

#include "model/quality.h"
#include "store/store.h"

/* Names and groups live in the arena. */
enum status store_get_quality(struct db_session *session, struct arena *arena,
                              const struct quality_query *query, struct quality *quality,
                              struct error *err) MUST_CHECK;
