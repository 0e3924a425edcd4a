#include "store/store_job.h"

#include "base/clock.h"
#include "store/store_test_home.h"

/* What one call inside a transaction is asked, and gives. */
struct asked {
    struct jobs_before before;
    struct job_record record;
    struct job_record_filter filter;
    struct job_record_page page;
    int64_t tenant_id, number;
    str id;
};

static enum status add(struct db_session *session, void *argument, struct error *err)
{
    return store_add_job(session, &((struct asked *)argument)->record, err);
}

static enum status get(struct db_session *session, void *argument, struct error *err)
{
    struct asked *asked = argument;
    return store_get_job(session, &arena, asked->tenant_id, asked->id, &asked->record, err);
}

static enum status get_of_feedback(struct db_session *session, void *argument, struct error *err)
{
    struct asked *asked = argument;
    return store_get_feedback_job(session, &arena, asked->tenant_id, asked->number, &asked->record,
                                  err);
}

static enum status start(struct db_session *session, void *argument, struct error *err)
{
    struct asked *asked = argument;
    return store_start_job(session, asked->tenant_id, asked->id, 77, err);
}

static enum status end(struct db_session *session, void *argument, struct error *err)
{
    return store_end_job(session, &((struct asked *)argument)->record, err);
}

static enum status sum(struct db_session *session, void *argument, struct error *err)
{
    struct asked *asked = argument;
    return store_sum_jobs_before(session, &asked->record, &asked->before, err);
}

static enum status list(struct db_session *session, void *argument, struct error *err)
{
    struct asked *asked = argument;
    return store_list_jobs(session, &arena, &asked->filter, &asked->page, err);
}

static enum status drop(struct db_session *session, void *argument, struct error *err)
{
    struct asked *asked = argument;
    return store_remove_jobs(session, asked->tenant_id, 1000, &asked->number, err);
}

static enum status in_write(db_work *work, struct asked *asked)
{
    return db_write(store_db(store), work, asked, NULL);
}

static struct job_record made(const char *id, int64_t size)
{
    struct asked asked = {.number = 0};
    struct job_record *record = &asked.record;
    job_record_init(record);
    record->id = str_from_z(id);
    record->tenant_id = TENANT_DEFAULT;
    record->kind = RECORD_ANALYZE;
    record->status = RECORD_PENDING;
    record->size = size;
    record->created_at = 1000 + size;
    record->source_id = STR("batch_001");
    record->callback_url = STR("https://example.com/hook");
    record->input_hash = STR("abc");
    record->pii_detected = true;
    EXPECT(in_write(add, &asked) == STATUS_OK);
    return asked.record;
}

static struct job_record read_again(const char *id)
{
    struct asked asked = {.tenant_id = TENANT_DEFAULT, .id = str_from_z(id)};
    EXPECT(in_write(get, &asked) == STATUS_OK);
    return asked.record;
}

static void forget_all(void)
{
    struct asked asked = {.tenant_id = INT64_MAX};
    EXPECT(in_write(drop, &asked) == STATUS_OK);
}

static void gives_what_was_added_to_its_tenant_alone(void)
{
    made("a", 10);
    struct job_record record = read_again("a");
    EXPECT(record.kind == RECORD_ANALYZE && record.status == RECORD_PENDING && record.size == 10);
    EXPECT(str_equal(record.source_id, STR("batch_001")) && record.pii_detected);
    EXPECT(str_equal(record.callback_url, STR("https://example.com/hook")));
    EXPECT(record.feedback_id == FIELD_UNSET && record.started_at == FIELD_UNSET);
    EXPECT(record.finished_at == FIELD_UNSET && record.result.sentiment == LABEL_NONE);
    EXPECT(str_is_absent(record.error.code) && !job_record_is_over(&record));
    struct asked other = {.tenant_id = 2, .id = STR("a")};
    EXPECT(in_write(get, &other) == STATUS_NOT_FOUND);
    forget_all();
}

static enum status complete(const char *id)
{
    struct asked asked = {.record = read_again(id)};
    asked.record.status = RECORD_COMPLETED;
    asked.record.finished_at = 99;
    asked.record.result = (struct job_result){.sentiment = SENTIMENT_MIXED,
                                              .score = 0.625,
                                              .language_code = STR("en"),
                                              .processing_time_ms = 12,
                                              .confidence = 0.5,
                                              .pii_detected = true,
                                              .topic = TOPIC_UX,
                                              .severity = SEVERITY_HIGH,
                                              .summary = STR("\"quoted\"\n\xF0\x9F\x98\x80"),
                                              .parts = 3,
                                              .parts_by_method = {1, 0, 2, 0},
                                              .method = METHOD_AI,
                                              .provider = STR("openai"),
                                              .model = STR("gpt-6-luna"),
                                              .prompt_version = STR("v1"),
                                              .cost_nano = 1234567,
                                              .tokens = {100, 20, 3},
                                              .needs_review = true};
    return in_write(end, &asked);
}

