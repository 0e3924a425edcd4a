/* Amazon Comprehend: what is sent, to the byte, and what comes of each answer. That the signature
 * is right is tested against one computed by other means (llm_fault_test.c). */
#include "llm/llm_backend.h"
#include "net/http_client_test_stage.h"
#include "net/http_test_crude.h"

#define HEAD                                                                                       \
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nConnection: close\r\n\r\n"
#define SCORES                                                                                     \
    "\"SentimentScore\":{\"Positive\":0.01,\"Negative\":0.95,\"Neutral\":0.03,\"Mixed\":0.01}"

static struct crude crude;

struct expected {
    const char *answer, *text, *language;
    enum status status;
    enum llm_cause cause;
    const char *found;
    int64_t units;
};

static void ask(struct stage *stage)
{
    const struct expected *expected = stage->props;
    struct llm_request request = {
        .job = LLM_CLASSIFY,
        .rules = STR("rules that it does not take"),
        .text = STR("fence\nIt fails.\nfence"),
        .plain = str_from_z(expected->text),
        .language = str_from_z(expected->language),
    };
    struct llm_provider provider = {
        .backend = &llm_comprehend,
        .options = {.name = "comprehend",
                    .base_url = str_format(&stage->arena, "http://127.0.0.1:%d", crude.port),
                    .key = STR("AKIDEXAMPLE"),
                    .secret = STR("secret/with:signs"),
                    .region = STR("eu-central-1")},
        .client = stage->client,
    };
    struct llm_try result = {0};
    EXPECT(llm_comprehend.open(&provider, &stage->err) == STATUS_OK);
    enum status status = llm_comprehend.complete(&provider, &stage->arena,
                                                 &(struct llm_terms){"sentiment", 5000, NULL},
                                                 &request, &result, &stage->err);
    EXPECT(status == expected->status && result.cause == expected->cause);
    EXPECT(str_equal_z(result.text, expected->found == NULL ? "" : expected->found));
    EXPECT(result.usage.is_known && result.usage.input == expected->units);
    EXPECT(result.usage.output == 0);
}

static void expect(const struct expected *expected)
{
    crude_open(&crude, crude_answer_once, expected->answer);
    stage_play(ask, expected);
    crude_close(&crude);
}

static void the_text_alone_is_sent_signed_and_the_sentiment_comes_back(void)
{
    expect(&(struct expected){
        .answer = HEAD "{\"Sentiment\":\"NEGATIVE\"," SCORES "}",
        .text = "It fails.",
        .language = "en",
        .found = "{\"sentiment\":\"negative\",\"confidence\":0.950000,\"topic\":null,"
                 "\"severity\":null}",
        .units = 3});
    EXPECT(strncmp(crude.request, "POST / HTTP/1.1\r\n", 17) == 0);
    EXPECT(strstr(crude.request, "\r\nX-Amz-Target: Comprehend_20171127.DetectSentiment\r\n") !=
           NULL);
    EXPECT(strstr(crude.request, "\r\nContent-Type: application/x-amz-json-1.1\r\n") != NULL);
    EXPECT(strstr(crude.request, "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") !=
           NULL);
    EXPECT(strstr(crude.request, "/eu-central-1/comprehend/aws4_request") != NULL);
    EXPECT(strstr(crude.request, "secret") == NULL);
    EXPECT(strcmp(strstr(crude.request, "\r\n\r\n") + 4,
                  "{\"LanguageCode\":\"en\",\"Text\":\"It fails.\"}") == 0);
}

