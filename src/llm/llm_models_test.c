#include "llm/llm_models.h"

#include "base/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/hark-models-XXXXXX";

static enum status open_text(const char *text, struct llm_models **models, struct error *err)
{
    FILE *file = fopen(path, "w");
    EXPECT(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
    *err = (struct error){0};
    return llm_models_open(models, path, err);
}

static void what_we_know_goes_by_the_start_of_a_name(void)
{
    const struct llm_model_rule *luna = llm_models_find(NULL, "gpt-6-luna"),
                                *mini = llm_models_find(NULL, "gpt-5-mini"),
                                *llama = llm_models_find(NULL, "llama");
    EXPECT(strcmp(luna->effort, "none") == 0 && !luna->takes_temperature);
    EXPECT(strcmp(mini->effort, "minimal") == 0 && strcmp(mini->rules_role, "developer") == 0);
    EXPECT(llama->effort == NULL && llama->takes_temperature && !llama->refuses_schema);
    EXPECT(strcmp(llama->tokens_name, "max_tokens") == 0);
}

static void a_line_says_what_is_different(void)
{
    struct llm_models *models;
    struct error err;
    EXPECT(open_text("# mine\r\n\n gpt-6-luna\ttemperature=yes # it does now\r\n"
                     "gpt-6 effort=-\nllama schema=no role=user limit=max_completion_tokens\n"
                     "oss effort=low",
                     &models, &err) == STATUS_OK);
    const struct llm_model_rule *luna = llm_models_find(models, "gpt-6-luna-2026-09-22"),
                                *sol = llm_models_find(models, "gpt-6-sol"),
                                *llama = llm_models_find(models, "llama:7b"),
                                *oss = llm_models_find(models, "oss-20b");
    EXPECT(luna->takes_temperature && strcmp(luna->effort, "none") == 0 && !luna->tells_effort);
    EXPECT(strcmp(luna->rules_role, "developer") == 0);
    EXPECT(sol->effort == NULL && !sol->takes_temperature && !sol->tells_effort);
    EXPECT(llama->refuses_schema && strcmp(llama->rules_role, "user") == 0);
    EXPECT(strcmp(llama->tokens_name, "max_completion_tokens") == 0 && llama->takes_temperature);
    EXPECT(strcmp(oss->effort, "low") == 0 && oss->tells_effort);
    EXPECT(strcmp(llm_models_find(models, "o3")->effort, "low") == 0); /* what was not named */
    llm_models_close(models);
}

static void a_bad_table_is_refused_with_file_and_line(void)
{
    static const struct {
        const char *text, *line, *why;
    } cases[] = {
        {"gpt-7\n", "line 1:", "does not read as"},
        {"gpt-7 a b c d e f g h i j k\n", "line 1:", "does not read as"},
        {"\n#\ngpt-7 temperature=maybe\n", "line 3:", "'temperature=maybe' is not one of"},
        {"gpt-7 temperature\n", "line 1:", "'temperature' is not one of"},
        {"gpt-7 schema=\n", "line 1:", "'schema=' is not one of"},
        {"gpt-7 role=root\n", "line 1:", "'role=root' is not one of"},
        {"gpt-7 limit=tokens\n", "line 1:", "'limit=tokens' is not one of"},
        {"gpt-7 effort=\n", "line 1:", "'effort=' is not one of"},
        {"gpt-7 effort=Low\n", "line 1:", "'effort=Low' is not one of"},
        {"gpt-7 effort=aaaaaaaaaaaaaaaaaaaaa\n", "line 1:", "is not one of"},
        {"gpt-7 colour=red\n", "line 1:", "'colour=red' is not known"},
        {"gpt-7 schema=no\ngpt-7 schema=yes\n", "line 2:", "has a line already"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct llm_models *models;
        struct error err;
        EXPECT(open_text(cases[i].text, &models, &err) == STATUS_INVALID);
        EXPECT(strstr(err.message, path) != NULL);
        EXPECT(strstr(err.message, cases[i].line) != NULL);
        EXPECT(strstr(err.message, cases[i].why) != NULL);
    }
}

static void a_table_that_is_not_there_is_refused(void)
{
    struct llm_models *models;
    struct error err;
    EXPECT(llm_models_open(&models, "/nowhere/models.txt", &err) == STATUS_INVALID);
    EXPECT(strstr(err.message, "capabilities") != NULL);
    EXPECT(strstr(err.message, "/nowhere/models.txt") != NULL);
}

int main(void)
{
    int fd = mkstemp(path);
    EXPECT(fd >= 0 && close(fd) == 0);
    RUN(what_we_know_goes_by_the_start_of_a_name);
    RUN(a_line_says_what_is_different);
    RUN(a_bad_table_is_refused_with_file_and_line);
    RUN(a_table_that_is_not_there_is_refused);
    unlink(path);
    return 0;
}
