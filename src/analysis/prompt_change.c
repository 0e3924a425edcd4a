#include "analysis/prompt_change.h"

#include "analysis/prompts.h"
#include "base/clock.h"
#include "store/store_event.h"
#include "store/store_experiment.h"
#include "store/store_prompt.h"

#include <math.h>

#define CANARY_LEAST_US DAY_US /* before a promotion that is not forced */

/* A change as it is being made: given to a function that runs in its transaction. */
struct making {
    const struct prompt_change *change;
    str task, version;
    struct prompt *prompt;
    struct experiment *experiment;
    double share;
    bool is_forced;
    enum status (*make)(struct db_session *session, struct making *making, struct error *err);
    const char *action;
    str subject, detail; /* of the audit entry */
};

static enum status make_and_record(struct db_session *session, void *argument, struct error *err)
{
    struct making *making = argument;
    enum status status = making->make(session, making, err);
    if (status != STATUS_OK)
        return status;
    struct audit_entry entry = {
        .tenant_id = making->change->tenant_id,
        .actor = str_from_z(making->change->actor),
        .action = making->action,
        .subject = making->subject,
        .detail = making->detail,
    };
    return store_add_audit(session, &entry, err);
}

static enum status run(struct making *making, struct error *err)
{
    struct experiments *experiments = making->change->experiments;
    enum status status =
        db_write(store_db(experiments_store(experiments)), make_and_record, making, err);
    return status == STATUS_OK ? experiments_refresh(experiments, making->change->tenant_id, err)
                               : status;
}

static enum status check_task(const struct prompt_change *change, str task, struct error *err)
{
    if (experiments_has_task(change->experiments, task))
        return STATUS_OK;
    return fail_field(err, "task", "must be a task with a prompt: classify");
}

static str name_version(const struct prompt_change *change, str task, str version)
{
    return str_format(change->arena, "prompt " STR_FORMAT "." STR_FORMAT, STR_ARG(task),
                      STR_ARG(version));
}

/* --- versions --- */

static enum status add_prompt(struct db_session *session, struct making *making, struct error *err)
{
    return store_add_prompt(session, making->prompt, err);
}

enum status prompt_make(const struct prompt_change *change, struct prompt *prompt,
                        struct error *err)
{
    const struct prompt *shipped;
    size_t count = experiments_list_shipped(change->experiments, &shipped);
    prompt->tenant_id = change->tenant_id;
    prompt->actor = str_from_z(change->actor);
    prompt->created_at = clock_now_us();
    prompt->retired_at = FIELD_UNSET;
    prompt->tokens = prompt_count_tokens(prompt->rules);
    struct making making = {.change = change,
                            .prompt = prompt,
                            .make = add_prompt,
                            .action = "prompt.created",
                            .subject = name_version(change, prompt->task, prompt->version)};
    making.detail = str_format(change->arena, "{\"tokens\":%lld}", (long long)prompt->tokens);
    enum status status = check_task(change, prompt->task, err);
    if (status == STATUS_OK)
        status = prompt_check(prompt, err);
    if (status != STATUS_OK)
        return status;
    if (prompt_find(shipped, count, prompt->task, prompt->version) != NULL)
        return fail(err, STATUS_CONFLICT,
                    "version '" STR_FORMAT "' comes with Hark, and versions never change: give "
                    "this one another name",
                    STR_ARG(prompt->version));
    return run(&making, err);
}

/* Whether an arm can come into use: its version is there and not retired. */
static enum status check_version(struct db_session *session, const struct prompt_change *change,
                                 str task, str version, struct error *err)
{
    const struct prompt *shipped;
    struct prompt *own;
    size_t own_count, count = experiments_list_shipped(change->experiments, &shipped);
    enum status status =
        store_list_prompts(session, change->arena, change->tenant_id, &own, &own_count, err);
    if (status != STATUS_OK)
        return status;
    const struct prompt *found = prompt_find(own, own_count, task, version);
    if (found == NULL)
        found = prompt_find(shipped, count, task, version);
    if (found == NULL)
        return fail(err, STATUS_NOT_FOUND, "there is no version '" STR_FORMAT "' of the prompt",
                    STR_ARG(version));
    if (found->retired_at != FIELD_UNSET)
        return fail(err, STATUS_CONFLICT, "version '" STR_FORMAT "' is retired", STR_ARG(version));
    return STATUS_OK;
}

