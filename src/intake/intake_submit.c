#include "action/alerting.h"
#include "intake/intake_inside.h"
#include "store/store_event.h"
#include "store/store_feedback.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

enum {
    EVENT_SIZE = 1024 /* a source has at most 100 characters, each escaped to at most six bytes */
};

struct submitting {
    const struct intake_options *intake;
    struct submission *submission;
};

static void write_event(struct buf *data, const struct feedback *item)
{
    struct json_writer writer = {.out = data};
    json_open(&writer, '{');
    json_key(&writer, "id");
    json_integer(&writer, item->id);
    json_key(&writer, "source");
    json_string(&writer, item->source);
    if (item->analysis.sentiment != LABEL_NONE) {
        json_key(&writer, "sentiment");
        json_string_z(&writer, sentiment_names[item->analysis.sentiment]);
        json_key(&writer, "topic");
        json_string_z(&writer, topic_names[item->analysis.topic]);
        json_key(&writer, "severity");
        json_string_z(&writer, severity_names[item->analysis.severity]);
    }
    json_close(&writer, '}');
}

/* One after the other, with the same facts. */
static enum status add_events(struct db_session *session, const struct feedback *item,
                              const char *const *types, size_t count, struct error *err)
{
    char bytes[EVENT_SIZE];
    struct buf data;
    enum status status = STATUS_OK;
    buf_init_on(&data, bytes, sizeof bytes);
    write_event(&data, item);
    struct event event = {
        .tenant_id = item->tenant_id, .subject = item->id, .data = buf_str(&data)};
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        event.type = types[i];
        status = store_add_event(session, &event, err);
    }
    return status;
}

enum status intake_add_event(struct db_session *session, const struct feedback *item,
                             const char *type, struct error *err)
{
    return add_events(session, item, &type, 1, err);
}

/* It came in, and it was understood: two changes. */
static enum status add_feedback_events(struct db_session *session, const struct feedback *item,
                                       struct error *err)
{
    static const char *const types[] = {"feedback.created", "feedback.analyzed"};
    bool is_understood = item->analysis.sentiment != LABEL_NONE;
    return add_events(session, item, types, is_understood ? 2 : 1, err);
}

static enum status add_one(const struct submitting *submitting, struct db_session *session,
                           size_t at, struct error *err)
{
    struct submission *submission = submitting->submission;
    struct feedback *item = &submission->stored[at];
    *item = submission->items[at];
    submission->was_there[at] = false;

    enum status status = store_add_feedback(submitting->intake->store, session, item, err);
    if (status == STATUS_CONFLICT) {
        submission->was_there[at] = true;
        return store_get_feedback(session, submission->arena, item->tenant_id, item->id, item, err);
    }
    if (status == STATUS_OK)
        status = add_feedback_events(session, item, err);
    if (status == STATUS_OK && item->analysis.needs_alert)
        status = alert_open(session, item, err);
    if (status == STATUS_OK && submission->is_deferred)
        status = job_put_feedback(submitting->intake, session, submission->arena, item, err);
    if (status == STATUS_OK && submission->inquiries != NULL)
        status =
            inquiry_keep(submitting->intake, session, &submission->inquiries->items[at], item, err);
    return status;
}

/* NOT_FOUND is the usual case here: the key is new. */
enum status intake_find_answer(struct db_session *session, struct arena *arena,
                               struct kept_answer *answer, bool *is_replay, struct error *err)
{
    *is_replay = false;
    if (answer == NULL)
        return STATUS_OK;
    enum status status = store_find_answer(session, arena, answer, err);
    *is_replay = status == STATUS_OK;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status add_all(struct db_session *session, void *argument, struct error *err)
{
    struct submitting *submitting = argument;
    struct submission *submission = submitting->submission;
    enum status status = intake_find_answer(session, submission->arena, submission->answer,
                                            &submission->is_replay, err);
    if (status != STATUS_OK || submission->is_replay)
        return status;
    for (size_t i = 0; i < submission->count && status == STATUS_OK; i++)
        status = add_one(submitting, session, i, err);
    if (status == STATUS_OK && submission->answer != NULL) {
        submission->render(submission, submission->answer);
        status = store_keep_answer(session, submission->answer, err);
    }
    return status;
}

/* Said once it is true. Seed 001's event, to the letter, and its counts. */
void intake_announce(const struct feedback *item)
{
    const struct analysis *analysis = &item->analysis;
    metric_add_labelled(METRIC_feedback_requests_total, sentiment_names[analysis->sentiment],
                        topic_names[analysis->topic], 1);
    LOG(INFO, "feedback_analyzed", LOG_INT("feedback_id", item->id),
        LOG_Z("sentiment", sentiment_names[analysis->sentiment]),
        LOG_Z("topic", topic_names[analysis->topic]),
        LOG_Z("processing_method", method_names[analysis->method]),
        LOG_REAL("latency_ms", (double)analysis->latency_us / 1000.0),
        LOG_BOOL("cache_hit", analysis->method == METHOD_CACHE));
    if (item->truncated)
        LOG(WARN, "feedback_truncated", LOG_INT("feedback_id", item->id));
    if (analysis->is_gibberish)
        LOG(INFO, "feedback_gibberish", LOG_INT("feedback_id", item->id));
    if (analysis->needs_alert)
        alert_announce(item);
}

enum status intake_submit(const struct intake_options *intake, struct submission *submission,
                          struct error *err)
{
    struct submitting submitting = {intake, submission};
    enum status status = db_write(store_db(intake->store), add_all, &submitting, err);
    if (status != STATUS_OK || submission->is_replay)
        return status;
    for (size_t i = 0; i < submission->count; i++) {
        if (submission->was_there[i] || submission->is_deferred)
            continue;
        intake_announce(&submission->stored[i]);
        if (submission->inquiries != NULL)
            inquiry_let_go(intake, &submission->inquiries->items[i], &submission->stored[i]);
    }
    return STATUS_OK;
}
