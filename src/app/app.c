#include "app/app_inside.h"

#include "analysis/learning.h"
#include "app/model_path.h"
#include "app/pepper.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/heap.h"
#include "dash/dash.h"
#include "fiber/fiber.h"
#include "queue/queue_death.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum log_format log_format_of(const struct config *config)
{
    if (str_equal(config->log_format, STR("json")))
        return LOG_AS_JSON;
    if (str_equal(config->log_format, STR("text")))
        return LOG_AS_TEXT;
    return isatty(STDERR_FILENO) ? LOG_AS_TEXT : LOG_AS_JSON;
}

static enum log_level log_level_of(str name)
{
    static const char *const names[] = {"debug", "info", "warn", "error", "off", NULL};
    return (enum log_level)label_find(names, name);
}

/* What SIGHUP may change, and the start sets in the same way. */
void app_apply_reloadable(struct app *app, const struct config *config)
{
    log_open(STDERR_FILENO, log_level_of(config->log_level), log_format_of(config));
    app->services.cors_origins = str_z(&app->arena, config->http_cors_origins);
}

/* Cursors are sealed under a key of their own, derived from the pepper. */
static str derived_key(struct arena *arena, str pepper, str purpose)
{
    unsigned char key[SHA256_SIZE];
    hash_hmac_sha256(pepper, purpose, key);
    return str_copy(arena, (str){(const char *)key, sizeof key});
}

/* What webhooks sign with is kept, sealed: it must be read back. */
static void open_webhooks(struct app *app, str pepper)
{
    const struct config *config = app->config;
    struct webhooks_options options = {
        .store = app->store,
        .queue = app->queue,
        .client = app->client,
        .key = derived_key(&app->arena, pepper, STR("webhook")),
        .most_per_tenant = config->webhook_most,
        .retention_us = config->webhook_retention_days * DAY_US,
    };
    app->webhooks = webhooks_open(&options);
    app->intake.webhooks = app->webhooks;
}

static enum status open_api(struct app *app, struct error *err)
{
    str pepper;
    enum status status =
        pepper_find(&app->arena, app->config, db_path(store_db(app->store)), &pepper, err);
    if (status != STATUS_OK)
        return status;
    struct keyring_options keys = {
        .store = app->store, .pepper = pepper, .setting_key = app->config->api_key};
    status = keyring_open(&app->keyring, &keys, err);
    if (status != STATUS_OK)
        return status;
    open_webhooks(app, pepper);
    app->configurations = configurations_open(app->store);
    app->services.intake = &app->intake;
    app->services.keyring = app->keyring;
    app->services.configurations = app->configurations;
    app->services.experiments = app->experiments;
    app->services.search = app->search;
    app->services.queue = app->queue;
    app->services.kinds = app->job_rules;
    app->services.kind_count = work_kind_count;
    app->services.most_workers = (unsigned)app->config->work_concurrency;
    app->services.blob = app->blob;
    app->services.pace = &app->pace;
    app->services.http_client = app->client;
    app->services.webhooks = app->webhooks;
    app->services.llm_cache = app->llm_cache;
    app->services.llm = app->llm;
    app->services.ledger = app->ledger;
    app->services.sync_budget_ms = (unsigned)app->config->api_sync_budget_ms;
    app->services.events_heartbeat_ms = (unsigned)app->config->events_heartbeat_ms;
    app->services.events_patience_ms = (unsigned)app->config->events_patience_ms;
    app->services.cursor_key = derived_key(&app->arena, pepper, STR("cursor"));
    return STATUS_OK;
}

enum {
    DOCUMENTS_AT_ONCE = 2 /* of which somebody thinks: requests need the other processors */
};

/* What the jobs share: all of it is open by now. */
static void set_work(struct app *app)
{
    const struct config *config = app->config;
    gate_init(&app->thinking, DOCUMENTS_AT_ONCE);
    gate_init(&app->asking, cascade_patient_share(app->cascade));
    app->work_services = (struct work_services){
        .intake = &app->intake,
        .store = app->store,
        .queue = app->queue,
        .blob = app->blob,
        .http_client = app->client,
        .webhooks = app->webhooks,
        .ledger = app->ledger,
        .pace = &app->pace,
        .thinking = &app->thinking,
        .asking = &app->asking,
        .events_retention_us = config->events_retention_days * DAY_US,
        .jobs_retention_us = config->jobs_retention_days * DAY_US,
        .usage_retention_us = config->ai_usage_retention_days * DAY_US,
    };
}

/* A fifth of the caller's time is for what comes before and after. */
static unsigned reading_budget_ms(const struct config *config)
{
    return (unsigned)(config->api_sync_budget_ms - config->api_sync_budget_ms / 5);
}

