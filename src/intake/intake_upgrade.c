/* A language model's answer to what the local model had answered meanwhile. */
#include "action/alerting.h"
#include "intake/intake_ask.h"
#include "store/store_event.h"
#include "store/store_feedback.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

/* What people have corrected stays as they said. */
static void keep_corrected(const struct corrected *corrected, const struct feedback *before,
                           struct feedback *after)
{
    if (corrected->sentiment)
        after->analysis.sentiment = before->analysis.sentiment;
    if (corrected->topic)
        after->analysis.topic = before->analysis.topic;
    if (corrected->severity)
        after->analysis.severity = before->analysis.severity;
    after->analysis.score = after->analysis.scores[after->analysis.sentiment];
}

static str event_data(struct arena *arena, const struct feedback *before,
                      const struct feedback *after)
{
    const struct analysis *from = &before->analysis, *to = &after->analysis;
    return str_format(
        arena,
        "{\"id\":%lld,\"sentiment\":\"%s\",\"topic\":\"%s\",\"severity\":\"%s\","
        "\"processing_method\":\"%s\",\"before\":{\"sentiment\":\"%s\",\"topic\":\"%s\","
        "\"severity\":\"%s\"}}",
        (long long)after->id, sentiment_names[to->sentiment], topic_names[to->topic],
        severity_names[to->severity], method_names[to->method], sentiment_names[from->sentiment],
        topic_names[from->topic], severity_names[from->severity]);
}

static enum status note(struct db_session *session, const struct upgrade *upgrade,
                        const struct feedback *before, const char *type, struct error *err)
{
    struct event event = {
        .type = type,
        .tenant_id = upgrade->tenant_id,
        .subject = upgrade->feedback_id,
        .data = event_data(upgrade->arena, before, &upgrade->after),
    };
    return store_add_event(session, &event, err);
}

/* One that makes an alert opens one; one that unmakes it notes so and closes nothing (DESIGN 8.6).
 * Where a person has said what the sentiment is, that has decided it. */
static void decide_alert(struct upgrade *upgrade, const struct feedback *before,
                         const struct corrected *corrected, bool *is_unmade)
{
    struct analysis *analysis = &upgrade->after.analysis;
    bool is_needed = corrected->sentiment
                         ? before->analysis.needs_alert
                         : alert_is_needed_for(upgrade->configuration, analysis, upgrade->local);
    upgrade->is_alert_opened = is_needed && !before->analysis.needs_alert;
    *is_unmade = before->analysis.needs_alert && !is_needed;
    analysis->needs_alert = before->analysis.needs_alert || is_needed;
    analysis->is_alert_open = before->analysis.is_alert_open || upgrade->is_alert_opened;
}

static enum status put(const struct intake_options *intake, struct db_session *session,
                       struct upgrade *upgrade, struct feedback *before, struct error *err)
{
    struct feedback *after = &upgrade->after;
    struct corrected corrected;
    bool is_unmade;
    enum status status = store_find_corrected(session, upgrade->feedback_id, &corrected, err);
    if (status != STATUS_OK)
        return status;
    *after = *before;
    cascade_merge(intake->cascade, upgrade->local, upgrade->answer, &after->analysis);
    struct analysis found = after->analysis;
    decide_alert(upgrade, before, &corrected, &is_unmade);
    keep_corrected(&corrected, before, after);
    status = store_upgrade_feedback(intake->store, session, before, after, &found, err);
    if (status == STATUS_OK)
        status = note(session, upgrade, before, "feedback.analysis_upgraded", err);
    if (status == STATUS_OK && upgrade->is_alert_opened)
        status = alert_open(session, after, err);
    if (status == STATUS_OK && is_unmade)
        status = note(session, upgrade, before, "alert.unmade", err);
    upgrade->is_done = status == STATUS_OK;
    return status;
}

enum status intake_upgrade(const struct intake_options *intake, struct db_session *session,
                           struct upgrade *upgrade, struct error *err)
{
    struct feedback before;
    upgrade->is_done = upgrade->is_alert_opened = false;
    enum status status = store_get_feedback(session, upgrade->arena, upgrade->tenant_id,
                                            upgrade->feedback_id, &before, err);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    if (status != STATUS_OK || before.analysis.method != METHOD_ML_FALLBACK)
        return status;
    return put(intake, session, upgrade, &before, err);
}

void intake_announce_upgrade(const struct upgrade *upgrade)
{
    const struct analysis *analysis = &upgrade->after.analysis;
    if (!upgrade->is_done)
        return;
    metric_add(METRIC_feedback_upgraded_total, 1);
    LOG(INFO, "feedback_upgraded", LOG_INT("feedback_id", upgrade->feedback_id),
        LOG_Z("sentiment", sentiment_names[analysis->sentiment]),
        LOG_Z("topic", topic_names[analysis->topic]),
        LOG_Z("processing_method", method_names[analysis->method]),
        LOG_REAL("latency_ms", (double)analysis->latency_us / 1000.0));
    if (upgrade->is_alert_opened)
        alert_announce(&upgrade->after);
}
