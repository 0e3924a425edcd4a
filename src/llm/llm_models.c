#include "llm/llm_models.h"

#include <string.h>

/* The first that fits counts; the last fits all. */
static const struct llm_model_rule rules[] = {
    {"gpt-6", "developer", "max_completion_tokens", "none", false},
    {"gpt-5.", "developer", "max_completion_tokens", "none", false},
    {"gpt-5", "developer", "max_completion_tokens", "minimal", false},
    {"o1", "developer", "max_completion_tokens", "low", false},
    {"o3", "developer", "max_completion_tokens", "low", false},
    {"o4", "developer", "max_completion_tokens", "low", false},
    {"gpt-4", "system", "max_completion_tokens", NULL, true},
    {"", "system", "max_tokens", NULL, true},
};

const struct llm_model_rule *llm_model_rule(const char *model)
{
    size_t i = 0;
    while (strncmp(model, rules[i].prefix, strlen(rules[i].prefix)) != 0)
        i++;
    return &rules[i];
}