static enum status open_queue(struct app *app, struct error *err)
{
    const struct config *config = app->config;
    app->deaths = (struct work_deaths){&app->work_services, work_kinds, work_kind_count};
    app->job_rules = work_rules(&app->arena, work_kinds, work_kind_count);
    struct queue_options options = {
        .backend = "sql",
        .db = store_db(app->store),
        .kinds = app->job_rules,
        .kind_count = work_kind_count,
        .visibility_us = config->queue_visibility_seconds * SECOND_US,
        .retention_us = config->queue_retention_days * DAY_US,
    };
    enum status status = queue_open(&app->queue, &options, err);
    if (status == STATUS_OK)
        queue_watch_deaths(app->queue, work_tell_death, &app->deaths);
    return status;
}

static enum status open_blob(struct app *app, struct error *err)
{
    str url = app->config->blob_url;
    const char *beside = db_path(store_db(app->store));
    if (url.length == 0)
        url = str_format(&app->arena, "file:%s.blobs", beside != NULL ? beside : "hark");
    return blob_open(&app->blob, url, err);
}

/* A transformer that is wrong is told of once, and the shipped model serves without it. */
static void open_reader(struct app *app)
{
    const struct config *config = app->config;
    const char *folder = app_transformer_path(&app->arena, config);
    struct deep_reader_options options = {.folder = folder,
                                          .threads = (unsigned)config->model_threads};
    struct deep_reader *reader;
    struct error err = {0};
    if (folder == NULL || !transformer_read_precision(config->model_precision, &options.precision))
        return;
    if (deep_reader_open(&reader, &options, &err) == STATUS_OK) {
        analyst_add_reader(app->analyst, reader, reading_budget_ms(config));
        LOG(INFO, "transformer_serves", LOG_Z("model", deep_reader_name(reader)),
            LOG_STR("precision", config->model_precision));
    } else {
        LOG(ERROR, "transformer_unavailable", LOG_Z("error", err.message), LOG_Z("path", folder),
            LOG_Z("remedy", "run `hark model verify`; HARK_MODEL must name a model file, or a "
                            "folder as downloaded from Hugging Face (config.json, "
                            "model.safetensors, vocab.json and merges.txt or tokenizer.json); "
                            "until then the shipped model serves alone"));
    }
}

/* Metrics keep the name for as long as the process lives. */
static void publish_model(const struct app *app)
{
    const char *name = analyst_model_name(app->analyst);
    if (name != NULL)
        metric_add_labelled(METRIC_model_serving, heap_text(name), NULL, 1);
}

/* Without its tagger Hark still runs, and hides only the names that words like "regards" give away.
 */
static void open_names(struct app *app)
{
    struct error err;
    const char *path = app_shipped_path(&app->arena, "hark-names.bin");
    if (name_tagger_open(&app->names, path, &err) == STATUS_OK)
        pii_use_names(app->finder, app->names);
    else
        LOG(WARN, "name_tagger_missing", LOG_Z("reason", err.message),
            LOG_Z("remedy", "reinstall Hark, or put models/hark-names.bin in its place; until then "
                            "names in running text are not hidden"));
}

/* Without its table Hark still runs, and asks CLD2 alone. */
static void open_languages(struct app *app)
{
    struct error err;
    if (languages_open(&app->languages, app_shipped_path(&app->arena, "hark-language.bin"), &err) !=
        STATUS_OK)
        LOG(WARN, "language_table_missing", LOG_Z("reason", err.message),
            LOG_Z("remedy", "reinstall Hark, or put models/hark-language.bin in its place; until "
                            "then the language of most short texts is not told"));
}

static enum status open_client(struct app *app, struct error *err)
{
    const struct config *config = app->config;
    str ca_file = config->outbound_ca_file;
    struct http_client_options options = {
        .allowed = config->outbound_allow,
        .allow_http = config->outbound_allow_http,
        .ports = config->outbound_ports,
        .ca_file = ca_file.length == 0 ? NULL : str_z(&app->arena, ca_file),
        .max_per_address = (unsigned)config->ai_max_in_flight, /* all may go to one */
    };
    return http_client_open(&app->client, &options, err);
}

static enum status open_experiments(struct app *app, struct error *err)
{
    str folder = app->config->ai_prompts;
    struct experiments_options options = {
        .store = app->store,
        .folder = folder.length > 0 ? str_z(&app->arena, folder) : NULL,
        .active_version = app->config->ai_active_prompt,
    };
    return experiments_open(&app->experiments, &options, err);
}

static enum status open_cache(struct app *app, struct error *err)
{
    const struct config *config = app->config;
    struct cache_options options = {
        .backend = "memory",
        .most_entries = (size_t)config->cache_max_size,
        .most_bytes = (size_t)config->cache_max_mb * 1024 * 1024,
        .lifetime_us = config->cache_ttl_seconds * SECOND_US,
    };
    enum status status = cache_open(&app->cache, &options, err);
    if (status == STATUS_OK)
        app->llm_cache = llm_cache_open(&(struct llm_cache_options){
            .cache = app->cache,
            .store = app->store,
            .kept_us = config->cache_persist ? config->cache_persist_seconds * SECOND_US : 0,
        });
    /* Similar feedback is looked for anew each time: what came of it before says nothing. */
    if (status == STATUS_OK && config->cache_max_size > 0 && config->cache_similar_topic == 0)
        status = cache_open(&app->intake.memos, &options, err);
    return status;
}

