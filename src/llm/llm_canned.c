/* Answers from a script, for demos and tests: a line of JSON for each answer,
 *
 *     {"match": "refund", "reply": {"sentiment": "negative"}, "delay_ms": 200, "times": 2}
 *     {"job": "plan", "status": 503, "retry_after_ms": 1500}
 *
 * and the first whose words are in the text, and whose job is asked for, is given. `times` is how
 * often; without it for ever. A `reply` is a text as it is, or any JSON. */
#include "base/clock.h"
#include "base/heap.h"
#include "fiber/fiber.h"
#include "file/file.h"
#include "llm/llm_http.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_LINES = 100000,
    BYTES_PER_TOKEN = 4
};

struct line {
    str match, job, reply;
    int64_t status, delay_ms, retry_after_ms;
    int64_t input_tokens, output_tokens; /* -1: as long as the text is */
    atomic_llong left;                   /* times; below 0: for ever */
};

struct canned {
    struct arena arena;
    struct line *lines;
    size_t count;
};

static struct canned *self_of(const struct llm_provider *provider)
{
    return provider->own;
}

/* --- reading the script --- */

static void take_reply(struct arena *arena, const struct json *value, str *reply)
{
    struct buf out;
    struct json_writer writer = {.out = &out};
    if (value->type == JSON_STRING) {
        *reply = value->string;
        return;
    }
    buf_init(&out, arena, LLM_MAX_ANSWER);
    json_write(&writer, value);
    *reply = buf_str(&out);
}

/* False: there is no such key, or its value is not of its kind. */
static bool take_member(struct arena *arena, const struct json *member, struct line *line,
                        int64_t *times)
{
    const struct {
        const char *key;
        str *text;
        int64_t *number;
    } members[] = {
        {"match", &line->match, NULL},
        {"job", &line->job, NULL},
        {"status", NULL, &line->status},
        {"delay_ms", NULL, &line->delay_ms},
        {"retry_after_ms", NULL, &line->retry_after_ms},
        {"input_tokens", NULL, &line->input_tokens},
        {"output_tokens", NULL, &line->output_tokens},
        {"times", NULL, times},
    };
    if (str_equal_z(member->key, "reply")) {
        take_reply(arena, member, &line->reply);
        return true;
    }
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (!str_equal_z(member->key, members[i].key))
            continue;
        if (members[i].text != NULL && member->type == JSON_STRING)
            *members[i].text = member->string;
        else if (members[i].number != NULL && member->type == JSON_INTEGER && member->integer >= 0)
            *members[i].number = member->integer;
        else
            return false;
        return true;
    }
    return false;
}

static enum status read_line(struct canned *canned, const char *path, int number, str text,
                             struct error *err)
{
    struct line *line = &canned->lines[canned->count];
    const struct json *read;
    struct error why = {0};
    int64_t times = -1;
    if (json_parse(&canned->arena, text, &read, &why) != STATUS_OK)
        return fail(err, STATUS_INVALID, "%s line %d: %s", path, number, why.message);
    if (read->type != JSON_OBJECT)
        return fail(err, STATUS_INVALID, "%s line %d is not an object", path, number);
    line->input_tokens = line->output_tokens = -1;
    for (const struct json *member = read->first; member != NULL; member = member->next)
        if (!take_member(&canned->arena, member, line, &times))
            return fail(err, STATUS_INVALID,
                        "%s line %d: '" STR_FORMAT "' is not known, or of another kind", path,
                        number, STR_ARG(str_slice(member->key, 0, 40)));
    atomic_init(&line->left, times);
    canned->count++;
    return STATUS_OK;
}

static enum status read_script(struct canned *canned, const char *path, str text, struct error *err)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.length; i++)
        lines += text.bytes[i] == '\n';
    if (lines > MOST_LINES)
        return fail(err, STATUS_INVALID, "%s has more than %d lines", path, MOST_LINES);
    canned->lines = arena_array(&canned->arena, struct line, lines);
    enum status status = STATUS_OK;
    for (int number = 1; text.length > 0 && status == STATUS_OK; number++) {
        str line, rest = {0};
        str_cut(text, '\n', &line, &rest);
        if (str_trim(line).length > 0)
            status = read_line(canned, path, number, line, err);
        text = rest;
    }
    return status;
}

