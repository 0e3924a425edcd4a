/* store_alert.h - alerts, in the transaction of the feedback that opens them. */
#pragma once

#include "model/alert.h"
#include "store/store.h"

enum status store_add_alert(struct db_session *session, struct alert *alert,
                            struct error *err) MUST_CHECK; /* sets the id */
