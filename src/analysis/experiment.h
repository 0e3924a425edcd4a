/* experiment.h - which prompt, provider and model a task is done with: what the tenant has in use,
 * or the canary of its experiment. Kept at hand for each tenant and read again after each change
 * (prompt_change.h), so that a change holds for every loop at once. Any thread. */
#pragma once

#include "model/prompt.h"
#include "store/store.h"

struct experiments;

struct experiments_options {
    struct store *store;
    const char *folder; /* of prompt files beside those compiled in; NULL: none */
    str active_version; /* for whom nothing else is in use; absent: the newest compiled in */
};

/* INVALID names the setting, or file and line. */
enum status experiments_open(struct experiments **experiments,
                             const struct experiments_options *options,
                             struct error *err) MUST_CHECK;
void experiments_close(struct experiments *experiments); /* after all choices ended; NULL is fine */
struct store *experiments_store(const struct experiments *experiments);

struct prompt_question {
    int64_t tenant_id;
    str task;    /* "classify" */
    str subject; /* whom it is about, the same each time: customer, else source_id, else the hash */
    int64_t id;  /* of the feedback; 0: it has none yet, and the subject's hash stands in */
    str version; /* absent: as experiments say; else this version, and no experiment */
};

/* Good until it is ended: what it names stays although others come into use meanwhile. */
struct prompt_choice {
    const struct prompt *prompt;
    str provider, model;   /* absent: as the job's chain says */
    int64_t experiment_id; /* 0: none runs; to be kept with the analysis, as is the arm */
    int arm;               /* enum experiment_arm */
    struct prompt_shelf *held;
};

/* NOT_FOUND: there is no such task or version. Reads the database the first time. */
enum status experiments_choose(struct experiments *experiments,
                               const struct prompt_question *question, struct prompt_choice *choice,
                               struct error *err) MUST_CHECK;
void prompt_choice_end(struct prompt_choice *choice); /* {0} is fine */

/* Another number after each change of what any tenant has in use than before it. What came of a
 * choice that was made under the number of now comes of it again while that is the number. */
uint64_t experiments_generation(const struct experiments *experiments);

/* Reads a tenant's anew, after a commit that changed its prompts, its arms or its experiments. */
enum status experiments_refresh(struct experiments *experiments, int64_t tenant_id,
                                struct error *err) MUST_CHECK;

/* Those compiled in, and after them those of the operator's folder; of a task oldest first. */
size_t experiments_list_shipped(const struct experiments *experiments,
                                const struct prompt **prompts);
bool experiments_has_task(const struct experiments *experiments, str task);

/* The version that a task is done with when a tenant has put nothing else to use. */
const struct prompt *experiments_default(const struct experiments *experiments, str task);

/* Whether a subject is the canary's: the same answer each time, and of a greater share also all
 * that a smaller one has. */
bool experiment_takes(const struct experiment *experiment, str subject, int64_t id);
