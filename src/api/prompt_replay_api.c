/* What a prompt would say of feedback that is stored: /v1/prompts/{version}:estimate and :replay.
 */
#include "api/configurations.h"
#include "api/cursor.h"
#include "api/prompt_api.h"
#include "intake/intake_replay.h"
#include "store/store_feedback.h"

#include <math.h>
#include <stddef.h>

enum {
    DEFAULT_PAGE = 16,
    MOST_PAGE = 100,
    SAMPLE = 50, /* of the newest texts, from which the cost of all is estimated */
    PATIENCE_MS = 30000
};

struct asked {
    int64_t since, until, limit;
    str cursor;
};

/* clang-format off */
#define AT(member) offsetof(struct asked, member)
static const struct field estimate_items[] = {
    {"since", FIELD_TIME, AT(since), .doc = "Feedback of then or later; all when not given."},
    {"until", FIELD_TIME, AT(until), .doc = "Feedback before then."},
    {"limit", FIELD_INTEGER, AT(limit), 0, 1, INT64_MAX, .doc = "So many at most, the newest."},
};
const struct fields replay_estimate_fields = FIELDS("PromptEstimate", "What a replay would be of.", estimate_items);

static const struct field page_items[] = {
    {"since", FIELD_TIME, AT(since), .doc = "Feedback of then or later; all when not given."},
    {"until", FIELD_TIME, AT(until), .doc = "Feedback before then."},
    {"limit", FIELD_INTEGER, AT(limit), 0, 1, MOST_PAGE, .doc = "So many in this answer; 16 when not given."},
    {"cursor", FIELD_TEXT, AT(cursor), 0, 1, 200, .doc = "The next_cursor of the answer before."},
};
const struct fields replay_page_fields = FIELDS("PromptReplay", "What is to be asked about.", page_items);
#undef AT
/* clang-format on */

#define INTEGER "{\"type\":\"integer\"}"
#define COST "{\"type\":[\"number\",\"null\"]}"
#define LABEL "{\"type\":[\"string\",\"null\"]}"
#define LABELS                                                                                     \
    "{\"type\":\"object\",\"properties\":{\"sentiment\":" LABEL ",\"topic\":" LABEL                \
    ",\"severity\":" LABEL ",\"alert\":{\"type\":\"boolean\"}},\"required\":[\"sentiment\","       \
    "\"topic\",\"severity\",\"alert\"],\"additionalProperties\":false}"

const char replay_estimate_schema[] =
    "{\"type\":\"object\",\"properties\":{\"messages\":" INTEGER ",\"tokens\":" INTEGER
    ",\"cost_usd\":" COST ",\"provider\":" LABEL ",\"model\":" LABEL "},"
    "\"required\":[\"messages\",\"tokens\",\"cost_usd\",\"provider\",\"model\"],"
    "\"additionalProperties\":false}";

const char replay_page_schema[] =
    "{\"type\":\"object\",\"properties\":{\"results\":{\"type\":\"array\",\"items\":"
    "{\"type\":\"object\",\"properties\":{\"id\":" INTEGER ",\"is_asked\":{\"type\":\"boolean\"},"
    "\"is_cached\":{\"type\":\"boolean\"},\"before\":" LABELS ",\"after\":" LABELS
    ",\"code\":{\"type\":\"string\"},\"error\":{\"type\":\"string\"}},"
    "\"required\":[\"id\",\"is_asked\",\"is_cached\",\"before\"],\"additionalProperties\":false}},"
    "\"cost_usd\":" COST ",\"input_tokens\":" INTEGER ",\"output_tokens\":" INTEGER
    ",\"next_cursor\":{\"type\":\"string\"}},"
    "\"required\":[\"results\",\"cost_usd\",\"input_tokens\",\"output_tokens\"],"
    "\"additionalProperties\":false}";

struct reading {
    struct call *call;
    struct feedback_filter filter;
    struct feedback_page page;
    int64_t count;
};

static enum status read_page(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    enum status status =
        store_count_feedback(session, reading->call->arena, &reading->filter, &reading->count, err);
    return status == STATUS_OK ? store_list_feedback(session, reading->call->arena,
                                                     &reading->filter, &reading->page, err)
                               : status;
}