static enum status find_running(struct db_session *session, const struct prompt_change *change,
                                str task, struct experiment *running, struct error *err)
{
    struct experiment_list list;
    enum status status = store_list_running(session, change->arena, change->tenant_id, &list, err);
    *running = (struct experiment){.id = 0};
    for (size_t i = 0; i < list.count && status == STATUS_OK; i++)
        if (str_equal(list.items[i].task, task))
            *running = list.items[i];
    return status;
}

static enum status put_to_use(struct db_session *session, struct making *making, struct error *err)
{
    const struct prompt_change *change = making->change;
    struct experiment running;
    enum status status = check_version(session, change, making->task, making->version, err);
    if (status == STATUS_OK)
        status = find_running(session, change, making->task, &running, err);
    if (status == STATUS_OK && running.id != 0)
        return fail(err, STATUS_CONFLICT,
                    "experiment %lld is running: promote it or roll it back first",
                    (long long)running.id);
    struct arm arm = {.prompt_version = making->version};
    return status == STATUS_OK
               ? store_put_active_arm(session, change->tenant_id, making->task, &arm, err)
               : status;
}

enum status prompt_activate(const struct prompt_change *change, str task, str version,
                            struct error *err)
{
    struct making making = {.change = change,
                            .task = task,
                            .version = version,
                            .make = put_to_use,
                            .action = "prompt.activated",
                            .subject = name_version(change, task, version),
                            .detail = STR("{}")};
    enum status status = check_task(change, task, err);
    return status == STATUS_OK ? run(&making, err) : status;
}

static enum status get_in_use(struct db_session *session, const struct prompt_change *change,
                              str task, struct arm *arm, struct error *err)
{
    enum status status =
        store_get_active_arm(session, change->arena, change->tenant_id, task, arm, err);
    if (status == STATUS_OK && str_is_absent(arm->prompt_version))
        arm->prompt_version = experiments_default(change->experiments, task)->version;
    return status;
}

static enum status retire(struct db_session *session, struct making *making, struct error *err)
{
    const struct prompt_change *change = making->change;
    struct arm active;
    struct experiment running;
    enum status status = get_in_use(session, change, making->task, &active, err);
    if (status == STATUS_OK)
        status = find_running(session, change, making->task, &running, err);
    if (status != STATUS_OK)
        return status;
    if (str_equal(active.prompt_version, making->version))
        return fail(err, STATUS_CONFLICT, "it is in use: put another version to use first");
    if (running.id != 0 && str_equal(running.canary.prompt_version, making->version))
        return fail(err, STATUS_CONFLICT, "experiment %lld is trying it", (long long)running.id);
    return store_retire_prompt(session, change->tenant_id, making->task, making->version, err);
}

enum status prompt_retire(const struct prompt_change *change, str task, str version,
                          struct error *err)
{
    const struct prompt *shipped;
    size_t count = experiments_list_shipped(change->experiments, &shipped);
    struct making making = {.change = change,
                            .task = task,
                            .version = version,
                            .make = retire,
                            .action = "prompt.retired",
                            .subject = name_version(change, task, version),
                            .detail = STR("{}")};
    enum status status = check_task(change, task, err);
    if (status != STATUS_OK)
        return status;
    if (prompt_find(shipped, count, task, version) != NULL)
        return fail(err, STATUS_CONFLICT,
                    "version '" STR_FORMAT "' is not yours: it comes with Hark", STR_ARG(version));
    return run(&making, err);
}

struct listing {
    const struct prompt_change *change;
    struct prompt **prompts;
    size_t *count;
};

static enum status mark_active(struct db_session *session, const struct prompt_change *change,
                               struct prompt *prompt, struct error *err)
{
    struct arm arm;
    enum status status = get_in_use(session, change, prompt->task, &arm, err);
    prompt->is_active = status == STATUS_OK && str_equal(arm.prompt_version, prompt->version);
    return status;
}

