/* Anthropic's Messages: what is sent, to the byte, and what comes of each answer. */
#include "llm/llm_backend.h"
#include "net/http_client_test_stage.h"
#include "net/http_test_crude.h"

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"

static struct crude crude;

struct expected {
    const char *answer; /* what the server sends; the rest is what comes of it */
    enum status status;
    enum llm_cause cause;
    const char *text;
    struct llm_usage usage;
    int64_t retry_after_us;
    bool forbids_retry;
};

static const struct llm_request request = {
    .job = LLM_CLASSIFY,
    .rules = {"Be \"strict\".", 12},
    .text = {"It <b>fails</b>.", 16},
    .schema_name = {"feedback_v1", 11},
    .schema = {"{\"type\":\"object\"}", 17},
    .max_tokens = 300,
    .is_cold = true,
    .user_hash = {"abc", 3},
    .idempotency_key = {"k-1", 3},
};

static void ask(struct stage *stage)
{
    const struct expected *expected = stage->props;
    struct llm_provider provider = {
        .backend = &llm_anthropic,
        .options = {.name = "anthropic",
                    .base_url = str_format(&stage->arena, "http://127.0.0.1:%d/", crude.port),
                    .key = STR("sk-ant-1")},
        .client = stage->client,
    };
    struct llm_terms terms = {"claude-haiku-5-5", 5000, llm_models_find(NULL, "claude-haiku-5-5")};
    struct llm_try result = {0};
    enum status status =
        llm_anthropic.complete(&provider, &stage->arena, &terms, &request, &result, &stage->err);
    EXPECT(status == expected->status);
    EXPECT(result.cause == expected->cause);
    EXPECT(str_equal_z(result.text, expected->text == NULL ? "" : expected->text));
    EXPECT(result.usage.input == expected->usage.input);
    EXPECT(result.usage.output == expected->usage.output);
    EXPECT(result.usage.cache_read == expected->usage.cache_read);
    EXPECT(result.usage.cache_write == expected->usage.cache_write);
    EXPECT(result.usage.is_known == expected->usage.is_known);
    EXPECT(result.retry_after_us == expected->retry_after_us);
    EXPECT(result.forbids_retry == expected->forbids_retry);
}

static void expect(const struct expected *expected)
{
    crude_open(&crude, crude_answer_once, expected->answer);
    stage_play(ask, expected);
    crude_close(&crude);
}

#define USAGE                                                                                      \
    ",\"usage\":{\"input_tokens\":180,\"output_tokens\":40,"                                       \
    "\"cache_creation_input_tokens\":7,\"cache_read_input_tokens\":9}"
#define COUNTED                                                                                    \
    {                                                                                              \
        .input = 180, .output = 40, .cache_read = 9, .cache_write = 7, .is_known = true            \
    }

static void what_is_sent_is_what_messages_take(void)
{
    expect(&(struct expected){.answer = HEAD "{\"content\":[{\"type\":\"text\",\"text\":\"{}\"}],"
                                             "\"stop_reason\":\"end_turn\"" USAGE "}",
                              .text = "{}",
                              .usage = COUNTED});
    EXPECT(strncmp(crude.request, "POST /v1/messages HTTP/1.1\r\n", 28) == 0);
    EXPECT(strstr(crude.request, "\r\nx-api-key: sk-ant-1\r\n") != NULL);
    EXPECT(strstr(crude.request, "\r\nanthropic-version: 2023-06-01\r\n") != NULL);
    EXPECT(strstr(crude.request, "\r\nContent-Type: application/json\r\n") != NULL);
    EXPECT(strstr(crude.request, "\r\nIdempotency-Key: k-1\r\n") != NULL);
    EXPECT(strstr(crude.request, "Authorization") == NULL);
    EXPECT(strcmp(strstr(crude.request, "\r\n\r\n") + 4,
                  "{\"model\":\"claude-haiku-5-5\",\"max_tokens\":300,"
                  "\"system\":[{\"type\":\"text\",\"text\":\"Be \\\"strict\\\".\","
                  "\"cache_control\":{\"type\":\"ephemeral\"}}],"
                  "\"messages\":[{\"role\":\"user\",\"content\":\"It \\u003cb>fails\\u003c/b>.\"}],"
                  "\"output_config\":{\"format\":{\"type\":\"json_schema\","
                  "\"schema\":{\"type\":\"object\"}}},"
                  "\"thinking\":{\"type\":\"disabled\"},\"metadata\":{\"user_id\":\"abc\"}}") == 0);
}

static void texts_are_put_together_and_other_blocks_passed_over(void)
{
    expect(&(struct expected){
        .answer =
            HEAD "{\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\"},"
                 "{\"type\":\"text\",\"text\":\"{\\\"a\\\":\"},{\"type\":\"new\",\"x\":1},"
                 "{\"type\":\"text\",\"text\":\"1}\"}],\"stop_reason\":\"end_turn\"" USAGE "}",
        .text = "{\"a\":1}",
        .usage = COUNTED});
}

