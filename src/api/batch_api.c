/* Many feedback in one request: POST /v1/feedback:batch stores them in one commit; POST /v1/analyze
 * with lines answers a line for each and stores nothing. Each item stands alone: what is wrong with
 * one is said in its place, and the others go on. */
#include "api/analyze_api.h"
#include "api/configurations.h"
#include "api/feedback_api.h"
#include "api/problem.h"
#include "api/submit.h"
#include "intake/intake_ask.h"

/* One line or array element, and what became of it. */
struct batch_item {
    size_t index;
    const struct json *json; /* of an array */
    str line;                /* of NDJSON */
    enum status status;
    struct error err;
    struct faults faults;
    struct preparation preparation;
};

struct batch {
    struct call *call;
    const struct tenant_rules *rules;
    struct batch_item *entries;
    size_t count;
    struct feedback *items; /* those that are well, in order; `origin` says from which entry */
    size_t *origin;
    size_t item_count;
    bool is_deferred;    /* they will be analysed later */
    bool is_asked_about; /* a language model may have its say */
    struct submission submission;
};

static bool is_lines(const struct call *call)
{
    str media, parameters;
    str_cut(http_header(call->request, "Content-Type"), ';', &media, &parameters);
    return str_equal_ignoring_case(str_trim(media), STR("application/x-ndjson"));
}

static enum status too_many(struct error *err)
{
    return fail(err, STATUS_TOO_LARGE, "a batch takes at most %d feedback", FEEDBACK_MAX_BATCH);
}

static enum status read_array(struct batch *batch, struct error *err)
{
    const struct json *array;
    enum status status = call_read_json(batch->call, &array, err);
    if (status != STATUS_OK)
        return status;
    if (array->type != JSON_ARRAY)
        return fail(err, STATUS_MALFORMED, "the body must be a JSON array of feedback, not %s",
                    json_type_name(array->type));
    if (array->count > FEEDBACK_MAX_BATCH)
        return too_many(err);
    batch->entries = arena_array(batch->call->arena, struct batch_item, array->count);
    for (const struct json *item = array->first; item != NULL; item = item->next) {
        batch->entries[batch->count] = (struct batch_item){.index = batch->count, .json = item};
        batch->count++;
    }
    return STATUS_OK;
}

static enum status read_lines(struct batch *batch, struct error *err)
{
    str rest = batch->call->request->body, line;
    batch->entries = arena_array(batch->call->arena, struct batch_item, FEEDBACK_MAX_BATCH);
    for (size_t index = 0; rest.length > 0; index++) {
        str_cut(rest, '\n', &line, &rest);
        line = str_trim(line);
        if (line.length == 0)
            continue;
        if (batch->count == FEEDBACK_MAX_BATCH)
            return too_many(err);
        batch->entries[batch->count++] = (struct batch_item){.index = index, .line = line};
    }
    return STATUS_OK;
}

static void begin_entry(struct batch *batch, struct batch_item *entry, bool is_strict)
{
    struct arena *arena = batch->call->arena;
    struct feedback *item = &batch->items[batch->item_count];
    entry->preparation = (struct preparation){.configuration = &batch->rules->configuration,
                                              .pii = &batch->rules->pii,
                                              .is_strict = is_strict,
                                              .is_first_look = batch->is_asked_about};
    *item = (struct feedback){.tenant_id = batch->call->identity.tenant_id};
    entry->status = STATUS_OK;
    if (entry->json == NULL)
        entry->status = json_parse(arena, entry->line, &entry->json, &entry->err);
    if (entry->status == STATUS_OK)
        entry->status = fields_read(&feedback_input_fields, arena, entry->json, item,
                                    &entry->faults, &entry->err);
    const struct intake_options *intake = batch->call->services->intake;
    if (entry->status == STATUS_OK && batch->is_deferred)
        entry->status = intake_receive(intake, arena, &entry->preparation, item, &entry->err);
    else if (entry->status == STATUS_OK)
        entry->status =
            intake_begin(intake, arena, &entry->preparation, item, batch->count, &entry->err);
    if (entry->status == STATUS_OK)
        batch->origin[batch->item_count++] = (size_t)(entry - batch->entries);
}

