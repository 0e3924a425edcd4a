/* What is analysed later, over a real file with a queue and the shipped model, and nobody who does
 * the jobs but the test: run from the top of the repository. */
#include "base/test.h"
#include "intake/intake_job.h"
#include "queue/queue.h"
#include "store/store_feedback.h"
#include "store/store_rollup.h"

#include <unistd.h>

static const char angry[] = "This is awful, the app crashes all the time and I hate using it.";

static const struct queue_kind kinds[] = {
    {.name = "analyze", .most_attempts = 3, .timeout_us = 1000000, .concurrency = 100},
    {.name = "feedback", .most_attempts = 3, .timeout_us = 1000000, .concurrency = 100},
};

static struct arena arena;
static struct intake_options intake;
static struct configuration configuration;
static char folder[] = "/tmp/hark-intake-job-XXXXXX";

static void open_all(void)
{
    struct pii_finder *finder;
    struct queue_options options = {.backend = "sql",
                                    .kinds = kinds,
                                    .kind_count = 2,
                                    .visibility_us = 300000000,
                                    .retention_us = INT64_MAX / 2};
    EXPECT(mkdtemp(folder) != NULL);
    EXPECT(store_open(&intake.store, str_format(&arena, "sqlite:%s/test.db", folder), NULL) ==
           STATUS_OK);
    options.db = store_db(intake.store);
    EXPECT(queue_open(&intake.queue, &options, NULL) == STATUS_OK);
    EXPECT(pii_open(&finder, NULL) == STATUS_OK);
    intake.finder = finder;
    intake.analyst = analyst_open("models/hark-ngram.bin");
    intake.redact = true;
    configuration_defaults(&configuration);
}

static void close_all(void)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    queue_close(intake.queue);
    store_close(intake.store);
    pii_close((struct pii_finder *)intake.finder);
    analyst_close((struct analyst *)intake.analyst);
    for (size_t i = 0; i < 4; i++)
        unlink(str_format(&arena, "%s/test.db%s", folder, endings[i]).bytes);
    rmdir(folder);
}

/* What the works below are given, and give. */
struct scene {
    struct feedback item, after;
    struct job_record record;
    struct recount recount;
    struct job job;
    str id;
    int64_t feedback_id;
};

static enum status in_write(db_work *work, struct scene *scene)
{
    return db_write(store_db(intake.store), work, scene, NULL);
}

static enum status get_feedback(struct db_session *session, void *argument, struct error *err)
{
    struct scene *scene = argument;
    return store_get_feedback(session, &arena, TENANT_DEFAULT, scene->feedback_id, &scene->item,
                              err);
}

static enum status get_record(struct db_session *session, void *argument, struct error *err)
{
    struct scene *scene = argument;
    return store_get_job(session, &arena, TENANT_DEFAULT, scene->id, &scene->record, err);
}

static enum status get_job(struct db_session *session, void *argument, struct error *err)
{
    struct scene *scene = argument;
    struct job_key key = {TENANT_DEFAULT, scene->id};
    return queue_get(intake.queue, session, &arena, &key, &scene->job, err);
}

static enum status count_anew(struct db_session *session, void *argument, struct error *err)
{
    return store_recount(session, &((struct scene *)argument)->recount, err);
}

static enum status complete(struct db_session *session, void *argument, struct error *err)
{
    struct scene *scene = argument;
    return intake_complete(&intake, session, &(struct completing){&scene->item, &scene->after},
                           err);
}

static enum status cancel(struct db_session *session, void *argument, struct error *err)
{
    struct scene *scene = argument;
    return job_cancel(&intake, session, &arena, &scene->record, err);
}

static bool is_exact(void)
{
    struct scene scene = {.feedback_id = 0};
    EXPECT(in_write(count_anew, &scene) == STATUS_OK);
    return scene.recount.wrong == 0;
}

static struct feedback received(const char *text)
{
    struct feedback item = {.tenant_id = TENANT_DEFAULT,
                            .text = str_from_z(text),
                            .created_at = FIELD_UNSET,
                            .rating = FIELD_UNSET};
    struct preparation preparation = {.configuration = &configuration};
    EXPECT(intake_receive(&intake, &arena, &preparation, &item, NULL) == STATUS_OK);
    return item;
}

/* Submits one that is to be analysed later; gives it as it was stored. */
static struct feedback deferred(const char *text)
{
    struct feedback item = received(text), stored;
    bool was_there;
    struct submission submission = {.items = &item,
                                    .stored = &stored,
                                    .was_there = &was_there,
                                    .count = 1,
                                    .is_deferred = true,
                                    .arena = &arena};
    EXPECT(intake_submit(&intake, &submission, NULL) == STATUS_OK && !was_there);
    return stored;
}

static void what_is_received_has_no_labels_and_gets_the_same_ones_later(void)
{
    struct feedback now = received(angry), later = received(angry);
    struct preparation preparation = {.configuration = &configuration};
    EXPECT(later.status == FEEDBACK_PENDING && later.analysis.sentiment == LABEL_NONE);
    EXPECT(later.analysis.topic == LABEL_NONE && !later.analysis.needs_alert);
    EXPECT(intake_prepare(&intake, &arena, &preparation, &now, NULL) == STATUS_OK);
    intake_analyse(&intake, &arena, &(struct preparation){.configuration = &configuration}, &later);
    EXPECT(later.status == FEEDBACK_COMPLETED && later.language_support == now.language_support);
    EXPECT(later.analysis.sentiment == now.analysis.sentiment && later.analysis.needs_alert);
    EXPECT(str_equal(later.analysis.summary, now.analysis.summary));
    EXPECT(str_equal(later.analysis.input_hash, now.analysis.input_hash));
}