static void an_answer_that_did_not_end_well_is_not_used_though_it_was_billed(void)
{
    static const char *const answers[] = {
        HEAD
        "{\"content\":[{\"type\":\"text\",\"text\":\"{}\"}],\"stop_reason\":\"max_tokens\"" USAGE
        "}",
        HEAD "{\"content\":[{\"type\":\"text\",\"text\":\"{}\"}],\"stop_reason\":\"refusal\"" USAGE
             "}",
        HEAD
        "{\"content\":[{\"type\":\"text\",\"text\":\"{}\"}],\"stop_reason\":\"pause_turn\"" USAGE
        "}",
        HEAD "{\"content\":[{\"type\":\"text\",\"text\":\"{}\"}],\"stop_reason\":null" USAGE "}",
        HEAD "{\"content\":[{\"type\":\"text\",\"text\":\"\"}],\"stop_reason\":\"end_turn\"" USAGE
             "}",
        HEAD "{\"content\":[],\"stop_reason\":\"end_turn\"" USAGE "}",
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        expect(&(struct expected){.answer = answers[i],
                                  .status = STATUS_INVALID,
                                  .cause = LLM_CAUSE_ANSWER,
                                  .usage = COUNTED});
}

static void what_is_no_message_is_garbage(void)
{
    expect(&(struct expected){.answer = HEAD "{\"content\":\"{}\",\"stop_reason\":\"end_turn\"}",
                              .status = STATUS_UNAVAILABLE,
                              .cause = LLM_CAUSE_GARBAGE});
    expect(&(struct expected){
        .answer = HEAD "<html>", .status = STATUS_UNAVAILABLE, .cause = LLM_CAUSE_GARBAGE});
}

static void tokens_that_cannot_be_are_not_known(void)
{
    expect(&(struct expected){
        .answer = HEAD "{\"content\":[{\"type\":\"text\",\"text\":\"{}\"}],\"stop_reason\":"
                       "\"end_turn\",\"usage\":{\"input_tokens\":-5,\"output_tokens\":\"9\"}}",
        .text = "{}"});
}

#define ERROR(line, headers, type, message)                                                        \
    "HTTP/1.1 " line "\r\n" headers "Connection: close\r\n\r\n{\"type\":\"error\",\"error\":"      \
    "{\"type\":\"" type "\",\"message\":\"" message "\"},\"request_id\":\"req_1\"}"

static void errors_are_told_by_their_kind(void)
{
    static const struct {
        const char *answer;
        enum llm_cause cause;
    } cases[] = {
        {ERROR("400 Bad Request", "", "invalid_request_error", "no"), LLM_CAUSE_REQUEST},
        {ERROR("400 Bad Request", "", "invalid_request_error",
               "You have reached your specified API usage limits."),
         LLM_CAUSE_CREDIT},
        {ERROR("401 Unauthorized", "", "authentication_error", "no"), LLM_CAUSE_KEY},
        {ERROR("402 Payment Required", "", "billing_error", "no"), LLM_CAUSE_CREDIT},
        {ERROR("403 Forbidden", "", "permission_error", "no"), LLM_CAUSE_KEY},
        {ERROR("404 Not Found", "", "not_found_error", "model: x"), LLM_CAUSE_MODEL},
        {ERROR("413 Too Large", "", "request_too_large", "no"), LLM_CAUSE_REQUEST},
        {ERROR("429 Too Many", "", "rate_limit_error", "slow down"), LLM_CAUSE_RATE},
        {ERROR("500 Error", "", "api_error", "no"), LLM_CAUSE_SERVICE},
        {ERROR("504 Timeout", "", "timeout_error", "no"), LLM_CAUSE_SERVICE},
        {ERROR("529 Overloaded", "", "overloaded_error", "no"), LLM_CAUSE_SERVICE},
        {"HTTP/1.1 429 Too Many\r\nConnection: "
         "close\r\n\r\n{\"type\":\"error\",\"error\":{\"type\":"
         "\"rate_limit_error\",\"message\":\"m\",\"details\":{\"error_code\":"
         "\"enforced_spend_limit_reached\"}}}",
         LLM_CAUSE_CREDIT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(&(struct expected){.answer = cases[i].answer,
                                  .status = llm_cause_rules[cases[i].cause].status,
                                  .cause = cases[i].cause,
                                  .usage = {.is_known = true}});
}

static void the_servers_word_on_another_try_is_kept(void)
{
    expect(&(struct expected){.answer = ERROR("529 Overloaded",
                                              "retry-after: 3\r\nx-should-retry: false\r\n",
                                              "overloaded_error", "no"),
                              .status = STATUS_UNAVAILABLE,
                              .cause = LLM_CAUSE_SERVICE,
                              .usage = {.is_known = true},
                              .retry_after_us = 3000000,
                              .forbids_retry = true});
}

int main(void)
{
    RUN(what_is_sent_is_what_messages_take);
    RUN(texts_are_put_together_and_other_blocks_passed_over);
    RUN(an_answer_that_did_not_end_well_is_not_used_though_it_was_billed);
    RUN(what_is_no_message_is_garbage);
    RUN(tokens_that_cannot_be_are_not_known);
    RUN(errors_are_told_by_their_kind);
    RUN(the_servers_word_on_another_try_is_kept);
    return 0;
}
