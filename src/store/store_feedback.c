#include "store/store_feedback.h"

#include "store/store_analysis.h"
#include "store/store_customer.h"
#include "store/store_rollup.h"
#include "store/store_search.h"

enum status store_find_source(struct db_session *session, const struct feedback *item, int64_t *id,
                              struct error *err)
{
    *id = 0;
    if (str_is_absent(item->source_id))
        return STATUS_OK;
    struct db_statement *s =
        db_prepare(session, "SELECT id FROM feedback"
                            " WHERE tenant_id = $1 AND source = $2 AND source_id = $3");
    db_bind_integer(s, 1, item->tenant_id);
    db_bind_text(s, 2, item->source);
    db_bind_text(s, 3, item->source_id);
    if (db_row(s))
        *id = db_integer(s, 0);
    return db_end(s, err);
}

static str open_or_null(const struct analysis *analysis)
{
    return label_text(alert_status_names, analysis->is_alert_open ? ALERT_OPEN : LABEL_NONE);
}

static void bind_analysis(struct db_statement *s, const struct analysis *analysis)
{
    bool is_done = analysis->sentiment != LABEL_NONE;
    db_bind_text(s, 3, label_text(sentiment_names, analysis->sentiment));
    db_bind_text(s, 4, label_text(topic_names, analysis->topic));
    db_bind_text(s, 5, label_text(severity_names, analysis->severity));
    db_bind_real(s, 6, is_done ? analysis->confidence : (double)NAN);
    db_bind_text(s, 7, label_text(band_names, analysis->band));
    db_bind_integer(s, 8, analysis->needs_alert);
    db_bind_text(s, 9, label_text(method_names, analysis->method));
    db_bind_text(s, 10, analysis->summary);
}

static enum status insert_feedback(struct db_session *session, struct feedback *item,
                                   struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "INSERT INTO feedback (tenant_id, text, sentiment, topic, severity, confidence,"
                 " confidence_score, alert_triggered, processing_method, summary, status, source,"
                 " source_id, rating, customer, user_name, language_code, metadata, pii_detected,"
                 " truncated, created_at, received_at, alert_status)"
                 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
                 " $17, $18, $19, $20, $21, $22, $23)");
    db_bind_integer(s, 1, item->tenant_id);
    db_bind_text(s, 2, item->text);
    bind_analysis(s, &item->analysis);
    db_bind_text(s, 11, str_from_z(feedback_status_names[item->status]));
    db_bind_text(s, 12, item->source);
    db_bind_text(s, 13, item->source_id);
    store_bind_optional(s, 14, item->rating);
    db_bind_text(s, 15, item->customer.external_id);
    db_bind_text(s, 16, item->user_name);
    db_bind_text(s, 17, item->language_code);
    db_bind_text(s, 18, item->metadata);
    db_bind_integer(s, 19, item->pii_detected);
    db_bind_integer(s, 20, item->truncated);
    db_bind_integer(s, 21, item->created_at);
    db_bind_integer(s, 22, item->received_at);
    db_bind_text(s, 23, open_or_null(&item->analysis));
    return db_insert(s, &item->id, err);
}

enum status store_add_feedback(struct store *store, struct db_session *session,
                               struct feedback *item, struct error *err)
{
    int64_t known;
    enum status status = store_find_source(session, item, &known, err);
    if (status == STATUS_OK && known != 0) {
        item->id = known;
        return fail(err, STATUS_CONFLICT, "this source and source_id are here already");
    }
    if (status == STATUS_OK)
        status = store_put_customer(session, item, err);
    if (status == STATUS_OK)
        status = insert_feedback(session, item, err);
    if (status == STATUS_OK && item->analysis.sentiment != LABEL_NONE) {
        item->analysis.feedback_id = item->id;
        status = store_add_analysis(session, item->tenant_id, &item->analysis, err);
    }
    if (status == STATUS_OK)
        rollups_count(store_rollups(store), item, 1);
    return status;
}

