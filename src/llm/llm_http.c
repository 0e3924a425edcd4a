#include "llm/llm_http.h"

enum {
    KIND_LENGTH = 64, /* of an error's type that is repeated in ours */
};

static const int64_t most_count = INT64_C(1) << 40;

/* --- a stranger's JSON --- */

const struct json *llm_member(const struct json *object, const char *key)
{
    return object != NULL && object->type == JSON_OBJECT ? json_find(object, key) : NULL;
}

str llm_text(const struct json *object, const char *key)
{
    const struct json *member = llm_member(object, key);
    return member != NULL && member->type == JSON_STRING ? member->string : (str){0};
}

bool llm_has_count(const struct json *object, const char *key)
{
    const struct json *member = llm_member(object, key);
    return member != NULL && member->type == JSON_INTEGER && member->integer >= 0;
}

int64_t llm_count(const struct json *object, const char *key)
{
    if (!llm_has_count(object, key))
        return 0;
    int64_t count = json_find(object, key)->integer;
    return count < most_count ? count : most_count;
}

struct llm_usage llm_openai_usage(const struct json *usage, const struct llm_usage_names *names)
{
    const struct json *details = llm_member(usage, names->details);
    int64_t input = llm_count(usage, names->input);
    int64_t read = llm_count(details, "cached_tokens");
    int64_t written = llm_count(details, "cache_write_tokens");
    return (struct llm_usage){
        .input = input > read + written ? input - read - written : 0,
        .cache_read = read,
        .cache_write = written,
        .output = llm_count(usage, names->output),
        .is_known = llm_has_count(usage, names->input) && llm_has_count(usage, names->output),
    };
}

/* --- the last look --- */

static bool holds_secret(const struct llm_provider *provider, const struct json *value)
{
    if (value->type == JSON_STRING)
        return provider->holds_secret(provider->context, value->string);
    if (value->type != JSON_ARRAY && value->type != JSON_OBJECT)
        return false;
    for (const struct json *child = value->first; child != NULL; child = child->next)
        if (holds_secret(provider, child))
            return true;
    return false;
}

/* What does not read as JSON was not made by us, and does not leave either. */
static enum status look(const struct llm_provider *provider, struct arena *arena, str body,
                        struct llm_try *result, struct error *err)
{
    const struct json *sent;
    if (provider->holds_secret == NULL)
        return STATUS_OK;
    if (json_parse(arena, body, &sent, NULL) == STATUS_OK && !holds_secret(provider, sent))
        return STATUS_OK;
    return llm_fail(result, LLM_CAUSE_SECRET, err,
                    "the request holds personal data that was to be hidden, and was not sent");
}

/* --- what an error means --- */

static const struct {
    int from, to;
    enum llm_cause cause;
} statuses[] = {
    {300, 399, LLM_CAUSE_PLACE}, {401, 401, LLM_CAUSE_KEY},     {402, 402, LLM_CAUSE_CREDIT},
    {403, 403, LLM_CAUSE_KEY},   {404, 404, LLM_CAUSE_MODEL},   {408, 409, LLM_CAUSE_SERVICE},
    {429, 429, LLM_CAUSE_RATE},  {400, 499, LLM_CAUSE_REQUEST}, {500, 599, LLM_CAUSE_SERVICE},
};

/* An error's type or code that holds this means it, whatever its status. */
static const struct {
    const char *part;
    enum llm_cause cause;
} kinds[] = {
    {"insufficient_quota", LLM_CAUSE_CREDIT},
    {"credit_balance", LLM_CAUSE_CREDIT},
    {"billing", LLM_CAUSE_CREDIT},
    {"spend_limit", LLM_CAUSE_CREDIT},
    {"usage_limit", LLM_CAUSE_CREDIT},
    {"invalid_api_key", LLM_CAUSE_KEY},
    {"model_not_found", LLM_CAUSE_MODEL},
    {"UnrecognizedClient", LLM_CAUSE_KEY},
    {"InvalidSignature", LLM_CAUSE_KEY},
    {"ExpiredToken", LLM_CAUSE_KEY},
    {"AccessDenied", LLM_CAUSE_KEY},
    {"Throttling", LLM_CAUSE_RATE},
    {"TooManyRequests", LLM_CAUSE_RATE},
};

enum llm_cause llm_cause_of_status(int status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (status >= statuses[i].from && status <= statuses[i].to)
            return statuses[i].cause;
    return LLM_CAUSE_GARBAGE;
}

/* Anthropic says only in words that prepaid credit is gone. */
static bool is_out_of_credit(str message)
{
    return str_starts_with(message, STR("Your credit balance is too low"));
}

static enum status answered_error(const struct llm_provider *provider, struct arena *arena,
                                  struct llm_try *result, struct error *err)
{
    const struct json *answer = NULL, *error = NULL;
    enum llm_cause cause = llm_cause_of_status(result->http_status);
    if (json_parse(arena, result->raw, &answer, NULL) == STATUS_OK)
        error = llm_member(answer, "error");
    str words[] = {llm_text(error, "code"), llm_text(error, "type"), llm_text(answer, "__type")};
    str kind = {0};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        kind = kind.length > 0 ? kind : words[i];
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
            if (str_find_str(words[i], str_from_z(kinds[k].part)) != STR_NONE)
                cause = kinds[k].cause;
    }
    if (is_out_of_credit(llm_text(error, "message")))
        cause = LLM_CAUSE_CREDIT;
    kind = str_slice(kind, 0, KIND_LENGTH);
    return llm_fail(result, cause, err, "%s answers %d%s" STR_FORMAT "%s", provider->options.name,
                    result->http_status, kind.length > 0 ? " (" : "", STR_ARG(kind),
                    kind.length > 0 ? ")" : "");
}

