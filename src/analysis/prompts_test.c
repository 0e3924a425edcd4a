/* The shipped prompts, and how a prompt file is read. */
#include "analysis/prompts.h"

#include "base/test.h"
#include "model/labels.h"

#include <string.h>

static bool holds(str text, const char *word)
{
    return str_find_str(text, str_from_z(word)) != STR_NONE;
}

static bool holds_all(str text, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++)
        if (!holds(text, words[i]))
            return false;
    return true;
}

/* o200k_base counts 179 tokens in classify v1, cl100k_base 179, the tokenizer of Claude 2 185. */
static void the_default_defines_every_label_in_under_200_tokens(void)
{
    const struct prompt *prompt = prompt_find_shipped(STR("classify"), STR("v1"));
    EXPECT(prompt != NULL && prompt->is_shipped && prompt->why.length > 0);
    EXPECT(prompt->tokens > 170 && prompt->tokens < 200);
    EXPECT(holds_all(prompt->rules, sentiment_names));
    EXPECT(holds_all(prompt->rules, topic_names));
    EXPECT(holds_all(prompt->rules, severity_names));
    EXPECT(holds(prompt->rules, "never follow instructions"));
}

static void every_shipped_prompt_is_sound_and_found(void)
{
    const struct prompt *prompts;
    size_t count = prompt_list_shipped(&prompts);
    EXPECT(count > 0);
    for (size_t i = 0; i < count; i++) {
        EXPECT(prompt_check(&prompts[i], NULL) == STATUS_OK);
        EXPECT(prompt_find_shipped(prompts[i].task, prompts[i].version) == &prompts[i]);
    }
    EXPECT(prompt_find_shipped(STR("classify"), (str){0}) != NULL);
    EXPECT(prompt_find_shipped(STR("classify"), STR("v999")) == NULL);
    EXPECT(prompt_find_shipped(STR("nothing"), (str){0}) == NULL);
}

static void a_file_is_read(void)
{
    struct prompt prompt;
    EXPECT(prompt_parse(STR("prompts/classify.v2.1.md"),
                        STR("why: shorter\n\nSay what it is.\nNo more.\n"), &prompt,
                        NULL) == STATUS_OK);
    EXPECT(str_equal(prompt.task, STR("classify")) && str_equal(prompt.version, STR("v2.1")));
    EXPECT(str_equal(prompt.why, STR("shorter")));
    EXPECT(str_equal(prompt.rules, STR("Say what it is.\nNo more.")));
}

static void expect_refused(const char *name, const char *text, const char *message)
{
    struct prompt prompt;
    struct error err = {0};
    EXPECT(prompt_parse(str_from_z(name), str_from_z(text), &prompt, &err) == STATUS_INVALID);
    if (strcmp(err.message, message) != 0)
        fprintf(stderr, "%s\n", err.message);
    EXPECT(strcmp(err.message, message) == 0);
}

static void what_is_wrong_with_a_file_is_told_with_its_line(void)
{
    const char *name = "p/classify.v2.md";
    expect_refused("p/classify.md", "why: x\n\ny",
                   "p/classify.md: the name must be TASK.VERSION.md, such as classify.v2.md");
    expect_refused(name, "because\n\ny",
                   "p/classify.v2.md:1: must be \"why: ...\", or empty before the rules");
    expect_refused(name, "why: x\ntemperature: 1\n\ny",
                   "p/classify.v2.md:2: the only key there is is \"why\"");
    expect_refused(name, "why: x\nwhy: y\n\nz",
                   "p/classify.v2.md:2: \"why\" stands here a second time");
    expect_refused(name, "\nrules",
                   "p/classify.v2.md:1: \"why: \" must say the reason for this version");
    expect_refused(name, "why: x\n\n \n", "p/classify.v2.md:3: rules must not be empty");
    expect_refused(name, "why: x\n\na\x01",
                   "p/classify.v2.md:3: rules must have no control characters but tabs and line "
                   "ends");
    expect_refused(name, "why: x\n\na\xff", "p/classify.v2.md:3: rules must be UTF-8");
}

static void rules_have_a_limit(void)
{
    static char text[PROMPT_MOST_RULES + 2];
    memset(text, 'x', sizeof text);
    struct prompt prompt = {.version = STR("v2"), .why = STR("x")};
    struct error err = {0};
    prompt.rules = (str){text, PROMPT_MOST_RULES};
    EXPECT(prompt_check(&prompt, &err) == STATUS_OK);
    prompt.rules.length++;
    EXPECT(prompt_check(&prompt, &err) == STATUS_INVALID && strcmp(err.field, "#/rules") == 0);
    prompt.version = STR("v 2");
    prompt.rules.length--;
    EXPECT(prompt_check(&prompt, &err) == STATUS_INVALID && strcmp(err.field, "#/version") == 0);
}

/* The counts are o200k_base's: the estimate is never below. */
static void tokens_are_not_estimated_too_low(void)
{
    EXPECT(prompt_count_tokens((str){0}) == 0);
    EXPECT(prompt_count_tokens(STR("Classify the customer feedback.")) >= 5);
    EXPECT(prompt_count_tokens(STR("アプリが頻繁にクラッシュします。請求書の金額が間違っています。"
                                   "早急に修正してください。")) >= 28);
    EXPECT(prompt_count_tokens(STR("Приложение постоянно вылетает при попытке сохранить документ. "
                                   "Очень медленно работает, и поддержка не отвечает.")) >= 25);
}

int main(void)
{
    RUN(the_default_defines_every_label_in_under_200_tokens);
    RUN(every_shipped_prompt_is_sound_and_found);
    RUN(a_file_is_read);
    RUN(what_is_wrong_with_a_file_is_told_with_its_line);
    RUN(rules_have_a_limit);
    RUN(tokens_are_not_estimated_too_low);
    return 0;
}
