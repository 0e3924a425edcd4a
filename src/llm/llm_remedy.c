/* What a person is told to do about a model that fails. */
#include "llm/llm_inside.h"

#include <stdio.h>

enum {
    SETTING_SIZE = 80
};

static bool is_in_chain(const struct llm *llm, const struct llm_target *target, int job)
{
    for (size_t i = 0; i < llm->chains[job].length; i++)
        if (llm->chains[job].links[i] == target)
            return true;
    return false;
}

/* "HARK_AI_CLASSIFY=openai:...": the first chain that the model stands in. */
static void write_chain(const struct llm *llm, const struct llm_target *target,
                        char setting[SETTING_SIZE])
{
    char name[16];
    int job = 0;
    while (job < LLM_JOB_COUNT - 1 && !is_in_chain(llm, target, job))
        job++;
    size_t length = 0;
    for (const char *c = llm_job_names[job]; *c != '\0' && length < sizeof name - 1; c++)
        name[length++] = (char)(*c - 'a' + 'A');
    name[length] = '\0';
    snprintf(setting, SETTING_SIZE, "HARK_AI_%s=%s:...", name, target->seat->provider.options.name);
}

void llm_write_remedy(const struct llm *llm, const struct llm_target *target, enum llm_cause cause,
                      char remedy[LLM_REMEDY_SIZE])
{
    const struct llm_provider_options *options = &target->seat->provider.options;
    const struct llm_cause_rule *rule = &llm_cause_rules[cause];
    char chain[SETTING_SIZE];
    const char *setting = NULL;
    switch (rule->sets) {
    case LLM_SETS_NOTHING:
        break;
    case LLM_SETS_KEY:
        setting = options->key_setting;
        break;
    case LLM_SETS_URL:
        setting = options->url_setting;
        break;
    case LLM_SETS_MODEL:
        write_chain(llm, target, chain);
        setting = chain;
        break;
    }
    bool is_named = setting != NULL;
    snprintf(remedy, LLM_REMEDY_SIZE, "%s%s%s%s", rule->remedy, is_named ? " (" : "",
             is_named ? setting : "", is_named ? ")" : "");
}