static enum status read_feedback(struct reading *reading, const struct asked *asked, int64_t limit,
                                 struct error *err)
{
    struct call *call = reading->call;
    enum status status = call_check_range(asked->since, asked->until, err);
    if (status != STATUS_OK)
        return status;
    fields_init(&feedback_filter_fields, &reading->filter);
    reading->filter.tenant_id = call->identity.tenant_id;
    reading->filter.since = asked->since;
    reading->filter.until = asked->until;
    reading->filter.limit = limit;
    reading->page.items = arena_array(call->arena, struct feedback, (size_t)limit);
    return db_read(store_db(call->services->intake->store), DB_LONG, read_page, reading, err);
}

static enum status begin(struct call *call, struct replay *replay, struct error *err)
{
    const struct tenant_rules *rules;
    enum status status = call_rules(call, &rules, err);
    if (status != STATUS_OK)
        return status;
    *replay = (struct replay){.intake = call->services->intake,
                              .configuration = &rules->configuration,
                              .pii = &rules->pii,
                              .version = call->value,
                              .patience_ms = PATIENCE_MS};
    return STATUS_OK;
}

static void write_estimate(struct call *call, int64_t messages, size_t sample,
                           const struct cascade_estimate *sum)
{
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    double scale = sample > 0 ? (double)messages / (double)sample : 0;
    json_open(&writer, '{');
    json_key(&writer, "messages");
    json_integer(&writer, messages);
    json_key(&writer, "tokens");
    json_integer(&writer, (int64_t)ceil((double)sum->tokens * scale));
    json_key(&writer, "cost_usd");
    json_real(&writer,
              sum->cost_nano == FIELD_UNSET ? (double)NAN : (double)sum->cost_nano * scale / 1e9,
              9);
    json_key(&writer, "provider");
    json_string(&writer, str_from_z(sum->provider));
    json_key(&writer, "model");
    json_string(&writer, str_from_z(sum->model));
    json_close(&writer, '}');
    call_answer(call, 200, &body);
}

/* One more estimate; the sum's cost is unknown where any is. */
static void add_estimate(struct cascade_estimate *sum, const struct cascade_estimate *one)
{
    bool is_known = sum->cost_nano != FIELD_UNSET && one->cost_nano != FIELD_UNSET;
    sum->provider = one->provider;
    sum->model = one->model;
    sum->tokens += one->tokens;
    sum->cost_nano = is_known ? sum->cost_nano + one->cost_nano : FIELD_UNSET;
}

enum status prompt_estimate_replay(struct call *call, struct error *err)
{
    struct asked asked = {.cursor = {0}};
    struct reading reading = {.call = call};
    struct replay replay;
    struct cascade_estimate sum = {.tokens = 0}, one;
    struct feedback none = {.tenant_id = call->identity.tenant_id};
    enum status status = call_read_body(call, &replay_estimate_fields, &asked, err);
    if (status == STATUS_OK)
        status = begin(call, &replay, err);
    if (status == STATUS_OK) /* without a model, or that version, it says so at once */
        status = intake_estimate_replay(&replay, call->arena, &none, &one, err);
    if (status == STATUS_OK)
        status = read_feedback(&reading, &asked, SAMPLE, err);
    for (size_t i = 0; i < reading.page.count && status == STATUS_OK; i++) {
        status = intake_estimate_replay(&replay, call->arena, &reading.page.items[i], &one, err);
        if (status == STATUS_OK)
            add_estimate(&sum, &one);
    }
    if (status != STATUS_OK)
        return status;
    if (reading.page.count == 0)
        sum = (struct cascade_estimate){one.provider, one.model, 0, 0};
    bool is_limited = asked.limit != FIELD_UNSET && asked.limit < reading.count;
    write_estimate(call, is_limited ? asked.limit : reading.count, reading.page.count, &sum);
    return STATUS_OK;
}

static void write_labels(struct json_writer *writer, const char *key,
                         const struct analysis *analysis)
{
    json_key(writer, key);
    json_open(writer, '{');
    json_key(writer, "sentiment");
    json_string(writer, label_text(sentiment_names, analysis->sentiment));
    json_key(writer, "topic");
    json_string(writer, label_text(topic_names, analysis->topic));
    json_key(writer, "severity");
    json_string(writer, label_text(severity_names, analysis->severity));
    json_key(writer, "alert");
    json_boolean(writer, analysis->needs_alert);
    json_close(writer, '}');
}