static enum llm_cause cause_of_silence(enum status status, const struct http_reply *reply)
{
    if (reply->is_untrusted)
        return LLM_CAUSE_CERTIFICATE;
    if (status == STATUS_TIMED_OUT)
        return LLM_CAUSE_LATE;
    if (status == STATUS_CANCELLED)
        return LLM_CAUSE_CANCELLED;
    return status == STATUS_UNAVAILABLE ? LLM_CAUSE_NETWORK : LLM_CAUSE_SETUP;
}

/* --- the call --- */

enum status llm_set_body(struct llm_post *post, const struct buf *body, struct llm_try *result,
                         struct error *err)
{
    if (body->overflowed)
        return llm_fail(result, LLM_CAUSE_REQUEST, err, "the request is longer than %d KiB",
                        LLM_MAX_REQUEST / 1024);
    post->body = buf_str(body);
    return STATUS_OK;
}

void llm_add_header(struct llm_post *post, str name, str value)
{
    if (!str_is_absent(value) && post->header_count < LLM_MAX_HEADERS)
        post->headers[post->header_count++] = (struct http_header){name, value};
}

str llm_url(const struct llm_provider *provider, struct arena *arena, const char *path)
{
    str base = provider->options.base_url;
    if (base.length == 0)
        base = str_from_z(provider->backend->default_url);
    while (str_ends_with(base, STR("/")))
        base.length--;
    return str_format(arena, STR_FORMAT "%s", STR_ARG(base), path);
}

static size_t most_bytes(const struct llm_post *post)
{
    return post->most_bytes > 0 ? post->most_bytes : LLM_MAX_ANSWER;
}

static void note_answer(const struct http_reply *reply, struct llm_try *result)
{
    result->raw = reply->body;
    result->http_status = reply->status;
    result->forbids_retry = reply->advice == HTTP_DO_NOT_TRY_AGAIN;
    result->retry_after_us = reply->retry_after_us;
}

/* What was cut at its limit is never an object. */
static enum status read_answer(const struct llm_provider *provider, struct arena *arena,
                               const struct llm_post *post, const struct json **answer,
                               struct llm_try *result, struct error *err)
{
    struct json_limits limits = {post->most_values > 0 ? post->most_values : JSON_VALUES,
                                 JSON_KEYS};
    struct error why = {0};
    const struct json *read = NULL;
    if (result->http_status < 200 || result->http_status > 299) {
        result->usage.is_known = true; /* nothing is billed */
        return answered_error(provider, arena, result, err);
    }
    if (json_parse_within(arena, result->raw, &limits, &read, &why) == STATUS_OK &&
        read->type == JSON_OBJECT) {
        *answer = read;
        return STATUS_OK;
    }
    if (result->raw.length >= most_bytes(post))
        return llm_fail(result, LLM_CAUSE_GARBAGE, err, "%s answers with more than %zu KiB",
                        provider->options.name, most_bytes(post) / 1024);
    return llm_fail(result, LLM_CAUSE_GARBAGE, err, "%s answers what is not JSON of its kind",
                    provider->options.name);
}

enum status llm_post(struct llm_provider *provider, struct arena *arena,
                     const struct llm_post *post, const struct json **answer,
                     struct llm_try *result, struct error *err)
{
    struct http_reply reply = {0};
    struct error why = {0};
    struct http_header headers[LLM_MAX_HEADERS + 1];
    struct http_call call = {.method = "POST",
                             .url = post->url,
                             .trust = HTTP_OPERATOR,
                             .headers = headers,
                             .header_count = post->header_count,
                             .body = post->body,
                             .timeout_ms = post->timeout_ms,
                             .max_answer = most_bytes(post),
                             .is_once = true,
                             .sigv4 = post->sigv4,
                             .sigv4_key = post->sigv4_key};
    bool has_type = false;
    for (size_t i = 0; i < post->header_count; i++) {
        headers[i] = post->headers[i];
        has_type |= str_equal_ignoring_case(headers[i].name, STR("Content-Type"));
    }
    if (!has_type)
        headers[call.header_count++] =
            (struct http_header){STR("Content-Type"), STR("application/json")};
    enum status status = look(provider, arena, post->body, result, err);
    if (status != STATUS_OK) {
        result->usage.is_known = true;
        return status;
    }
    status = http_fetch(provider->client, arena, &call, &reply, &why);
    if (status == STATUS_OK) {
        note_answer(&reply, result);
        return read_answer(provider, arena, post, answer, result, err);
    }
    result->usage.is_known = !reply.was_sent;
    return llm_fail(result, cause_of_silence(status, &reply), err, "%s: %s", provider->options.name,
                    why.message);
}