static enum status keep_correction(struct db_session *session, const struct relabelling *change,
                                   const char *field, str before, str after, struct error *err)
{
    if (str_equal(before, after))
        return STATUS_OK;
    struct db_statement *s = db_prepare(
        session, "INSERT INTO corrections (tenant_id, feedback_id, field, label_before,"
                 " label_after, note, actor, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    db_bind_integer(s, 1, change->before->tenant_id);
    db_bind_integer(s, 2, change->before->id);
    db_bind_text(s, 3, str_from_z(field));
    db_bind_text(s, 4, before);
    db_bind_text(s, 5, after);
    db_bind_text(s, 6, change->note);
    db_bind_text(s, 7, change->actor);
    db_bind_integer(s, 8, change->at);
    return db_run(s, NULL, err);
}

static enum status keep_corrections(struct db_session *session, const struct relabelling *change,
                                    struct error *err)
{
    const struct analysis *before = &change->before->analysis, *after = &change->after->analysis;
    enum status status = keep_correction(session, change, "sentiment",
                                         label_text(sentiment_names, before->sentiment),
                                         label_text(sentiment_names, after->sentiment), err);
    if (status == STATUS_OK)
        status = keep_correction(session, change, "topic", label_text(topic_names, before->topic),
                                 label_text(topic_names, after->topic), err);
    if (status == STATUS_OK)
        status = keep_correction(session, change, "severity",
                                 label_text(severity_names, before->severity),
                                 label_text(severity_names, after->severity), err);
    return status;
}

enum status store_correct_feedback(struct store *store, struct db_session *session,
                                   const struct relabelling *change, struct error *err)
{
    const struct feedback *after = change->after;
    enum status status = keep_corrections(session, change, err);
    if (status != STATUS_OK)
        return status;

    struct db_statement *s =
        db_prepare(session, "UPDATE feedback SET sentiment = $1, topic = $2, severity = $3,"
                            " alert_triggered = $4, alert_status = COALESCE(alert_status, $5)"
                            " WHERE tenant_id = $6 AND id = $7");
    db_bind_text(s, 1, label_text(sentiment_names, after->analysis.sentiment));
    db_bind_text(s, 2, label_text(topic_names, after->analysis.topic));
    db_bind_text(s, 3, label_text(severity_names, after->analysis.severity));
    db_bind_integer(s, 4, after->analysis.needs_alert);
    db_bind_text(s, 5, open_or_null(&after->analysis));
    db_bind_integer(s, 6, after->tenant_id);
    db_bind_integer(s, 7, after->id);
    status = db_run(s, NULL, err);
    if (status == STATUS_OK) {
        rollups_count(store_rollups(store), change->before, -1);
        rollups_count(store_rollups(store), after, 1);
    }
    return status;
}

enum status store_upgrade_feedback(struct store *store, struct db_session *session,
                                   const struct feedback *before, struct feedback *after,
                                   struct analysis *found, struct error *err)
{
    found->feedback_id = after->id;
    enum status status = store_add_analysis(session, after->tenant_id, found, err);
    if (status != STATUS_OK)
        return status;
    struct db_statement *s = db_prepare(
        session, "UPDATE feedback SET status = $1, truncated = $2, sentiment = $3, topic = $4,"
                 " severity = $5, confidence = $6, confidence_score = $7, alert_triggered = $8,"
                 " processing_method = $9, summary = $10,"
                 " alert_status = COALESCE(alert_status, $11)"
                 " WHERE tenant_id = $12 AND id = $13");
    db_bind_text(s, 1, str_from_z(feedback_status_names[after->status]));
    db_bind_integer(s, 2, after->truncated);
    bind_analysis(s, &after->analysis);
    db_bind_text(s, 11, open_or_null(&after->analysis));
    db_bind_integer(s, 12, after->tenant_id);
    db_bind_integer(s, 13, after->id);
    status = db_run(s, NULL, err);
    if (status == STATUS_OK) {
        rollups_count(store_rollups(store), before, -1);
        rollups_count(store_rollups(store), after, 1);
    }
    return status;
}

enum status store_complete_feedback(struct store *store, struct db_session *session,
                                    const struct feedback *before, struct feedback *after,
                                    struct error *err)
{
    return store_upgrade_feedback(store, session, before, after, &after->analysis, err);
}

enum status store_find_corrected(struct db_session *session, int64_t feedback_id,
                                 struct corrected *corrected, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "SELECT DISTINCT field FROM corrections WHERE feedback_id = $1");
    db_bind_integer(s, 1, feedback_id);
    *corrected = (struct corrected){false, false, false};
    while (db_row(s)) {
        str field = db_peek(s, 0);
        corrected->sentiment |= str_equal(field, STR("sentiment"));
        corrected->topic |= str_equal(field, STR("topic"));
        corrected->severity |= str_equal(field, STR("severity"));
    }
    return db_end(s, err);
}

enum status store_fail_feedback(struct db_session *session, int64_t tenant_id, int64_t id,
                                struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "UPDATE feedback SET status = 'failed'"
                            " WHERE tenant_id = $1 AND id = $2 AND status = 'pending'");
    db_bind_integer(s, 1, tenant_id);
    db_bind_integer(s, 2, id);
    return db_run(s, NULL, err);
}

enum status store_delete_feedback(struct store *store, struct db_session *session,
                                  const struct feedback *item, struct error *err)
{
    enum status status = store_remove_from_search(session, item, err);
    if (status != STATUS_OK)
        return status;
    struct db_statement *s =
        db_prepare(session, "DELETE FROM feedback WHERE tenant_id = $1 AND id = $2");
    db_bind_integer(s, 1, item->tenant_id);
    db_bind_integer(s, 2, item->id);
    status = db_run(s, NULL, err);
    if (status == STATUS_OK)
        rollups_count(store_rollups(store), item, -1);
    return status;
}
