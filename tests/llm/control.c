/* POST /control, GET /control, DELETE /control, GET /control/requests, GET /control/behaviours. */
#include "control.h"

#include "base/clock.h"

#include <string.h>

enum {
    MOST_KEPT = 256 << 20, /* bytes of requests */
    MOST_BODY = 64 << 10   /* of one, so that it may be read again */
};

/* Where a request is in hand its record lives on, though it is told of no more. */
static void start_over(struct control *control)
{
    if (control->in_flight == 0)
        arena_reset(&control->arena);
    *control = (struct control){.behaviour = behaviour_find(STR("good")),
                                .arena = control->arena,
                                .in_flight = control->in_flight};
    control->end = &control->first;
}

void control_open(struct control *control)
{
    *control = (struct control){0};
    start_over(control);
}

void control_close(struct control *control)
{
    arena_reset(&control->arena);
}

/* --- what is done --- */

/* "stand-in.html-200", "stand-in.good.500": a behaviour, and milliseconds to wait. */
static const struct behaviour *of_wish(str wish, int64_t *delay_ms)
{
    str name, delay;
    if (!str_starts_with(wish, STR("stand-in.")))
        return NULL;
    if (str_cut(str_slice(wish, strlen("stand-in."), wish.length), '.', &name, &delay))
        (void)str_to_integer(delay, delay_ms);
    return behaviour_find(name);
}

const struct behaviour *control_choose(struct control *control, const struct question *question,
                                       int64_t *delay_ms)
{
    const struct behaviour *good = behaviour_find(STR("good"));
    *delay_ms = control->delay_ms;
    const struct behaviour *own = of_wish(question->wish, delay_ms);
    if (own != NULL)
        return own;
    if (control->only != NULL && strcmp(control->only, question->format->name) != 0)
        return good;
    const struct behaviour *chosen = control->behaviour;
    if (control->count > 0 && --control->count == 0)
        control->behaviour = good;
    return chosen;
}

/* --- what is kept --- */

str control_key_of(const struct http_request *request)
{
    str key = http_header(request, "x-api-key"), bearer = http_header(request, "authorization");
    return key.length > 0 ? key : str_slice(bearer, 7, bearer.length);
}

struct record *control_begin(struct control *control, const struct http_request *request)
{
    control->requests++;
    control->in_flight++;
    if (control->in_flight > control->most_in_flight)
        control->most_in_flight = control->in_flight;
    if (control->kept_bytes > MOST_KEPT)
        return NULL;
    struct arena *arena = &control->arena;
    struct record *record = arena_new(arena, struct record);
    struct buf head;
    buf_init(&head, arena, 64 << 10);
    struct json_writer json = {.out = &head};
    json_open(&json, '{');
    for (size_t i = 0; i < request->header_count; i++) {
        json_key_str(&json, str_lower(request->arena, request->headers[i].name));
        json_string(&json, request->headers[i].value);
    }
    json_close(&json, '}');
    *record = (struct record){
        .number = control->requests,
        .at_us = clock_now_us(),
        .method = str_copy(arena, request->method),
        .path = str_copy(arena, request->path),
        .key = str_copy(arena, control_key_of(request)),
        .idempotency_key = str_copy(arena, http_header(request, "idempotency-key")),
        .head = buf_str(&head),
        .body = str_copy(arena, str_slice(request->body, 0, MOST_BODY)),
    };
    *control->end = record;
    control->end = &record->next;
    control->kept_bytes += (int64_t)(record->body.length + record->head.length + sizeof *record);
    return record;
}

void control_end(struct control *control, struct record *record, bool is_delivered)
{
    control->in_flight--;
    if (record == NULL)
        return;
    record->answered_at_us = clock_now_us();
    record->is_delivered = is_delivered;
    record->has_left = !is_delivered;
    control->billed += record->is_billed;
}

/* --- the way to it --- */

bool control_is_asked(const struct http_request *request)
{
    return str_equal(request->path, STR("/control")) ||
           str_starts_with(request->path, STR("/control/"));
}

static void write_time(struct json_writer *out, const char *key, int64_t at_us)
{
    json_key(out, key);
    if (at_us == 0)
        json_null(out);
    else
        json_real(out, (double)at_us / 1000, 3);
}

static void write_text(struct json_writer *out, const char *key, str value)
{
    json_key(out, key);
    json_string(out, value);
}

/* JSON where it is that, text where it is not. */
static void write_body(struct json_writer *out, str body)
{
    struct arena arena = {0};
    struct error err;
    const struct json *value;
    json_key(out, "body");
    if (json_parse(&arena, body, &value, &err) == STATUS_OK)
        json_raw(out, body);
    else
        json_string(out, body);
    arena_reset(&arena);
}

