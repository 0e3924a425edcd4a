/* Which language models there are, from the settings. Nothing is called here. */
#include "app/app_inside.h"
#include "llm/llm_models.h"

enum {
    MOST_PROVIDERS = 5
};

/* A key is meant for OpenAI's own API, wherever it is; a base URL without one for what others
 * run. */
static const char *openai_scheme(const struct config *config)
{
    str api = config->ai_openai_api;
    if (str_equal_z(api, "responses"))
        return "responses";
    if (str_equal_z(api, "compatible") ||
        (str_equal_z(api, "auto") && config->ai_openai_api_key.length == 0))
        return "compatible";
    return "openai";
}

/* In the order in which they are asked where the settings name no models. */
static size_t list_providers(const struct config *config,
                             struct llm_provider_options providers[MOST_PROVIDERS])
{
    const struct {
        bool is_wanted;
        struct llm_provider_options options;
    } all[MOST_PROVIDERS] = {
        {config->ai_canned.length > 0, {.scheme = "canned", .script = config->ai_canned}},
        {config->ai_openai_api_key.length > 0 || config->ai_openai_base_url.length > 0,
         {.scheme = openai_scheme(config),
          .name = "openai",
          .base_url = config->ai_openai_base_url,
          .key = config->ai_openai_api_key,
          .key_setting = "OPENAI_API_KEY",
          .url_setting = "OPENAI_BASE_URL"}},
        {config->ai_anthropic_api_key.length > 0,
         {.scheme = "anthropic",
          .base_url = config->ai_anthropic_base_url,
          .key = config->ai_anthropic_api_key,
          .key_setting = "ANTHROPIC_API_KEY",
          .url_setting = "ANTHROPIC_BASE_URL"}},
        {config->ai_compatible_url.length > 0,
         {.scheme = "compatible",
          .base_url = config->ai_compatible_url,
          .key = config->ai_compatible_api_key,
          .key_setting = "HARK_AI_COMPATIBLE_API_KEY",
          .url_setting = "HARK_AI_COMPATIBLE_URL"}},
        {config->ai_comprehend_region.length > 0,
         {.scheme = "comprehend",
          .base_url = config->ai_comprehend_base_url,
          .key = config->ai_comprehend_key_id,
          .secret = config->ai_comprehend_secret,
          .region = config->ai_comprehend_region,
          .key_setting = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
          .url_setting = config->ai_comprehend_base_url.length > 0 ? "HARK_AI_COMPREHEND_BASE_URL"
                                                                   : "HARK_AI_COMPREHEND_REGION"}},
    };
    size_t count = 0;
    for (size_t i = 0; i < MOST_PROVIDERS; i++)
        if (all[i].is_wanted)
            providers[count++] = all[i].options;
    return count;
}

static bool names_models(const struct llm_options *options)
{
    bool is_named = false;
    for (int job = 0; job < LLM_JOB_COUNT; job++)
        is_named |= options->chains[job].length > 0;
    return is_named;
}

/* Even where nobody is asked: a mistake in them is told of at start. */
static enum status check_tables(const struct llm_options *options, struct error *err)
{
    struct llm_prices *prices;
    struct llm_models *models;
    enum status status = llm_prices_open(&prices, options->prices_path, err);
    if (status != STATUS_OK)
        return status;
    llm_prices_close(prices);
    status = llm_models_open(&models, options->models_path, err);
    if (status == STATUS_OK)
        llm_models_close(models);
    return status;
}

/* NULL: nothing is set. */
static const char *path_or_null(struct app *app, str path)
{
    return path.length > 0 ? str_z(&app->arena, path) : NULL;
}

enum status app_open_llm(struct app *app, struct error *err)
{
    const struct config *config = app->config;
    struct llm_provider_options providers[MOST_PROVIDERS];
    struct llm_options options = {
        .client = app->client,
        .providers = providers,
        .provider_count = config->ai_enabled ? list_providers(config, providers) : 0,
        .chains = {[LLM_CLASSIFY] = config->ai_classify,
                   [LLM_TICKET] = config->ai_ticket,
                   [LLM_PLAN] = config->ai_plan,
                   [LLM_ASK] = config->ai_ask,
                   [LLM_EMBED] = config->ai_embed},
        .prices_path = path_or_null(app, config->ai_prices),
        .models_path = path_or_null(app, config->ai_capabilities),
        .timeout_ms = (unsigned)config->ai_timeout_ms,
        .pause_ms = (unsigned)config->ai_pause_ms,
        .most_in_flight = (unsigned)config->ai_max_in_flight,
        .calls_per_second = (double)config->ai_calls_per_second,
        .holds_secret = app_holds_personal_data,
        .context = app->finder,
    };
    if (options.provider_count > 0 || (config->ai_enabled && names_models(&options)))
        return llm_open(&app->llm, &options, err);
    return check_tables(&options, err);
}