static void add_timing(struct intake_timing *sum, const struct intake_timing *timing)
{
    sum->clean_us += timing->clean_us;
    sum->pii_us += timing->pii_us;
    sum->analysis_us += timing->analysis_us;
}

static void prepare_entries(void *argument)
{
    struct batch *batch = argument;
    struct call *call = batch->call;
    bool is_strict = call_is_strict(call);
    for (size_t i = 0; i < batch->count; i++)
        begin_entry(batch, &batch->entries[i], is_strict);
    for (size_t i = 0; i < batch->item_count && !batch->is_deferred; i++)
        intake_end(call->services->intake, call->arena,
                   &batch->entries[batch->origin[i]].preparation, &batch->items[i]);
    for (size_t i = 0; i < batch->count; i++)
        add_timing(&call->timing, &batch->entries[i].preparation.timing);
}

/* One budget for all of them, and each stands alone. */
static void ask_for_all(struct batch *batch)
{
    struct arena *arena = batch->call->arena;
    struct inquiries *inquiries = arena_new(arena, struct inquiries);
    inquiries->items = arena_array(arena, struct inquiry, batch->item_count + 1);
    inquiries->count = batch->item_count;
    for (size_t i = 0; i < batch->item_count; i++) {
        inquiries->items[i].item = &batch->items[i];
        inquiries->items[i].preparation = &batch->entries[batch->origin[i]].preparation;
    }
    call_ask(batch->call, inquiries);
}

static enum status batch_read(struct batch *batch, struct error *err)
{
    struct call *call = batch->call;
    enum status status = is_lines(call) ? read_lines(batch, err) : read_array(batch, err);
    if (status == STATUS_OK)
        status = call_rules(call, &batch->rules, err);
    if (status != STATUS_OK)
        return status;
    batch->items = arena_array(call->arena, struct feedback, batch->count + 1);
    batch->origin = arena_array(call->arena, size_t, batch->count + 1);
    call_think(call, prepare_entries, batch);
    return STATUS_OK;
}

static void write_entry_error(struct json_writer *writer, const struct batch_item *entry)
{
    struct problem problem = problem_from(entry->status, &entry->err);
    json_open(writer, '{');
    json_key(writer, "index");
    json_integer(writer, (int64_t)entry->index);
    json_key(writer, "status");
    json_integer(writer, problem.http_status);
    json_key(writer, "code");
    json_string_z(writer, problem.code);
    json_key(writer, "detail");
    json_string_z(writer, problem.detail);
    if (problem.field[0] != '\0') {
        json_key(writer, "pointer");
        json_string_z(writer, problem.field);
    }
    json_close(writer, '}');
}

static void write_results(struct json_writer *writer, const struct batch *batch)
{
    const struct submission *submission = &batch->submission;
    json_key(writer, "results");
    json_open(writer, '[');
    for (size_t i = 0; i < batch->item_count; i++) {
        json_open(writer, '{');
        json_key(writer, "index");
        json_integer(writer, (int64_t)batch->entries[batch->origin[i]].index);
        json_key(writer, "status");
        json_integer(writer, submission->was_there[i] ? 200 : batch->is_deferred ? 202 : 201);
        json_key(writer, "feedback");
        fields_write(writer, &feedback_fields, &submission->stored[i]);
        json_close(writer, '}');
    }
    json_close(writer, ']');
}

