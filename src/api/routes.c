#include "api/analyze_api.h"
#include "api/cache_api.h"
#include "api/control_api.h"
#include "api/dashboard_api.h"
#include "api/event_api.h"
#include "api/feedback_api.h"
#include "api/jobs_api.h"
#include "api/model_api.h"
#include "api/prompt_api.h"
#include "api/quality_api.h"
#include "api/queue_api.h"
#include "api/replay_api.h"
#include "api/route.h"
#include "api/search_api.h"
#include "api/system_api.h"
#include "api/usage_api.h"
#include "api/webhook_api.h"
#include "model/job_record.h"
#include "model/quality.h"
#include "model/usage.h"

static const char batch_schema[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"results\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
    "\"index\":{\"type\":\"integer\"},\"status\":{\"type\":\"integer\"},"
    "\"feedback\":{\"$ref\":\"#/components/schemas/Feedback\"}}}},"
    "\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
    "\"index\":{\"type\":\"integer\"},\"status\":{\"type\":\"integer\"},"
    "\"code\":{\"$ref\":\"#/components/schemas/ProblemCode\"},"
    "\"detail\":{\"type\":\"string\"},\"pointer\":{\"type\":\"string\"}}}}},"
    "\"required\":[\"results\",\"errors\"],\"additionalProperties\":false}";
static const char count_schema[] =
    "{\"type\":\"object\",\"properties\":{\"count\":{\"type\":\"integer\"}},"
    "\"required\":[\"count\"],\"additionalProperties\":false}";

static const char feedback_003_schema[] =
    "{\"type\":\"object\",\"properties\":{\"feedback_id\":{\"type\":\"integer\"},"
    "\"task_id\":{\"type\":[\"string\",\"null\"]},\"status\":{\"type\":\"string\"}},"
    "\"required\":[\"feedback_id\",\"task_id\",\"status\"],\"additionalProperties\":false}";

enum {
    READ = SCOPE_FEEDBACK_READ,
    WRITE = SCOPE_FEEDBACK_WRITE,
    JOBS = SCOPE_ANALYZE | READ | WRITE, /* each sees the kinds that it may ask for */
    ADD = ROUTE_IDEMPOTENT | ROUTE_STRICT | ROUTE_DEFERS | ROUTE_WAITS
};

/* clang-format off */
const struct route routes[] = {
    {"POST", "/v1/feedback", "addFeedback", "Send one piece of feedback and get what it says",
     WRITE, feedback_add, 201, .flags = ADD, .input = &feedback_input_fields,
      .output = &feedback_fields},
    {"GET", "/v1/feedback", "listFeedback", "List feedback, the newest first",
     READ, feedback_list, 200, .flags = ROUTE_LIST, .output = &feedback_fields,
      .query = &feedback_filter_fields},
    {"POST", "/v1/feedback:batch", "addFeedbackBatch", "Send up to 1,000 as a JSON array or NDJSON",
     WRITE, feedback_add_batch, 200, .flags = ADD | ROUTE_NDJSON, .input = &feedback_input_fields,
      .output_schema = batch_schema},
    {"GET", "/v1/feedback:count", "countFeedback", "Count feedback",
     READ, feedback_count, 200, .query = &feedback_count_fields, .output_schema = count_schema},
    {"GET", "/v1/feedback/{id}", "getFeedback", "Read one piece of feedback",
     READ, feedback_get, 200, .output = &feedback_fields},
    {"PATCH", "/v1/feedback/{id}", "correctFeedback", "Correct its labels",
     WRITE, feedback_correct, 200, .input = &correction_fields, .output = &feedback_fields},
    {"DELETE", "/v1/feedback/{id}", "deleteFeedback", "Remove it and all that hangs on it",
     WRITE, feedback_delete, 204, .flags = 0},
    {"GET", "/v1/feedback/{id}/analyses", "listAnalyses",
     "Every analysis it has had, the newest first",
     READ, feedback_list_analyses, 200, .flags = ROUTE_LIST, .output = &analysis_fields},
    {"GET", "/v1/feedback/{id}/similar", "listSimilar", "What says much the same, the most alike first",
     READ, feedback_similar, 200, .query = &similar_query_fields, .output_schema = search_schema},
    {"POST", "/feedback", "addFeedback001", "Seed 001's path for addFeedback",
     WRITE, feedback_add, 201, .flags = ADD | ROUTE_ALIAS, .input = &feedback_input_fields,
      .output = &feedback_fields},
    {"POST", "/feedback/", "addFeedback003", "Seed 003's path: stored at once, analysed by a job, its task_id",
     WRITE, feedback_add_003, 202, .flags = ROUTE_IDEMPOTENT | ROUTE_STRICT | ROUTE_ALIAS,
      .input = &feedback_input_fields, .output_schema = feedback_003_schema},
    {"GET", "/feedback/{id}", "getFeedback001", "Seed 003's path for getFeedback",
     READ, feedback_get, 200, .flags = ROUTE_ALIAS, .output = &feedback_fields},

    {"POST", "/v1/search", "search", "Find feedback by words, by meaning, or by both",
     READ, search_feedback, 200, .input = &search_query_fields, .output_schema = search_schema},

    {"POST", "/v1/analyze/sync", "analyzeSync", "Analyse a text and store nothing (seed 004)",
     SCOPE_ANALYZE, analyze_sync, 200, .flags = ROUTE_FIELD_ERRORS_400 | ROUTE_STRICT | ROUTE_WAITS,
      .input = &analyze_sync_input_fields, .output = &analyze_sync_fields},
    {"POST", "/v1/analyze", "analyze", "Analyse one feedback, or many as NDJSON, and store nothing",
     SCOPE_ANALYZE, analyze, 200, .flags = ROUTE_FIELD_ERRORS_400 | ROUTE_NDJSON | ROUTE_STRICT | ROUTE_WAITS | ROUTE_AI,
      .input = &feedback_input_fields, .output = &feedback_fields},

    {"POST", "/v1/analyze/async", "analyzeAsync", "Take in a document of up to 1 MB and analyse it later (seed 004)",
     SCOPE_ANALYZE, analyze_async, 202,
      .flags = ROUTE_FIELD_ERRORS_400 | ROUTE_IDEMPOTENT | ROUTE_LONG_BODY,
      .input = &analyze_async_input_fields, .output = &job_promise_fields},
    {"GET", "/v1/status/{job_id}", "getStatus", "How far a job is, and its result (seed 004)",
     JOBS, job_status, 200, .output = &job_status_fields},
    {"GET", "/v1/jobs", "listJobs", "What is or was analysed later, the newest first",
     JOBS, job_list, 200, .flags = ROUTE_LIST, .output = &job_record_fields,
      .query = &job_record_filter_fields},
    {"GET", "/v1/jobs/{job_id}", "getJob", "All there is to know of a job",
     JOBS, job_get, 200, .output = &job_record_fields},
    {"POST", "/v1/jobs/{job_id}:cancel", "cancelJob", "Give up a job that is not over; it fails with CANCELLED",
     SCOPE_ANALYZE | WRITE, job_give_up, 200, .output = &job_record_fields},

    {"GET", "/v1/dashboard/stats", "getStats", "Totals and distributions over any time",
     READ, dashboard_stats, 200, .query = &stats_query_fields, .output_schema = stats_schema},
    {"GET", "/v1/dashboard/series", "getSeries", "Counts per hour or day",
     READ, dashboard_series, 200, .query = &series_query_fields, .output_schema = series_schema},
    {"GET", "/v1/quality", "getQuality", "How far language model, local model and people agree",
     READ, quality_get, 200, .query = &quality_query_fields, .output = &quality_fields},
    {"GET", "/dashboard/stats", "getStats000", "Seed 000's path for getStats",
     READ, dashboard_stats, 200, .flags = ROUTE_ALIAS, .query = &stats_query_fields,
      .output_schema = stats_schema},

    {"GET", "/v1/events", "readEvents", "Read what has happened: as a list, or live as it happens",
     READ, event_read, 200, .flags = ROUTE_LIST | ROUTE_EVENTS, .query = &event_query_fields,
      .output_schema = event_schema},

    {"GET", "/v1/configurations", "listConfigurations", "What may be changed while Hark runs",
     SCOPE_ADMIN, configuration_list, 200, .flags = ROUTE_LIST,
      .output_schema = configuration_schema},
    {"GET", "/v1/configurations/{key}", "getConfiguration", "Read one configuration",
     SCOPE_ADMIN, configuration_get, 200, .output_schema = configuration_schema},
    {"PUT", "/v1/configurations/{key}", "putConfiguration", "Change one configuration",
     SCOPE_ADMIN, configuration_put, 200, .input_schema = configuration_input_schema,
      .output_schema = configuration_schema},
    {"DELETE", "/v1/configurations/{key}", "resetConfiguration", "Put its default back",
     SCOPE_ADMIN, configuration_reset, 200, .output_schema = configuration_schema},
    {"GET", "/v1/keys", "listKeys", "List API keys",
     SCOPE_ADMIN, key_list, 200, .flags = ROUTE_LIST, .output = &api_key_fields},
    {"POST", "/v1/keys", "createKey", "Make an API key; it is shown this once",
     SCOPE_ADMIN, key_create, 201, .input = &api_key_input_fields, .output = &api_key_fields},
    {"DELETE", "/v1/keys/{id}", "revokeKey", "Take an API key back",
     SCOPE_ADMIN, key_revoke, 204, .flags = 0},
    {"GET", "/v1/model", "getModel", "The local model, and what corrections have taught it",
     SCOPE_ADMIN, model_get, 200, .query = &model_query_fields, .output_schema = model_schema},
    {"POST", "/v1/model:update", "updateModel",
     "Learn from corrections; what is better on those held out is put to use",
     SCOPE_ADMIN, model_update, 200, .query = &model_query_fields,
      .output_schema = model_update_schema},
    {"POST", "/v1/model:rollback", "rollBackModel",
     "Go back to the version before, or to any that is kept",
     SCOPE_ADMIN, model_rollback, 200, .flags = ROUTE_NO_BODY, .input = &model_rollback_fields,
      .query = &model_query_fields, .output_schema = model_schema},
    {"GET", "/v1/prompts", "listPrompts", "What models are told: shipped versions and the tenant's own",
     SCOPE_ADMIN, prompt_list_all, 200, .flags = ROUTE_LIST, .query = &prompt_query_fields,
      .output = &prompt_fields},
    {"POST", "/v1/prompts", "createPrompt", "Make a version; it never changes afterwards",
     SCOPE_ADMIN, prompt_add, 201, .input = &prompt_input_fields, .output = &prompt_fields},
    {"GET", "/v1/prompts/{version}", "getPrompt", "Read one version",
     SCOPE_ADMIN, prompt_read, 200, .query = &prompt_query_fields, .output = &prompt_fields},
    {"POST", "/v1/prompts/{version}:activate", "activatePrompt", "Put a version to use at once",
     SCOPE_ADMIN, prompt_put_to_use, 200, .query = &prompt_query_fields, .output = &prompt_fields},
    {"POST", "/v1/prompts/{version}:retire", "retirePrompt", "Let a version come into use no more",
     SCOPE_ADMIN, prompt_set_aside, 200, .query = &prompt_query_fields, .output = &prompt_fields},
    {"POST", "/v1/prompts/{version}:estimate", "estimateReplay", "What a replay would cost at most",
     SCOPE_ADMIN, prompt_estimate_replay, 200, .input = &replay_estimate_fields,
      .output_schema = replay_estimate_schema},
    {"POST", "/v1/prompts/{version}:replay", "replayPrompt",
     "Ask with a version about feedback that is stored, and store nothing; the newest first",
     SCOPE_ADMIN, prompt_replay_page, 200, .input = &replay_page_fields,
      .output_schema = replay_page_schema},
    {"GET", "/v1/experiments", "listExperiments", "List experiments, the newest first",
     SCOPE_ADMIN, experiment_list_all, 200, .flags = ROUTE_LIST, .output = &experiment_fields},
    {"POST", "/v1/experiments", "createExperiment", "Prepare to try another prompt, provider or model",
     SCOPE_ADMIN, experiment_add, 201, .input = &experiment_input_fields,
      .output = &experiment_fields},
    {"GET", "/v1/experiments/{id}", "getExperiment", "One experiment, and what its arms have made so far",
     SCOPE_ADMIN, experiment_read, 200, .output_schema = experiment_schema},
    {"POST", "/v1/experiments/{id}:start", "startExperiment", "Give the canary a share, or another one",
     SCOPE_ADMIN, experiment_begin, 200, .input = &experiment_start_fields,
      .output = &experiment_fields},
    {"POST", "/v1/experiments/{id}:promote", "promoteExperiment", "Put the canary to use for all",
     SCOPE_ADMIN, experiment_put_to_use, 200, .flags = ROUTE_NO_BODY,
      .input = &experiment_promote_fields, .output = &experiment_fields},
    {"POST", "/v1/experiments/{id}:rollback", "rollBackExperiment",
     "Go back to what was in use before it",
     SCOPE_ADMIN, experiment_take_back, 200, .output = &experiment_fields},
    {"POST", "/v1/maintenance:check", "checkMaintenance",
     "Read the whole database and prove the rollups and the audit log",
     SCOPE_ADMIN, maintenance_check, 200, .flags = ROUTE_NO_BODY,
      .input = &maintenance_input_fields, .output_schema = maintenance_schema},

    {"GET", "/v1/cache", "getCache", "What the cache of language models' answers holds and saves",
     SCOPE_ADMIN, cache_get, 200, .output = &cache_state_fields},
    {"DELETE", "/v1/cache", "clearCache", "Forget what language models answered, in memory and in the database",
     SCOPE_ADMIN, cache_remove, 200, .output = &cache_removal_fields},
    {"GET", "/v1/usage", "getUsage", "What language models were asked, what it cost, and where the budget stands",
     SCOPE_USAGE_READ | SCOPE_ADMIN, usage_get, 200, .query = &usage_query_fields,
      .output = &usage_report_fields},
    {"GET", "/v1/usage/report.csv", "getUsageReport", "The same by day, as a table",
     SCOPE_USAGE_READ | SCOPE_ADMIN, usage_report_get, 200, .query = &usage_query_fields,
      .output_schema = csv_schema},

    {"GET", "/v1/queue", "getQueue", "What waits, how long already, and how fast it is done",
     SCOPE_ADMIN, queue_overview, 200, .output_schema = queue_overview_schema},
    {"GET", "/v1/queue/jobs", "listQueue", "The jobs in the queue, the oldest first",
     SCOPE_ADMIN, queue_job_list, 200, .flags = ROUTE_LIST, .query = &queue_list_fields,
      .output_schema = queue_item_schema},
    {"GET", "/v1/queue/jobs/{job_id}", "getQueuedJob", "One job, with its payload and failed attempts",
     SCOPE_ADMIN, queue_job_get, 200, .output_schema = queue_job_schema},
    {"POST", "/v1/queue:purge", "purgeQueue", "Remove for good what waits, or dead letters",
     SCOPE_ADMIN, queue_purge_jobs, 200, .input = &queue_purge_fields,
      .output_schema = count_schema},
    {"GET", "/v1/dead-letters", "listDeadLetters", "Jobs that were given up, the oldest first",
     SCOPE_ADMIN, dead_letter_list, 200, .flags = ROUTE_LIST, .query = &dead_letter_list_fields,
      .output_schema = dead_letter_item_schema},
    {"POST", "/v1/dead-letters:redrive", "redriveDeadLetters",
     "Put dead letters back, with all their attempts before them",
     SCOPE_ADMIN, dead_letter_redrive_all, 200, .flags = ROUTE_NO_BODY, .input = &redrive_fields,
      .output_schema = count_schema},
    {"GET", "/v1/dead-letters/{job_id}", "getDeadLetter",
     "One dead letter, with its payload and all attempts",
     SCOPE_ADMIN, dead_letter_get, 200, .output_schema = dead_letter_schema},
    {"DELETE", "/v1/dead-letters/{job_id}", "deleteDeadLetter", "Give it up for good",
     SCOPE_ADMIN, dead_letter_remove, 204, .flags = 0},
    {"POST", "/v1/dead-letters/{job_id}:redrive", "redriveDeadLetter", "Put one dead letter back",
     SCOPE_ADMIN, dead_letter_redrive, 200, .output_schema = count_schema},
    {"POST", "/v1/events:replay", "replayEvents", "Send past events to a webhook again",
     SCOPE_ADMIN, event_replay, 200, .input = &replay_input_fields, .output = &replay_fields},

    {"POST", "/v1/webhooks", "createWebhook", "Tell a URL of events; its secret is shown this once",
     SCOPE_ADMIN, webhook_add, 201, .input = &webhook_input_fields, .output = &webhook_fields},
    {"GET", "/v1/webhooks", "listWebhooks", "List webhooks",
     SCOPE_ADMIN, webhook_list_all, 200, .flags = ROUTE_LIST, .output = &webhook_fields},
    {"GET", "/v1/webhooks/callback-secret", "getCallbackSecret", "What signs the callbacks of jobs",
     SCOPE_ADMIN, callback_secret_read, 200, .output = &callback_secret_fields},
    {"POST", "/v1/webhooks/callback-secret:rotate", "rotateCallbackSecret",
     "Sign callbacks with another secret, and for a while with the one before as well",
     SCOPE_ADMIN, callback_secret_rotate, 200, .flags = ROUTE_NO_BODY,
      .input = &webhook_rotation_fields, .output = &callback_secret_fields},
    {"GET", "/v1/webhooks/{id}", "getWebhook", "Read one webhook, and how it fares",
     SCOPE_ADMIN, webhook_read, 200, .output = &webhook_fields},
    {"PATCH", "/v1/webhooks/{id}", "changeWebhook", "Change what it is told, or where",
     SCOPE_ADMIN, webhook_patch, 200, .input = &webhook_change_fields, .output = &webhook_fields},
    {"DELETE", "/v1/webhooks/{id}", "deleteWebhook", "Tell it nothing any more",
     SCOPE_ADMIN, webhook_delete, 204, .flags = 0},
    {"POST", "/v1/webhooks/{id}:test", "testWebhook", "Send it webhook.test now",
     SCOPE_ADMIN, webhook_try, 200, .output = &delivery_detail_fields},
    {"POST", "/v1/webhooks/{id}:rotate-secret", "rotateWebhookSecret",
     "Sign with another secret, and for a while with the one before as well",
     SCOPE_ADMIN, webhook_rotate_secret, 200, .flags = ROUTE_NO_BODY,
      .input = &webhook_rotation_fields, .output = &webhook_fields},
    {"POST", "/v1/webhooks/{id}:enable", "enableWebhook", "Tell it of events from now on",
     SCOPE_ADMIN, webhook_enable, 200, .output = &webhook_fields},
    {"POST", "/v1/webhooks/{id}:disable", "disableWebhook", "Tell it nothing until it is enabled",
     SCOPE_ADMIN, webhook_turn_off, 200, .output = &webhook_fields},
    {"GET", "/v1/webhooks/{id}/deliveries", "listWebhookDeliveries", "What it was told, the newest first",
     SCOPE_ADMIN, webhook_list_deliveries, 200, .flags = ROUTE_LIST, .output = &delivery_fields,
      .query = &delivery_filter_fields},
    {"GET", "/v1/deliveries", "listDeliveries", "What webhooks and callbacks were told, the newest first",
     SCOPE_ADMIN, delivery_list_all, 200, .flags = ROUTE_LIST, .output = &delivery_fields,
      .query = &delivery_filter_fields},
    {"GET", "/v1/deliveries/{id}", "getDelivery", "One delivery with every attempt",
     SCOPE_ADMIN, delivery_read, 200, .output = &delivery_detail_fields},
    {"POST", "/v1/deliveries/{id}:replay", "replayDelivery", "Deliver it again, under its webhook-id",
     SCOPE_ADMIN, delivery_repeat, 200, .output = &delivery_detail_fields},

    {"GET", "/health", "getHealth", "How Hark is (seed 001)",
     0, system_health, 200, .output_schema = health_schema},
    {"GET", "/livez", "getLive", "Whether the process runs",
     0, system_alive, 200, .output_schema = text_schema},
    {"GET", "/readyz", "getReady", "Whether it can do its work",
     0, system_ready, 200, .output_schema = text_schema},
    {"GET", "/metrics", "getMetrics", "Numbers for Prometheus",
     0, system_metrics, 200, .output_schema = text_schema},
    {"GET", "/openapi.json", "getOpenapi", "This document",
     0, system_openapi, 200, .output_schema = any_schema},
};
/* clang-format on */

const size_t route_count = sizeof routes / sizeof routes[0];
