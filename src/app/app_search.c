/* Searching, with vectors by a provider where the settings name a model for them. */
#include "app/app_inside.h"

#include "app/model_path.h"
#include "telemetry/log.h"

static enum status open_embedder(struct app *app, struct error *err)
{
    struct provider_embedder_options options = {
        .llm = app->llm,
        .client = app->client,
        .ledger = app->ledger,
        .store = app->store,
        .cache = app->cache,
        .finder = app->finder,
        .timeout_ms = (unsigned)app->config->ai_timeout_ms,
    };
    enum status status = provider_embedder_open(&app->embedder, &options, err);
    if (status == STATUS_OK)
        LOG(INFO, "vectors_by_provider", LOG_STR("model", app->config->ai_embed));
    return status;
}

enum status app_open_search(struct app *app, struct error *err)
{
    const struct config *config = app->config;
    if (llm_is_configured(app->llm, LLM_EMBED)) {
        enum status status = open_embedder(app, err);
        if (status != STATUS_OK)
            return status;
    }
    app->search = search_open(&(struct search_options){
        .store = app->store,
        .vectors_path = app_vectors_path(&app->arena, config),
        .embedder = app->embedder != NULL ? provider_embedder_door(app->embedder) : NULL,
        .most_vectors = (size_t)config->search_max_vectors,
    });
    app->intake.search = app->search;
    app->intake.similar_topic = (double)config->cache_similar_topic / 100;
    return STATUS_OK;
}