static enum status read_listing(struct db_session *session, void *argument, struct error *err)
{
    struct listing *listing = argument;
    const struct prompt_change *change = listing->change;
    const struct prompt *shipped;
    struct prompt *own;
    size_t own_count, count = experiments_list_shipped(change->experiments, &shipped);
    enum status status =
        store_list_prompts(session, change->arena, change->tenant_id, &own, &own_count, err);
    if (status != STATUS_OK)
        return status;
    struct prompt *all = arena_array(change->arena, struct prompt, count + own_count);
    for (size_t i = 0; i < count + own_count && status == STATUS_OK; i++) {
        all[i] = i < count ? shipped[i] : own[i - count];
        all[i].tokens = prompt_count_tokens(all[i].rules);
        status = mark_active(session, change, &all[i], err);
    }
    *listing->prompts = all;
    *listing->count = count + own_count;
    return status;
}

enum status prompt_list(const struct prompt_change *change, struct prompt **prompts, size_t *count,
                        struct error *err)
{
    struct listing listing = {change, prompts, count};
    return db_read(store_db(experiments_store(change->experiments)), DB_SHORT, read_listing,
                   &listing, err);
}

/* --- experiments --- */

static str name_experiment(const struct prompt_change *change, const struct experiment *experiment)
{
    return str_format(change->arena, "experiment %lld", (long long)experiment->id);
}

static enum status add_experiment(struct db_session *session, struct making *making,
                                  struct error *err)
{
    struct experiment *experiment = making->experiment;
    struct error why = {0};
    enum status status = check_version(session, making->change, experiment->task,
                                       experiment->canary.prompt_version, &why);
    if (status == STATUS_NOT_FOUND || status == STATUS_CONFLICT)
        return fail_field(err, "canary/prompt_version",
                          "must be a version that %s, not '" STR_FORMAT "'",
                          status == STATUS_CONFLICT ? "is not retired" : "there is",
                          STR_ARG(experiment->canary.prompt_version));
    if (status != STATUS_OK)
        return fail(err, status, "%s", why.message);
    status = store_add_experiment(session, experiment, err);
    making->subject = name_experiment(making->change, experiment);
    return status;
}

enum status experiment_make(const struct prompt_change *change, struct experiment *experiment,
                            struct error *err)
{
    struct making making = {.change = change,
                            .experiment = experiment,
                            .make = add_experiment,
                            .action = "experiment.created",
                            .detail = STR("{}")};
    experiment->tenant_id = change->tenant_id;
    experiment->actor = str_from_z(change->actor);
    experiment->status = EXPERIMENT_DRAFT;
    experiment->created_at = clock_now_us();
    experiment->started_at = FIELD_UNSET;
    experiment->ended_at = FIELD_UNSET;
    if (str_is_absent(experiment->canary.provider) != str_is_absent(experiment->canary.model))
        return fail_field(err, "canary/model",
                          "must stand beside canary/provider, or neither be there");
    enum status status = check_task(change, experiment->task, err);
    return status == STATUS_OK ? run(&making, err) : status;
}

/* Reads what is asked about into `experiment`, of which the id is known. */
static enum status get_experiment(struct db_session *session, struct making *making,
                                  struct error *err)
{
    return store_get_experiment(session, making->change->arena, making->change->tenant_id,
                                making->experiment->id, making->experiment, err);
}

static enum status check_share(const struct experiment *experiment, double share, struct error *err)
{
    if (!(share > 0 && share <= 1))
        return fail_field(err, "share", "must be more than 0 and at most 1");
    double tenths = share * 10;
    if (experiment->mode == EXPERIMENT_BY_ID && fabs(tenths - round(tenths)) > 1e-9)
        return fail_field(err, "share", "must be whole tenths where the id's last digit decides");
    return STATUS_OK;
}

static bool same_arm(const struct arm *a, const struct arm *b)
{
    return str_equal(a->prompt_version, b->prompt_version) && str_equal(a->provider, b->provider) &&
           str_equal(a->model, b->model);
}

/* A canary that is what is in use already could not be told apart from it. */
static enum status begin(struct db_session *session, struct making *making, struct error *err)
{
    struct experiment *experiment = making->experiment;
    enum status status =
        get_in_use(session, making->change, experiment->task, &experiment->active, err);
    if (status == STATUS_OK && same_arm(&experiment->active, &experiment->canary))
        return fail(err, STATUS_CONFLICT,
                    "the canary is what is in use already: name another version or model");
    experiment->started_at = clock_now_us();
    return status;
}

