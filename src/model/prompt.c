#include "model/prompt.h"

#include <stddef.h>

const char *const experiment_status_names[] = {"draft", "running", "promoted", "rolled_back", NULL};
const char *const experiment_mode_names[] = {"hash", "id", NULL};
const char *const experiment_arm_names[] = {"active", "canary", NULL};

enum {
    MOST_TASK = 32,
    MOST_NAME = 100,
    MOST_PROVIDER = 32,
    MOST_MODEL = 128
};

/* clang-format off */
#define AT(member) offsetof(struct prompt, member)
static const char why_doc[] = "The reason for this change, for whoever reads it later.";
static const char task_doc[] = "What it is for: classify.";

static const struct field prompt_items[] = {
    {"task", FIELD_TEXT, AT(task), FIELD_REQUIRED, .doc = task_doc},
    {"version", FIELD_TEXT, AT(version), FIELD_REQUIRED, .doc = "Its name, which never changes its meaning."},
    {"rules", FIELD_TEXT, AT(rules), FIELD_REQUIRED, .doc = "What the model is told."},
    {"why", FIELD_TEXT, AT(why), FIELD_REQUIRED, .doc = why_doc},
    {"tokens", FIELD_INTEGER, AT(tokens), FIELD_REQUIRED, .doc = "Of the rules, estimated."},
    {"is_active", FIELD_BOOLEAN, AT(is_active), FIELD_REQUIRED, .doc = "Whether it is in use."},
    {"is_shipped", FIELD_BOOLEAN, AT(is_shipped), FIELD_REQUIRED, .doc = "Whether it came with Hark or from the operator's folder; else it is the tenant's own."},
    {"created_at", FIELD_TIME, AT(created_at), .doc = "When it was made; null when it was shipped."},
    {"retired_at", FIELD_TIME, AT(retired_at), .doc = "Since when it may not come into use again."},
    {"actor", FIELD_TEXT, AT(actor), .doc = "Who made it."},
};
const struct fields prompt_fields = FIELDS("Prompt", "A version of what a model is told.", prompt_items);

static const struct field prompt_input_items[] = {
    {"task", FIELD_TEXT, AT(task), 0, 1, MOST_TASK, .doc = "What it is for; classify when not given."},
    {"version", FIELD_TEXT, AT(version), FIELD_REQUIRED, 1, PROMPT_MOST_VERSION, .doc = "Its name, not used before: letters, digits, '.', '_' and '-'."},
    {"rules", FIELD_TEXT, AT(rules), FIELD_REQUIRED, 1, PROMPT_MOST_RULES, .doc = "What the model is told; the feedback comes apart from it, as data."},
    {"why", FIELD_TEXT, AT(why), FIELD_REQUIRED, 1, PROMPT_MOST_WHY, .doc = why_doc},
};
const struct fields prompt_input_fields = FIELDS("PromptInput", "A version to be made.", prompt_input_items);
#undef AT

#define AT(member) offsetof(struct arm, member)
static const struct field arm_items[] = {
    {"prompt_version", FIELD_TEXT, AT(prompt_version), FIELD_REQUIRED, 1, PROMPT_MOST_VERSION, .doc = "A version of the task's prompt."},
    {"provider", FIELD_TEXT, AT(provider), 0, 1, MOST_PROVIDER, .doc = "Whom to ask; not given: the first of the task's chain."},
    {"model", FIELD_TEXT, AT(model), 0, 1, MOST_MODEL, .doc = "Which of his models; given together with the provider."},
};
#undef AT
static const struct fields arm_fields = FIELDS("Arm", "A way of asking: prompt version, provider and model.", arm_items);

#define AT(member) offsetof(struct experiment, member)
static const char mode_doc[] =
    "hash: by a hash of experiment, tenant and subject; id: by the last digit of the feedback's id.";
static const struct field experiment_items[] = {
    {"id", FIELD_INTEGER, AT(id), FIELD_REQUIRED, .doc = "Its number."},
    {"task", FIELD_TEXT, AT(task), FIELD_REQUIRED, .doc = task_doc},
    {"name", FIELD_TEXT, AT(name), FIELD_REQUIRED, .doc = "What people call it."},
    {"why", FIELD_TEXT, AT(why), FIELD_REQUIRED, .doc = "What is to be found out."},
    {"status", FIELD_LABEL, AT(status), FIELD_REQUIRED, .names = experiment_status_names, .doc = "How far it is."},
    {"mode", FIELD_LABEL, AT(mode), FIELD_REQUIRED, .names = experiment_mode_names, .doc = mode_doc},
    {"share", FIELD_REAL, AT(share), FIELD_REQUIRED, .doc = "Of the subjects, how many get the canary while it runs."},
    {"active", FIELD_OBJECT, AT(active), .object = &arm_fields, .doc = "What was in use when it was started."},
    {"canary", FIELD_OBJECT, AT(canary), FIELD_REQUIRED, .object = &arm_fields, .doc = "What is tried."},
    {"actor", FIELD_TEXT, AT(actor), FIELD_REQUIRED, .doc = "Who made it."},
    {"created_at", FIELD_TIME, AT(created_at), FIELD_REQUIRED, .doc = "When it was made."},
    {"started_at", FIELD_TIME, AT(started_at), .doc = "Since when the canary is asked."},
    {"ended_at", FIELD_TIME, AT(ended_at), .doc = "When it was promoted or rolled back."},
};
const struct fields experiment_fields = FIELDS("Experiment", "One way of asking tried against another.", experiment_items);

static const struct field experiment_input_items[] = {
    {"task", FIELD_TEXT, AT(task), 0, 1, MOST_TASK, .doc = "What it is about; classify when not given."},
    {"name", FIELD_TEXT, AT(name), FIELD_REQUIRED, 1, MOST_NAME, .doc = "What people call it."},
    {"why", FIELD_TEXT, AT(why), FIELD_REQUIRED, 1, PROMPT_MOST_WHY, .doc = "What is to be found out."},
    {"mode", FIELD_LABEL, AT(mode), .names = experiment_mode_names, .doc = mode_doc},
    {"canary", FIELD_OBJECT, AT(canary), FIELD_REQUIRED, .object = &arm_fields, .doc = "What is to be tried."},
};
const struct fields experiment_input_fields = FIELDS("ExperimentInput", "An experiment to be made.", experiment_input_items);
#undef AT
/* clang-format on */
