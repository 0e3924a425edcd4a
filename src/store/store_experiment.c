#include "store/store_experiment.h"

#include "store/store_usage_rows.h"

enum status store_add_experiment(struct db_session *session, struct experiment *experiment,
                                 struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "INSERT INTO experiments (tenant_id, task, name, why, status, mode, share,"
                 " canary_prompt, canary_provider, canary_model, actor, created_at)"
                 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
    db_bind_integer(s, 1, experiment->tenant_id);
    db_bind_text(s, 2, experiment->task);
    db_bind_text(s, 3, experiment->name);
    db_bind_text(s, 4, experiment->why);
    db_bind_text(s, 5, str_from_z(experiment_status_names[experiment->status]));
    db_bind_text(s, 6, str_from_z(experiment_mode_names[experiment->mode]));
    db_bind_real(s, 7, experiment->share);
    db_bind_text(s, 8, experiment->canary.prompt_version);
    db_bind_text(s, 9, experiment->canary.provider);
    db_bind_text(s, 10, experiment->canary.model);
    db_bind_text(s, 11, experiment->actor);
    db_bind_integer(s, 12, experiment->created_at);
    return db_insert(s, &experiment->id, err);
}

#define EXPERIMENT_COLUMNS                                                                         \
    "SELECT id, tenant_id, task, name, why, status, mode, share, active_prompt, active_provider,"  \
    " active_model, canary_prompt, canary_provider, canary_model, actor, created_at, started_at,"  \
    " ended_at FROM experiments"

static void read_experiment(struct db_statement *s, struct arena *arena,
                            struct experiment *experiment)
{
    *experiment = (struct experiment){
        .id = db_integer(s, 0),
        .tenant_id = db_integer(s, 1),
        .task = db_text(s, 2, arena),
        .name = db_text(s, 3, arena),
        .why = db_text(s, 4, arena),
        .status = label_find(experiment_status_names, db_peek(s, 5)),
        .mode = label_find(experiment_mode_names, db_peek(s, 6)),
        .share = db_real(s, 7),
        .active = {db_text(s, 8, arena), db_text(s, 9, arena), db_text(s, 10, arena)},
        .canary = {db_text(s, 11, arena), db_text(s, 12, arena), db_text(s, 13, arena)},
        .actor = db_text(s, 14, arena),
        .created_at = db_integer(s, 15),
        .started_at = store_read_optional(s, 16),
        .ended_at = store_read_optional(s, 17),
    };
}

enum status store_get_experiment(struct db_session *session, struct arena *arena, int64_t tenant_id,
                                 int64_t id, struct experiment *experiment, struct error *err)
{
    bool is_there = false;
    struct db_statement *s =
        db_prepare(session, EXPERIMENT_COLUMNS " WHERE tenant_id = $1 AND id = $2");
    db_bind_integer(s, 1, tenant_id);
    db_bind_integer(s, 2, id);
    if (db_row(s)) {
        read_experiment(s, arena, experiment);
        is_there = true;
    }
    enum status status = db_end(s, err);
    if (status == STATUS_OK && !is_there)
        return fail(err, STATUS_NOT_FOUND, "there is no experiment %lld", (long long)id);
    return status;
}

static enum status read_list(struct db_statement *s, struct arena *arena,
                             struct experiment_list *list, struct error *err)
{
    size_t room = 0;
    *list = (struct experiment_list){0};
    while (db_row(s)) {
        if (list->count == room) {
            size_t wanted = room > 0 ? room * 2 : 4;
            list->items = arena_grow(arena, list->items, room * sizeof *list->items,
                                     wanted * sizeof *list->items);
            room = wanted;
        }
        read_experiment(s, arena, &list->items[list->count++]);
    }
    return db_end(s, err);
}

enum status store_list_experiments(struct db_session *session, struct arena *arena,
                                   int64_t tenant_id, struct experiment_list *list,
                                   struct error *err)
{
    struct db_statement *s =
        db_prepare(session, EXPERIMENT_COLUMNS " WHERE tenant_id = $1 ORDER BY id DESC LIMIT 1000");
    db_bind_integer(s, 1, tenant_id);
    return read_list(s, arena, list, err);
}

