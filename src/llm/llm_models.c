#include "llm/llm_models.h"

#include "base/heap.h"
#include "llm/llm_table.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_RULES = 1000,
    LONGEST_EFFORT = 20
};

/* The first that fits counts; the last fits all. */
static const struct llm_model_rule own_rules[] = {
    {"gpt-6", "developer", "max_completion_tokens", "none", false, false, false},
    {"gpt-5.", "developer", "max_completion_tokens", "none", false, false, false},
    {"gpt-5", "developer", "max_completion_tokens", "minimal", false, false, false},
    {"o1", "developer", "max_completion_tokens", "low", false, false, false},
    {"o3", "developer", "max_completion_tokens", "low", false, false, false},
    {"o4", "developer", "max_completion_tokens", "low", false, false, false},
    {"gpt-4", "system", "max_completion_tokens", NULL, true, false, false},
    {"", "system", "max_tokens", NULL, true, false, false},
};

struct llm_models {
    struct arena arena;
    struct llm_model_rule *rules;
    size_t count;
};

static bool fits(const struct llm_model_rule *rule, const char *model)
{
    return strncmp(model, rule->prefix, strlen(rule->prefix)) == 0;
}

const struct llm_model_rule *llm_models_find(const struct llm_models *models, const char *model)
{
    size_t i = 0;
    for (; models != NULL && i < models->count; i++)
        if (fits(&models->rules[i], model))
            return &models->rules[i];
    i = 0;
    while (!fits(&own_rules[i], model))
        i++;
    return &own_rules[i];
}

/* --- the user's table --- */

/* One that is of `choices`, NULL-terminated; NULL: none. */
static const char *choose(str value, const char *const *choices)
{
    for (; *choices != NULL; choices++)
        if (str_equal_z(value, *choices))
            return *choices;
    return NULL;
}

static bool read_yes(str value, bool *is_yes)
{
    *is_yes = str_equal_z(value, "yes");
    return *is_yes || str_equal_z(value, "no");
}

/* A word as OpenAI has them; "-": it does not reason. */
static bool read_effort(struct arena *arena, str value, struct llm_model_rule *rule)
{
    bool is_none = str_equal_z(value, "-");
    for (size_t i = 0; !is_none && i < value.length; i++)
        if (value.bytes[i] < 'a' || value.bytes[i] > 'z')
            return false;
    rule->effort = is_none ? NULL : str_z(arena, value);
    rule->tells_effort = !is_none;
    return value.length > 0 && value.length <= LONGEST_EFFORT;
}

static enum status read_word(struct llm_models *models, const struct llm_table *table, str word,
                             struct llm_model_rule *rule, struct error *err)
{
    static const char *const roles[] = {"developer", "system", "user", NULL};
    static const char *const limits[] = {"max_completion_tokens", "max_tokens", NULL};
    str key, value;
    bool is_read = true, takes_schema;
    str_cut(word, '=', &key, &value);
    if (str_equal_z(key, "role"))
        is_read = (rule->rules_role = choose(value, roles)) != NULL;
    else if (str_equal_z(key, "limit"))
        is_read = (rule->tokens_name = choose(value, limits)) != NULL;
    else if (str_equal_z(key, "effort"))
        is_read = read_effort(&models->arena, value, rule);
    else if (str_equal_z(key, "temperature"))
        is_read = read_yes(value, &rule->takes_temperature);
    else if (str_equal_z(key, "schema")) {
        is_read = read_yes(value, &takes_schema);
        rule->refuses_schema = !takes_schema;
    } else
        return llm_table_refuse(table, word,
                                "is not known: role=, limit=, effort=, temperature=, schema=", err);
    return is_read ? STATUS_OK
                   : llm_table_refuse(table, word,
                                      "is not one of role=developer|system|user, "
                                      "limit=max_tokens|max_completion_tokens, effort=WORD|-, "
                                      "temperature=yes|no, schema=yes|no",
                                      err);
}

static bool is_there(const struct llm_models *models, str prefix)
{
    for (size_t i = 0; i < models->count; i++)
        if (str_equal_z(prefix, models->rules[i].prefix))
            return true;
    return false;
}

static enum status read_line(struct llm_models *models, const struct llm_table *table,
                             struct error *err)
{
    str prefix = table->words[0];
    if (table->count < 2 || table->count > LLM_TABLE_WORDS)
        return llm_table_refuse(table, table->whole,
                                "does not read as a model's name and what it takes, like "
                                "'gpt-7 temperature=no'",
                                err);
    if (is_there(models, prefix))
        return llm_table_refuse(table, prefix, "has a line already", err);
    if (models->count == MOST_RULES)
        return llm_table_refuse(table, prefix, "is one model too many", err);
    const char *name = str_z(&models->arena, prefix);
    struct llm_model_rule rule = *llm_models_find(NULL, name);
    rule.prefix = name;
    enum status status = STATUS_OK;
    for (size_t i = 1; i < table->count && status == STATUS_OK; i++)
        status = read_word(models, table, table->words[i], &rule, err);
    if (status == STATUS_OK)
        models->rules[models->count++] = rule;
    return status;
}

static enum status read_table(struct llm_models *models, const char *path, struct error *err)
{
    struct llm_table table;
    enum status status = llm_table_open(&table, &models->arena, path, "capabilities", err);
    if (status != STATUS_OK)
        return status;
    size_t lines = llm_table_lines(&table);
    models->rules =
        arena_array(&models->arena, struct llm_model_rule, lines < MOST_RULES ? lines : MOST_RULES);
    while (status == STATUS_OK && llm_table_next(&table))
        status = read_line(models, &table, err);
    return status;
}

enum status llm_models_open(struct llm_models **models, const char *path, struct error *err)
{
    struct llm_models *made = heap_new(struct llm_models);
    enum status status = path == NULL ? STATUS_OK : read_table(made, path, err);
    if (status != STATUS_OK) {
        llm_models_close(made);
        return status;
    }
    *models = made;
    return STATUS_OK;
}

void llm_models_close(struct llm_models *models)
{
    if (models == NULL)
        return;
    arena_reset(&models->arena);
    free(models);
}