static enum status write_as_before(struct db_session *session, void *unused, struct error *err)
{
    (void)unused;
    struct db_statement *s = db_prepare(
        session, "UPDATE jobs SET result = '{\"sentiment\":\"MIXED\",\"score\":0.5,"
                 "\"language_code\":\"en\",\"processing_time_ms\":1,\"confidence\":0.5,"
                 "\"pii_detected\":false,\"topic\":\"ux\",\"severity\":\"low\",\"parts\":2}'");
    return db_run(s, NULL, err);
}

/* It says nothing of who read the parts. */
static void a_result_of_an_older_version_is_read(void)
{
    made("old", 10);
    EXPECT(in_write(write_as_before, NULL) == STATUS_OK);
    struct job_record record = read_again("old");
    EXPECT(record.result.sentiment == SENTIMENT_MIXED && record.result.parts == 2);
    EXPECT(record.result.method == LABEL_NONE && record.result.parts_by_method.ai == FIELD_UNSET);
    EXPECT(record.result.cost_nano == FIELD_UNSET && str_is_absent(record.result.provider));
    EXPECT(!record.result.needs_review);
    forget_all();
}

static enum status cancel(const char *id, const char *code)
{
    struct asked asked = {.record = read_again(id)};
    asked.record.status = RECORD_FAILED;
    asked.record.finished_at = 99;
    asked.record.error = (struct job_error){str_from_z(code), STR("why")};
    return in_write(end, &asked);
}

static void a_result_is_read_as_it_was_written(void)
{
    made("a", 10);
    EXPECT(complete("a") == STATUS_OK);
    struct job_record record = read_again("a");
    EXPECT(record.status == RECORD_COMPLETED && record.finished_at == 99);
    EXPECT(record.result.sentiment == SENTIMENT_MIXED && record.result.parts == 3);
    EXPECT(record.result.topic == TOPIC_UX && record.result.severity == SEVERITY_HIGH);
    EXPECT(record.result.score > 0.62 && record.result.score < 0.63 && record.result.pii_detected);
    EXPECT(str_equal(record.result.summary, STR("\"quoted\"\n\xF0\x9F\x98\x80")));
    forget_all();
}

static void it_is_known_who_read_the_parts_and_what_it_cost(void)
{
    made("a", 10);
    EXPECT(complete("a") == STATUS_OK);
    struct job_record record = read_again("a");
    EXPECT(record.result.parts_by_method.ai == 1 && record.result.parts_by_method.ml_fallback == 2);
    EXPECT(record.result.method == METHOD_AI && record.result.needs_review);
    EXPECT(str_equal(record.result.provider, STR("openai")));
    EXPECT(str_equal(record.result.model, STR("gpt-6-luna")));
    EXPECT(str_equal(record.result.prompt_version, STR("v1")));
    EXPECT(record.result.cost_nano == 1234567 && record.result.tokens.input == 100);
    EXPECT(record.result.tokens.output == 20 && record.result.tokens.cached == 3);
    forget_all();
}

static void the_longest_summary_has_room(void)
{
    struct buf summary;
    made("a", 10);
    buf_init(&summary, &arena, 4096);
    for (int i = 0; i < 280; i++)
        buf_add_z(&summary, i % 2 == 0 ? "\x01" : "\xF0\x9F\x98\x80");
    struct asked asked = {.record = read_again("a")};
    asked.record.status = RECORD_COMPLETED;
    asked.record.result.sentiment = asked.record.result.topic = asked.record.result.severity = 0;
    asked.record.result.language_code = STR("und");
    asked.record.result.summary = buf_str(&summary);
    EXPECT(in_write(end, &asked) == STATUS_OK);
    EXPECT(str_equal(read_again("a").result.summary, buf_str(&summary)));
    forget_all();
}

static void ends_once(void)
{
    made("a", 10);
    made("b", 10);
    EXPECT(complete("a") == STATUS_OK);
    EXPECT(complete("a") == STATUS_CONFLICT);
    EXPECT(cancel("a", "CANCELLED") == STATUS_CONFLICT);
    EXPECT(cancel("b", "CANCELLED") == STATUS_OK && complete("b") == STATUS_CONFLICT);
    EXPECT(read_again("a").status == RECORD_COMPLETED);
    EXPECT(str_equal(read_again("b").error.code, STR("CANCELLED")));
    forget_all();
}

static void starts_again_after_a_crash_and_a_redrive_but_not_when_cancelled(void)
{
    struct asked asked = {.tenant_id = TENANT_DEFAULT, .id = STR("a")};
    made("a", 10);
    EXPECT(in_write(start, &asked) == STATUS_OK && in_write(start, &asked) == STATUS_OK);
    EXPECT(read_again("a").status == RECORD_PROCESSING && read_again("a").started_at == 77);
    EXPECT(cancel("a", "PROCESSING_ERROR") == STATUS_OK);
    EXPECT(in_write(start, &asked) == STATUS_OK);
    EXPECT(str_is_absent(read_again("a").error.code));
    EXPECT(read_again("a").finished_at == FIELD_UNSET);
    EXPECT(cancel("a", "CANCELLED") == STATUS_OK && in_write(start, &asked) == STATUS_CONFLICT);
    made("b", 10);
    asked.id = STR("b");
    EXPECT(complete("b") == STATUS_OK && in_write(start, &asked) == STATUS_CONFLICT);
    asked.id = STR("none");
    EXPECT(in_write(start, &asked) == STATUS_CONFLICT);
    forget_all();
}

