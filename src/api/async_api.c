/* POST /v1/analyze/async: a document is taken in now and understood later. Its text is cleaned and
 * its personal data hidden first, so that nothing else is ever written down. */
#include "api/configurations.h"
#include "api/job_estimate.h"
#include "api/jobs_api.h"
#include "api/submit.h"
#include "base/clock.h"
#include "base/hash.h"
#include "blob/blob.h"
#include "fiber/fiber.h"
#include "intake/intake_job.h"
#include "net/http_client.h"

#include <stddef.h>

enum {
    DOCUMENT_MAX_BYTES = 1024 * 1024
};

struct async_options {
    str language_code, callback_url;
};

struct async_request {
    str text, source_id, callback_url;
    struct async_options options;
};

/* clang-format off */
#define CALLBACK \
    FIELD_TEXT, AT(callback_url), 0, 1, 2000, .doc = "Where to post the event once it is over (job.completed or job.failed), signed as webhooks are; https."

#define AT(member) offsetof(struct async_options, member)
static const struct field option_items[] = {
    {"language_code", FIELD_TEXT, AT(language_code), 0, 2, 12, .doc = "Its language (BCP 47); found out when not given."},
    {"callback_url", CALLBACK},
};
#undef AT
static const struct fields option_fields = FIELDS("AnalyzeAsyncOptions", "How to analyse.", option_items);

#define AT(member) offsetof(struct async_request, member)
static const struct field input_items[] = {
    {"text", FIELD_TEXT, AT(text), FIELD_REQUIRED | FIELD_MAY_BE_LONG, 1, DOCUMENT_MAX_BYTES, .doc = "The document: at most 1,048,576 bytes of UTF-8."},
    {"source_id", FIELD_TEXT, AT(source_id), 0, 1, 255, .doc = "Your own id of it, for tracking."},
    {"options", FIELD_OBJECT, AT(options), .object = &option_fields, .doc = "How to analyse."},
    {"callback_url", CALLBACK},
};
#undef AT
const struct fields analyze_async_input_fields = FIELDS("AnalyzeAsyncInput", "Seed 004's async_request.", input_items);
/* clang-format on */

/* One request, from its body to its promise. */
struct accepting {
    struct call *call;
    struct async_request asked;
    struct feedback item; /* only as what intake_receive() takes and gives */
    str callback_url;
    str document; /* the name of its blob */
    bool is_put;  /* that blob is there */
    struct promise promise;
    struct jobs_before before;
    enum status status; /* of what ran on another thread */
    struct error *err;
};

/* Both places are the seed's; who fills both must mean the same. */
static enum status choose_callback(struct accepting *accepting, struct error *err)
{
    str top = accepting->asked.callback_url, option = accepting->asked.options.callback_url;
    if (!str_is_absent(top) && !str_is_absent(option) && !str_equal(top, option))
        return fail_field(err, "callback_url", "differs from options.callback_url");
    accepting->callback_url = str_is_absent(top) ? option : top;
    const struct http_client *client = accepting->call->services->http_client;
    if (str_is_absent(accepting->callback_url) || client == NULL)
        return STATUS_OK;
    struct error why = {0};
    if (http_check_url(client, accepting->callback_url, &why) == STATUS_OK)
        return STATUS_OK;
    return fail_field(err, str_is_absent(top) ? "options/callback_url" : "callback_url", "%s",
                      why.message);
}

static enum status read_request(struct accepting *accepting, struct error *err)
{
    struct async_request *asked = &accepting->asked;
    enum status status = call_read_body(accepting->call, &analyze_async_input_fields, asked, err);
    if (status == STATUS_OK && asked->text.length > DOCUMENT_MAX_BYTES) {
        fail_field(err, "text", "must have at most %d bytes", DOCUMENT_MAX_BYTES);
        status = err->status = STATUS_TOO_LARGE;
    }
    if (status == STATUS_OK)
        status = choose_callback(accepting, err);
    return status;
}

static void put_document(void *argument)
{
    struct accepting *accepting = argument;
    accepting->status = blob_put(accepting->call->services->blob, accepting->document,
                                 accepting->item.text, accepting->err);
}

