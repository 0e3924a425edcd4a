/* The proof of the rollups: all feedback counted anew by SQL alone, which shares nothing with the
 * code that keeps them, and compared cell by cell. */
#include "store/store_rollup.h"

/* clang-format off */
#define CELL(grain, unit, dimension, value, condition) \
    "SELECT tenant_id, '" grain "' AS grain, created_at - created_at % " unit " AS bucket, '" \
    dimension "' AS dimension, " value " AS value, COUNT(*) AS n FROM feedback WHERE " condition \
    " GROUP BY 1, 2, 3, 4, 5"
#define LABEL(grain, unit, dimension, column) \
    " UNION ALL " CELL(grain, unit, dimension, column, column " IS NOT NULL")
#define CELLS(grain, unit) \
    CELL(grain, unit, "total", "'all'", "1 = 1") \
    " UNION ALL " CELL(grain, unit, "alert", "'triggered'", "alert_triggered = 1") \
    " UNION ALL " CELL(grain, unit, "alert", "'open'", "alert_status = 'open'") \
    LABEL(grain, unit, "sentiment", "sentiment") \
    LABEL(grain, unit, "topic", "topic") \
    LABEL(grain, unit, "severity", "severity") \
    LABEL(grain, unit, "confidence", "confidence_score") \
    LABEL(grain, unit, "source", "source") \
    LABEL(grain, unit, "language", "COALESCE(language_code, 'unknown')")
/* clang-format on */
#define ALL_CELLS CELLS("hour", "3600000000") " UNION ALL " CELLS("day", "86400000000")

static enum status count_wrong(struct db_session *session, struct recount *recount,
                               struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "WITH truth AS (" ALL_CELLS ")"
                 " SELECT (SELECT COUNT(*) FROM truth),"
                 " (SELECT COUNT(*) FROM truth t LEFT JOIN rollups r ON r.tenant_id = t.tenant_id"
                 "   AND r.grain = t.grain AND r.bucket = t.bucket AND r.dimension = t.dimension"
                 "   AND r.value = t.value WHERE r.n IS NULL OR r.n <> t.n)"
                 " + (SELECT COUNT(*) FROM rollups r LEFT JOIN truth t ON r.tenant_id = t.tenant_id"
                 "   AND r.grain = t.grain AND r.bucket = t.bucket AND r.dimension = t.dimension"
                 "   AND r.value = t.value WHERE t.n IS NULL AND r.n <> 0)");
    if (db_row(s)) {
        recount->cells = db_integer(s, 0);
        recount->wrong = db_integer(s, 1);
    }
    return db_end(s, err);
}

enum status store_recount(struct db_session *session, struct recount *recount, struct error *err)
{
    enum status status = count_wrong(session, recount, err);
    if (status != STATUS_OK || !recount->is_repair || recount->wrong == 0)
        return status;
    status = db_run(db_prepare(session, "DELETE FROM rollups"), NULL, err);
    if (status != STATUS_OK)
        return status;
    return db_run(
        db_prepare(
            session,
            "INSERT INTO rollups (tenant_id, grain, bucket, dimension, value, n) " ALL_CELLS),
        NULL, err);
}
