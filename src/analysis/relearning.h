/* relearning.h - learns anew, behind a server that starts, what was left aside.
 *
 * A version belongs to the model file that it was trained on. Where that file has changed, or the
 * version does not read back, and it is the tenant's newest, a thread does what an update does: the
 * same corrections, the same rules of promotion, an audit entry. Who went back to an older version
 * chose it: that tenant is left as it is. */
#pragma once

#include "analysis/analyst.h"
#include "store/store.h"

struct relearning;

/* NULL: there is nothing to learn anew. `store` and `analyst` live until it is stopped. */
struct relearning *relearning_start(struct store *store, const struct analyst *analyst);

/* Waits for the tenant that is being learned, seconds at most; the others are learned at the next
 * start. NULL is fine. */
void relearning_stop(struct relearning *relearning);
