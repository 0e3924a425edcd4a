/* store_usage_rows.h - the single calls of the ledger (store_usage.h): how long they are kept, and
 * the proof that the sums beside them are theirs. In a transaction.
 *
 * The sums stay for good. Rows go by whole days, and from which day on they are all there is noted
 * with the first that goes: what counts rows says from when it counts, or leaves older days out. */
#pragma once

#include "store/store.h"

/* Removes at most `most` of the oldest settled calls that were reserved before `before_us`, the
 * start of a day. Fewer than `most`: no more of them are to be removed now. */
struct usage_removal {
    int64_t before_us, most;
    int64_t removed;
};
enum status store_remove_usage(struct db_session *session, struct usage_removal *removal,
                               struct error *err) MUST_CHECK;

/* The start of the first day whose calls are all there; 0: those of every day are. */
enum status store_get_usage_kept(struct db_session *session, int64_t *since,
                                 struct error *err) MUST_CHECK;

/* How many sums of days and months there are, and how many are not what the rows come to; of days
 * whose rows have gone, months are compared with the sums of those days. Mends nothing: these are
 * bills. */
struct usage_recount {
    int64_t sums, wrong;
};
enum status store_recount_usage(struct db_session *session, struct usage_recount *recount,
                                struct error *err) MUST_CHECK;
