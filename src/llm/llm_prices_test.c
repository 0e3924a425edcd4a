#include "llm/llm_prices.h"

#include "base/test.h"
#include "llm/llm.h"

#include <string.h>
#include <unistd.h>

static struct llm_prices *shipped;

static int64_t cost(const char *provider, const char *model, struct llm_usage usage)
{
    usage.is_known = true;
    return llm_cost(shipped, provider, model, &usage);
}

static void a_tenth_of_a_dollar_a_million_is_a_hundred_nano_dollars_a_token(void)
{
    EXPECT(cost("openai", "gpt-6-luna", (struct llm_usage){.input = 1}) == 100);
    EXPECT(cost("openai", "gpt-6-luna", (struct llm_usage){.cache_read = 1}) == 10);
    EXPECT(cost("openai", "gpt-6-luna", (struct llm_usage){.cache_write = 1}) == 125);
    EXPECT(cost("openai", "gpt-6-luna", (struct llm_usage){.output = 1}) == 500);
    EXPECT(cost("openai", "gpt-5-nano", (struct llm_usage){.cache_read = 3}) == 15);
    EXPECT(cost("openai", "gpt-6-luna", (struct llm_usage){.input = 350, .output = 60}) == 65000);
    EXPECT(cost("anthropic", "claude-haiku-5-5", (struct llm_usage){.input = 350, .output = 60}) ==
           65000);
}

static void a_long_prompt_prices_all_of_the_request_anew(void)
{
    struct llm_usage usage = {.input = 272000, .output = 3};
    EXPECT(cost("openai", "gpt-6-luna", usage) == 27200000 + 1500);
    usage.cache_read = 1;
    EXPECT(cost("openai", "gpt-6-luna", usage) == 54400020 + 2250);
    usage = (struct llm_usage){.cache_write = 272001, .output = 1};
    EXPECT(cost("openai", "gpt-6-luna", usage) == 2 * INT64_C(272001) * 125 + 750);
    usage = (struct llm_usage){.input = 100001, .output = 1};
    EXPECT(cost("anthropic", "claude-haiku-5-5", usage) == 100001 * INT64_C(500) + 2500);
}

static void an_unknown_model_has_no_price_and_never_nothing(void)
{
    struct llm_usage unknown = {.input = 5};
    EXPECT(cost("openai", "gpt-9", (struct llm_usage){.input = 1}) == LLM_COST_UNKNOWN);
    EXPECT(cost("other", "gpt-6-luna", (struct llm_usage){0}) == LLM_COST_UNKNOWN);
    EXPECT(cost("compatible", "default", (struct llm_usage){0}) == LLM_COST_UNKNOWN);
    EXPECT(llm_cost(shipped, "openai", "gpt-6-luna", &unknown) == LLM_COST_UNKNOWN);
}

static void a_date_does_not_make_another_model(void)
{
    struct llm_usage one = {.input = 1};
    EXPECT(cost("openai", "gpt-6-luna-2026-09-22", one) == 100);
    EXPECT(cost("anthropic", "claude-haiku-5-5-20261007", one) == 100);
    EXPECT(cost("openai", "gpt-5-mini", one) == 250);
    EXPECT(cost("openai", "gpt-5-2025-08-07", one) == 1250);
    EXPECT(cost("openai", "gpt-5-turbo", one) == LLM_COST_UNKNOWN);
    EXPECT(cost("openai", "gpt-5-1", one) == LLM_COST_UNKNOWN);
}

static void the_largest_numbers_do_not_wrap(void)
{
    int64_t most = INT64_C(1) << 40;
    struct llm_usage huge = {most, most, most, most, true};
    EXPECT(cost("openai", "gpt-6-astra", huge) == most * 71000);
}

/* --- files --- */

static char path[] = "/tmp/hark-prices-XXXXXX";