static void write_record(struct json_writer *out, const struct record *record)
{
    json_open(out, '{');
    json_key(out, "number");
    json_integer(out, record->number);
    write_time(out, "at_ms", record->at_us);
    write_time(out, "answered_at_ms", record->answered_at_us);
    write_text(out, "method", record->method);
    write_text(out, "path", record->path);
    write_text(out, "format", record->format);
    write_text(out, "model", record->model);
    write_text(out, "key", record->key);
    write_text(out, "idempotency_key", record->idempotency_key);
    write_text(out, "feedback", record->feedback);
    write_text(out, "behaviour", str_from_z(record->behaviour));
    json_key(out, "status");
    json_integer(out, record->status);
    json_key(out, "is_billed");
    json_boolean(out, record->is_billed);
    json_key(out, "input_tokens");
    json_integer(out, record->input_tokens);
    json_key(out, "output_tokens");
    json_integer(out, record->output_tokens);
    json_key(out, "is_delivered");
    json_boolean(out, record->is_delivered);
    json_key(out, "has_left");
    json_boolean(out, record->has_left);
    json_key(out, "headers");
    json_raw(out, record->head);
    write_body(out, record->body);
    json_close(out, '}');
}

static void list_requests(const struct control *control, const struct http_request *request,
                          struct json_writer *out)
{
    struct http_pair pair;
    int64_t after = 0;
    for (size_t at = 0; http_next_pair(request->arena, request->query, &at, &pair);)
        if (str_equal(pair.name, STR("after")))
            (void)str_to_integer(pair.value, &after);
    json_key(out, "requests");
    json_open(out, '[');
    for (const struct record *record = control->first; record != NULL; record = record->next)
        if (record->number > after)
            write_record(out, record);
    json_close(out, ']');
}

static void list_behaviours(struct json_writer *out)
{
    json_key(out, "behaviours");
    json_open(out, '[');
    for (const struct behaviour *row = behaviour_next(NULL); row != NULL;
         row = behaviour_next(row)) {
        json_open(out, '{');
        write_text(out, "name", str_from_z(row->name));
        write_text(out, "what", str_from_z(row->what));
        json_key(out, "status");
        json_integer(out, row->status == 0 ? 200 : row->status);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void write_state(const struct control *control, struct json_writer *out)
{
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"count", control->count},         {"delay_ms", control->delay_ms},
        {"requests", control->requests},   {"billed", control->billed},
        {"in_flight", control->in_flight}, {"most_in_flight", control->most_in_flight},
        {"seed", control->mistakes.seed},
    };
    write_text(out, "behaviour", str_from_z(control->behaviour->name));
    write_text(out, "only", str_from_z(control->only));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        json_key(out, numbers[i].name);
        json_integer(out, numbers[i].value);
    }
    json_key(out, "error_rate");
    json_real(out, control->mistakes.rate, 6);
}

static const char *format_named(str name)
{
    static const char *const names[] = {"openai", "responses", "embeddings", "anthropic",
                                        "comprehend"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_equal_z(name, names[i]))
            return names[i];
    return NULL;
}

static bool set_text(struct control *control, const struct json *item)
{
    if (str_equal(item->key, STR("behaviour")))
        return (control->behaviour = behaviour_find(item->string)) != NULL;
    if (str_equal(item->key, STR("only")))
        return (control->only = format_named(item->string)) != NULL;
    if (!str_equal(item->key, STR("key")))
        return false;
    control->key = str_copy(&control->arena, item->string);
    return true;
}

static bool set_number(struct control *control, const struct json *item)
{
    int64_t *const numbers[] = {&control->count, &control->delay_ms, &control->mistakes.seed};
    static const char *const names[] = {"count", "delay_ms", "seed"};
    if (str_equal(item->key, STR("error_rate"))) {
        control->mistakes.rate = item->real;
        return true;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_equal_z(item->key, names[i]) && item->type == JSON_INTEGER) {
            *numbers[i] = item->integer;
            return true;
        }
    return false;
}

/* What is not named in the command is as at the start, but the mistakes and the key stay. */
static int set(struct control *control, const struct http_request *request, struct json_writer *out)
{
    const struct json *command;
    struct error err;
    if (json_parse(request->arena, request->body, &command, &err) != STATUS_OK ||
        command->type != JSON_OBJECT) {
        write_text(out, "error", STR("a command is a JSON object"));
        return 400;
    }
    struct control changed = *control;
    changed.behaviour = behaviour_find(STR("good"));
    changed.count = changed.delay_ms = 0;
    changed.only = NULL;
    for (const struct json *item = command->first; item != NULL; item = item->next)
        if (item->type == JSON_STRING ? !set_text(&changed, item) : !set_number(&changed, item)) {
            write_text(
                out, "error",
                str_format(request->arena, STR_FORMAT " is not known, or bad", STR_ARG(item->key)));
            return 400;
        }
    *control = changed;
    write_state(control, out);
    return 200;
}

int control_answer(struct control *control, const struct http_request *request, struct buf *out)
{
    struct json_writer json = {.out = out};
    int status = 200;
    json_open(&json, '{');
    if (str_equal(request->path, STR("/control/behaviours"))) {
        list_behaviours(&json);
    } else if (str_equal(request->path, STR("/control/requests"))) {
        list_requests(control, request, &json);
    } else if (str_equal(request->method, STR("POST"))) {
        status = set(control, request, &json);
    } else {
        if (str_equal(request->method, STR("DELETE")))
            start_over(control);
        write_state(control, &json);
    }
    json_close(&json, '}');
    return status;
}
