#include "llm/llm_chat.h"

#include "base/hash.h"

#include <string.h>

enum {
    MOST_DIMENSIONS = 8192,
    NUMBER_BYTES = 24 /* of one of them, written out */
};

void llm_chat_add_headers(struct llm_post *post, struct arena *arena,
                          const struct llm_provider *provider, str idempotency_key)
{
    str key = provider->options.key;
    if (key.length > 0)
        llm_add_header(post, STR("Authorization"),
                       str_format(arena, "Bearer " STR_FORMAT, STR_ARG(key)));
    llm_add_header(post, STR("Idempotency-Key"), idempotency_key);
}

/* --- the request --- */

static void write_turn(struct json_writer *writer, const char *role, str content)
{
    json_open(writer, '{');
    json_key(writer, "role");
    json_string_z(writer, role);
    json_key(writer, "content");
    json_string(writer, content);
    json_close(writer, '}');
}

static void write_format(struct json_writer *writer, const struct llm_request *request,
                         const struct llm_chat_manner *manner)
{
    if (manner->format == LLM_CHAT_PLAIN || manner->terms.takes->refuses_schema ||
        request->schema.length == 0)
        return;
    if (manner->format == LLM_CHAT_TOP_SCHEMA) {
        json_key(writer, "json_schema");
        json_raw(writer, request->schema);
        return;
    }
    json_key(writer, "response_format");
    json_open(writer, '{');
    json_key(writer, "type");
    json_string_z(writer, "json_schema");
    json_key(writer, "json_schema");
    json_open(writer, '{');
    json_key(writer, "name");
    json_string(writer, request->schema_name);
    json_key(writer, "strict");
    json_boolean(writer, true);
    json_key(writer, "schema");
    json_raw(writer, request->schema);
    json_close(writer, '}');
    json_close(writer, '}');
}

static void write_openai_only(struct json_writer *writer, const struct llm_request *request)
{
    json_key(writer, "store");
    json_boolean(writer, false);
    if (request->schema_name.length > 0) {
        json_key(writer, "prompt_cache_key");
        json_string(writer, request->schema_name);
    }
    if (request->user_hash.length > 0) {
        json_key(writer, "safety_identifier");
        json_string(writer, request->user_hash);
    }
}

static void write_request(struct buf *body, const struct llm_request *request,
                          const struct llm_chat_manner *manner)
{
    const struct llm_model_rule *rule = manner->terms.takes;
    struct json_writer writer = {.out = body};
    json_open(&writer, '{');
    json_key(&writer, "model");
    json_string_z(&writer, manner->terms.model);
    json_key(&writer, "messages");
    json_open(&writer, '[');
    write_turn(&writer, rule->rules_role, request->rules);
    write_turn(&writer, "user", request->text);
    json_close(&writer, ']');
    write_format(&writer, request, manner);
    json_key(&writer, rule->tokens_name);
    json_integer(&writer, request->max_tokens);
    if (request->is_cold && rule->takes_temperature) {
        json_key(&writer, "temperature");
        json_integer(&writer, 0);
    }
    if (rule->effort != NULL && (manner->is_openai || rule->tells_effort)) {
        json_key(&writer, "reasoning_effort");
        json_string_z(&writer, rule->effort);
    }
    if (manner->is_openai)
        write_openai_only(&writer, request);
    json_close(&writer, '}');
}

/* --- the answer --- */

static const struct llm_usage_names usage_names = {"prompt_tokens", "prompt_tokens_details",
                                                   "completion_tokens"};

static enum status read_message(const struct llm_provider *provider, const struct json *answer,
                                bool is_lenient, struct llm_try *result, struct error *err)
{
    const char *name = provider->options.name;
    const struct json *choices = llm_member(answer, "choices");
    const struct json *choice =
        choices != NULL && choices->type == JSON_ARRAY ? choices->first : NULL;
    const struct json *message = llm_member(choice, "message");
    str reason = llm_text(choice, "finish_reason"), text = llm_text(message, "content");
    if (message == NULL)
        return llm_fail(result, LLM_CAUSE_GARBAGE, err, "%s answers without a message", name);
    if (llm_text(message, "refusal").length > 0)
        return llm_fail(result, LLM_CAUSE_ANSWER, err, "%s refuses to answer", name);
    if (!str_equal_z(reason, "stop") && !(is_lenient && str_is_absent(reason)))
        return llm_fail(result, LLM_CAUSE_ANSWER, err, "%s ended its answer by '" STR_FORMAT "'",
                        name, STR_ARG(str_slice(reason, 0, 40)));
    if (text.length == 0)
        return llm_fail(result, LLM_CAUSE_ANSWER, err, "%s answers with nothing", name);
    result->text = text;
    return STATUS_OK;
}

enum status llm_chat(struct llm_provider *provider, struct arena *arena,
                     const struct llm_chat_manner *manner, const struct llm_request *request,
                     struct llm_try *result, struct error *err)
{
    struct llm_post post = {.url = llm_url(provider, arena, "/chat/completions"),
                            .timeout_ms = manner->terms.timeout_ms};
    const struct json *answer;
    struct buf body;
    buf_init(&body, arena, LLM_MAX_REQUEST);
    write_request(&body, request, manner);
    llm_chat_add_headers(&post, arena, provider, request->idempotency_key);
    enum status status = llm_set_body(&post, &body, result, err);
    if (status == STATUS_OK)
        status = llm_post(provider, arena, &post, &answer, result, err);
    if (status != STATUS_OK)
        return status;
    result->usage = llm_openai_usage(llm_member(answer, "usage"), &usage_names);
    return read_message(provider, answer, manner->is_lenient, result, err);
}