enum status store_list_running(struct db_session *session, struct arena *arena, int64_t tenant_id,
                               struct experiment_list *list, struct error *err)
{
    struct db_statement *s = db_prepare(session, EXPERIMENT_COLUMNS
                                        " WHERE tenant_id = $1 AND status = 'running' ORDER BY id");
    db_bind_integer(s, 1, tenant_id);
    return read_list(s, arena, list, err);
}

enum status store_put_experiment(struct db_session *session, const struct experiment *experiment,
                                 struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "UPDATE experiments SET status = $1, share = $2, active_prompt = $3,"
                 " active_provider = $4, active_model = $5, started_at = $6, ended_at = $7"
                 " WHERE tenant_id = $8 AND id = $9");
    db_bind_text(s, 1, str_from_z(experiment_status_names[experiment->status]));
    db_bind_real(s, 2, experiment->share);
    db_bind_text(s, 3, experiment->active.prompt_version);
    db_bind_text(s, 4, experiment->active.provider);
    db_bind_text(s, 5, experiment->active.model);
    store_bind_optional(s, 6, experiment->started_at);
    store_bind_optional(s, 7, experiment->ended_at);
    db_bind_integer(s, 8, experiment->tenant_id);
    db_bind_integer(s, 9, experiment->id);
    enum status status = db_run(s, NULL, err);
    if (status == STATUS_CONFLICT)
        return fail(err, STATUS_CONFLICT, "another experiment of this task is running");
    return status;
}

/* One row for each arm, method, sentiment and topic: at most some two hundred. */
static void count_row(struct db_statement *s, struct arm_result *result)
{
    int sentiment = label_find(sentiment_names, db_peek(s, 2));
    int topic = label_find(topic_names, db_peek(s, 3));
    int64_t count = db_integer(s, 4);
    if (label_find(method_names, db_peek(s, 1)) == METHOD_CACHE) {
        result->cached += count;
    } else {
        result->asked += count;
        result->latency_us += db_integer(s, 6);
    }
    if (sentiment != LABEL_NONE)
        result->sentiments[sentiment] += count;
    if (topic != LABEL_NONE)
        result->topics[topic] += count;
    result->alerts += db_integer(s, 5);
}

/* Whether there was an alert is known of the feedback, not of the analysis. */
static enum status count_labels(struct db_session *session, const struct experiment *experiment,
                                struct arm_result *results, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "SELECT a.arm, a.processing_method, a.sentiment, a.topic, COUNT(*),"
                 " SUM(CASE WHEN f.alert_triggered = 1 THEN 1 ELSE 0 END), SUM(a.latency_us)"
                 " FROM analyses a JOIN feedback f ON f.id = a.feedback_id"
                 " WHERE a.experiment_id = $1 AND a.tenant_id = $2"
                 " AND a.processing_method IN ('ai', 'cache')"
                 " GROUP BY a.arm, a.processing_method, a.sentiment, a.topic");
    db_bind_integer(s, 1, experiment->id);
    db_bind_integer(s, 2, experiment->tenant_id);
    while (db_row(s)) {
        int arm = label_find(experiment_arm_names, db_peek(s, 0));
        if (arm != LABEL_NONE)
            count_row(s, &results[arm]);
    }
    return db_end(s, err);
}

/* The ledger knows prompt versions and models, not arms: where both arms have one version, what is
 * the other's model is the other's. A call that was never settled counts as it was reserved. */
static enum status count_calls(struct db_session *session, const struct experiment *experiment,
                               const struct arm *arm, const struct arm *other,
                               struct arm_result *result, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "SELECT COUNT(*), SUM(CASE WHEN outcome IN ('failed', 'lost') THEN 1 ELSE 0 END),"
                 " SUM(CASE WHEN outcome = 'lost' THEN reserved_nano_usd"
                 " ELSE COALESCE(cost_nano_usd, 0) END)"
                 " FROM usage WHERE tenant_id = $1 AND prompt_version = $2 AND job = $3"
                 " AND created_at >= $4 AND created_at < $5 AND outcome <> 'reserved'"
                 " AND (model = $6 OR $6 IS NULL) AND (provider = $7 OR $7 IS NULL)"
                 " AND NOT (prompt_version = $8 AND $6 IS NULL AND model = COALESCE($9, ''))");
    db_bind_integer(s, 1, experiment->tenant_id);
    db_bind_text(s, 2, arm->prompt_version);
    db_bind_text(s, 3, experiment->task);
    db_bind_integer(s, 4, experiment->started_at);
    db_bind_integer(s, 5, experiment->ended_at == FIELD_UNSET ? INT64_MAX : experiment->ended_at);
    db_bind_text(s, 6, arm->model);
    db_bind_text(s, 7, arm->provider);
    db_bind_text(s, 8, other->prompt_version);
    db_bind_text(s, 9, other->model);
    if (db_row(s)) {
        result->calls = db_integer(s, 0);
        result->failed = db_integer(s, 1);
        result->cost_nano = db_integer(s, 2);
    }
    return db_end(s, err);
}

