/* app_inside.h - struct app itself, for the files of this room. A list of the open rooms,
 * bottom-up. */
#pragma once

#include "action/webhook.h"
#include "analysis/cascade.h"
#include "analysis/document.h"
#include "analysis/experiment.h"
#include "analysis/ledger.h"
#include "analysis/llm_cache.h"
#include "analysis/provider_embedder.h"
#include "api/api.h"
#include "api/configurations.h"
#include "api/keyring.h"
#include "app/app.h"
#include "blob/blob.h"
#include "event/event_log.h"
#include "fiber/gate.h"
#include "infer/names/name_tagger.h"
#include "llm/llm.h"
#include "net/http_client.h"
#include "search/search.h"
#include "text/text.h"
#include "work/work.h"
#include "work/work_kinds.h"

struct app {
    struct arena arena; /* for what lives as long as the app */
    const struct config *config;
    struct store *store;
    const struct queue_kind *job_rules; /* by the order of work_kinds */
    struct queue *queue;
    struct blob *blob;
    struct name_tagger *names; /* NULL: it did not load */
    struct pii_finder *finder;
    struct languages *languages; /* NULL: it did not load */
    struct analyst *analyst;
    struct experiments *experiments;
    struct webhooks *webhooks;
    struct cache *cache;
    struct llm_cache *llm_cache;
    struct ledger *ledger;
    struct llm *llm; /* NULL: none is configured */
    struct cascade *cascade;
    struct keyring *keyring;
    struct configurations *configurations;
    struct provider_embedder *embedder; /* NULL: vectors of texts are made here */
    struct search *search;
    struct http_client *client; /* the one way out */
    struct document_pace pace;
    struct gate thinking, asking; /* about documents */
    struct event_log *events;
    struct intake_options intake;
    struct services services;
    struct work_services work_services;
    struct work_deaths deaths;
};

/* What the HTTP server calls: the dashboard's files, else the API. `app` is a struct app. */
bool app_admit(void *app, struct http_request *request, size_t *max_body,
               struct http_response *response);

/* Language models as the settings have them; none is called. INVALID names the setting, or file and
 * line. */
enum status app_open_llm(struct app *app, struct error *err) MUST_CHECK;
/* What the last look at outgoing bytes asks; `finder` is a struct pii_finder. */
bool app_holds_personal_data(void *finder, str bytes);
enum status app_open_cascade(struct app *app, struct error *err) MUST_CHECK;
enum status app_open_search(struct app *app, struct error *err) MUST_CHECK;
void app_apply_reloadable(struct app *app, const struct config *config);
