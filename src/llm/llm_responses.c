/* OpenAI, by its Responses. */
#include "llm/llm_chat.h"

/* --- the request --- */

static void write_input(struct json_writer *writer, str text)
{
    json_key(writer, "input");
    json_open(writer, '[');
    json_open(writer, '{');
    json_key(writer, "role");
    json_string_z(writer, "user");
    json_key(writer, "content");
    json_open(writer, '[');
    json_open(writer, '{');
    json_key(writer, "type");
    json_string_z(writer, "input_text");
    json_key(writer, "text");
    json_string(writer, text);
    json_close(writer, '}');
    json_close(writer, ']');
    json_close(writer, '}');
    json_close(writer, ']');
}

/* Flat here, where chat completions nest it. */
static void write_format(struct json_writer *writer, const struct llm_request *request)
{
    if (request->schema.length == 0)
        return;
    json_key(writer, "text");
    json_open(writer, '{');
    json_key(writer, "format");
    json_open(writer, '{');
    json_key(writer, "type");
    json_string_z(writer, "json_schema");
    json_key(writer, "name");
    json_string(writer, request->schema_name);
    json_key(writer, "strict");
    json_boolean(writer, true);
    json_key(writer, "schema");
    json_raw(writer, request->schema);
    json_close(writer, '}');
    json_close(writer, '}');
}

static void write_manner(struct json_writer *writer, const struct llm_model_rule *rule,
                         const struct llm_request *request)
{
    if (rule->effort != NULL) {
        json_key(writer, "reasoning");
        json_open(writer, '{');
        json_key(writer, "effort");
        json_string_z(writer, rule->effort);
        json_close(writer, '}');
    }
    json_key(writer, "max_output_tokens");
    json_integer(writer, request->max_tokens);
    if (request->is_cold && rule->takes_temperature) {
        json_key(writer, "temperature");
        json_integer(writer, 0);
    }
    json_key(writer, "store");
    json_boolean(writer, false);
    json_key(writer, "truncation");
    json_string_z(writer, "disabled");
    if (request->schema_name.length > 0) {
        json_key(writer, "prompt_cache_key");
        json_string(writer, request->schema_name);
    }
    if (request->user_hash.length > 0) {
        json_key(writer, "safety_identifier");
        json_string(writer, request->user_hash);
    }
}

static void write_request(struct buf *body, const struct llm_terms *terms,
                          const struct llm_request *request)
{
    struct json_writer writer = {.out = body};
    json_open(&writer, '{');
    json_key(&writer, "model");
    json_string_z(&writer, terms->model);
    json_key(&writer, "instructions");
    json_string(&writer, request->rules);
    write_input(&writer, request->text);
    if (!terms->takes->refuses_schema)
        write_format(&writer, request);
    write_manner(&writer, terms->takes, request);
    json_close(&writer, '}');
}

/* --- the answer --- */

static const struct llm_usage_names usage_names = {"input_tokens", "input_tokens_details",
                                                   "output_tokens"};

/* The texts of all messages, one after the other; items of kinds that are not known are passed
 * over. False: one of them is a refusal. */
static bool gather_text(const struct json *output, struct buf *text)
{
    const struct json *item = output != NULL && output->type == JSON_ARRAY ? output->first : NULL;
    for (; item != NULL; item = item->next) {
        const struct json *content = llm_member(item, "content");
        if (!str_equal_z(llm_text(item, "type"), "message") || content == NULL ||
            content->type != JSON_ARRAY)
            continue;
        for (const struct json *part = content->first; part != NULL; part = part->next) {
            if (str_equal_z(llm_text(part, "type"), "refusal"))
                return false;
            if (str_equal_z(llm_text(part, "type"), "output_text"))
                buf_add(text, llm_text(part, "text"));
        }
    }
    return true;
}

static enum status read_output(const struct llm_provider *provider, struct arena *arena,
                               const struct json *answer, struct llm_try *result, struct error *err)
{
    const char *name = provider->options.name;
    str state = llm_text(answer, "status");
    str reason = llm_text(llm_member(answer, "incomplete_details"), "reason");
    struct buf text;
    buf_init(&text, arena, LLM_MAX_ANSWER);
    if (str_is_absent(state))
        return llm_fail(result, LLM_CAUSE_GARBAGE, err, "%s answers without a status", name);
    if (str_equal_z(state, "failed"))
        return llm_fail(result, LLM_CAUSE_SERVICE, err, "%s failed: " STR_FORMAT, name,
                        STR_ARG(str_slice(llm_text(llm_member(answer, "error"), "code"), 0, 60)));
    if (!gather_text(llm_member(answer, "output"), &text))
        return llm_fail(result, LLM_CAUSE_ANSWER, err, "%s refuses to answer", name);
    if (!str_equal_z(state, "completed"))
        return llm_fail(result, LLM_CAUSE_ANSWER, err,
                        "%s ended its answer by '" STR_FORMAT "' (" STR_FORMAT ")", name,
                        STR_ARG(str_slice(state, 0, 40)), STR_ARG(str_slice(reason, 0, 40)));
    result->text = buf_str(&text);
    if (result->text.length == 0)
        return llm_fail(result, LLM_CAUSE_ANSWER, err, "%s answers with nothing", name);
    return STATUS_OK;
}

static enum status complete(struct llm_provider *provider, struct arena *arena,
                            const struct llm_terms *terms, const struct llm_request *request,
                            struct llm_try *result, struct error *err)
{
    struct llm_post post = {.url = llm_url(provider, arena, "/responses"),
                            .timeout_ms = terms->timeout_ms};
    const struct json *answer;
    struct buf body;
    buf_init(&body, arena, LLM_MAX_REQUEST);
    write_request(&body, terms, request);
    llm_chat_add_headers(&post, arena, provider, request->idempotency_key);
    enum status status = llm_set_body(&post, &body, result, err);
    if (status == STATUS_OK)
        status = llm_post(provider, arena, &post, &answer, result, err);
    if (status != STATUS_OK)
        return status;
    result->usage = llm_openai_usage(llm_member(answer, "usage"), &usage_names);
    return read_output(provider, arena, answer, result, err);
}

const struct llm_backend llm_responses = {
    .scheme = "responses",
    .summary = "OpenAI, by Responses",
    .default_model = "gpt-6-luna",
    .default_url = "https://api.openai.com/v1",
    .complete = complete,
    .embed = llm_chat_embed,
};
