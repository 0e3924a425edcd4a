#include "answer.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    TEN_MB = 10 << 20,
    BRACKETS = 100000,
    LONG_HEAD = 200 << 10,
    LIMIT = 1 << 30
};

static const char html[] = "<!DOCTYPE html><html><head><title>Sign in</title></head>"
                           "<body><h1>This network asks you to sign in</h1></body></html>\n";

/* --- the body --- */

static str filled(struct arena *arena, const char *before, char byte, size_t count)
{
    size_t length = strlen(before);
    char *bytes = arena_alloc(arena, length + count);
    memcpy(bytes, before, length);
    memset(bytes + length, byte, count);
    return (str){bytes, length + count};
}

/* The body with a byte of it changed, so that it is no longer what it was. */
static str spoilt(struct arena *arena, str body, char byte)
{
    str copy = str_copy(arena, body);
    ((char *)copy.bytes)[copy.length / 2] = byte;
    return copy;
}

static str body_of(struct arena *arena, enum body kind, str good)
{
    const str bodies[] = {
        [BODY_GOOD] = good,
        [BODY_EMPTY] = STR(""),
        [BODY_HTML] = str_from_z(html),
        [BODY_HALF] = str_slice(good, 0, good.length / 2),
        [BODY_NULL] = STR("null"),
        [BODY_OTHER] = STR("{\"hello\":\"world\"}"),
        [BODY_NOTHING_IN_IT] = good,
    };
    if (kind == BODY_TEN_MB)
        return filled(arena, "{\"id\":\"", 'a', TEN_MB);
    if (kind == BODY_DEEP)
        return filled(arena, "{\"choices\":", '[', BRACKETS);
    if (kind == BODY_NUL)
        return spoilt(arena, good, '\0');
    if (kind == BODY_BAD_UTF8)
        return spoilt(arena, good, '\xff');
    return bodies[kind];
}

/* --- the head --- */

static const char *date_soon(char text[static 40])
{
    time_t at = time(NULL) + 3; /* more than two seconds from now, as it is read */
    struct tm parts;
    strftime(text, 40, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&at, &parts));
    return text;
}

/* "DATE" in the lines becomes one. */
static void add_lines(struct buf *out, const char *lines)
{
    char date[40];
    const char *at = strstr(lines, "DATE");
    if (at == NULL) {
        buf_add_z(out, lines);
        return;
    }
    buf_add(out, (str){lines, (size_t)(at - lines)});
    buf_add_z(out, date_soon(date));
    buf_add_z(out, at + strlen("DATE"));
}

static const char *type_of(const struct http_request *request, enum body kind)
{
    if (kind == BODY_HTML)
        return "text/html; charset=utf-8";
    return http_header(request, "x-amz-target").length > 0 ? "application/x-amz-json-1.1"
                                                           : "application/json";
}

struct sent {
    int status;
    const char *type, *lines;
    str body;
    bool closes;
};

static void put_together(struct arena *arena, const struct sent *sent, struct answer *answer)
{
    struct buf out;
    bool is_long = answer->delivery == DELIVER_LONG_HEAD;
    const char *reason = http_reason(sent->status);
    buf_init(&out, arena, LIMIT);
    buf_format(&out,
               "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nx-request-id: req_standin\r\n"
               "request-id: req_standin\r\n",
               sent->status, reason == NULL ? "Of its own" : reason, sent->type);
    add_lines(&out, sent->lines == NULL ? "" : sent->lines);
    if (is_long)
        for (int i = 0; i < LONG_HEAD / 1000; i++)
            buf_format(&out, "X-Long-%d: %01000d\r\n", i, 0);
    if (sent->status != 204)
        buf_format(&out, "Content-Length: %zu\r\n", sent->body.length);
    buf_format(&out, "%s\r\n", sent->closes ? "Connection: close\r\n" : "");
    answer->head = out.length;
    answer->closes = sent->closes;
    buf_add(&out, sent->body);
    answer->bytes = buf_str(&out);
}

struct answer answer_refusing(struct arena *arena, int status, const char *why)
{
    struct answer answer = {0};
    struct sent sent = {
        .status = status, .type = "text/plain", .body = str_from_z(why), .closes = true};
    put_together(arena, &sent, &answer);
    return answer;
}

/* --- a question --- */

/* What some models and servers refuse, though it is good. */
static bool applies(const struct behaviour *behaviour, const struct question *question)
{
    if (str_equal_z(STR("schema-refused"), behaviour->name))
        return question->has_grammar;
    if (str_equal_z(STR("temperature-refused"), behaviour->name))
        return question->has_temperature;
    if (str_equal_z(STR("text-refused"), behaviour->name))
        return question->is_unspeakable;
    return true;
}