static enum status open_text(const char *text, struct llm_prices **prices, struct error *err)
{
    FILE *file = fopen(path, "w");
    EXPECT(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
    *err = (struct error){0};
    return llm_prices_open(prices, path, err);
}

static void a_table_of_ones_own_takes_the_place_of_ours(void)
{
    struct llm_prices *prices;
    struct error err;
    struct llm_usage usage = {.input = 1, .output = 3, .is_known = true};
    EXPECT(open_text("# mine\r\n\r\n compatible\t* 0 - - 0.001 # free, nearly\r\n"
                     "compatible x 1 - - 1 over 3 input*0.001 output*0.5",
                     &prices, &err) == STATUS_OK);
    EXPECT(llm_cost(prices, "compatible", "any:7b/q4", &usage) == 3);
    EXPECT(llm_cost(prices, "compatible", "x", &usage) == 4000);
    usage.input = 4;
    EXPECT(llm_cost(prices, "compatible", "x", &usage) == 1504); /* 4 + 1500 */
    EXPECT(llm_cost(prices, "openai", "gpt-6-luna", &usage) == LLM_COST_UNKNOWN);
    llm_prices_close(prices);
}

static void parts_of_a_nano_dollar_are_rounded_up(void)
{
    struct llm_prices *prices;
    struct error err;
    struct llm_usage usage = {.input = 2, .is_known = true};
    EXPECT(open_text("a b 0.001 - - 0 over 1 input*1.001 output*1\n", &prices, &err) == STATUS_OK);
    EXPECT(llm_cost(prices, "a", "b", &usage) == 3); /* 2.002 */
    llm_prices_close(prices);
}

static void a_bad_table_is_refused_with_file_and_line(void)
{
    static const struct {
        const char *text, *line, *why;
    } cases[] = {
        {"openai x 1 1 1\n", "line 1:", "does not read as"},
        {"\n#\nopenai x 1 1 1 1 over 5 input*2\n", "line 3:", "does not read as"},
        {"openai x -1 1 1 1\n", "line 1:", "'-1' is no price"},
        {"openai x 1 1 1 1e3\n", "line 1:", "'1e3' is no price"},
        {"openai x 1 1 1 0.0001\n", "line 1:", "'0.0001' is no price"},
        {"openai x 1. 1 1 1\n", "line 1:", "'1.' is no price"},
        {"openai x .5 1 1 1\n", "line 1:", "'.5' is no price"},
        {"openai x 1000000.001 1 1 1\n", "line 1:", "is no price"},
        {"openai x 99999999 1 1 1\n", "line 1:", "is no price"},
        {"openai x - 1 1 1\n", "line 1:", "'-' is no price"},
        {"openai x 1 1 1 nan\n", "line 1:", "'nan' is no price"},
        {"openai x 1 1 1 1 past 5 input*2 output*2\n", "line 1:", "'past' is not understood"},
        {"openai x 1 1 1 1 over 0 input*2 output*2\n", "line 1:", "'0' is no number of tokens"},
        {"openai x 1 1 1 1 over 5 input*0 output*2\n", "line 1:", "is not 'input*FACTOR'"},
        {"openai x 1 1 1 1 over 5 input*2 *2\n", "line 1:", "is not 'output*FACTOR'"},
        {"openai x 1 1 1 1\nopenai x 2 1 1 1\n", "line 2:", "has a price already"},
        {"a b c d e f g h i j k l m n\n", "line 1:", "does not read as"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct llm_prices *prices;
        struct error err;
        EXPECT(open_text(cases[i].text, &prices, &err) == STATUS_INVALID);
        EXPECT(strstr(err.message, path) != NULL);
        EXPECT(strstr(err.message, cases[i].line) != NULL);
        EXPECT(strstr(err.message, cases[i].why) != NULL);
    }
}

static void a_table_that_is_not_there_is_refused(void)
{
    struct llm_prices *prices;
    struct error err;
    EXPECT(llm_prices_open(&prices, "/nowhere/prices.txt", &err) == STATUS_INVALID);
    EXPECT(strstr(err.message, "/nowhere/prices.txt") != NULL);
}

int main(void)
{
    struct error err;
    int fd = mkstemp(path);
    EXPECT(fd >= 0 && close(fd) == 0);
    EXPECT(llm_prices_open(&shipped, NULL, &err) == STATUS_OK);
    RUN(a_tenth_of_a_dollar_a_million_is_a_hundred_nano_dollars_a_token);
    RUN(a_long_prompt_prices_all_of_the_request_anew);
    RUN(an_unknown_model_has_no_price_and_never_nothing);
    RUN(a_date_does_not_make_another_model);
    RUN(the_largest_numbers_do_not_wrap);
    RUN(a_table_of_ones_own_takes_the_place_of_ours);
    RUN(parts_of_a_nano_dollar_are_rounded_up);
    RUN(a_bad_table_is_refused_with_file_and_line);
    RUN(a_table_that_is_not_there_is_refused);
    llm_prices_close(shipped);
    unlink(path);
    return 0;
}