static enum status start(struct db_session *session, struct making *making, struct error *err)
{
    struct experiment *experiment = making->experiment;
    enum status status = get_experiment(session, making, err);
    if (status == STATUS_OK)
        status = check_share(experiment, making->share, err);
    if (status == STATUS_OK && experiment->status > EXPERIMENT_RUNNING)
        return fail(err, STATUS_CONFLICT, "it is over: make another experiment");
    if (status == STATUS_OK)
        status = check_version(session, making->change, experiment->task,
                               experiment->canary.prompt_version, err);
    if (status == STATUS_OK && experiment->status == EXPERIMENT_DRAFT)
        status = begin(session, making, err);
    if (status != STATUS_OK)
        return status;
    experiment->status = EXPERIMENT_RUNNING;
    experiment->share = making->share;
    return store_put_experiment(session, experiment, err);
}

enum status experiment_start(const struct prompt_change *change, double share,
                             struct experiment *experiment, struct error *err)
{
    struct making making = {.change = change,
                            .experiment = experiment,
                            .share = share,
                            .make = start,
                            .action = "experiment.started",
                            .subject = name_experiment(change, experiment)};
    making.detail = str_format(change->arena, "{\"share\":%.6g}", isfinite(share) ? share : 0.0);
    return run(&making, err);
}

static enum status end_and_use(struct db_session *session, struct experiment *experiment,
                               int status_after, const struct arm *arm, struct error *err)
{
    experiment->status = status_after;
    experiment->ended_at = clock_now_us();
    enum status status = store_put_experiment(session, experiment, err);
    return status == STATUS_OK && arm != NULL
               ? store_put_active_arm(session, experiment->tenant_id, experiment->task, arm, err)
               : status;
}

static enum status promote(struct db_session *session, struct making *making, struct error *err)
{
    struct experiment *experiment = making->experiment;
    enum status status = get_experiment(session, making, err);
    if (status != STATUS_OK)
        return status;
    if (experiment->status != EXPERIMENT_RUNNING)
        return fail(err, STATUS_CONFLICT, "only an experiment that runs can be promoted");
    int64_t ran_us = clock_now_us() - experiment->started_at;
    if (ran_us < CANARY_LEAST_US && !making->is_forced)
        return fail(err, STATUS_CONFLICT,
                    "the canary has run for %lld of 24 hours: wait, or send {\"force\": true}",
                    (long long)(ran_us / HOUR_US));
    return end_and_use(session, experiment, EXPERIMENT_PROMOTED, &experiment->canary, err);
}

enum status experiment_promote(const struct prompt_change *change, bool is_forced,
                               struct experiment *experiment, struct error *err)
{
    struct making making = {.change = change,
                            .experiment = experiment,
                            .is_forced = is_forced,
                            .make = promote,
                            .action = "experiment.promoted",
                            .subject = name_experiment(change, experiment),
                            .detail = is_forced ? STR("{\"force\":true}") : STR("{}")};
    return run(&making, err);
}

static enum status roll_back(struct db_session *session, struct making *making, struct error *err)
{
    struct experiment *experiment = making->experiment;
    struct arm now;
    enum status status = get_experiment(session, making, err);
    if (status == STATUS_OK)
        status = get_in_use(session, making->change, experiment->task, &now, err);
    if (status != STATUS_OK)
        return status;
    if (experiment->status == EXPERIMENT_RUNNING)
        return end_and_use(session, experiment, EXPERIMENT_ROLLED_BACK, NULL, err);
    if (experiment->status != EXPERIMENT_PROMOTED)
        return fail(err, STATUS_CONFLICT, "there is nothing to roll back: it is '%s'",
                    experiment_status_names[experiment->status]);
    if (!same_arm(&now, &experiment->canary))
        return fail(err, STATUS_CONFLICT,
                    "version '" STR_FORMAT "' has come into use since: activate the one you want",
                    STR_ARG(now.prompt_version));
    return end_and_use(session, experiment, EXPERIMENT_ROLLED_BACK, &experiment->active, err);
}

enum status experiment_roll_back(const struct prompt_change *change, struct experiment *experiment,
                                 struct error *err)
{
    struct making making = {.change = change,
                            .experiment = experiment,
                            .make = roll_back,
                            .action = "experiment.rolled_back",
                            .subject = name_experiment(change, experiment),
                            .detail = STR("{}")};
    return run(&making, err);
}
