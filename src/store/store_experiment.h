/* store_experiment.h - experiments, and what came of their arms. In a transaction. */
#pragma once

#include "model/labels.h"
#include "model/prompt.h"
#include "store/store.h"

enum status store_add_experiment(struct db_session *session, struct experiment *experiment,
                                 struct error *err) MUST_CHECK; /* sets the id */
enum status store_get_experiment(struct db_session *session, struct arena *arena, int64_t tenant_id,
                                 int64_t id, struct experiment *experiment,
                                 struct error *err) MUST_CHECK; /* NOT_FOUND */

/* The newest first, 1,000 at most. */
struct experiment_list {
    struct experiment *items;
    size_t count;
};
enum status store_list_experiments(struct db_session *session, struct arena *arena,
                                   int64_t tenant_id, struct experiment_list *list,
                                   struct error *err) MUST_CHECK;

/* Those that run, of a tenant: at most one for each task. */
enum status store_list_running(struct db_session *session, struct arena *arena, int64_t tenant_id,
                               struct experiment_list *list, struct error *err) MUST_CHECK;

/* Writes what changes: status, share, the active arm, when it was started and ended. CONFLICT:
 * another of its task runs. */
enum status store_put_experiment(struct db_session *session, const struct experiment *experiment,
                                 struct error *err) MUST_CHECK;

/* What one arm has made so far. */
struct arm_result {
    int64_t asked;  /* analyses that a model made */
    int64_t cached; /* and that were answered from the cache */
    int64_t calls;  /* of the arm's models while it ran, by the ledger */
    int64_t failed; /* of these, those that brought no answer, or none that could be used */
    int64_t
        calls_since; /* the calls that are counted; older ones are gone. FIELD_UNSET: none ran */
    int64_t sentiments[SENTIMENT_COUNT], topics[TOPIC_COUNT];
    int64_t alerts;
    int64_t corrected, agreed; /* labels that people gave, and that the arm had given as well */
    int64_t cost_nano;         /* of the calls */
    int64_t latency_us;        /* of what was asked, together */
    int64_t latency_p95_us;
};
enum status store_compare_arms(struct db_session *session, const struct experiment *experiment,
                               struct arm_result results[static ARM_COUNT],
                               struct error *err) MUST_CHECK;