static void sums_what_lies_before_it(void)
{
    made("a", 1000);
    made("b", 200);
    struct asked asked = {.record = made("c", 30)};
    EXPECT(in_write(sum, &asked) == STATUS_OK && asked.before.bytes == 1200 &&
           asked.before.count == 2);
    EXPECT(complete("a") == STATUS_OK);
    EXPECT(in_write(sum, &asked) == STATUS_OK && asked.before.bytes == 200 &&
           asked.before.count == 1);
    asked.record.seq = 0;
    EXPECT(in_write(sum, &asked) == STATUS_OK && asked.before.bytes == 230);
    asked.record.kind = RECORD_FEEDBACK;
    EXPECT(in_write(sum, &asked) == STATUS_OK && asked.before.count == 0);
    forget_all();
}

static void finds_the_job_of_a_feedback_while_it_is_pending(void)
{
    struct asked asked = {.number = 0};
    job_record_init(&asked.record);
    asked.record.id = STR("f");
    asked.record.tenant_id = asked.tenant_id = TENANT_DEFAULT;
    asked.record.kind = RECORD_FEEDBACK;
    asked.record.feedback_id = asked.number = 42;
    EXPECT(in_write(add, &asked) == STATUS_OK);
    EXPECT(in_write(get_of_feedback, &asked) == STATUS_OK);
    EXPECT(str_equal(asked.record.id, STR("f")));
    EXPECT(complete("f") == STATUS_OK);
    EXPECT(in_write(get_of_feedback, &asked) == STATUS_NOT_FOUND);
    forget_all();
}

static size_t listed(struct asked *asked)
{
    asked->filter.tenant_id = TENANT_DEFAULT;
    asked->page.items = arena_array(&arena, struct job_record, (size_t)asked->filter.limit);
    EXPECT(in_write(list, asked) == STATUS_OK);
    return asked->page.count;
}

static struct asked all(void)
{
    return (struct asked){.filter = {.status = LABEL_NONE,
                                     .kind = LABEL_NONE,
                                     .since = FIELD_UNSET,
                                     .until = FIELD_UNSET,
                                     .limit = 10}};
}

static void lists_the_newest_first_and_page_by_page(void)
{
    made("a", 1);
    made("b", 2);
    made("c", 3);
    EXPECT(complete("b") == STATUS_OK);
    struct asked asked = all();
    EXPECT(listed(&asked) == 3 && str_equal(asked.page.items[0].id, STR("c")));
    asked.filter.limit = 2;
    EXPECT(listed(&asked) == 2);
    asked.page.before_seq = asked.page.items[1].seq;
    EXPECT(listed(&asked) == 1 && str_equal(asked.page.items[0].id, STR("a")));
    asked = all();
    asked.filter.status = RECORD_COMPLETED;
    EXPECT(listed(&asked) == 1 && str_equal(asked.page.items[0].id, STR("b")));
    asked = all();
    asked.filter.since = 1002;
    asked.filter.until = 1003;
    EXPECT(listed(&asked) == 1 && str_equal(asked.page.items[0].id, STR("b")));
    asked = all();
    asked.filter.source_id = STR("another");
    EXPECT(listed(&asked) == 0);
    asked = all();
    asked.filter.kind = RECORD_FEEDBACK;
    EXPECT(listed(&asked) == 0);
    forget_all();
}

static void removes_the_oldest_that_have_had_their_time(void)
{
    made("a", 1);
    made("b", 2);
    struct asked asked = {.tenant_id = 1002};
    EXPECT(in_write(drop, &asked) == STATUS_OK && asked.number == 1);
    struct asked left = all();
    EXPECT(listed(&left) == 1 && str_equal(left.page.items[0].id, STR("b")));
    forget_all();
}

int main(void)
{
    open_store();
    RUN(gives_what_was_added_to_its_tenant_alone);
    RUN(a_result_of_an_older_version_is_read);
    RUN(a_result_is_read_as_it_was_written);
    RUN(it_is_known_who_read_the_parts_and_what_it_cost);
    RUN(the_longest_summary_has_room);
    RUN(ends_once);
    RUN(starts_again_after_a_crash_and_a_redrive_but_not_when_cancelled);
    RUN(sums_what_lies_before_it);
    RUN(finds_the_job_of_a_feedback_while_it_is_pending);
    RUN(lists_the_newest_first_and_page_by_page);
    RUN(removes_the_oldest_that_have_had_their_time);
    close_store();
    arena_reset(&arena);
    return 0;
}
