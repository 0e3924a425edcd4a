/* OpenAI's embeddings. */
#include "question.h"

#include "base/hash.h"

#include <math.h>

enum {
    MOST_INPUTS = 2048,
    MOST_DIMENSIONS = 3072,
    LONG = 1536
};

static bool is_text_to_embed(const struct json *value)
{
    return value->type == JSON_STRING && value->string.length > 0;
}

static const struct behaviour *read_embeddings(const struct json *body, struct question *question,
                                               str *why)
{
    const struct json *inputs = json_find(body, "input"), *wanted = json_find(body, "dimensions");
    const struct behaviour *refusal = question_read_model(body, question, why);
    if (refusal != NULL)
        return refusal;
    if (inputs == NULL || (inputs->type != JSON_ARRAY && !is_text_to_embed(inputs)) ||
        (inputs->type == JSON_ARRAY && (inputs->count == 0 || inputs->count > MOST_INPUTS)))
        return question_refuse("bad-request", why, "'input' must be 1 to 2048 texts");
    for (const struct json *item = inputs->first; item != NULL; item = item->next) {
        if (!is_text_to_embed(item))
            return question_refuse("bad-request", why, "'input' cannot hold an empty string");
        question->input_tokens += (int64_t)(item->string.length + 3) / 4;
        question->is_unspeakable |= str_find_str(item->string, STR("unspeakable")) != STR_NONE;
    }
    if (wanted != NULL && (!question_is_count(wanted) || wanted->integer > MOST_DIMENSIONS))
        return question_refuse("bad-request", why, "'dimensions' is out of range");
    question->inputs = inputs;
    question->input_tokens += (int64_t)(inputs->string.length + 3) / 4;
    question->text = inputs->type == JSON_STRING ? inputs->string : inputs->first->string;
    question->dimensions = wanted == NULL ? LONG : (int)wanted->integer;
    question->wants_base64 = str_equal(question_string(body, "encoding_format"), STR("base64"));
    return NULL;
}

/* A direction for each word, so that texts which share words are near one another. */
static float *embed(struct arena *arena, str text, int dimensions)
{
    float *vector = arena_array(arena, float, (size_t)dimensions);
    double square = 0;
    for (size_t from = 0, i = 0; i <= text.length; i++) {
        if (i < text.length && text.bytes[i] != ' ')
            continue;
        uint32_t hash = hash_crc32(str_slice(text, from, i));
        vector[hash % (uint32_t)dimensions] += (hash & 0x80000000U) != 0 ? 1.0F : -1.0F;
        from = i + 1;
    }
    for (int i = 0; i < dimensions; i++)
        square += (double)vector[i] * (double)vector[i];
    if (square <= 0)
        vector[0] = 1;
    for (int i = 0; i < dimensions && square > 0; i++)
        vector[i] = (float)((double)vector[i] / sqrt(square));
    return vector;
}

static int dimensions_of(const struct question *question, enum vectors vectors, int index)
{
    if (vectors == VECTORS_LONG)
        return LONG;
    return question->dimensions + (vectors == VECTORS_UNEVEN && index == 0);
}

static void write_vector(struct json_writer *out, const struct question *question, str text,
                         int index, enum vectors vectors)
{
    int dimensions = dimensions_of(question, vectors, index);
    float *vector = embed(question->arena, text, dimensions);
    if (vectors == VECTORS_NAN)
        vector[dimensions / 2] = NAN;
    json_open(out, '{');
    question_write_pair(out, "object", "embedding");
    json_key(out, "index");
    json_integer(out, index);
    json_key(out, "embedding");
    if (question->wants_base64) { /* little-endian, as this machine is */
        json_string(out, hash_base64(question->arena, vector, sizeof *vector * (size_t)dimensions));
    } else {
        json_open(out, '[');
        for (int i = 0; i < dimensions; i++)
            json_real(out, (double)vector[i], 6);
        json_close(out, ']');
    }
    json_close(out, '}');
}

static void write_usage(struct json_writer *out, const struct question *question,
                        const struct reply *reply)
{
    json_key(out, "usage");
    json_open(out, '{');
    question_write_count(out, "prompt_tokens", reply->behaviour->usage, question->input_tokens);
    question_write_count(out, "total_tokens", reply->behaviour->usage, question->input_tokens);
    json_close(out, '}');
}

static void answer_embeddings(struct json_writer *out, const struct question *question,
                              const struct reply *reply)
{
    const struct json *inputs = question->inputs;
    int index = 0;
    json_open(out, '{');
    question_write_pair(out, "object", "list");
    json_key(out, "data");
    json_open(out, '[');
    enum vectors vectors = reply->behaviour->vectors;
    const struct json *item = inputs->first;
    if (inputs->type == JSON_STRING)
        write_vector(out, question, inputs->string, 0, vectors);
    else if (vectors == VECTORS_ONE_TOO_FEW)
        item = item->next;
    for (; item != NULL && reply->behaviour->body != BODY_NOTHING_IN_IT; item = item->next)
        write_vector(out, question, item->string, index++, vectors);
    json_close(out, ']');
    json_key(out, "model");
    json_string(out, question->model);
    if (reply->behaviour->usage != USAGE_MISSING)
        write_usage(out, question, reply);
    json_close(out, '}');
}

const struct format format_embeddings = {"embeddings", "/v1/embeddings", NULL,
                                         openai_admit, read_embeddings,  answer_embeddings,
                                         openai_refuse};
