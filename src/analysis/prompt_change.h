/* prompt_change.h - changes to what a tenant's models are told: versions, what is in use, and
 * experiments. Each is one commit with its audit entry, and holds for every request after it.
 *
 * What each takes is checked; INVALID names the field. */
#pragma once

#include "analysis/experiment.h"

struct prompt_change {
    struct experiments *experiments;
    struct arena *arena;
    int64_t tenant_id;
    const char *actor;
};

/* CONFLICT: the version's name was used before. */
enum status prompt_make(const struct prompt_change *change, struct prompt *prompt,
                        struct error *err) MUST_CHECK;

/* Puts a version to use. NOT_FOUND; CONFLICT: it is retired, or an experiment of the task runs. */
enum status prompt_activate(const struct prompt_change *change, str task, str version,
                            struct error *err) MUST_CHECK;

/* So that it comes into use no more; it stays readable. CONFLICT: it is in use or being tried, or
 * it is no version of the tenant's own. */
enum status prompt_retire(const struct prompt_change *change, str task, str version,
                          struct error *err) MUST_CHECK;

enum status experiment_make(const struct prompt_change *change, struct experiment *experiment,
                            struct error *err) MUST_CHECK;

/* Sends a share of what comes to the canary; again, with another share, while it runs. CONFLICT:
 * it is over, or another of the task runs. */
enum status experiment_start(const struct prompt_change *change, double share,
                             struct experiment *experiment, struct error *err) MUST_CHECK;

/* Puts the canary to use. CONFLICT: it does not run, or has not for 24 hours and is not forced. */
enum status experiment_promote(const struct prompt_change *change, bool is_forced,
                               struct experiment *experiment, struct error *err) MUST_CHECK;

/* Ends it if it runs, and puts what was in use before back if it was promoted. CONFLICT: it was
 * never started, or something else has come into use since. */
enum status experiment_roll_back(const struct prompt_change *change, struct experiment *experiment,
                                 struct error *err) MUST_CHECK;

/* Every version there is for a tenant, each with whether it is in use. */
enum status prompt_list(const struct prompt_change *change, struct prompt **prompts, size_t *count,
                        struct error *err) MUST_CHECK;