static void render_batch(struct submission *submission, struct kept_answer *answer)
{
    const struct batch *batch = submission->context;
    struct buf body;
    struct json_writer writer = call_start(batch->call, &body);
    json_open(&writer, '{');
    write_results(&writer, batch);
    json_key(&writer, "errors");
    json_open(&writer, '[');
    for (size_t i = 0; i < batch->count; i++)
        if (batch->entries[i].status != STATUS_OK)
            write_entry_error(&writer, &batch->entries[i]);
    json_close(&writer, ']');
    json_close(&writer, '}');
    answer->http_status = batch->is_deferred ? 202 : 200;
    answer->body = buf_str(&body);
}

static enum status prepare_batch(struct submission *submission, struct error *err)
{
    struct batch *batch = submission->context;
    struct call *call = batch->call;
    enum status status = batch_read(batch, err);
    if (status != STATUS_OK)
        return status;
    if (batch->is_asked_about)
        ask_for_all(batch);
    submission->items = batch->items;
    submission->count = batch->item_count;
    submission->stored = arena_array(call->arena, struct feedback, batch->item_count + 1);
    submission->was_there = arena_array(call->arena, bool, batch->item_count + 1);
    submission->inquiries = call->inquiries;
    return STATUS_OK;
}

enum status feedback_add_batch(struct call *call, struct error *err)
{
    struct batch batch = {.call = call, .is_deferred = call_defers(call)};
    batch.is_asked_about = !batch.is_deferred;
    batch.submission = (struct submission){.is_deferred = batch.is_deferred,
                                           .render = render_batch,
                                           .context = &batch,
                                           .arena = call->arena};
    enum status status = submit_and_answer(call, &batch.submission, prepare_batch, true, err);
    if (status == STATUS_OK && batch.is_deferred)
        call_say_deferred(call);
    return status;
}

static void write_lines(const struct batch *batch, struct buf *body)
{
    size_t next = 0;
    for (size_t i = 0; i < batch->count; i++) {
        struct json_writer writer = {.out = body};
        if (batch->entries[i].status == STATUS_OK) {
            fields_write(&writer, &feedback_fields, &batch->items[next++]);
        } else {
            json_open(&writer, '{');
            json_key(&writer, "error");
            writer.needs_comma = false;
            write_entry_error(&writer, &batch->entries[i]);
            json_close(&writer, '}');
        }
        buf_add_byte(body, '\n');
    }
}

static enum status analyze_lines(struct call *call, bool may_ask, struct error *err)
{
    struct buf body;
    struct batch batch = {.call = call, .is_asked_about = may_ask};
    enum status status = batch_read(&batch, err);
    if (status != STATUS_OK)
        return status;
    if (may_ask)
        ask_for_all(&batch);
    call_start(call, &body);
    write_lines(&batch, &body);
    call_answer(call, 200, &body);
    call->response->content_type = STR("application/x-ndjson");
    return STATUS_OK;
}

static enum status analyze_one(struct call *call, bool may_ask, struct error *err)
{
    struct batch batch = {.call = call, .is_asked_about = may_ask, .count = 1};
    enum status status = call_rules(call, &batch.rules, err);
    if (status != STATUS_OK)
        return status;
    batch.entries = arena_new(call->arena, struct batch_item);
    *batch.entries = (struct batch_item){.line = call->request->body};
    batch.items = arena_new(call->arena, struct feedback);
    batch.origin = arena_new(call->arena, size_t);
    call_think(call, prepare_entries, &batch);
    const struct batch_item *only = batch.entries;
    call->faults = only->faults;
    *err = only->err;
    if (only->status != STATUS_OK)
        return only->status;
    if (may_ask)
        ask_for_all(&batch);
    call_answer_fields(call, 200, &feedback_fields, batch.items);
    return STATUS_OK;
}

enum status analyze(struct call *call, struct error *err)
{
    bool may_ask;
    enum status status = call_may_ask(call, &may_ask, err);
    if (status != STATUS_OK)
        return status;
    return is_lines(call) ? analyze_lines(call, may_ask, err) : analyze_one(call, may_ask, err);
}
