/* The cascade: from the local model to language models, as the settings say. */
#include "app/app_inside.h"

/* Kinds that prove themselves, by a checksum or by their shape. A name that only its neighbours
 * give away was looked for where it stood; among the rules and marks around it, it has others. */
static const enum pii_type looked_for[] = {
    PII_EMAIL,          PII_CREDIT_DEBIT_NUMBER, PII_INTERNATIONAL_BANK_ACCOUNT_NUMBER,
    PII_AWS_ACCESS_KEY, PII_AWS_SECRET_KEY,      PII_SSN,
    PII_PHONE,          PII_IP_ADDRESS,          PII_MAC_ADDRESS,
};

bool app_holds_personal_data(void *finder, str bytes)
{
    struct arena arena = {0};
    struct pii_spans spans = pii_find(finder, &arena, bytes);
    bool is_found = false;
    for (size_t i = 0; i < spans.count; i++)
        for (size_t k = 0; k < sizeof looked_for / sizeof looked_for[0]; k++)
            is_found |= spans.items[i].type == looked_for[k];
    arena_reset(&arena);
    return is_found;
}

enum status app_open_cascade(struct app *app, struct error *err)
{
    const struct config *config = app->config;
    struct cascade_options options = {
        .llm = config->ai_enabled ? app->llm : NULL,
        .experiments = app->experiments,
        .cache = app->llm_cache,
        .ledger = app->ledger,
        .finder = app->finder,
        .analyst = analyst_has_model(app->analyst) ? app->analyst : NULL,
        .timeout_ms = (unsigned)config->ai_timeout_ms,
    };
    if (!str_to_real(config->ai_uncertain_below, &options.uncertain_below) ||
        options.uncertain_below < 0 || options.uncertain_below > 1)
        return fail(err, STATUS_INVALID, "ai.uncertain_below must be a number from 0 to 1");
    enum status status = cascade_read_mode(&options, config->ai_mode, err);
    if (status == STATUS_OK)
        app->intake.cascade = app->cascade = cascade_open(&options);
    return status;
}
