/* What happens to a feedback after it came in: it is understood later, people correct it, or take
 * it away. */
#include "action/alerting.h"
#include "base/clock.h"
#include "intake/intake_inside.h"
#include "store/store_event.h"
#include "store/store_feedback.h"

struct change {
    const struct intake_options *intake;
    void *what; /* struct correcting or struct removal */
};

static void relabel(struct feedback *item, const struct correction *correction)
{
    if (correction->sentiment != LABEL_NONE)
        item->analysis.sentiment = correction->sentiment;
    if (correction->topic != LABEL_NONE)
        item->analysis.topic = correction->topic;
    if (correction->severity != LABEL_NONE)
        item->analysis.severity = correction->severity;
    if (item->analysis.sentiment != LABEL_NONE)
        item->analysis.score = item->analysis.scores[item->analysis.sentiment];
}

/* The alert rule over the corrected labels, of which a person is sure. */
static bool would_alert(const struct correcting *correcting, const struct analysis *analysis)
{
    struct analysis sure = *analysis;
    sure.confidence = 1;
    return alert_is_needed(correcting->configuration, &sure);
}

static enum status note(struct db_session *session, const struct feedback *item, const char *type,
                        struct arena *arena, struct error *err)
{
    const struct analysis *analysis = &item->analysis;
    struct event event = {
        .type = type,
        .tenant_id = item->tenant_id,
        .subject = item->id,
        .data = analysis->sentiment == LABEL_NONE
                    ? STR("{}")
                    : str_format(arena,
                                 "{\"id\":%lld,\"sentiment\":\"%s\",\"topic\":\"%s\","
                                 "\"severity\":\"%s\"}",
                                 (long long)item->id, sentiment_names[analysis->sentiment],
                                 topic_names[analysis->topic], severity_names[analysis->severity]),
    };
    return store_add_event(session, &event, err);
}

/* A correction that makes an alert opens one; one that unmakes it notes so and closes nothing. */
static enum status follow_alert(struct db_session *session, const struct correcting *correcting,
                                bool was_needed, bool was_triggered, struct error *err)
{
    const struct feedback *after = &correcting->after;
    if (after->analysis.needs_alert && !was_triggered)
        return alert_open(session, after, err);
    if (was_triggered && was_needed && !would_alert(correcting, &after->analysis))
        return note(session, after, "alert.unmade", correcting->arena, err);
    return STATUS_OK;
}

static enum status correct(struct db_session *session, void *argument, struct error *err)
{
    struct change *change = argument;
    struct correcting *correcting = change->what;
    struct feedback before;
    enum status status = store_get_feedback(session, correcting->arena, correcting->tenant_id,
                                            correcting->id, &before, err);
    if (status != STATUS_OK)
        return status;
    if (before.analysis.sentiment == LABEL_NONE)
        return fail(err, STATUS_CONFLICT,
                    "it has no labels yet that could be corrected; its status says when it has");

    struct feedback *after = &correcting->after;
    *after = before;
    relabel(after, correcting->correction);
    bool was_needed = would_alert(correcting, &before.analysis);
    bool is_needed = would_alert(correcting, &after->analysis);
    bool has_changed = after->analysis.sentiment != before.analysis.sentiment;
    if (has_changed && is_needed && !before.analysis.needs_alert)
        after->analysis.needs_alert = after->analysis.is_alert_open = true;

    struct relabelling relabelling = {&before, after, correcting->correction->note,
                                      correcting->actor, clock_now_us()};
    status = store_correct_feedback(change->intake->store, session, &relabelling, err);
    if (status == STATUS_OK)
        status = note(session, after, "feedback.corrected", correcting->arena, err);
    if (status == STATUS_OK)
        status = follow_alert(session, correcting, was_needed, before.analysis.needs_alert, err);
    return status;
}

enum status intake_correct(const struct intake_options *intake, struct correcting *correcting,
                           struct error *err)
{
    struct change change = {intake, correcting};
    return db_write(store_db(intake->store), correct, &change, err);
}

/* Its job would find nothing to work at. */
static enum status cancel_job(const struct intake_options *intake, struct db_session *session,
                              struct arena *arena, const struct feedback *item, struct error *err)
{
    struct job_record record;
    if (item->status != FEEDBACK_PENDING)
        return STATUS_OK;
    enum status status =
        store_get_feedback_job(session, arena, item->tenant_id, item->id, &record, err);
    if (status == STATUS_OK)
        status = job_cancel(intake, session, arena, &record, err);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status take_away(struct db_session *session, void *argument, struct error *err)
{
    struct change *change = argument;
    struct removal *removal = change->what;
    struct feedback item;
    enum status status =
        store_get_feedback(session, removal->arena, removal->tenant_id, removal->id, &item, err);
    if (status == STATUS_OK)
        status = cancel_job(change->intake, session, removal->arena, &item, err);
    if (status == STATUS_OK)
        status = store_delete_feedback(change->intake->store, session, &item, err);
    if (status == STATUS_OK)
        status = note(session, &item, "feedback.deleted", removal->arena, err);
    if (status != STATUS_OK)
        return status;
    struct audit_entry entry = {
        .tenant_id = removal->tenant_id,
        .actor = removal->actor,
        .action = "feedback.deleted",
        .subject = str_format(removal->arena, "feedback %lld", (long long)removal->id),
        .detail = STR("{}"),
    };
    return store_add_audit(session, &entry, err);
}

enum status intake_remove(const struct intake_options *intake, struct removal *removal,
                          struct error *err)
{
    struct change change = {intake, removal};
    return db_write(store_db(intake->store), take_away, &change, err);
}

enum status intake_complete(const struct intake_options *intake, struct db_session *session,
                            const struct completing *completing, struct error *err)
{
    struct feedback *after = completing->after;
    enum status status =
        store_complete_feedback(intake->store, session, completing->before, after, err);
    if (status == STATUS_OK)
        status = intake_add_event(session, after, "feedback.analyzed", err);
    if (status == STATUS_OK && after->analysis.needs_alert)
        status = alert_open(session, after, err);
    return status;
}
