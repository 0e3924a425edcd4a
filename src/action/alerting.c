#include "action/alerting.h"

#include "base/clock.h"
#include "store/store_alert.h"
#include "store/store_event.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

bool alert_is_needed(const struct configuration *configuration, const struct analysis *analysis)
{
    bool is_bad = (analysis->sentiment == SENTIMENT_NEGATIVE && configuration->alert_on_negative) ||
                  (analysis->sentiment == SENTIMENT_MIXED && configuration->alert_on_mixed);
    return is_bad && analysis->confidence >= configuration->alert_least_confidence;
}

/* Where two that read it differ so far that a person should look, the worse word is the alert's. */
static int worse_sentiment(const struct analysis *analysis)
{
    bool is_worse = analysis->needs_review && analysis->local.is_known &&
                    analysis->local.sentiment == SENTIMENT_NEGATIVE;
    return is_worse ? SENTIMENT_NEGATIVE : analysis->sentiment;
}

bool alert_is_needed_for(const struct configuration *configuration, const struct analysis *analysis,
                         const struct analysis *local)
{
    return alert_is_needed(configuration, analysis) ||
           (analysis->needs_review && alert_is_needed(configuration, local));
}

enum status alert_open(struct db_session *session, const struct feedback *item, struct error *err)
{
    const struct analysis *analysis = &item->analysis;
    int64_t now = clock_now_us();
    struct alert alert = {
        .tenant_id = item->tenant_id,
        .feedback_id = item->id,
        .status = ALERT_OPEN,
        .rule = STR("sentiment"),
        .sentiment = worse_sentiment(analysis),
        .topic = analysis->topic,
        .severity = analysis->severity,
        .created_at = now,
        .updated_at = now,
    };
    enum status status = store_add_alert(session, &alert, err);
    if (status != STATUS_OK)
        return status;

    struct arena arena = {0};
    struct event event = {
        .type = "alert.opened",
        .tenant_id = item->tenant_id,
        .subject = alert.id,
        .data =
            str_format(&arena,
                       "{\"id\":%lld,\"feedback_id\":%lld,\"sentiment\":\"%s\",\"topic\":\"%s\","
                       "\"severity\":\"%s\"}",
                       (long long)alert.id, (long long)item->id, sentiment_names[alert.sentiment],
                       topic_names[analysis->topic], severity_names[analysis->severity]),
    };
    status = store_add_event(session, &event, err);
    arena_reset(&arena);
    return status;
}

void alert_announce(const struct feedback *item)
{
    const struct analysis *analysis = &item->analysis;
    metric_add_labelled(METRIC_alerts_opened_total, severity_names[analysis->severity], NULL, 1);
    LOG(INFO, "alert_opened", LOG_INT("feedback_id", item->id),
        LOG_Z("sentiment", sentiment_names[analysis->sentiment]),
        LOG_Z("topic", topic_names[analysis->topic]),
        LOG_Z("severity", severity_names[analysis->severity]));
}
