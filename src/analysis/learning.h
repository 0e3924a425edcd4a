/* learning.h - from a tenant's corrections to the adapter in use, and back.
 *
 * A run has three steps, so that the long one can go where it disturbs nobody:
 * learning_gather() reads what there is, learning_try() trains and judges without touching anything
 * shared, learning_keep() commits the new version with its audit entry and puts it to use. When
 * there is too little, nothing new, or nothing better, nothing changes. Any thread. */
#pragma once

#include "analysis/analyst.h"
#include "infer/adapter_trial.h"
#include "store/store_adapter.h"

enum learning_outcome {
    LEARNING_PROMOTED,
    LEARNING_TOO_FEW,     /* corrections */
    LEARNING_NOTHING_NEW, /* since the version in use was trained */
    LEARNING_NOT_BETTER,
    LEARNING_OUTCOME_COUNT
};
extern const char *const learning_outcome_names[]; /* "promoted", ...; NULL-terminated */

enum {
    LEARNING_MOST_CORRECTED = 4000, /* the newest that are learned from */
    LEARNING_MOST_OTHERS = 2000
};

/* What the steps share: who opens it fills the first four. */
struct learning_run {
    struct store *store;
    const struct analyst *analyst;
    struct arena *arena;
    int64_t tenant_id;

    struct trial_text *texts; /* filled by gather */
    size_t count, corrected, fresh;
    struct adapter_version version; /* what was in use, then what is */
    struct trial trial;
    enum learning_outcome outcome;
};

/* UNAVAILABLE: there is no local model to adapt. */
enum status learning_gather(struct learning_run *run, struct error *err) MUST_CHECK;
void learning_try(struct learning_run *run);
enum status learning_keep(struct learning_run *run, str actor, struct error *err) MUST_CHECK;

/* The three fields' figures as a JSON array: what the trial found. */
void learning_write_figures(struct json_writer *writer, const struct trial *trial);

/* Puts another kept version of the tenant to use, audited; `version` LEARNING_ONE_BACK: the one
 * that was in use when the present one came. NOT_FOUND: it is not kept; CONFLICT: there is none to
 * go back from. */
enum {
    LEARNING_ONE_BACK = -1
};
struct learning_choice {
    struct store *store;
    const struct analyst *analyst;
    int64_t tenant_id, version;
    str actor;
};
enum status learning_choose(const struct learning_choice *choice, struct error *err) MUST_CHECK;

/* At start: puts every tenant's version to use. One that was trained against another base model, or
 * does not read back, is logged and left aside: the tenant has the base model until it learns anew
 * (relearning.h).
 */
enum status learning_load(struct store *store, const struct analyst *analyst,
                          struct error *err) MUST_CHECK;