static void a_language_is_told_as_it_knows_it_or_not_asked_about(void)
{
    static const struct {
        const char *language, *sent; /* NULL: nothing */
    } cases[] = {{"pt-BR", "\"pt\""}, {"zh-TW", "\"zh-TW\""}, {"zh-Hans", "\"zh\""},
                 {"de", "\"de\""},    {"cs", NULL},           {"", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool is_sent = cases[i].sent != NULL;
        expect(&(struct expected){
            .answer = HEAD "{\"Sentiment\":\"NEGATIVE\"," SCORES "}",
            .text = "text",
            .language = cases[i].language,
            .status = is_sent ? STATUS_OK : STATUS_INVALID,
            .cause = is_sent ? LLM_CAUSE_NONE : LLM_CAUSE_REQUEST,
            .found = is_sent ? "{\"sentiment\":\"negative\",\"confidence\":0.950000,"
                               "\"topic\":null,\"severity\":null}"
                             : NULL,
            .units = is_sent ? 3 : 0});
        EXPECT(atomic_load(&crude.requests) == is_sent);
        EXPECT(!is_sent || strstr(crude.request, cases[i].sent) != NULL);
    }
}

static void units_are_of_a_hundred_characters_and_too_long_a_text_is_not_sent(void)
{
    static char text[5002];
    memset(text, 'a', 301);
    struct expected expected = {
        .answer = HEAD "{\"Sentiment\":\"NEGATIVE\"," SCORES "}",
        .text = text,
        .language = "en",
        .found = "{\"sentiment\":\"negative\",\"confidence\":0.950000,\"topic\":null,"
                 "\"severity\":null}",
        .units = 4};
    expect(&expected);
    memset(text, 'a', 5001);
    expected = (struct expected){.answer = HEAD,
                                 .text = text,
                                 .language = "en",
                                 .status = STATUS_INVALID,
                                 .cause = LLM_CAUSE_REQUEST};
    expect(&expected);
    EXPECT(atomic_load(&crude.requests) == 0);
}

static void what_is_no_sentiment_is_garbage(void)
{
    static const char *const answers[] = {
        HEAD "{\"Sentiment\":\"FURIOUS\"," SCORES "}",
        HEAD "{\"Sentiment\":\"negative\"," SCORES "}",
        HEAD "{\"Sentiment\":7," SCORES "}",
        HEAD "{" SCORES "}",
        HEAD "{\"Sentiment\":\"NEGATIVE\"}",
        HEAD "{\"Sentiment\":\"NEGATIVE\",\"SentimentScore\":{\"Negative\":17.5}}",
        HEAD "{\"Sentiment\":\"NEGATIVE\",\"SentimentScore\":{\"Negative\":\"0.9\"}}",
        HEAD "{\"Sentiment\":\"NEGATIVE\",\"SentimentScore\":[]}",
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        expect(&(struct expected){.answer = answers[i],
                                  .text = "text",
                                  .language = "en",
                                  .status = STATUS_UNAVAILABLE,
                                  .cause = LLM_CAUSE_GARBAGE,
                                  .units = 3});
}

#define ERROR(line, type)                                                                          \
    "HTTP/1.1 " line "\r\nConnection: close\r\n\r\n{\"__type\":\"" type "\",\"Message\":\"no\"}"

static void errors_are_told_by_their_type_and_not_by_the_status(void)
{
    static const struct {
        const char *answer;
        enum llm_cause cause;
    } cases[] = {
        {ERROR("400 Bad Request", "ThrottlingException"), LLM_CAUSE_RATE},
        {ERROR("400 Bad Request", "TooManyRequestsException"), LLM_CAUSE_RATE},
        {ERROR("400 Bad Request", "UnrecognizedClientException"), LLM_CAUSE_KEY},
        {ERROR("400 Bad Request", "com.amazonaws.comprehend#AccessDeniedException"), LLM_CAUSE_KEY},
        {ERROR("403 Forbidden", "InvalidSignatureException"), LLM_CAUSE_KEY},
        {ERROR("400 Bad Request", "TextSizeLimitExceededException"), LLM_CAUSE_REQUEST},
        {ERROR("500 Error", "InternalServerException"), LLM_CAUSE_SERVICE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(&(struct expected){.answer = cases[i].answer,
                                  .text = "text",
                                  .language = "en",
                                  .status = llm_cause_rules[cases[i].cause].status,
                                  .cause = cases[i].cause});
}

static void it_is_not_opened_without_all_of_its_settings(void)
{
    struct llm_provider provider = {.options = {.key = STR("k"), .secret = STR("s")}};
    struct error err;
    EXPECT(llm_comprehend.open(&provider, &err) == STATUS_INVALID);
    EXPECT(strstr(err.message, "HARK_AI_COMPREHEND_REGION") != NULL);
    provider.options.region = STR("eu-central-1/../x");
    EXPECT(llm_comprehend.open(&provider, &err) == STATUS_INVALID);
}

int main(void)
{
    RUN(the_text_alone_is_sent_signed_and_the_sentiment_comes_back);
    RUN(a_language_is_told_as_it_knows_it_or_not_asked_about);
    RUN(units_are_of_a_hundred_characters_and_too_long_a_text_is_not_sent);
    RUN(what_is_no_sentiment_is_garbage);
    RUN(errors_are_told_by_their_type_and_not_by_the_status);
    RUN(it_is_not_opened_without_all_of_its_settings);
    return 0;
}