static void a_pending_feedback_is_stored_with_its_record_and_its_job(void)
{
    struct feedback stored = deferred("Write to jane@example.com: it is awful and crashes");
    struct scene scene = {.feedback_id = stored.id, .id = stored.job_id};
    EXPECT(in_write(get_feedback, &scene) == STATUS_OK);
    EXPECT(scene.item.status == FEEDBACK_PENDING && scene.item.analysis.sentiment == LABEL_NONE);
    EXPECT(str_find_str(scene.item.text, STR("jane")) == STR_NONE);
    EXPECT(in_write(get_record, &scene) == STATUS_OK);
    EXPECT(scene.record.kind == RECORD_FEEDBACK && scene.record.feedback_id == stored.id);
    EXPECT(in_write(get_job, &scene) == STATUS_OK && scene.job.state == JOB_READY);
    EXPECT(is_exact());
}

static void rollups_stay_exact_when_labels_come(void)
{
    struct feedback stored = deferred(angry);
    struct scene scene = {.feedback_id = stored.id, .id = stored.job_id};
    EXPECT(in_write(get_feedback, &scene) == STATUS_OK);
    scene.after = scene.item;
    intake_analyse(&intake, &arena, &(struct preparation){.configuration = &configuration},
                   &scene.after);
    EXPECT(in_write(complete, &scene) == STATUS_OK && is_exact());
    EXPECT(in_write(get_feedback, &scene) == STATUS_OK);
    EXPECT(scene.item.status == FEEDBACK_COMPLETED);
    EXPECT(scene.item.analysis.sentiment == SENTIMENT_NEGATIVE);
    EXPECT(scene.item.analysis.is_alert_open);
}

static void what_is_cancelled_leaves_the_queue_and_ends_once(void)
{
    struct feedback stored = deferred(angry);
    struct scene scene = {.feedback_id = stored.id, .id = stored.job_id};
    EXPECT(in_write(get_record, &scene) == STATUS_OK && in_write(cancel, &scene) == STATUS_OK);
    EXPECT(in_write(get_job, &scene) == STATUS_NOT_FOUND);
    EXPECT(in_write(cancel, &scene) == STATUS_CONFLICT);
    EXPECT(in_write(get_feedback, &scene) == STATUS_OK);
    EXPECT(scene.item.status == FEEDBACK_FAILED && is_exact());
}

static void deleting_a_pending_feedback_cancels_its_job(void)
{
    struct feedback stored = deferred(angry);
    struct scene scene = {.feedback_id = stored.id, .id = stored.job_id};
    struct removal removal = {TENANT_DEFAULT, stored.id, STR("a test"), &arena};
    EXPECT(intake_remove(&intake, &removal, NULL) == STATUS_OK);
    EXPECT(in_write(get_job, &scene) == STATUS_NOT_FOUND);
    EXPECT(in_write(get_record, &scene) == STATUS_OK && scene.record.status == RECORD_FAILED);
    EXPECT(str_equal(scene.record.error.code, STR("CANCELLED")) && is_exact());
}

static void what_has_no_labels_cannot_be_corrected(void)
{
    struct feedback stored = deferred(angry);
    struct correction correction = {SENTIMENT_POSITIVE, LABEL_NONE, LABEL_NONE, {0}};
    struct correcting correcting = {.tenant_id = TENANT_DEFAULT,
                                    .id = stored.id,
                                    .correction = &correction,
                                    .configuration = &configuration,
                                    .arena = &arena};
    EXPECT(intake_correct(&intake, &correcting, NULL) == STATUS_CONFLICT);
}

static void render(const struct promise *promise, struct kept_answer *answer)
{
    answer->http_status = 202;
    answer->body = promise->record.id;
}

static enum status promised(struct promise *promise, struct kept_answer *answer, const char *id)
{
    *promise = (struct promise){.answer = answer, .render = render, .arena = &arena};
    job_record_init(&promise->record);
    promise->record.id = str_from_z(id);
    promise->record.tenant_id = TENANT_DEFAULT;
    promise->record.kind = RECORD_ANALYZE;
    return intake_promise(&intake, promise, NULL);
}

static void a_promise_under_a_key_is_made_once(void)
{
    struct promise promise;
    struct kept_answer one = {TENANT_DEFAULT, STR("key"), STR("print"), 0, {0}}, again = one,
                       other = one;
    other.fingerprint = STR("another");
    EXPECT(promised(&promise, &one, "first") == STATUS_OK && !promise.is_replay);
    EXPECT(promised(&promise, &again, "second") == STATUS_OK && promise.is_replay);
    EXPECT(again.http_status == 202 && str_equal(again.body, STR("first")));
    EXPECT(promised(&promise, &other, "third") == STATUS_CONFLICT);
    struct scene scene = {.id = STR("second")};
    EXPECT(in_write(get_job, &scene) == STATUS_NOT_FOUND);
    scene.id = STR("first");
    EXPECT(in_write(get_job, &scene) == STATUS_OK);
    EXPECT(str_equal(scene.job.payload, STR("{\"document\":\"documents/first\"}")));
}

int main(void)
{
    open_all();
    RUN(what_is_received_has_no_labels_and_gets_the_same_ones_later);
    RUN(a_pending_feedback_is_stored_with_its_record_and_its_job);
    RUN(rollups_stay_exact_when_labels_come);
    RUN(what_is_cancelled_leaves_the_queue_and_ends_once);
    RUN(deleting_a_pending_feedback_cancels_its_job);
    RUN(what_has_no_labels_cannot_be_corrected);
    RUN(a_promise_under_a_key_is_made_once);
    close_all();
    arena_reset(&arena);
    return 0;
}
