#include "api/feedback_api.h"

#include "api/configurations.h"
#include "api/cursor.h"
#include "api/job_estimate.h"
#include "api/submit.h"
#include "intake/intake_ask.h"
#include "search/search.h"
#include "store/store_feedback.h"

enum {
    DEFAULT_LIMIT = 50
};

/* May run in the transaction, where its answer is kept under the Idempotency-Key. */
static void render_one(struct submission *submission, struct kept_answer *answer)
{
    struct buf body;
    struct json_writer writer = call_start(submission->context, &body);
    fields_write(&writer, &feedback_fields, &submission->stored[0]);
    answer->http_status = submission->was_there[0] ? 200 : submission->is_deferred ? 202 : 201;
    answer->body = buf_str(&body);
}

/* Seed 003's answer, where the task is the job. */
static void render_003(struct submission *submission, struct kept_answer *answer)
{
    const struct feedback *stored = &submission->stored[0];
    struct buf body;
    struct json_writer writer = call_start(submission->context, &body);
    json_open(&writer, '{');
    json_key(&writer, "feedback_id");
    json_integer(&writer, stored->id);
    json_key(&writer, "task_id");
    json_string(&writer, stored->job_id);
    json_key(&writer, "status");
    json_string_z(&writer, feedback_status_names[stored->status]);
    json_close(&writer, '}');
    answer->http_status = submission->was_there[0] ? 200 : 202;
    answer->body = buf_str(&body);
}

static void add_headers(struct call *call, const struct submission *submission)
{
    const struct feedback *stored = &submission->stored[0];
    if (submission->is_replay)
        return;
    if (str_is_absent(stored->job_id)) {
        call_add_header(call, "Location",
                        str_format(call->arena, "/v1/feedback/%lld", (long long)stored->id));
    } else {
        struct job_record record = {.id = stored->job_id, .estimated_completion = FIELD_UNSET};
        job_add_headers(call, &record);
    }
}

static enum status prepare(struct submission *submission, struct error *err)
{
    struct call *call = submission->context;
    enum status status = submission->is_deferred
                             ? call_receive(call, submission->items, err)
                             : call_prepare(call, false, submission->items, err);
    submission->inquiries = call->inquiries;
    return status;
}

static enum status add(struct call *call, bool is_deferred,
                       void (*render)(struct submission *, struct kept_answer *), struct error *err)
{
    struct feedback item = {0}, stored;
    bool was_there;
    enum status status = call_read_body(call, &feedback_input_fields, &item, err);
    if (status != STATUS_OK)
        return status;

    struct submission submission = {.items = &item,
                                    .stored = &stored,
                                    .was_there = &was_there,
                                    .count = 1,
                                    .is_deferred = is_deferred,
                                    .render = render,
                                    .context = call,
                                    .arena = call->arena};
    bool is_dear = !is_deferred && intake_is_dear(call->services->intake);
    status = submit_and_answer(call, &submission, prepare, is_dear, err);
    if (status == STATUS_OK)
        add_headers(call, &submission);
    return status;
}

enum status feedback_add(struct call *call, struct error *err)
{
    bool is_deferred = call_defers(call);
    enum status status = add(call, is_deferred, render_one, err);
    if (status == STATUS_OK && is_deferred)
        call_say_deferred(call);
    return status;
}

enum status feedback_add_003(struct call *call, struct error *err)
{
    return add(call, true, render_003, err);
}

struct reading {
    struct call *call;
    int64_t id;
    struct feedback item;
    struct feedback_filter filter;
    struct feedback_page page;
    int64_t count;
    struct analysis_list analyses;
};

static enum status read_one(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    return store_get_feedback(session, reading->call->arena, reading->call->identity.tenant_id,
                              reading->id, &reading->item, err);
}

static enum status read_page(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    return store_list_feedback(session, reading->call->arena, &reading->filter, &reading->page,
                               err);
}

static enum status read_count(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    return store_count_feedback(session, reading->call->arena, &reading->filter, &reading->count,
                                err);
}

static enum status read_analyses(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    enum status status = read_one(session, reading, err);
    if (status != STATUS_OK)
        return status;
    return store_list_analyses(session, reading->call->arena, reading->item.tenant_id, reading->id,
                               &reading->analyses, err);
}

static struct db *database(const struct call *call)
{
    return store_db(call->services->intake->store);
}

enum status feedback_get(struct call *call, struct error *err)
{
    struct reading reading = {.call = call};
    enum status status = call_read_id(call, &reading.id, err);
    if (status == STATUS_OK)
        status = db_read(database(call), DB_SHORT, read_one, &reading, err);
    if (status == STATUS_OK)
        call_answer_fields(call, 200, &feedback_fields, &reading.item);
    return status;
}

