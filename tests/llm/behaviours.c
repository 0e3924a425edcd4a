/* Every way the stand-in can behave: one row each. */
#include "stand_in.h"

#define REFUSAL(code, openai, openai_what, anthropic, amazon)                                      \
    .status = (code), .openai_type = (openai), .openai_code = (openai_what),                       \
    .anthropic_type = (anthropic), .amazon_type = (amazon)
#define BUSY_429                                                                                   \
    REFUSAL(429, "requests", "rate_limit_exceeded", "rate_limit_error", "ThrottlingException")

/* clang-format off */
static const struct behaviour behaviours[] = {
    {.name = "good", .what = "answers as asked"},

    {.name = "empty-answer", .what = "the answer's text is empty", .content = CONTENT_EMPTY},
    {.name = "null-answer", .what = "the answer's text is null", .content = CONTENT_NULL},
    {.name = "prose", .what = "a sentence and no JSON", .content = CONTENT_PROSE},
    {.name = "in-markdown", .what = "JSON in a block of Markdown, with a sentence before it", .content = CONTENT_IN_MARKDOWN},
    {.name = "half-json", .what = "JSON that ends in the middle", .content = CONTENT_HALF},
    {.name = "two-objects", .what = "the object, and another that says otherwise", .content = CONTENT_TWICE},
    {.name = "list", .what = "a list in place of an object", .content = CONTENT_LIST},
    {.name = "wrong-enum", .what = "labels that do not exist", .content = CONTENT_WRONG_ENUM},
    {.name = "wrong-case", .what = "labels in capitals", .content = CONTENT_WRONG_CASE},
    {.name = "missing-keys", .what = "without the first key", .content = CONTENT_MISSING_KEYS},
    {.name = "extra-keys", .what = "with keys nobody asked for", .content = CONTENT_EXTRA_KEYS},
    {.name = "key-twice", .what = "the first key twice, with two values", .content = CONTENT_KEY_TWICE},
    {.name = "nulls", .what = "every value is null", .content = CONTENT_NULLS},
    {.name = "wrong-types", .what = "numbers for texts, texts for numbers", .content = CONTENT_WRONG_TYPES},
    {.name = "unsure", .what = "says that it is not sure", .content = CONTENT_UNSURE},
    {.name = "out-of-range", .what = "a score of 17.5", .content = CONTENT_OUT_OF_RANGE},
    {.name = "no-number", .what = "a score of 1e999", .content = CONTENT_NO_NUMBER},
    {.name = "deep-answer", .what = "a thousand brackets", .content = CONTENT_DEEP},
    {.name = "long-answer", .what = "a summary of 100,000 letters", .content = CONTENT_LONG},
    {.name = "markup", .what = "a summary with a script, a picture's address and a link", .content = CONTENT_MARKUP},
    {.name = "control-characters", .what = "a summary with line breaks, escapes and a right-to-left override", .content = CONTENT_CONTROL},
    {.name = "nul", .what = "a summary with an escaped NUL", .content = CONTENT_NUL},
    {.name = "bad-utf8", .what = "a summary with bytes that are no UTF-8", .content = CONTENT_BAD_UTF8},
    {.name = "lone-surrogate", .what = "a summary with half of a surrogate pair", .content = CONTENT_LONE_SURROGATE},
    {.name = "echo", .what = "the summary is the feedback, instructions in it and all", .content = CONTENT_ECHO},
    {.name = "obeys", .what = "does what the feedback says: its labels are those that the feedback names", .content = CONTENT_OBEYS},

    {.name = "length", .what = "cut off at the most tokens", .content = CONTENT_HALF, .finish = FINISH_LENGTH},
    {.name = "content-filter", .what = "ended by the filter, with nothing", .content = CONTENT_NULL, .finish = FINISH_FILTER},
    {.name = "refusal", .what = "the model refuses", .content = CONTENT_PROSE, .finish = FINISH_REFUSAL},
    {.name = "pause", .what = "the model pauses (Anthropic: pause_turn)", .finish = FINISH_PAUSE},
    {.name = "tool-call", .what = "calls a tool that it does not have", .content = CONTENT_NULL, .finish = FINISH_TOOL},
    {.name = "context-exceeded", .what = "the context is full", .content = CONTENT_HALF, .finish = FINISH_CONTEXT},
    {.name = "failed", .what = "200, and the answer says that it failed (Responses: status failed)", .content = CONTENT_NULL, .finish = FINISH_FAILED},
    {.name = "finish-not-said", .what = "finish_reason null, as some servers have it", .finish = FINISH_NOT_SAID},

    {.name = "usage-missing", .what = "no usage", .usage = USAGE_MISSING},
    {.name = "usage-negative", .what = "tokens below 0", .usage = USAGE_NEGATIVE},
    {.name = "usage-huge", .what = "more tokens than there can be", .usage = USAGE_HUGE},
    {.name = "usage-fraction", .what = "12.5 tokens", .usage = USAGE_FRACTION},
    {.name = "usage-text", .what = "tokens as text", .usage = USAGE_TEXT},
    {.name = "usage-cached", .what = "half of the input was cached", .usage = USAGE_CACHED},
    {.name = "usage-cache-written", .what = "half of the input was written to the cache", .usage = USAGE_CACHE_WRITTEN},
    {.name = "usage-reasoning", .what = "100 tokens more of output, for reasoning", .usage = USAGE_REASONING},

    {.name = "empty-body", .what = "200, and no body", .body = BODY_EMPTY},
    {.name = "html-200", .what = "200, and a page of HTML", .body = BODY_HTML},
    {.name = "half-body", .what = "the body's JSON ends in the middle", .body = BODY_HALF},
    {.name = "ten-mb", .what = "a body of ten megabytes", .body = BODY_TEN_MB},
    {.name = "deep-body", .what = "a body of a hundred thousand brackets", .body = BODY_DEEP},
    {.name = "nul-in-body", .what = "a NUL in the middle of the body", .body = BODY_NUL},
    {.name = "bad-utf8-in-body", .what = "a body that is no UTF-8", .body = BODY_BAD_UTF8},
    {.name = "null-body", .what = "the body is null", .body = BODY_NULL},
    {.name = "other-body", .what = "JSON of another kind", .body = BODY_OTHER},
    {.name = "no-choices", .what = "the answer has no parts", .body = BODY_NOTHING_IN_IT},

    {.name = "vector-too-few", .what = "a vector less than there are texts to embed", .vectors = VECTORS_ONE_TOO_FEW},
    {.name = "vector-nan", .what = "vectors with a number that is none", .vectors = VECTORS_NAN},
    {.name = "vectors-long", .what = "vectors of 1,536 numbers, whatever was asked for", .vectors = VECTORS_LONG},
    {.name = "vectors-uneven", .what = "vectors of which one is longer", .vectors = VECTORS_UNEVEN},

    {.name = "never", .what = "takes the request and says nothing", .delivery = DELIVER_NEVER},
    {.name = "close", .what = "closes the connection without a byte", .delivery = DELIVER_CLOSE},
    {.name = "reset", .what = "resets the connection", .delivery = DELIVER_RESET},
    {.name = "reset-midway", .what = "resets it in the middle of the body", .delivery = DELIVER_RESET_MIDWAY},
    {.name = "cut", .what = "closes it in the middle of the body", .delivery = DELIVER_CUT},
    {.name = "stall-in-head", .what = "stops in the middle of the head", .delivery = DELIVER_STALL_IN_HEAD},
    {.name = "stall-in-body", .what = "stops in the middle of the body", .delivery = DELIVER_STALL_IN_BODY},
    {.name = "drip", .what = "one byte of the body a second", .delivery = DELIVER_DRIP},
    {.name = "not-http", .what = "answers in another language", .delivery = DELIVER_NOT_HTTP},
    {.name = "long-head", .what = "a head of 200 KiB", .delivery = DELIVER_LONG_HEAD},

    {.name = "bad-request", .what = "400", REFUSAL(400, "invalid_request_error", NULL, "invalid_request_error", "InvalidRequestException")},
    {.name = "schema-refused", .what = "400 where a schema comes as response_format, as old llama.cpp has it", REFUSAL(400, "invalid_request_error", NULL, "invalid_request_error", "InvalidRequestException")},
    {.name = "temperature-refused", .what = "400 where a temperature is given", REFUSAL(400, "invalid_request_error", "unsupported_value", "invalid_request_error", "InvalidRequestException")},
    {.name = "text-refused", .what = "400 where a text to embed holds the word \"unspeakable\"", REFUSAL(400, "invalid_request_error", NULL, "invalid_request_error", "InvalidRequestException")},
    {.name = "wrong-key", .what = "401", REFUSAL(401, "invalid_request_error", "invalid_api_key", "authentication_error", "UnrecognizedClientException")},
    {.name = "billing-error", .what = "402", REFUSAL(402, "billing_error", "billing_not_active", "billing_error", "SubscriptionRequiredException")},
    {.name = "forbidden", .what = "403", REFUSAL(403, "invalid_request_error", "unsupported_country_region_territory", "permission_error", "AccessDeniedException")},
    {.name = "unknown-model", .what = "404", REFUSAL(404, "invalid_request_error", "model_not_found", "not_found_error", "ResourceNotFoundException")},
    {.name = "request-timeout", .what = "408", REFUSAL(408, "timeout", NULL, "timeout_error", "RequestTimeoutException")},
    {.name = "conflict", .what = "409", REFUSAL(409, "conflict_error", NULL, "conflict_error", "ConflictException")},
    {.name = "too-large", .what = "413", REFUSAL(413, "invalid_request_error", "request_too_large", "request_too_large", "TextSizeLimitExceededException")},
    {.name = "unprocessable", .what = "422", REFUSAL(422, "invalid_request_error", NULL, "invalid_request_error", "ValidationException")},
    {.name = "rate-limited", .what = "429, too many requests", BUSY_429},
    {.name = "token-limited", .what = "429, too many tokens a minute", REFUSAL(429, "tokens", "rate_limit_exceeded", "rate_limit_error", "ThrottlingException")},
    {.name = "slow-down", .what = "429, the traffic rose too fast", REFUSAL(429, "rate_limit_error", "slow_down", "rate_limit_error", "TooManyRequestsException")},
    {.name = "quota-exhausted", .what = "429, no credit: must not be tried again", REFUSAL(429, "insufficient_quota", "insufficient_quota", "rate_limit_error", "LimitExceededException"), .anthropic_code = "enforced_spend_limit_reached"},
    {.name = "credit-exhausted", .what = "429, no credit: must not be tried again", REFUSAL(429, "insufficient_quota", "credit_balance_exhausted", "rate_limit_error", "LimitExceededException"), .anthropic_code = "enforced_spend_limit_reached"},
    {.name = "spend-limit", .what = "429, the spending limit: must not be tried again", REFUSAL(429, "billing_error", "billing_hard_limit_reached", "rate_limit_error", "LimitExceededException"), .anthropic_code = "enforced_spend_limit_reached"},
    {.name = "usage-limits", .what = "400, the limit that the customer set itself (Anthropic): must not be tried again", REFUSAL(400, "insufficient_quota", "insufficient_quota", "invalid_request_error", "LimitExceededException"), .message = "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."},
    {.name = "internal-error", .what = "500", REFUSAL(500, "server_error", NULL, "api_error", "InternalServerException")},
    {.name = "bad-gateway", .what = "502, with a page of HTML", .status = 502, .body = BODY_HTML},
    {.name = "unavailable", .what = "503", REFUSAL(503, "service_unavailable_error", "server_is_overloaded", "api_error", "ServiceUnavailableException")},
    {.name = "gateway-timeout", .what = "504", REFUSAL(504, "timeout", NULL, "timeout_error", "GatewayTimeoutException")},
    {.name = "overloaded", .what = "529", REFUSAL(529, "service_unavailable_error", "server_is_overloaded", "overloaded_error", "ServiceUnavailableException")},
    {.name = "redirect", .what = "302 to somewhere else", .status = 302, .headers = "Location: http://127.0.0.1:1/\r\n", .body = BODY_EMPTY},
    {.name = "no-content", .what = "204", .status = 204, .body = BODY_EMPTY},

    {.name = "retry-after-seconds", .what = "429, again in 2 seconds", BUSY_429, .headers = "Retry-After: 2\r\n"},
    {.name = "retry-after-date", .what = "429, again at a time two seconds on", BUSY_429, .headers = "Retry-After: DATE\r\n"},
    {.name = "retry-after-ms", .what = "429, again in 300 milliseconds", BUSY_429, .headers = "retry-after-ms: 300\r\nRetry-After: 1\r\n"},
    {.name = "retry-after-1e9", .what = "429, again in 31 years", BUSY_429, .headers = "Retry-After: 1000000000\r\n"},
    {.name = "retry-after-negative", .what = "429, again five seconds ago", BUSY_429, .headers = "Retry-After: -5\r\n"},
    {.name = "retry-after-words", .what = "429, again soon", BUSY_429, .headers = "Retry-After: soon\r\n"},
    {.name = "retry-after-503", .what = "503, again in one second", REFUSAL(503, "service_unavailable_error", "slow_down", "overloaded_error", "ServiceUnavailableException"), .headers = "Retry-After: 1\r\n"},
    {.name = "should-not-retry", .what = "500 that says not to try again", REFUSAL(500, "server_error", NULL, "api_error", "InternalServerException"), .headers = "x-should-retry: false\r\n"},
    {.name = "should-retry", .what = "409 that says to try again", REFUSAL(409, "conflict_error", NULL, "conflict_error", "ConflictException"), .headers = "x-should-retry: true\r\n"},
};
/* clang-format on */

enum {
    BEHAVIOURS = sizeof behaviours / sizeof behaviours[0]
};

const struct behaviour *behaviour_find(str name)
{
    for (size_t i = 0; i < BEHAVIOURS; i++)
        if (str_equal_z(name, behaviours[i].name))
            return &behaviours[i];
    return NULL;
}

const struct behaviour *behaviour_next(const struct behaviour *last)
{
    if (last == NULL)
        return behaviours;
    return last + 1 < behaviours + BEHAVIOURS ? last + 1 : NULL;
}