static void remove_document(void *argument)
{
    struct accepting *accepting = argument;
    accepting->status =
        blob_remove(accepting->call->services->blob, accepting->document, accepting->err);
}

static void fill_record(struct accepting *accepting)
{
    struct arena *arena = accepting->call->arena;
    struct job_record *record = &accepting->promise.record;
    const struct feedback *item = &accepting->item;
    unsigned char digest[SHA256_SIZE];
    hash_sha256(item->text, digest);
    job_record_init(record);
    record->id = uuid_text(arena);
    record->tenant_id = accepting->call->identity.tenant_id;
    record->kind = RECORD_ANALYZE;
    record->status = RECORD_PENDING;
    record->source_id = accepting->asked.source_id;
    record->callback_url = accepting->callback_url;
    record->language_code = item->language_code;
    record->size = (int64_t)item->text.length;
    record->input_hash = hash_hex(arena, digest, sizeof digest);
    record->pii_detected = item->pii_detected;
    record->created_at = clock_now_us();
    record->message = STR("Analysis initiated");
    accepting->document = job_document_name(arena, record->id);
}

static enum status store(const struct once *once, struct kept_answer *answer, bool *is_replay,
                         struct error *err)
{
    struct accepting *accepting = once->argument;
    accepting->promise.answer = answer;
    enum status status =
        intake_promise(accepting->call->services->intake, &accepting->promise, err);
    *is_replay = accepting->promise.is_replay;
    return status;
}

static void render(const struct promise *promise, struct kept_answer *answer)
{
    struct accepting *accepting = promise->context;
    struct buf body;
    struct json_writer writer = call_start(accepting->call, &body);
    fields_write(&writer, &job_promise_fields, &promise->record);
    answer->http_status = 202;
    answer->body = buf_str(&body);
}

static void render_once(const struct once *once, struct kept_answer *answer)
{
    const struct accepting *accepting = once->argument;
    render(&accepting->promise, answer);
}

static enum status read_before(struct db_session *session, void *argument, struct error *err)
{
    struct accepting *accepting = argument;
    return store_sum_jobs_before(session, &accepting->promise.record, &accepting->before, err);
}

/* Only when nothing can refer to it: of a commit that failed, nobody knows whether it is durable
 * all the same. What stays lying, here or after a crash, is swept by age. */
static void take_back(struct accepting *accepting, enum status status)
{
    struct error ignored = {0};
    if (status == STATUS_OK || status == STATUS_INVALID || status == STATUS_MALFORMED ||
        status == STATUS_CONFLICT) {
        accepting->err = &ignored;
        fiber_offload(remove_document, accepting);
    }
}

/* Its text is clean and hidden, when it would be done is known, and it lies in blob/. */
static enum status prepare(const struct once *once, struct error *err)
{
    struct accepting *accepting = once->argument;
    struct call *call = accepting->call;
    enum status status = call_receive(call, &accepting->item, err);
    if (status != STATUS_OK)
        return status;
    fill_record(accepting);
    status =
        db_read(store_db(call->services->intake->store), DB_SHORT, read_before, accepting, err);
    if (status != STATUS_OK)
        return status;
    job_estimate(call->services, &accepting->promise.record, &accepting->before);
    accepting->err = err;
    fiber_offload(put_document, accepting);
    accepting->is_put = accepting->status == STATUS_OK;
    return accepting->status;
}

enum status analyze_async(struct call *call, struct error *err)
{
    struct accepting accepting = {.call = call};
    const struct once once = {prepare, true, store, render_once, &accepting};
    bool is_replay = false;
    enum status status = read_request(&accepting, err);
    if (status != STATUS_OK)
        return status;
    accepting.item = (struct feedback){.text = accepting.asked.text,
                                       .language_code = accepting.asked.options.language_code,
                                       .created_at = FIELD_UNSET};
    accepting.promise.arena = call->arena;
    accepting.promise.render = render;
    accepting.promise.context = &accepting;
    status = answer_once(call, &once, &is_replay, err);
    if (status == STATUS_OK && !is_replay)
        job_add_headers(call, &accepting.promise.record);
    else if (accepting.is_put)
        take_back(&accepting, status);
    return status;
}