static enum status open_script(struct llm_provider *provider, struct error *err)
{
    struct canned *canned = heap_new(struct canned);
    struct file_map map = {0};
    struct error why = {0};
    const char *path = str_z(&canned->arena, provider->options.script);
    enum status status = file_map(&map, path, &why);
    if (status != STATUS_OK)
        status =
            fail(err, STATUS_INVALID, "the script of canned answers (ai.canned): %s", why.message);
    else
        status = read_script(
            canned, path, str_copy(&canned->arena, (str){(const char *)map.bytes, map.size}), err);
    file_unmap(&map);
    if (status != STATUS_OK) {
        arena_reset(&canned->arena);
        free(canned);
        return status;
    }
    provider->own = canned;
    return STATUS_OK;
}

static void close_script(struct llm_provider *provider)
{
    struct canned *canned = self_of(provider);
    arena_reset(&canned->arena);
    free(canned);
}

/* --- answering --- */

static bool is_left(struct line *line)
{
    long long left = atomic_load(&line->left);
    while (left > 0 && !atomic_compare_exchange_weak(&line->left, &left, left - 1)) {
    }
    return left != 0;
}

static struct line *find_line(struct canned *canned, const struct llm_request *request)
{
    for (size_t i = 0; i < canned->count; i++) {
        struct line *line = &canned->lines[i];
        if (str_find_str(request->text, line->match) != STR_NONE &&
            (line->job.length == 0 || str_equal_z(line->job, llm_job_names[request->job])) &&
            is_left(line))
            return line;
    }
    return NULL;
}

static int64_t tokens_of(int64_t said, size_t bytes)
{
    return said >= 0 ? said : (int64_t)(bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
}

static enum status wait_for(const struct line *line, unsigned timeout_ms, struct llm_try *result,
                            struct error *err)
{
    bool is_late = line->delay_ms >= timeout_ms;
    uint64_t wait_ms = is_late ? timeout_ms : (uint64_t)line->delay_ms;
    if (wait_ms > 0 && fiber_wait_until(fiber_now_ms() + wait_ms) == CANCELLED)
        return llm_fail(result, LLM_CAUSE_CANCELLED, err, "the one who asked has left");
    return is_late ? llm_fail(result, LLM_CAUSE_LATE, err, "the script did not answer in time")
                   : STATUS_OK;
}

static enum status complete(struct llm_provider *provider, struct arena *arena,
                            const struct llm_terms *terms, const struct llm_request *request,
                            struct llm_try *result, struct error *err)
{
    struct line *line = find_line(self_of(provider), request);
    (void)arena;
    if (provider->holds_secret != NULL &&
        (provider->holds_secret(provider->context, request->text) ||
         provider->holds_secret(provider->context, request->rules))) {
        result->usage.is_known = true;
        return llm_fail(result, LLM_CAUSE_SECRET, err,
                        "the request holds personal data that was to be hidden");
    }
    if (line == NULL) {
        result->usage.is_known = true;
        return llm_fail(result, LLM_CAUSE_REQUEST, err, "the script has no answer to this text");
    }
    enum status status = wait_for(line, terms->timeout_ms, result, err);
    if (status != STATUS_OK)
        return status;
    result->http_status = line->status > 0 ? (int)line->status : 200;
    result->retry_after_us = line->retry_after_ms * 1000;
    if (result->http_status != 200) {
        result->usage.is_known = true;
        return llm_fail(result, llm_cause_of_status(result->http_status), err,
                        "the script answers %d", result->http_status);
    }
    size_t asked = request->rules.length + request->text.length;
    result->usage = (struct llm_usage){
        .input = tokens_of(line->input_tokens, asked),
        .output = tokens_of(line->output_tokens, line->reply.length),
        .is_known = true,
    };
    result->raw = line->reply;
    if (line->reply.length == 0)
        return llm_fail(result, LLM_CAUSE_ANSWER, err, "the script answers with nothing");
    result->text = line->reply;
    return STATUS_OK;
}

const struct llm_backend llm_canned = {
    .scheme = "canned",
    .summary = "answers from a script, for demos and tests",
    .default_model = "script",
    .default_url = "",
    .open = open_script,
    .close = close_script,
    .complete = complete,
};