static enum status open_ledger(struct app *app, struct error *err)
{
    const struct config *config = app->config;
    struct ledger_options options = {.store = app->store};
    int64_t lost;
    enum status status =
        ledger_read_settings(&options, config->ai_monthly_budget_usd, config->ai_over_budget, err);
    if (status != STATUS_OK)
        return status;
    app->ledger = ledger_open(&options);
    return ledger_sweep(app->ledger, clock_now_us(), &lost, err);
}

enum status app_open(struct app **app, const struct config *config, struct error *err)
{
    struct app *self = heap_new(struct app);
    self->config = config;
    app_apply_reloadable(self, config);
    enum status status = store_open(&self->store, config->store_url, err);
    if (status == STATUS_OK)
        status = open_queue(self, err);
    if (status == STATUS_OK)
        status = open_blob(self, err);
    if (status == STATUS_OK)
        status = pii_open(&self->finder, err);
    if (status == STATUS_OK) {
        open_names(self);
        open_languages(self);
        self->analyst = analyst_open(app_model_path(&self->arena, config));
        open_reader(self);
        publish_model(self);
        self->intake = (struct intake_options){.store = self->store,
                                               .analyst = self->analyst,
                                               .finder = self->finder,
                                               .languages = self->languages,
                                               .redact = config->privacy_redact,
                                               .queue = self->queue};
        status = learning_load(self->store, self->analyst, err);
    }
    if (status == STATUS_OK)
        status = open_experiments(self, err);
    if (status == STATUS_OK)
        status = open_client(self, err);
    if (status == STATUS_OK)
        status = open_cache(self, err);
    if (status == STATUS_OK)
        status = open_ledger(self, err);
    if (status == STATUS_OK)
        status = app_open_llm(self, err);
    if (status == STATUS_OK)
        status = app_open_cascade(self, err);
    if (status == STATUS_OK)
        status = app_open_search(self, err);
    if (status == STATUS_OK)
        status = open_api(self, err);
    set_work(self);
    if (status != STATUS_OK) {
        app_close(self);
        return status;
    }
    *app = self;
    return STATUS_OK;
}

void app_close(struct app *app)
{
    if (app == NULL)
        return;
    event_log_close(app->events);
    provider_embedder_stop(app->embedder);
    search_close(app->search);
    provider_embedder_close(app->embedder);
    webhooks_close(app->webhooks);
    http_client_close(app->client);
    configurations_close(app->configurations);
    keyring_close(app->keyring);
    experiments_close(app->experiments);
    llm_cache_close(app->llm_cache);
    llm_close(app->llm);
    cache_close(app->cache);
    cache_close(app->intake.memos);
    cascade_close(app->cascade);
    ledger_close(app->ledger);
    analyst_close(app->analyst);
    languages_close(app->languages);
    pii_close(app->finder);
    name_tagger_close(app->names);
    blob_close(app->blob);
    queue_close(app->queue);
    store_close(app->store);
    log_close();
    arena_reset(&app->arena);
    free(app);
}

bool app_admit(void *app, struct http_request *request, size_t *max_body,
               struct http_response *response)
{
    if (dash_answer(request, response))
        return false;
    return api_admit(&((struct app *)app)->services, request, max_body, response);
}

void app_answer(struct app *app, struct http_request *request, struct http_response *response)
{
    size_t max_body = SIZE_MAX;
    http_client_start(app->client, fiber_loop());
    if (app_admit(app, request, &max_body, response))
        api_serve(&app->services, request, response);
    http_client_stop(app->client);
}

enum status app_check_role(const struct config *config, struct error *err)
{
    struct arena arena = {0};
    str path = {0};
    enum status status = STATUS_OK;
    if (!str_equal(config->serve_role, STR("all")))
        status = db_find_path(&arena, config->store_url, &path, err);
    if (status == STATUS_OK && !str_is_absent(path))
        status = fail(err, STATUS_UNSUPPORTED,
                      "the role '" STR_FORMAT "' needs PostgreSQL: a SQLite file has one owner, so "
                      "one process does all",
                      STR_ARG(config->serve_role));
    arena_reset(&arena);
    return status;
}

str app_socket_path(struct arena *arena, const struct config *config)
{
    str path;
    if (db_find_path(arena, config->store_url, &path, NULL) != STATUS_OK || str_is_absent(path))
        return (str){0};
    return str_format(arena, STR_FORMAT ".sock", STR_ARG(path));
}