/* A search through texts and a filter without an index of its own may look at many rows. */
static enum db_length length_of(const struct feedback_filter *filter)
{
    bool is_scan = !str_is_absent(filter->q) || !str_is_absent(filter->language) ||
                   !str_is_absent(filter->source) || filter->severity != LABEL_NONE ||
                   filter->band != LABEL_NONE || filter->needs_review != LABEL_NONE;
    return is_scan ? DB_LONG : DB_SHORT;
}

static void answer_page(struct call *call, const struct feedback_filter *filter,
                        const struct feedback_page *page, bool has_more)
{
    const struct feedback *last = has_more ? &page->items[page->count - 1] : NULL;
    call_answer_page(call,
                     &(struct call_page){
                         .fields = &feedback_fields,
                         .items = page->items,
                         .count = page->count,
                         .size = sizeof *page->items,
                         .next_cursor = last == NULL
                                            ? (str){0}
                                            : cursor_make(call, filter, last->created_at, last->id),
                     });
}

enum status feedback_list(struct call *call, struct error *err)
{
    struct reading reading = {.call = call};
    struct feedback_filter *filter = &reading.filter;
    enum status status = call_read_query(call, &feedback_filter_fields, filter, err);
    if (status == STATUS_OK)
        status = call_check_range(filter->since, filter->until, err);
    if (status != STATUS_OK)
        return status;
    filter->tenant_id = call->identity.tenant_id;
    if (filter->limit == FIELD_UNSET)
        filter->limit = DEFAULT_LIMIT;
    if (!str_is_absent(filter->cursor))
        status = cursor_read(call, filter, &reading.page.before_time, &reading.page.before_id, err);
    if (status != STATUS_OK)
        return status;

    /* One more than asked for tells whether there is a next page. */
    int64_t asked = filter->limit++;
    reading.page.items = arena_array(call->arena, struct feedback, (size_t)filter->limit);
    status = db_read(database(call), length_of(filter), read_page, &reading, err);
    if (status != STATUS_OK)
        return status;
    bool is_over = (int64_t)reading.page.count > asked;
    reading.page.count -= is_over;
    answer_page(call, filter, &reading.page, is_over || reading.page.is_cut);
    return STATUS_OK;
}

enum status feedback_count(struct call *call, struct error *err)
{
    struct reading reading = {.call = call};
    enum status status = call_read_query(call, &feedback_count_fields, &reading.filter, err);
    if (status == STATUS_OK)
        status = call_check_range(reading.filter.since, reading.filter.until, err);
    reading.filter.tenant_id = call->identity.tenant_id;
    if (status == STATUS_OK)
        status = db_read(database(call), DB_LONG, read_count, &reading, err);
    if (status != STATUS_OK)
        return status;

    struct buf body;
    struct json_writer writer = call_start(call, &body);
    json_open(&writer, '{');
    json_key(&writer, "count");
    json_integer(&writer, reading.count);
    json_close(&writer, '}');
    call_answer(call, 200, &body);
    return STATUS_OK;
}

enum status feedback_list_analyses(struct call *call, struct error *err)
{
    struct reading reading = {.call = call};
    enum status status = call_read_id(call, &reading.id, err);
    if (status == STATUS_OK)
        status = db_read(database(call), DB_SHORT, read_analyses, &reading, err);
    if (status == STATUS_OK)
        call_answer_list(call, &analysis_fields, reading.analyses.items, reading.analyses.count,
                         sizeof *reading.analyses.items);
    return status;
}

enum status feedback_correct(struct call *call, struct error *err)
{
    struct correction correction;
    const struct tenant_rules *rules;
    struct correcting correcting = {.tenant_id = call->identity.tenant_id,
                                    .correction = &correction,
                                    .actor = str_from_z(call->identity.actor),
                                    .arena = call->arena};
    enum status status = call_read_id(call, &correcting.id, err);
    if (status == STATUS_OK)
        status = call_read_body(call, &correction_fields, &correction, err);
    if (status == STATUS_OK && correction.sentiment == LABEL_NONE &&
        correction.topic == LABEL_NONE && correction.severity == LABEL_NONE)
        status = fail(err, STATUS_INVALID, "one of sentiment, topic and severity must be given");
    if (status == STATUS_OK)
        status = call_rules(call, &rules, err);
    if (status == STATUS_OK) {
        correcting.configuration = &rules->configuration;
        status = intake_correct(call->services->intake, &correcting, err);
    }
    if (status == STATUS_OK)
        call_answer_fields(call, 200, &feedback_fields, &correcting.after);
    return status;
}

enum status feedback_delete(struct call *call, struct error *err)
{
    struct removal removal = {.tenant_id = call->identity.tenant_id,
                              .actor = str_from_z(call->identity.actor),
                              .arena = call->arena};
    enum status status = call_read_id(call, &removal.id, err);
    if (status == STATUS_OK)
        status = intake_remove(call->services->intake, &removal, err);
    if (status == STATUS_OK) {
        search_forget(call->services->search, removal.tenant_id, removal.id);
        call_answer_nothing(call);
    }
    return status;
}
