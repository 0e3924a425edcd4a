/* The proof of the ledger's sums: its rows counted anew by SQL alone, which shares nothing with the
 * code that keeps them, and compared sum by sum. */
#include "store/store_usage_rows.h"

/* What waits for its bill: the one line that knows where that is kept. */
#define HELD                                                                                       \
    "SELECT tenant_id, created_at AS at, reserved_nano_usd AS nano FROM usage"                     \
    " WHERE outcome = 'reserved'"

/* From $1 on the rows are all there. */
#define ROWS "FROM usage WHERE outcome <> 'reserved' AND created_at >= $1"

/* clang-format off */
#define DAYS_OF_ROWS \
    "SELECT tenant_id, created_at - created_at % 86400000000 AS day, job, provider, model," \
    " prompt_version, COUNT(*) AS calls," \
    " SUM(CASE WHEN outcome = 'failed' THEN 1 ELSE 0 END) AS failed," \
    " SUM(CASE WHEN outcome = 'lost' THEN 1 ELSE 0 END) AS lost," \
    " SUM(CASE WHEN cost_nano_usd IS NULL THEN 1 ELSE 0 END) AS unpriced," \
    " COALESCE(SUM(cost_nano_usd), 0) AS cost," \
    " COALESCE(SUM(input_tokens), 0) AS input, COALESCE(SUM(output_tokens), 0) AS output," \
    " COALESCE(SUM(cached_tokens), 0) AS cached " ROWS " GROUP BY 1, 2, 3, 4, 5, 6"

#define SAME_DAY \
    "d.tenant_id = t.tenant_id AND d.day = t.day AND d.job = t.job AND d.provider = t.provider" \
    " AND d.model = t.model AND d.prompt_version = t.prompt_version"

/* The calendar, month by month, as far as there is a ledger. */
#define CALENDAR \
    "calendar (start, following, year, month) AS (SELECT 0, 31 * 86400000000, 1970, 1" \
    " UNION ALL SELECT following, following + 86400000000 * CASE month % 12 + 1" \
    "  WHEN 2 THEN CASE WHEN year % 4 = 0 AND (year % 100 <> 0 OR year % 400 = 0)" \
    "   THEN 29 ELSE 28 END" \
    "  WHEN 4 THEN 30 WHEN 6 THEN 30 WHEN 9 THEN 30 WHEN 11 THEN 30 ELSE 31 END," \
    "  year + month / 12, month % 12 + 1 FROM calendar" \
    " WHERE following <= (SELECT MAX(at) FROM money))"

/* Each tenant's money, and once more as the server's, tenant 0. */
#define MONEY \
    "bills (tenant_id, at, spent, held) AS (" \
    "SELECT tenant_id, created_at, COALESCE(cost_nano_usd, 0), 0 " ROWS \
    " UNION ALL SELECT tenant_id, day, cost_nano_usd, 0 FROM usage_days WHERE day < $1" \
    " UNION ALL SELECT tenant_id, at, 0, nano FROM (" HELD ") held)," \
    " money (tenant_id, at, spent, held) AS (SELECT tenant_id, at - at % 86400000000," \
    " SUM(spent), SUM(held) FROM bills GROUP BY 1, 2" \
    " UNION ALL SELECT 0, at - at % 86400000000, SUM(spent), SUM(held) FROM bills GROUP BY 2)"
/* clang-format on */

static enum status recount_with(struct db_session *session, const char *sql,
                                struct usage_recount *recount, struct error *err)
{
    int64_t since;
    enum status status = store_get_usage_kept(session, &since, err);
    if (status != STATUS_OK)
        return status;
    struct db_statement *s = db_prepare(session, sql);
    db_bind_integer(s, 1, since);
    if (db_row(s)) {
        recount->sums += db_integer(s, 0);
        recount->wrong += db_integer(s, 1);
    }
    return db_end(s, err);
}

static enum status recount_days(struct db_session *session, struct usage_recount *recount,
                                struct error *err)
{
    return recount_with(
        session,
        "WITH t AS (" DAYS_OF_ROWS ")"
        " SELECT (SELECT COUNT(*) FROM t),"
        " (SELECT COUNT(*) FROM t LEFT JOIN usage_days d ON " SAME_DAY
        "   WHERE d.calls IS NULL OR d.calls <> t.calls OR d.failed <> t.failed"
        "   OR d.lost <> t.lost OR d.unpriced <> t.unpriced OR d.cost_nano_usd <> t.cost"
        "   OR d.input_tokens <> t.input OR d.output_tokens <> t.output"
        "   OR d.cached_tokens <> t.cached)"
        " + (SELECT COUNT(*) FROM usage_days d LEFT JOIN t ON " SAME_DAY
        "   WHERE d.day >= $1 AND t.calls IS NULL)",
        recount, err);
}

/* A month without calls may have a row: what was told of its budget. */
static enum status recount_months(struct db_session *session, struct usage_recount *recount,
                                  struct error *err)
{
    return recount_with(
        session,
        "WITH RECURSIVE " MONEY ", " CALENDAR ", t AS ("
        "SELECT tenant_id, start AS month, SUM(spent) AS spent, SUM(held) AS held FROM money"
        " JOIN calendar ON at >= start AND at < following GROUP BY 1, 2)"
        " SELECT (SELECT COUNT(*) FROM t),"
        " (SELECT COUNT(*) FROM t LEFT JOIN usage_months m ON m.tenant_id = t.tenant_id"
        "   AND m.month = t.month WHERE COALESCE(m.spent_nano_usd, 0) <> t.spent"
        "   OR COALESCE(m.reserved_nano_usd, 0) <> t.held)"
        " + (SELECT COUNT(*) FROM usage_months m LEFT JOIN t ON m.tenant_id = t.tenant_id"
        "   AND m.month = t.month WHERE t.month IS NULL"
        "   AND (m.spent_nano_usd <> 0 OR m.reserved_nano_usd <> 0))",
        recount, err);
}

enum status store_recount_usage(struct db_session *session, struct usage_recount *recount,
                                struct error *err)
{
    *recount = (struct usage_recount){0};
    enum status status = recount_days(session, recount, err);
    return status == STATUS_OK ? recount_months(session, recount, err) : status;
}
