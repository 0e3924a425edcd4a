/* Anthropic, by its Messages. */
#include "llm/llm_http.h"

static void write_text_block(struct json_writer *writer, str text)
{
    json_open(writer, '{');
    json_key(writer, "type");
    json_string_z(writer, "text");
    json_key(writer, "text");
    json_string(writer, text);
    json_key(writer, "cache_control");
    json_raw(writer, STR("{\"type\":\"ephemeral\"}"));
    json_close(writer, '}');
}

/* Its formats are always strict, and have no name. */
static void write_format(struct json_writer *writer, const struct llm_request *request)
{
    if (request->schema.length == 0)
        return;
    json_key(writer, "output_config");
    json_open(writer, '{');
    json_key(writer, "format");
    json_open(writer, '{');
    json_key(writer, "type");
    json_string_z(writer, "json_schema");
    json_key(writer, "schema");
    json_raw(writer, request->schema);
    json_close(writer, '}');
    json_close(writer, '}');
}

/* Without a temperature: the newest models refuse any but their own. */
static void write_request(struct buf *body, const struct llm_terms *terms,
                          const struct llm_request *request)
{
    struct json_writer writer = {.out = body};
    json_open(&writer, '{');
    json_key(&writer, "model");
    json_string_z(&writer, terms->model);
    json_key(&writer, "max_tokens");
    json_integer(&writer, request->max_tokens);
    json_key(&writer, "system");
    json_open(&writer, '[');
    write_text_block(&writer, request->rules);
    json_close(&writer, ']');
    json_key(&writer, "messages");
    json_open(&writer, '[');
    json_open(&writer, '{');
    json_key(&writer, "role");
    json_string_z(&writer, "user");
    json_key(&writer, "content");
    json_string(&writer, request->text);
    json_close(&writer, '}');
    json_close(&writer, ']');
    if (!terms->takes->refuses_schema)
        write_format(&writer, request);
    json_key(&writer, "thinking");
    json_raw(&writer, STR("{\"type\":\"disabled\"}"));
    if (request->user_hash.length > 0) {
        json_key(&writer, "metadata");
        json_open(&writer, '{');
        json_key(&writer, "user_id");
        json_string(&writer, request->user_hash);
        json_close(&writer, '}');
    }
    json_close(&writer, '}');
}

/* --- the answer --- */

/* What is read from its cache, or written to it, is not among the input's tokens. */
static struct llm_usage read_usage(const struct json *usage)
{
    return (struct llm_usage){
        .input = llm_count(usage, "input_tokens"),
        .cache_read = llm_count(usage, "cache_read_input_tokens"),
        .cache_write = llm_count(usage, "cache_creation_input_tokens"),
        .output = llm_count(usage, "output_tokens"),
        .is_known = llm_has_count(usage, "input_tokens") && llm_has_count(usage, "output_tokens"),
    };
}

/* The texts, one after the other; blocks of other kinds are passed over. */
static str gather_text(struct arena *arena, const struct json *content)
{
    struct buf text;
    buf_init(&text, arena, LLM_MAX_ANSWER);
    for (const struct json *block = content->first; block != NULL; block = block->next)
        if (str_equal_z(llm_text(block, "type"), "text"))
            buf_add(&text, llm_text(block, "text"));
    return buf_str(&text);
}

static enum status read_message(const struct llm_provider *provider, struct arena *arena,
                                const struct json *answer, struct llm_try *result,
                                struct error *err)
{
    const char *name = provider->options.name;
    const struct json *content = llm_member(answer, "content");
    str reason = llm_text(answer, "stop_reason");
    if (content == NULL || content->type != JSON_ARRAY)
        return llm_fail(result, LLM_CAUSE_GARBAGE, err, "%s answers without content", name);
    if (str_equal_z(reason, "refusal"))
        return llm_fail(result, LLM_CAUSE_ANSWER, err, "%s refuses to answer", name);
    if (!str_equal_z(reason, "end_turn"))
        return llm_fail(result, LLM_CAUSE_ANSWER, err, "%s ended its answer by '" STR_FORMAT "'",
                        name, STR_ARG(str_slice(reason, 0, 40)));
    result->text = gather_text(arena, content);
    if (result->text.length == 0)
        return llm_fail(result, LLM_CAUSE_ANSWER, err, "%s answers with nothing", name);
    return STATUS_OK;
}

/* A limit that the customer has set itself is told by 400, and in words alone. */
static bool is_over_limit(const struct llm_try *result)
{
    return result->http_status == 400 &&
           str_find_str(result->raw, STR("API usage limits")) != STR_NONE;
}

/* "enforced_spend_limit_reached" stands deeper in the answer than kinds of errors do. */
static bool is_over_spend_limit(const struct llm_try *result)
{
    return result->http_status == 429 &&
           str_find_str(result->raw, STR("\"enforced_spend_limit_reached\"")) != STR_NONE;
}

static enum status complete(struct llm_provider *provider, struct arena *arena,
                            const struct llm_terms *terms, const struct llm_request *request,
                            struct llm_try *result, struct error *err)
{
    struct llm_post post = {.url = llm_url(provider, arena, "/v1/messages"),
                            .timeout_ms = terms->timeout_ms};
    const struct json *answer;
    struct buf body;
    buf_init(&body, arena, LLM_MAX_REQUEST);
    write_request(&body, terms, request);
    llm_add_header(&post, STR("x-api-key"), provider->options.key);
    llm_add_header(&post, STR("anthropic-version"), STR("2023-06-01"));
    llm_add_header(&post, STR("Idempotency-Key"), request->idempotency_key);
    enum status status = llm_set_body(&post, &body, result, err);
    if (status == STATUS_OK)
        status = llm_post(provider, arena, &post, &answer, result, err);
    if (status != STATUS_OK && (is_over_limit(result) || is_over_spend_limit(result)))
        return llm_fail(result, LLM_CAUSE_CREDIT, err,
                        "%s answers %d: a limit on spending is reached", provider->options.name,
                        result->http_status);
    if (status != STATUS_OK)
        return status;
    result->usage = read_usage(llm_member(answer, "usage"));
    return read_message(provider, arena, answer, result, err);
}

const struct llm_backend llm_anthropic = {
    .scheme = "anthropic",
    .summary = "Anthropic, by Messages",
    .default_model = "claude-haiku-5-5",
    .default_url = "https://api.anthropic.com",
    .complete = complete,
};