/* --- embeddings --- */

static void write_texts(struct buf *body, const char *model, const struct llm_embedding *embedding)
{
    struct json_writer writer = {.out = body};
    json_open(&writer, '{');
    json_key(&writer, "model");
    json_string_z(&writer, model);
    json_key(&writer, "input");
    json_open(&writer, '[');
    for (size_t i = 0; i < embedding->count; i++)
        json_string(&writer, embedding->texts[i]);
    json_close(&writer, ']');
    if (strncmp(model, "text-embedding-3", strlen("text-embedding-3")) == 0) {
        json_key(&writer, "dimensions");
        json_integer(&writer, embedding->dimensions);
    }
    json_key(&writer, "encoding_format");
    json_string_z(&writer, "base64");
    json_close(&writer, '}');
}

static bool read_numbers(const struct json *numbers, float *vector)
{
    const struct json *number = numbers->first;
    for (size_t i = 0; i < numbers->count; i++, number = number->next) {
        if (number->type != JSON_REAL && number->type != JSON_INTEGER)
            return false;
        vector[i] = (float)number->real;
    }
    return true;
}

static bool is_finite(const float *vector, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(vector[i] > -1e30f && vector[i] < 1e30f))
            return false;
    return true;
}

/* NULL: there is none that could be one. Bytes are little-endian float32s, as this machine has
 * them. */
static float *read_vector(struct arena *arena, const struct json *item, size_t *size)
{
    const struct json *found = llm_member(item, "embedding");
    str bytes = {0};
    if (found == NULL || (found->type != JSON_STRING && found->type != JSON_ARRAY))
        return NULL;
    if (found->type == JSON_STRING && !hash_from_base64(arena, found->string, &bytes))
        return NULL;
    *size = found->type == JSON_ARRAY ? found->count : bytes.length / sizeof(float);
    if (*size < 1 || *size > MOST_DIMENSIONS || bytes.length % sizeof(float) != 0)
        return NULL;
    float *vector = arena_array(arena, float, *size);
    if (found->type == JSON_STRING)
        memcpy(vector, bytes.bytes, bytes.length);
    else if (!read_numbers(found, vector))
        return NULL;
    return is_finite(vector, *size) ? vector : NULL;
}

/* Each text has one vector, in whatever order they come, and all are as long as the first. */
static bool read_vectors(struct arena *arena, const struct json *data,
                         struct llm_embedding *embedding)
{
    size_t place = 0, dimensions = 0, size;
    bool *has = arena_array(arena, bool, embedding->count);
    float *vectors = NULL;
    if (data == NULL || data->type != JSON_ARRAY || data->count != embedding->count)
        return false;
    for (const struct json *item = data->first; item != NULL; item = item->next, place++) {
        size_t at = llm_has_count(item, "index") ? (size_t)llm_count(item, "index") : place;
        float *vector = read_vector(arena, item, &size);
        if (vector == NULL || at >= embedding->count || has[at] ||
            (vectors != NULL && size != dimensions))
            return false;
        if (vectors == NULL)
            vectors = arena_array(arena, float, embedding->count *size);
        dimensions = size;
        memcpy(vectors + at * size, vector, size * sizeof *vector);
        has[at] = true;
    }
    embedding->vectors = vectors;
    embedding->dimensions = (int)dimensions;
    return vectors != NULL;
}

enum status llm_chat_embed(struct llm_provider *provider, struct arena *arena,
                           const struct llm_terms *terms, struct llm_embedding *embedding,
                           struct llm_try *result, struct error *err)
{
    struct llm_post post = {.url = llm_url(provider, arena, "/embeddings"),
                            .timeout_ms = terms->timeout_ms,
                            .most_bytes =
                                LLM_MAX_ANSWER + embedding->count * MOST_DIMENSIONS * NUMBER_BYTES,
                            .most_values = JSON_VALUES + embedding->count * MOST_DIMENSIONS};
    const struct json *answer;
    struct buf body;
    if (embedding->dimensions < 1 || embedding->dimensions > MOST_DIMENSIONS)
        return llm_fail(result, LLM_CAUSE_REQUEST, err, "a vector has 1 to %d dimensions",
                        MOST_DIMENSIONS);
    buf_init(&body, arena, LLM_MAX_REQUEST);
    write_texts(&body, terms->model, embedding);
    llm_chat_add_headers(&post, arena, provider, (str){0});
    enum status status = llm_set_body(&post, &body, result, err);
    if (status == STATUS_OK)
        status = llm_post(provider, arena, &post, &answer, result, err);
    if (status != STATUS_OK)
        return status;
    const struct json *usage = llm_member(answer, "usage");
    result->usage = (struct llm_usage){.input = llm_count(usage, "prompt_tokens"),
                                       .is_known = llm_has_count(usage, "prompt_tokens")};
    if (!read_vectors(arena, llm_member(answer, "data"), embedding))
        return llm_fail(result, LLM_CAUSE_GARBAGE, err,
                        "%s answers without a vector for each text, all of one length",
                        provider->options.name);
    return STATUS_OK;
}
