/* llm_models.h - what the models behind OpenAI's format take: one table, by the start of a name.
 *
 * A model that is not in it is asked as old models and most servers of others understand it. */
#pragma once

#include <stdbool.h>

struct llm_model_rule {
    const char *prefix;
    const char *rules_role;  /* who says the rules: "developer", "system" */
    const char *tokens_name; /* what the limit of the answer is called */
    const char *effort;      /* the least reasoning it offers; NULL: it does not reason */
    bool takes_temperature;
};

const struct llm_model_rule *llm_model_rule(const char *model);
