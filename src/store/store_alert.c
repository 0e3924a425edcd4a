#include "store/store_alert.h"

enum status store_add_alert(struct db_session *session, struct alert *alert, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "INSERT INTO alerts (tenant_id, feedback_id, status, rule, sentiment, topic,"
                 " severity, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    db_bind_integer(s, 1, alert->tenant_id);
    db_bind_integer(s, 2, alert->feedback_id);
    db_bind_text(s, 3, str_from_z(alert_status_names[alert->status]));
    db_bind_text(s, 4, alert->rule);
    db_bind_text(s, 5, str_from_z(sentiment_names[alert->sentiment]));
    db_bind_text(s, 6, str_from_z(topic_names[alert->topic]));
    db_bind_text(s, 7, str_from_z(severity_names[alert->severity]));
    db_bind_integer(s, 8, alert->created_at);
    db_bind_integer(s, 9, alert->updated_at);
    return db_insert(s, &alert->id, err);
}