static const char *message_of(const struct behaviour *behaviour)
{
    if (str_equal_z(STR("schema-refused"), behaviour->name))
        return "Either \"json_schema\" or \"grammar\" can be specified, but not both";
    if (str_equal_z(STR("temperature-refused"), behaviour->name))
        return "Unsupported value: 'temperature' does not support 0 with this model.";
    return behaviour->message == NULL ? behaviour->what : behaviour->message;
}

static str good_body(const struct question *question, const struct control *control,
                     const struct behaviour *behaviour, int64_t *output_tokens)
{
    struct labels labels = labels_of(question->feedback, &control->mistakes);
    struct buf out;
    struct json_writer json = {.out = &out};
    if (behaviour->content == CONTENT_OBEYS)
        labels = labels_obeying(question->feedback, labels);
    struct reply reply = {.content = labels_write(question, labels, behaviour->content),
                          .sentiment = labels.sentiment,
                          .id = control->requests,
                          .behaviour = behaviour};
    reply.output_tokens = (int64_t)(reply.content.length + 3) / 4;
    *output_tokens = reply.output_tokens + (behaviour->usage == USAGE_REASONING ? 100 : 0);
    buf_init(&out, question->arena, LIMIT);
    question->format->answer(&json, question, &reply);
    return buf_str(&out);
}

static str refusing_body(const struct question *question, const struct behaviour *behaviour,
                         str why)
{
    struct buf out;
    struct json_writer json = {.out = &out};
    buf_init(&out, question->arena, LIMIT);
    question->format->refuse(&json, behaviour, why);
    return buf_str(&out);
}

/* The refusal that a request earns, or the behaviour that was asked for. */
static const struct behaviour *judge(struct control *control, const struct http_request *request,
                                     struct question *question, struct answer *answer, str *why)
{
    const struct json *body;
    struct error err;
    const struct behaviour *refusal = question->format->admit(request, why);
    if (refusal == NULL && json_parse(request->arena, request->body, &body, &err) != STATUS_OK) {
        *why = STR("We could not parse the JSON body of your request.");
        refusal = behaviour_find(STR("bad-request"));
    }
    if (refusal == NULL)
        refusal = question->format->read(body, question, why);
    question->feedback = labels_unfence(question->text);
    if (refusal == NULL && control->key.length > 0 &&
        !str_equal(control_key_of(request), control->key)) {
        *why = STR("Incorrect API key provided.");
        refusal = behaviour_find(STR("wrong-key"));
    }
    if (refusal != NULL)
        return refusal;
    str rest, wish = format_wish(request->path, &rest);
    question->wish = wish.length > 0 ? wish : question->model;
    const struct behaviour *chosen = control_choose(control, question, &answer->delay_ms);
    if (!applies(chosen, question))
        chosen = behaviour_find(STR("good"));
    *why = str_from_z(message_of(chosen));
    return chosen;
}

static void answer_question(struct control *control, const struct http_request *request,
                            struct question *question, struct answer *answer)
{
    str why = {0};
    int64_t output_tokens = 0;
    answer->is_question = true;
    answer->record = control_begin(control, request);
    const struct behaviour *chosen = judge(control, request, question, answer, &why);
    bool is_refusal = chosen->status >= 400 && chosen->openai_type != NULL;
    bool is_answer = chosen->status == 0;
    str body = is_refusal  ? refusing_body(question, chosen, why)
               : is_answer ? good_body(question, control, chosen, &output_tokens)
                           : STR("");
    struct sent sent = {.status = is_answer ? 200 : chosen->status,
                        .type = type_of(request, chosen->body),
                        .lines = chosen->headers,
                        .body = body_of(request->arena, chosen->body, body)};
    answer->delivery = chosen->delivery;
    put_together(request->arena, &sent, answer);
    struct record *record = answer->record;
    if (record == NULL)
        return;
    record->format = str_from_z(question->format->name);
    record->model = str_copy(&control->arena, question->model);
    record->feedback = str_copy(&control->arena, question->feedback);
    record->behaviour = chosen->name;
    record->status = sent.status;
    record->is_billed = is_answer;
    record->input_tokens = is_answer ? question->input_tokens : 0;
    record->output_tokens = output_tokens;
}

struct answer answer_to(struct control *control, const struct http_request *request)
{
    struct answer answer = {0};
    struct question question = {.arena = request->arena, .format = format_find(request)};
    struct sent sent = {.status = 404, .type = "application/json"};
    struct buf out;
    if (question.format != NULL) {
        answer_question(control, request, &question, &answer);
        return answer;
    }
    sent.body = STR("{\"error\":{\"message\":\"Unknown request URL\",\"type\":"
                    "\"invalid_request_error\",\"param\":null,\"code\":\"unknown_url\"}}");
    if (control_is_asked(request)) {
        buf_init(&out, request->arena, (size_t)1 << 30);
        sent.status = control_answer(control, request, &out);
        sent.body = buf_str(&out);
    }
    put_together(request->arena, &sent, &answer);
    return answer;
}
