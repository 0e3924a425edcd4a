/* llm_http.h - one POST of JSON to a provider, and what the answer's status means. For providers.
 *
 * The last look at what leaves is taken here: each string of the body, as its reader will see it.
 */
#pragma once

#include "base/json.h"
#include "llm/llm_backend.h"

enum {
    LLM_MAX_ANSWER = 1024 * 1024, /* bytes of a body that are read */
    LLM_MAX_REQUEST = 4 * 1024 * 1024,
    LLM_MAX_HEADERS = 16
};

struct llm_post {
    str url;
    struct http_header headers[LLM_MAX_HEADERS]; /* beside Content-Type */
    size_t header_count;
    str body;
    str sigv4, sigv4_key; /* as in struct http_call */
    unsigned timeout_ms;
    /* Of the answer, where much is expected; 0: LLM_MAX_ANSWER, JSON_VALUES. */
    size_t most_bytes, most_values;
};

/* A body that did not fit its buffer is a request that is not taken. */
enum status llm_set_body(struct llm_post *post, const struct buf *body, struct llm_try *result,
                         struct error *err) MUST_CHECK;
void llm_add_header(struct llm_post *post, str name, str value); /* not when it is absent */

/* The provider's base URL without its last slash, and `path` behind it. */
str llm_url(const struct llm_provider *provider, struct arena *arena, const char *path);

/* OK: 2xx, and `answer` is its JSON, an object. Otherwise `result` names the cause: by status, by
 * the `type` and `code` of {"error": ...}, which OpenAI and Anthropic both write, or Amazon's
 * `__type`, or by how the call failed. `result` has raw, http_status, usage (unknown, or nothing
 * where nothing was billed) and the server's word on trying again. */
enum status llm_post(struct llm_provider *provider, struct arena *arena,
                     const struct llm_post *post, const struct json **answer,
                     struct llm_try *result, struct error *err) MUST_CHECK;

enum llm_cause llm_cause_of_status(int http_status); /* of an answer that is not 2xx */

/* Members of a stranger's answer: NULL, absent, 0 where it is not there or of another type. Counts
 * are cut to 0..2^40. */
const struct json *llm_member(const struct json *object, const char *key);
str llm_text(const struct json *object, const char *key);
int64_t llm_count(const struct json *object, const char *key);
bool llm_has_count(const struct json *object, const char *key); /* there, whole, not negative */

/* Usage as OpenAI counts it, under the names it has in the one or the other API: what was read from
 * a cache, or written to one, is among the input. */
struct llm_usage_names {
    const char *input, *details, *output;
};
struct llm_usage llm_openai_usage(const struct json *usage, const struct llm_usage_names *names);
