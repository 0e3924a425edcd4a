/* llm_models.h - what models take, by the start of a name: our own table, and before it that of the
 * user's, who knows of models that we do not.
 *
 * A line of a file: the start of a name, then what is different from what we know of it: role=,
 * limit=, effort=, temperature=, schema=; '#' begins a comment. The first line that fits counts. A
 * model that is in neither is asked as old models and most servers of others understand it.
 * Immutable; any thread. */
#pragma once

#include "base/status.h"

#include <stdbool.h>

struct llm_models;

struct llm_model_rule {
    const char *prefix;
    const char *rules_role;  /* who says the rules: "developer", "system", "user" */
    const char *tokens_name; /* what the limit of the answer is called */
    const char *effort;      /* the least reasoning it offers; NULL: it does not reason */
    bool takes_temperature;
    bool refuses_schema; /* the rules alone ask it for JSON */
    bool tells_effort;   /* the user wants it: servers of others are told of it, too */
};

/* NULL: our own table alone. INVALID names file and line. */
enum status llm_models_open(struct llm_models **models, const char *path,
                            struct error *err) MUST_CHECK;
void llm_models_close(struct llm_models *models); /* NULL is fine */

/* `models` may be NULL: our own table. What is found lives as long as they do. */
const struct llm_model_rule *llm_models_find(const struct llm_models *models, const char *model);
