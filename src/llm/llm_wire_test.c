/* What goes over the wire to OpenAI and those who speak like it, byte for byte (llm.md C.1, C.3).
 */
#include "llm/llm_embed.h"
#include "llm/llm_test_stage.h"

#include "base/json.h"

#include <fcntl.h>
#include <unistd.h>

static struct teller teller;
static struct llm *llm;
static struct llm_reply reply;

#define CHAT_ANSWER                                                                                \
    "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1790000000,\"model\":"      \
    "\"gpt-6-luna-2026-09-22\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","     \
    "\"content\":\"{\\\"a\\\":1}\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":"         \
    "\"stop\"}],\"usage\":{\"prompt_tokens\":180,\"completion_tokens\":40,\"total_tokens\":220,"   \
    "\"prompt_tokens_details\":{\"cached_tokens\":100,\"cache_write_tokens\":20},"                 \
    "\"completion_tokens_details\":{\"reasoning_tokens\":10}}}"

#define RESPONSES_ANSWER                                                                           \
    "{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"completed\",\"error\":null,"          \
    "\"incomplete_details\":null,\"output\":[{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":" \
    "[]},{\"type\":\"new_kind\"},{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{"      \
    "\"type\":\"output_text\",\"text\":\"{\\\"a\\\"\"},{\"type\":\"output_text\",\"text\":\":1}"   \
    "\"}]}],\"usage\":{\"input_tokens\":180,\"input_tokens_details\":{\"cached_tokens\":100,"      \
    "\"cache_write_tokens\":20},\"output_tokens\":40,\"total_tokens\":220}}"

static const char *models_path; /* what models take; NULL: as we know it */

static enum status open_and_ask(struct stage *stage, const char *scheme, const char *chain)
{
    struct llm_provider_options provider = {.scheme = scheme,
                                            .name = "openai",
                                            .base_url = teller_url(&stage->arena, &teller, "/v1/"),
                                            .key = STR("sk-1")};
    struct llm_options options = {.client = stage->client,
                                  .providers = &provider,
                                  .provider_count = 1,
                                  .models_path = models_path};
    struct llm_request request = stage_request();
    for (int job = 0; job < LLM_EMBED; job++)
        options.chains[job] = str_from_z(chain);
    EXPECT(llm_open(&llm, &options, &stage->err) == STATUS_OK);
    return llm_complete(llm, &stage->arena, &request, &reply, &stage->err);
}

static void close_models(void)
{
    llm_close(llm);
    llm = NULL;
}

static bool has_sent(const char *body)
{
    if (strcmp(teller.seen, body) != 0)
        fprintf(stderr, "sent:     %s\nexpected: %s\n", teller.seen, body);
    return strcmp(teller.seen, body) == 0;
}

#define TURNS(role)                                                                                \
    "\"messages\":[{\"role\":\"" role "\",\"content\":\"Say \\\"a\\\".\"},{\"role\":\"user\","     \
    "\"content\":\"It's \u2764\\n\\u003cb>fine\\u003c/b>\"}],"
#define FORMAT                                                                                     \
    "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"feedback_v1\","     \
    "\"strict\":true,\"schema\":{\"type\":\"object\"}}},"
#define OPENAI_ONLY                                                                                \
    "\"store\":false,\"prompt_cache_key\":\"feedback_v1\",\"safety_identifier\":\"9f86d081\"}"

/* --- chat completions --- */

static void chat_with_a_reasoning_model(struct stage *stage)
{
    teller_say(&teller, 200, CHAT_ANSWER);
    EXPECT(open_and_ask(stage, "openai", "") == STATUS_OK);
    EXPECT(has_sent("{\"model\":\"gpt-6-luna\"," TURNS("developer") FORMAT
                    "\"max_completion_tokens\":300,\"reasoning_effort\":\"none\"," OPENAI_ONLY));
    EXPECT(strcmp(teller.path, "/v1/chat/completions") == 0);
    EXPECT(strcmp(teller.key, "Bearer sk-1") == 0 && strcmp(teller.idempotency, "id-1") == 0);
    EXPECT(str_equal_z(reply.text, "{\"a\":1}") && strcmp(reply.model, "gpt-6-luna") == 0);
    EXPECT(reply.usage.input == 60 && reply.usage.cache_read == 100);
    EXPECT(reply.usage.cache_write == 20 && reply.usage.output == 40 && reply.usage.is_known);
    EXPECT(reply.cost_nano == 60 * 100 + 100 * 10 + 20 * 125 + 40 * 500);
    close_models();
}

static void chat_with_an_older_model(struct stage *stage)
{
    teller_say(&teller, 200, CHAT_ANSWER);
    EXPECT(open_and_ask(stage, "openai", "openai:gpt-4o-mini") == STATUS_OK);
    EXPECT(has_sent("{\"model\":\"gpt-4o-mini\"," TURNS("system") FORMAT
                    "\"max_completion_tokens\":300,\"temperature\":0," OPENAI_ONLY));
    close_models();
}

/* --- as the user says --- */

static void write_models(const char *text)
{
    static char path[] = "/tmp/hark-wire-XXXXXX";
    int fd = models_path == NULL ? mkstemp(path) : open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    models_path = path;
    EXPECT(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0);
}

static void forget_models(void)
{
    unlink(models_path);
    models_path = NULL;
}

static void chat_as_the_user_says(struct stage *stage)
{
    teller_say(&teller, 200, CHAT_ANSWER);
    write_models("gpt-4o temperature=no\nqwen effort=low limit=max_completion_tokens schema=no\n");
    EXPECT(open_and_ask(stage, "openai", "openai:gpt-4o-mini") == STATUS_OK);
    EXPECT(has_sent("{\"model\":\"gpt-4o-mini\"," TURNS("system") FORMAT
                    "\"max_completion_tokens\":300," OPENAI_ONLY));
    close_models();
    EXPECT(open_and_ask(stage, "compatible", "openai:qwen/3:7b") == STATUS_OK);
    EXPECT(has_sent("{\"model\":\"qwen/3:7b\"," TURNS(
        "system") "\"max_completion_tokens\":300,\"temperature\":0,\"reasoning_effort\":\"low\"}"));
    close_models();
    write_models("gpt-6 temperature=yes effort=- role=user\n");
    EXPECT(open_and_ask(stage, "openai", "") == STATUS_OK);
    EXPECT(has_sent("{\"model\":\"gpt-6-luna\"," TURNS("user") FORMAT
                    "\"max_completion_tokens\":300,\"temperature\":0," OPENAI_ONLY));
    close_models();
    forget_models();
}

/* --- servers of others --- */

static void chat_with_another_server(struct stage *stage)
{
    teller_say(&teller, 200,
               "{\"choices\":[{\"message\":{\"content\":\"x\"},\"finish_reason\":null}]}");
    EXPECT(open_and_ask(stage, "compatible", "openai:qwen/3:7b") == STATUS_OK);
    EXPECT(has_sent("{\"model\":\"qwen/3:7b\"," TURNS("system") FORMAT
                    "\"max_tokens\":300,\"temperature\":0}"));
    EXPECT(str_equal_z(reply.text, "x") && !reply.usage.is_known);
    EXPECT(reply.cost_nano == LLM_COST_UNKNOWN);
    close_models();
}

static void chat_with_an_old_llama_cpp(struct stage *stage)
{
    teller.refused = "response_format";
    teller.refusal = "{\"error\":{\"code\":400,\"message\":\"Either \\\"json_schema\\\" or "
                     "\\\"grammar\\\" can be specified, but not both\"}}";
    teller_say(&teller, 200, CHAT_ANSWER);
    EXPECT(open_and_ask(stage, "compatible", "openai:x") == STATUS_OK && reply.tries == 1);
    EXPECT(has_sent("{\"model\":\"x\"," TURNS(
        "system") "\"json_schema\":{\"type\":\"object\"},\"max_tokens\":300,\"temperature\":0}"));
    EXPECT(atomic_load(&teller.asked) == 2);
    close_models();
    teller.refused = "json_schema";
    EXPECT(open_and_ask(stage, "compatible", "openai:x") == STATUS_OK);
    EXPECT(has_sent("{\"model\":\"x\"," TURNS("system") "\"max_tokens\":300,\"temperature\":0}"));
    EXPECT(atomic_load(&teller.asked) == 5);
    close_models();
    teller.refused = "model"; /* whatever is sent */
    EXPECT(open_and_ask(stage, "compatible", "openai:x") == STATUS_INVALID);
    EXPECT(atomic_load(&teller.asked) == 8);
    close_models();
    teller.refusal = NULL;
}

/* --- Responses --- */

static void respond(struct stage *stage)
{
    teller_say(&teller, 200, RESPONSES_ANSWER);
    EXPECT(open_and_ask(stage, "responses", "") == STATUS_OK);
    EXPECT(has_sent(
        "{\"model\":\"gpt-6-luna\",\"instructions\":\"Say \\\"a\\\".\",\"input\":[{\"role\":"
        "\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"It's "
        "\u2764\\n\\u003cb>fine\\u003c/b>\"}]}],"
        "\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"feedback_v1\",\"strict\":true,"
        "\"schema\":{\"type\":\"object\"}}},\"reasoning\":{\"effort\":\"none\"},"
        "\"max_output_tokens\":300,\"store\":false,\"truncation\":\"disabled\","
        "\"prompt_cache_key\":\"feedback_v1\",\"safety_identifier\":\"9f86d081\"}"));
    EXPECT(strcmp(teller.path, "/v1/responses") == 0);
    EXPECT(str_equal_z(reply.text, "{\"a\":1}") && strcmp(reply.provider, "openai") == 0);
    EXPECT(reply.usage.input == 60 && reply.usage.cache_read == 100);
    EXPECT(reply.cost_nano == 60 * 100 + 100 * 10 + 20 * 125 + 40 * 500);
    close_models();
}

/* --- embeddings --- */

static struct llm_options options_of(struct stage *stage, struct llm_provider_options *provider,
                                     const char *models)
{
    *provider = (struct llm_provider_options){.scheme = "openai",
                                              .base_url = teller_url(&stage->arena, &teller, "/v1"),
                                              .key = STR("sk-1")};
    return (struct llm_options){.client = stage->client,
                                .providers = provider,
                                .provider_count = 1,
                                .chains = {[LLM_EMBED] = str_from_z(models)}};
}

static enum status embed(struct stage *stage, struct llm_embedding *embedding)
{
    struct llm_provider_options provider;
    struct llm_options options = options_of(stage, &provider, "openai:text-embedding-3-small");
    static const str texts[] = {{"a", 1}, {"b", 1}};
    *embedding = (struct llm_embedding){
        .texts = texts, .count = 2, .dimensions = 2, .until_ms = fiber_now_ms() + 20000};
    EXPECT(llm_open(&llm, &options, &stage->err) == STATUS_OK);
    enum status status = llm_embed(llm, &stage->arena, embedding, &stage->err);
    close_models();
    return status;
}

static void embed_texts(struct stage *stage)
{
    struct llm_embedding embedding;
    teller_say(&teller, 200,
               "{\"object\":\"list\",\"data\":[{\"index\":1,\"embedding\":[3,4.5]},{\"index\":0,"
               "\"embedding\":\"AACAPwAAAMA=\"}],\"usage\":{\"prompt_tokens\":8}}");
    EXPECT(embed(stage, &embedding) == STATUS_OK);
    EXPECT(has_sent("{\"model\":\"text-embedding-3-small\",\"input\":[\"a\",\"b\"],\"dimensions\":"
                    "2,\"encoding_format\":\"base64\"}"));
    EXPECT(strcmp(teller.path, "/v1/embeddings") == 0);
    EXPECT(embedding.vectors[0] == 1 && embedding.vectors[1] == -2);
    EXPECT(embedding.vectors[2] == 3 && embedding.vectors[3] == 4.5);
    EXPECT(embedding.usage.input == 8 && embedding.cost_nano == 160);
}

/* Servers that take no wish send what they have. */
static void embed_longer(struct stage *stage)
{
    struct llm_embedding embedding;
    teller_say(&teller, 200,
               "{\"data\":[{\"embedding\":[1,2,3]},{\"embedding\":[4,5,6]}],"
               "\"usage\":{\"prompt_tokens\":1000000}}");
    EXPECT(embed(stage, &embedding) == STATUS_OK && embedding.dimensions == 3);
    EXPECT(embedding.vectors[2] == 3 && embedding.vectors[3] == 4);
    EXPECT(!embedding.usage.is_known && embedding.cost_nano == LLM_COST_UNKNOWN); /* so much! */
}

static bool holds_word(void *context, str bytes)
{
    return str_find_str(bytes, str_from_z(context)) != STR_NONE;
}

/* The last look is taken at texts that become vectors, too. */
static void embed_a_secret(struct stage *stage)
{
    static char secret[] = "secret";
    struct llm_provider_options provider;
    struct llm_options options = options_of(stage, &provider, "openai:m");
    static const str texts[] = {{"a", 1}, {"the secret", 10}};
    struct llm_embedding embedding = {
        .texts = texts, .count = 2, .dimensions = 2, .until_ms = fiber_now_ms() + 20000};
    options.holds_secret = holds_word;
    options.context = secret;
    EXPECT(llm_open(&llm, &options, &stage->err) == STATUS_OK);
    EXPECT(llm_embed(llm, &stage->arena, &embedding, &stage->err) == STATUS_DENIED);
    EXPECT(embedding.blames_texts && embedding.usage.is_known && embedding.usage.input == 0);
    EXPECT(atomic_load(&teller.asked) == 0);
    close_models();
}

static void embed_by_two_models(struct stage *stage)
{
    struct llm_provider_options provider;
    struct llm_options options = options_of(stage, &provider, "openai:a openai:b");
    EXPECT(llm_open(&llm, &options, &stage->err) == STATUS_INVALID);
    options = options_of(stage, &provider, "openai:a openai:a");
    EXPECT(llm_open(&llm, &options, &stage->err) == STATUS_OK);
    EXPECT(llm_chain_length(llm, LLM_EMBED) == 2);
    close_models();
}

static void embed_nonsense(struct stage *stage)
{
    static const char *const bodies[] = {
        "{}",
        "{\"data\":[]}",
        "{\"data\":[{\"embedding\":[1,2]}]}",
        "{\"data\":[{\"embedding\":[1,2]},{\"embedding\":[1]}]}",
        "{\"data\":[{\"embedding\":[1,2]},{\"embedding\":[1,\"2\"]}]}",
        "{\"data\":[{\"embedding\":[1,2]},{\"embedding\":[1,1e300]}]}",
        "{\"data\":[{\"embedding\":[1,2]},{\"embedding\":{}}]}",
        "{\"data\":[{\"embedding\":[1,2]},{\"embedding\":\"AACAPw==\"}]}",
        "{\"data\":[{\"embedding\":[1,2]},{\"embedding\":\"AADAfwAAwH8=\"}]}",
        "{\"data\":[{\"index\":1,\"embedding\":[1,2]},{\"index\":1,\"embedding\":[1,2]}]}",
        "{\"data\":[{\"index\":2,\"embedding\":[1,2]},{\"index\":0,\"embedding\":[1,2]}]}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct llm_embedding embedding;
        teller_say(&teller, 200, bodies[i]);
        EXPECT(embed(stage, &embedding) == STATUS_UNAVAILABLE && embedding.vectors == NULL);
    }
}

static void run(void (*play)(struct stage *stage))
{
    teller_open(&teller);
    stage_play(play, NULL);
    teller_close(&teller);
}

static void chat_completions_are_spoken_as_openai_has_them(void)
{
    run(chat_with_a_reasoning_model);
    run(chat_with_an_older_model);
}

static void servers_of_others_get_what_they_understand_and_may_leave_things_out(void)
{
    run(chat_with_another_server);
}

static void where_a_schema_is_refused_it_is_sent_elsewhere_and_then_not_at_all(void)
{
    run(chat_with_an_old_llama_cpp);
}

static void a_model_gets_what_the_user_says_that_it_takes(void)
{
    run(chat_as_the_user_says);
}

static void responses_are_spoken_as_openai_has_them(void)
{
    run(respond);
}

static void vectors_come_as_numbers_or_as_bytes_in_any_order(void)
{
    run(embed_texts);
}

static void vectors_that_are_none_are_not_taken(void)
{
    run(embed_nonsense);
}

static void vectors_may_have_another_length_than_was_asked_for(void)
{
    run(embed_longer);
}

static void texts_with_a_secret_become_no_vectors_elsewhere(void)
{
    run(embed_a_secret);
}

static void vectors_are_of_one_model(void)
{
    run(embed_by_two_models);
}

int main(void)
{
    RUN(chat_completions_are_spoken_as_openai_has_them);
    RUN(servers_of_others_get_what_they_understand_and_may_leave_things_out);
    RUN(where_a_schema_is_refused_it_is_sent_elsewhere_and_then_not_at_all);
    RUN(a_model_gets_what_the_user_says_that_it_takes);
    RUN(responses_are_spoken_as_openai_has_them);
    RUN(vectors_come_as_numbers_or_as_bytes_in_any_order);
    RUN(vectors_that_are_none_are_not_taken);
    RUN(vectors_may_have_another_length_than_was_asked_for);
    RUN(texts_with_a_secret_become_no_vectors_elsewhere);
    RUN(vectors_are_of_one_model);
    return 0;
}
