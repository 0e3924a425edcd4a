/* store_analysis.h - how an analysis is kept; all of a feedback's are. For the store room itself;
 * other rooms list them by store_feedback.h. */
#pragma once

#include "model/feedback.h"
#include "store/store.h"

enum status store_add_analysis(struct db_session *session, int64_t tenant_id,
                               struct analysis *analysis, struct error *err) MUST_CHECK;

/* Three columns from `column` on; null: not known. */
void read_tokens(struct db_statement *s, int column, struct tokens *tokens);

/* Shares are kept as a JSON array of ten-thousandths: "[9012,310,...]". Unreadable: all NaN. */
void shares_parse(str text, double *shares, size_t count);
