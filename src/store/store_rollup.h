/* store_rollup.h - the dashboard's numbers, kept exact in the transaction that changes them.
 *
 * A rollup is how many feedback of one tenant, in one hour or day (by created_at), have one value
 * in one dimension. Changes are gathered in memory while a group of writes runs and written once
 * before its commit, so a group of a hundred inserts costs some twenty updates. */
#pragma once

#include "model/feedback.h"
#include "store/store.h"

struct rollups *rollups_open(void);
void rollups_close(struct rollups *rollups);

/* Counts a feedback in (`by` = 1) or out (-1), as its labels stand. On the writer only. */
void rollups_count(struct rollups *rollups, const struct feedback *item, int by);
enum status rollups_flush(struct rollups *rollups, struct db_session *session,
                          struct error *err) MUST_CHECK;
void rollups_forget(struct rollups *rollups);

/* Counts all feedback anew and compares: how many cells there should be, and how many are wrong.
 * With `is_repair`, in a write, they are set right. */
struct recount {
    int64_t cells, wrong;
    bool is_repair;
};
enum status store_recount(struct db_session *session, struct recount *recount,
                          struct error *err) MUST_CHECK;
