/* store_schedule.h - up to when the recurring jobs of a kind have been put. In a transaction. */
#pragma once

#include "store/store.h"

/* NOT_FOUND: none was ever due. */
enum status store_get_schedule(struct db_session *session, str kind, int64_t *last_at,
                               struct error *err) MUST_CHECK;
enum status store_put_schedule(struct db_session *session, str kind, int64_t last_at,
                               struct error *err) MUST_CHECK;
