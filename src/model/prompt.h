/* prompt.h - what models are told (prompts), and trying one way of asking against another.
 *
 * An arm is a prompt version with the provider and model that are asked with it. What is in use for
 * a task is a tenant's active arm; an experiment sends a share of what comes to a canary instead,
 * always the same subjects, until it is promoted (the canary becomes the active arm) or rolled
 * back. */
#pragma once

#include "model/field.h"

enum {
    PROMPT_MOST_RULES = 8000, /* code points */
    PROMPT_MOST_WHY = 500,
    PROMPT_MOST_VERSION = 32
};

struct prompt {
    str task, version; /* "classify", "v1" */
    str rules;
    str why;
    int64_t tenant_id;              /* 0: shipped, or from the operator's folder */
    int64_t created_at, retired_at; /* FIELD_UNSET: it was shipped; it is not retired */
    str actor;
    /* as answered */
    int64_t tokens;
    bool is_active, is_shipped;
};

struct arm {
    str prompt_version;
    str provider, model; /* absent: as the job's chain of models says */
};

enum experiment_status {
    EXPERIMENT_DRAFT,
    EXPERIMENT_RUNNING,
    EXPERIMENT_PROMOTED,
    EXPERIMENT_ROLLED_BACK,
    EXPERIMENT_STATUS_COUNT
};
extern const char *const experiment_status_names[];

/* Who gets the canary: by a hash of experiment, tenant and subject; or by the number of the
 * feedback, as seed 001 has it (id % 10). */
enum experiment_mode {
    EXPERIMENT_BY_HASH,
    EXPERIMENT_BY_ID
};
extern const char *const experiment_mode_names[];

/* Which arm it was that made an analysis. */
enum experiment_arm {
    ARM_ACTIVE,
    ARM_CANARY,
    ARM_COUNT
};
extern const char *const experiment_arm_names[];

struct experiment {
    int64_t id, tenant_id;
    str task, name, why;
    int status, mode;
    double share; /* of the canary, 0 to 1 */
    struct arm active, canary;
    str actor;
    int64_t created_at, started_at, ended_at; /* FIELD_UNSET: not yet */
};

extern const struct fields prompt_fields, prompt_input_fields, experiment_fields,
    experiment_input_fields;