/* Of each label that people corrected, the last word counts. */
static enum status count_corrections(struct db_session *session,
                                     const struct experiment *experiment,
                                     struct arm_result *results, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "SELECT a.arm, COUNT(*), SUM(CASE WHEN c.label_after = CASE c.field"
                 " WHEN 'sentiment' THEN a.sentiment ELSE a.topic END THEN 1 ELSE 0 END)"
                 " FROM analyses a JOIN corrections c ON c.feedback_id = a.feedback_id"
                 " WHERE a.experiment_id = $1 AND a.tenant_id = $2"
                 " AND a.processing_method IN ('ai', 'cache')"
                 " AND c.field IN ('sentiment', 'topic') AND c.id = (SELECT MAX(id)"
                 " FROM corrections l WHERE l.feedback_id = c.feedback_id AND l.field = c.field)"
                 " GROUP BY a.arm");
    db_bind_integer(s, 1, experiment->id);
    db_bind_integer(s, 2, experiment->tenant_id);
    while (db_row(s)) {
        int arm = label_find(experiment_arm_names, db_peek(s, 0));
        if (arm == LABEL_NONE)
            continue;
        results[arm].corrected = db_integer(s, 1);
        results[arm].agreed = db_integer(s, 2);
    }
    return db_end(s, err);
}

static enum status find_slow(struct db_session *session, const struct experiment *experiment,
                             int arm, struct arm_result *result, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "SELECT latency_us FROM analyses WHERE experiment_id = $1 AND tenant_id = $2"
                 " AND arm = $3 AND processing_method = 'ai' ORDER BY latency_us"
                 " LIMIT 1 OFFSET $4");
    db_bind_integer(s, 1, experiment->id);
    db_bind_integer(s, 2, experiment->tenant_id);
    db_bind_text(s, 3, str_from_z(experiment_arm_names[arm]));
    db_bind_integer(s, 4, result->asked > 0 ? (result->asked * 95 + 99) / 100 - 1 : 0);
    if (db_row(s))
        result->latency_p95_us = db_integer(s, 0);
    return db_end(s, err);
}

/* From its start on, or from when on the ledger still has its rows. */
static enum status find_calls_since(struct db_session *session, const struct experiment *experiment,
                                    struct arm_result *results, struct error *err)
{
    int64_t since;
    enum status status = store_get_usage_kept(session, &since, err);
    if (since < experiment->started_at)
        since = experiment->started_at;
    for (int arm = 0; arm < ARM_COUNT; arm++)
        results[arm].calls_since = since;
    return status;
}

enum status store_compare_arms(struct db_session *session, const struct experiment *experiment,
                               struct arm_result results[static ARM_COUNT], struct error *err)
{
    for (int arm = 0; arm < ARM_COUNT; arm++)
        results[arm] = (struct arm_result){.calls_since = FIELD_UNSET};
    enum status status = count_labels(session, experiment, results, err);
    if (status == STATUS_OK)
        status = count_corrections(session, experiment, results, err);
    if (status == STATUS_OK && experiment->started_at != FIELD_UNSET)
        status = find_calls_since(session, experiment, results, err);
    if (status == STATUS_OK && experiment->started_at != FIELD_UNSET)
        status = count_calls(session, experiment, &experiment->active, &experiment->canary,
                             &results[ARM_ACTIVE], err);
    if (status == STATUS_OK && experiment->started_at != FIELD_UNSET)
        status = count_calls(session, experiment, &experiment->canary, &experiment->active,
                             &results[ARM_CANARY], err);
    for (int arm = 0; arm < ARM_COUNT && status == STATUS_OK; arm++)
        status = find_slow(session, experiment, arm, &results[arm], err);
    return status;
}