static void write_item(struct json_writer *writer, const struct replay_item *item)
{
    json_open(writer, '{');
    json_key(writer, "id");
    json_integer(writer, item->before->id);
    json_key(writer, "is_asked");
    json_boolean(writer, item->is_asked);
    json_key(writer, "is_cached");
    json_boolean(writer, item->is_asked && item->after.method == METHOD_CACHE);
    write_labels(writer, "before", &item->before->analysis);
    if (item->status == STATUS_OK) {
        write_labels(writer, "after", &item->after);
    } else {
        json_key(writer, "code");
        json_string_z(writer, status_name(item->status));
        json_key(writer, "error");
        json_string_z(writer, item->err.message);
    }
    json_close(writer, '}');
}

static void write_costs(struct json_writer *writer, const struct replay *replay)
{
    int64_t cost = 0, input = 0, output = 0;
    for (size_t i = 0; i < replay->count; i++) {
        const struct replay_item *item = &replay->items[i];
        bool is_known = cost != FIELD_UNSET && item->cost_nano != FIELD_UNSET;
        cost = is_known ? cost + item->cost_nano : FIELD_UNSET;
        input += item->tokens.input == FIELD_UNSET ? 0 : item->tokens.input;
        output += item->tokens.output == FIELD_UNSET ? 0 : item->tokens.output;
    }
    json_key(writer, "cost_usd");
    json_real(writer, cost == FIELD_UNSET ? (double)NAN : (double)cost / 1e9, 9);
    json_key(writer, "input_tokens");
    json_integer(writer, input);
    json_key(writer, "output_tokens");
    json_integer(writer, output);
}

static void answer_page(struct call *call, const struct replay *replay, str next_cursor)
{
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    json_open(&writer, '{');
    json_key(&writer, "results");
    json_open(&writer, '[');
    for (size_t i = 0; i < replay->count; i++)
        write_item(&writer, &replay->items[i]);
    json_close(&writer, ']');
    write_costs(&writer, replay);
    if (!str_is_absent(next_cursor)) {
        json_key(&writer, "next_cursor");
        json_string(&writer, next_cursor);
    }
    json_close(&writer, '}');
    call_answer(call, 200, &body);
}

/* What waits for its first labels has nothing to be compared with. */
static void take_items(struct call *call, const struct feedback_page *page, struct replay *replay)
{
    replay->items = arena_array(call->arena, struct replay_item, page->count + 1);
    for (size_t i = 0; i < page->count; i++)
        if (page->items[i].analysis.sentiment != LABEL_NONE)
            replay->items[replay->count++].before = &page->items[i];
}

static str filters_of(const struct call *call, const struct asked *asked)
{
    return str_format(call->arena, "replay %lld %lld %lld", (long long)call->identity.tenant_id,
                      (long long)asked->since, (long long)asked->until);
}

enum status prompt_replay_page(struct call *call, struct error *err)
{
    struct asked asked = {.cursor = {0}};
    struct reading reading = {.call = call};
    struct replay replay;
    struct cascade_estimate unused;
    struct feedback none = {.tenant_id = call->identity.tenant_id};
    str next_cursor = {0};
    enum status status = call_read_body(call, &replay_page_fields, &asked, err);
    if (status == STATUS_OK)
        status = begin(call, &replay, err);
    if (status == STATUS_OK)
        status = intake_estimate_replay(&replay, call->arena, &none, &unused, err);
    if (status == STATUS_OK && !str_is_absent(asked.cursor))
        status = cursor_open(call, filters_of(call, &asked), asked.cursor,
                             &reading.page.before_time, &reading.page.before_id, err);
    if (status == STATUS_OK)
        status = read_feedback(&reading, &asked,
                               asked.limit == FIELD_UNSET ? DEFAULT_PAGE : asked.limit, err);
    if (status != STATUS_OK)
        return status;
    take_items(call, &reading.page, &replay);
    status = intake_replay(&replay, call->arena, err);
    if (status != STATUS_OK)
        return status;
    if ((int64_t)reading.page.count == reading.filter.limit || reading.page.is_cut) {
        const struct feedback *last = &reading.page.items[reading.page.count - 1];
        next_cursor = cursor_seal(call, filters_of(call, &asked), last->created_at, last->id);
    }
    answer_page(call, &replay, next_cursor);
    return STATUS_OK;
}
