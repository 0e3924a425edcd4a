/* Each step is what SQLite and PostgreSQL share, with SERIAL_ID and ROW_ID for growing keys (db.h).
 * Times are microseconds since 1970 UTC; booleans are 0 and 1; labels are the words people see. */
#include "store/migrations.h"

#include "queue/sql/queue_schema.h"

static const char first[] =
    "CREATE TABLE tenants ("
    " id SERIAL_ID, name TEXT NOT NULL, created_at BIGINT NOT NULL);"
    "INSERT INTO tenants (name, created_at) VALUES ('default', 0);"

    "CREATE TABLE customers ("
    " id ROW_ID, tenant_id BIGINT NOT NULL, external_id TEXT NOT NULL,"
    " name TEXT, email TEXT, plan TEXT, is_vip BIGINT NOT NULL DEFAULT 0, attributes TEXT,"
    " created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,"
    " UNIQUE (tenant_id, external_id));"

    "CREATE TABLE feedback ("
    " id SERIAL_ID, tenant_id BIGINT NOT NULL, text TEXT NOT NULL,"
    " sentiment TEXT, topic TEXT, severity TEXT, confidence DOUBLE PRECISION,"
    " confidence_score TEXT, alert_triggered BIGINT NOT NULL DEFAULT 0, alert_status TEXT, "
    "processing_method TEXT,"
    " summary TEXT, status TEXT NOT NULL, source TEXT NOT NULL, source_id TEXT, rating BIGINT,"
    " customer TEXT, user_name TEXT, language_code TEXT, metadata TEXT,"
    " pii_detected BIGINT NOT NULL DEFAULT 0, truncated BIGINT NOT NULL DEFAULT 0,"
    " created_at BIGINT NOT NULL, received_at BIGINT NOT NULL);"
    "CREATE INDEX feedback_by_time ON feedback (tenant_id, created_at);"
    "CREATE INDEX feedback_by_sentiment ON feedback (tenant_id, sentiment, created_at);"
    "CREATE INDEX feedback_by_topic ON feedback (tenant_id, topic, created_at);"
    "CREATE INDEX feedback_by_alert ON feedback (tenant_id, created_at) WHERE alert_triggered = 1;"
    "CREATE INDEX feedback_by_customer ON feedback (tenant_id, customer, created_at)"
    " WHERE customer IS NOT NULL;"
    "CREATE UNIQUE INDEX feedback_by_source ON feedback (tenant_id, source, source_id)"
    " WHERE source_id IS NOT NULL;"

    "CREATE TABLE analyses ("
    " id ROW_ID, tenant_id BIGINT NOT NULL,"
    " feedback_id BIGINT NOT NULL REFERENCES feedback (id) ON DELETE CASCADE,"
    " processing_method TEXT NOT NULL, sentiment TEXT NOT NULL, topic TEXT NOT NULL,"
    " severity TEXT NOT NULL, confidence DOUBLE PRECISION NOT NULL, scores TEXT NOT NULL,"
    " topics TEXT NOT NULL, summary TEXT, provider TEXT, model TEXT, prompt_version TEXT,"
    " input_hash TEXT, raw_output TEXT, cost_nano_usd BIGINT NOT NULL, latency_us BIGINT NOT NULL,"
    " created_at BIGINT NOT NULL);"
    "CREATE INDEX analyses_by_feedback ON analyses (feedback_id);"

    "CREATE TABLE corrections ("
    " id ROW_ID, tenant_id BIGINT NOT NULL,"
    " feedback_id BIGINT NOT NULL REFERENCES feedback (id) ON DELETE CASCADE, field TEXT NOT NULL,"
    " label_before TEXT, label_after TEXT NOT NULL, note TEXT, actor TEXT NOT NULL,"
    " created_at BIGINT NOT NULL);"
    "CREATE INDEX corrections_by_feedback ON corrections (feedback_id);"

    "CREATE TABLE alerts ("
    " id ROW_ID, tenant_id BIGINT NOT NULL,"
    " feedback_id BIGINT NOT NULL REFERENCES feedback (id) ON DELETE CASCADE, status TEXT NOT NULL,"
    " rule TEXT NOT NULL, sentiment TEXT NOT NULL, topic TEXT NOT NULL, severity TEXT NOT NULL,"
    " created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);"
    "CREATE INDEX alerts_by_status ON alerts (tenant_id, status, created_at);"
    "CREATE INDEX alerts_by_feedback ON alerts (feedback_id);"

    "CREATE TABLE events ("
    " seq SERIAL_ID, id TEXT NOT NULL, tenant_id BIGINT NOT NULL, type TEXT NOT NULL,"
    " subject BIGINT NOT NULL, data TEXT NOT NULL, created_at BIGINT NOT NULL);"

    "CREATE TABLE rollups ("
    " tenant_id BIGINT NOT NULL, grain TEXT NOT NULL, bucket BIGINT NOT NULL,"
    " dimension TEXT NOT NULL, value TEXT NOT NULL, n BIGINT NOT NULL,"
    " PRIMARY KEY (tenant_id, grain, bucket, dimension, value)) CLUSTERED;"

    "CREATE TABLE api_keys ("
    " id ROW_ID, tenant_id BIGINT NOT NULL, name TEXT NOT NULL,"
    " prefix TEXT NOT NULL, hmac TEXT NOT NULL UNIQUE, scopes TEXT NOT NULL,"
    " created_at BIGINT NOT NULL, expires_at BIGINT, revoked_at BIGINT);"

    "CREATE TABLE configurations ("
    " tenant_id BIGINT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, updated_at BIGINT NOT "
    "NULL,"
    " PRIMARY KEY (tenant_id, key));"

    "CREATE TABLE idempotency_keys ("
    " tenant_id BIGINT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL,"
    " http_status BIGINT NOT NULL, body TEXT NOT NULL, created_at BIGINT NOT NULL,"
    " PRIMARY KEY (tenant_id, key));"
    "CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at);"

    "CREATE TABLE audit_log ("
    " id ROW_ID, tenant_id BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,"
    " subject TEXT NOT NULL, detail TEXT NOT NULL, created_at BIGINT NOT NULL,"
    " previous_hash TEXT NOT NULL, hash TEXT NOT NULL);";

/* What a tenant's corrections taught, version beside version, and which one is in use. */
static const char adapters[] =
    "CREATE TABLE adapters ("
    " tenant_id BIGINT NOT NULL, version BIGINT NOT NULL, previous BIGINT NOT NULL,"
    " base TEXT NOT NULL, corrections BIGINT NOT NULL, learned_to BIGINT NOT NULL,"
    " figures TEXT NOT NULL, bytes BYTES NOT NULL, created_at BIGINT NOT NULL,"
    " PRIMARY KEY (tenant_id, version));"
    "CREATE TABLE adapters_in_use ("
    " tenant_id BIGINT NOT NULL, version BIGINT NOT NULL, updated_at BIGINT NOT NULL,"
    " PRIMARY KEY (tenant_id));"
    "CREATE INDEX corrections_by_tenant ON corrections (tenant_id, feedback_id);";

/* Words lie in an index of the database's own, here FTS5, that reads the texts where they are kept
 * (external content); the tenant is one of its words, so that a search never walks another's rows.
 * Both are filled behind the writes: `search_progress` says how far (store_search.h). */
static const char search[] =
    "CREATE TABLE embeddings ("
    " tenant_id BIGINT NOT NULL, feedback_id BIGINT NOT NULL, model TEXT NOT NULL,"
    " vector BYTES NOT NULL, PRIMARY KEY (tenant_id, feedback_id)) CLUSTERED;"
    "CREATE TABLE search_progress ("
    " what TEXT NOT NULL PRIMARY KEY, model TEXT NOT NULL, done BIGINT NOT NULL);"
    "CREATE VIRTUAL TABLE feedback_words USING fts5(tenant_id, text, content='feedback',"
    " content_rowid='id', tokenize='porter unicode61 remove_diacritics 2');";

/* Readers of the log of events that must go on where they were. */
static const char cursors[] =
    "CREATE TABLE event_cursors ("
    " reader TEXT NOT NULL PRIMARY KEY, seq BIGINT NOT NULL, updated_at BIGINT NOT NULL);";

/* What callers may know of analyses that are made later; the jobs themselves are the queue's. */
static const char jobs[] =
    "CREATE TABLE jobs ("
    " seq SERIAL_ID, id TEXT NOT NULL UNIQUE, tenant_id BIGINT NOT NULL, kind TEXT NOT NULL,"
    " status TEXT NOT NULL, source_id TEXT, callback_url TEXT, language_code TEXT,"
    " feedback_id BIGINT, size BIGINT NOT NULL, input_hash TEXT,"
    " pii_detected BIGINT NOT NULL DEFAULT 0, created_at BIGINT NOT NULL, started_at BIGINT,"
    " finished_at BIGINT, result TEXT, error_code TEXT, error_message TEXT);"
    "CREATE INDEX jobs_by_tenant ON jobs (tenant_id, seq);"
    "CREATE INDEX jobs_by_time ON jobs (created_at);"
    "CREATE INDEX jobs_unfinished ON jobs (kind, status, seq, size)"
    " WHERE status IN ('PENDING', 'PROCESSING');"
    "CREATE INDEX jobs_of_feedback ON jobs (feedback_id)"
    " WHERE feedback_id IS NOT NULL AND status IN ('PENDING', 'PROCESSING');";

/* Up to when the recurring jobs of each kind have been put. */
static const char schedules[] =
    "CREATE TABLE schedules (kind TEXT NOT NULL PRIMARY KEY, last_at BIGINT NOT NULL);";

/* Who is told of events (model/delivery.h). Secrets are sealed; `webhook_changes` counts what
 * changed who is told what, so that the router reads that anew in the snapshot of the events it
 * reads. A delivery outlives its webhook until its retention ends. */
static const char webhooks[] =
    "CREATE TABLE webhooks ("
    " id SERIAL_ID, tenant_id BIGINT NOT NULL, url TEXT NOT NULL, description TEXT, types TEXT,"
    " filter TEXT, form TEXT NOT NULL, is_enabled BIGINT NOT NULL, disabled_reason TEXT,"
    " failures BIGINT NOT NULL DEFAULT 0, failing_since BIGINT, paused_until BIGINT,"
    " after_seq BIGINT NOT NULL, secret TEXT NOT NULL, previous_secret TEXT, previous_until BIGINT,"
    " created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);"
    "CREATE INDEX webhooks_by_tenant ON webhooks (tenant_id, id);"
    "CREATE TABLE webhook_changes (id BIGINT NOT NULL PRIMARY KEY, count BIGINT NOT NULL);"
    "INSERT INTO webhook_changes (id, count) VALUES (1, 0);"
    "CREATE TABLE callback_secrets ("
    " tenant_id BIGINT NOT NULL PRIMARY KEY, secret TEXT NOT NULL, previous_secret TEXT,"
    " previous_until BIGINT);"
    "CREATE TABLE deliveries ("
    " id SERIAL_ID, tenant_id BIGINT NOT NULL, webhook_id BIGINT, message_id TEXT NOT NULL UNIQUE,"
    " url TEXT, event_seq BIGINT NOT NULL, event_id TEXT NOT NULL, event_type TEXT NOT NULL,"
    " status TEXT NOT NULL, attempts BIGINT NOT NULL DEFAULT 0, http_status BIGINT, error TEXT,"
    " job_id TEXT, next_attempt_at BIGINT, created_at BIGINT NOT NULL, delivered_at BIGINT);"
    "CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id);"
    "CREATE INDEX deliveries_by_tenant ON deliveries (tenant_id, id);"
    "CREATE INDEX deliveries_by_time ON deliveries (created_at);"
    "CREATE TABLE delivery_attempts ("
    " id ROW_ID, tenant_id BIGINT NOT NULL,"
    " delivery_id BIGINT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,"
    " number BIGINT NOT NULL, at BIGINT NOT NULL, duration_ms BIGINT NOT NULL,"
    " http_status BIGINT, error TEXT);"
    "CREATE INDEX delivery_attempts_by_delivery ON delivery_attempts (delivery_id);";

/* What the local model said of the text that another's analysis is of, and whether the two differ
 * so far that a person should look. Null where the analysis is the local model's own, or it had
 * nothing to say. */
static const char local_opinions[] =
    "ALTER TABLE analyses ADD COLUMN local_sentiment TEXT;"
    "ALTER TABLE analyses ADD COLUMN local_topic TEXT;"
    "ALTER TABLE analyses ADD COLUMN local_confidence DOUBLE PRECISION;"
    "ALTER TABLE analyses ADD COLUMN needs_review BIGINT NOT NULL DEFAULT 0;";

/* What models cost (store_usage.h), in nano-dollars. The month's tenant 0 is the whole server. */
static const char usage[] =
    "ALTER TABLE analyses ADD COLUMN cost_is_known BIGINT NOT NULL DEFAULT 1;"
    "ALTER TABLE analyses ADD COLUMN input_tokens BIGINT;"
    "ALTER TABLE analyses ADD COLUMN output_tokens BIGINT;"
    "ALTER TABLE analyses ADD COLUMN cached_tokens BIGINT;"
    "CREATE TABLE usage ("
    " id SERIAL_ID, tenant_id BIGINT NOT NULL, job TEXT NOT NULL, provider TEXT NOT NULL,"
    " model TEXT NOT NULL, prompt_version TEXT NOT NULL, feedback_id BIGINT,"
    " reserved_nano_usd BIGINT NOT NULL, outcome TEXT NOT NULL, cost_nano_usd BIGINT,"
    " input_tokens BIGINT, output_tokens BIGINT, cached_tokens BIGINT,"
    " created_at BIGINT NOT NULL, settled_at BIGINT);"
    "CREATE INDEX usage_unsettled ON usage (created_at) WHERE outcome = 'reserved';"
    "CREATE TABLE usage_months ("
    " tenant_id BIGINT NOT NULL, month BIGINT NOT NULL, spent_nano_usd BIGINT NOT NULL,"
    " reserved_nano_usd BIGINT NOT NULL, told_percent BIGINT NOT NULL DEFAULT 0,"
    " told_budget_nano_usd BIGINT NOT NULL DEFAULT 0, PRIMARY KEY (tenant_id, month)) CLUSTERED;"
    "CREATE TABLE usage_days ("
    " tenant_id BIGINT NOT NULL, day BIGINT NOT NULL, job TEXT NOT NULL, provider TEXT NOT NULL,"
    " model TEXT NOT NULL, prompt_version TEXT NOT NULL, calls BIGINT NOT NULL,"
    " failed BIGINT NOT NULL, lost BIGINT NOT NULL, unpriced BIGINT NOT NULL,"
    " cost_nano_usd BIGINT NOT NULL, input_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL,"
    " cached_tokens BIGINT NOT NULL,"
    " PRIMARY KEY (tenant_id, day, job, provider, model, prompt_version)) CLUSTERED;";

/* What language models answered (analysis/llm_cache.h): labels and numbers, under digests. */
static const char cache[] =
    "CREATE TABLE cache ("
    " tenant_id BIGINT NOT NULL, key BYTES NOT NULL, value TEXT NOT NULL, until BIGINT NOT NULL,"
    " PRIMARY KEY (tenant_id, key)) CLUSTERED;"
    "CREATE INDEX cache_by_time ON cache (until);";

/* What models are told, as tenants have it; what is in use instead of what was shipped; and trying
 * one way of asking against another. Versions are never changed and never deleted: analyses name
 * them. Of a task one experiment runs at a time. */
static const char prompts[] =
    "CREATE TABLE prompts ("
    " id SERIAL_ID, tenant_id BIGINT NOT NULL, task TEXT NOT NULL, version TEXT NOT NULL,"
    " rules TEXT NOT NULL, why TEXT NOT NULL, actor TEXT NOT NULL, created_at BIGINT NOT NULL,"
    " retired_at BIGINT, UNIQUE (tenant_id, task, version));"
    "CREATE TABLE active_arms ("
    " tenant_id BIGINT NOT NULL, task TEXT NOT NULL, prompt_version TEXT NOT NULL, provider TEXT,"
    " model TEXT, changed_at BIGINT NOT NULL, PRIMARY KEY (tenant_id, task)) CLUSTERED;"
    "CREATE TABLE experiments ("
    " id SERIAL_ID, tenant_id BIGINT NOT NULL, task TEXT NOT NULL, name TEXT NOT NULL,"
    " why TEXT NOT NULL, status TEXT NOT NULL, mode TEXT NOT NULL, share DOUBLE PRECISION NOT NULL,"
    " active_prompt TEXT, active_provider TEXT, active_model TEXT, canary_prompt TEXT NOT NULL,"
    " canary_provider TEXT, canary_model TEXT, actor TEXT NOT NULL, created_at BIGINT NOT NULL,"
    " started_at BIGINT, ended_at BIGINT);"
    "CREATE INDEX experiments_by_tenant ON experiments (tenant_id, id);"
    "CREATE UNIQUE INDEX experiments_running ON experiments (tenant_id, task)"
    " WHERE status = 'running';"
    "ALTER TABLE analyses ADD COLUMN experiment_id BIGINT;"
    "ALTER TABLE analyses ADD COLUMN arm TEXT;"
    "CREATE INDEX analyses_by_experiment ON analyses (experiment_id)"
    " WHERE experiment_id IS NOT NULL;"
    "CREATE INDEX usage_by_prompt ON usage (tenant_id, prompt_version, created_at);";

/* From when on the ledger's rows are all there: one row, once the first of them have gone. */
static const char usage_kept[] =
    "CREATE TABLE usage_kept (one BIGINT NOT NULL PRIMARY KEY, since BIGINT NOT NULL);";

/* Places that jobs call back and that fail (store_callback.h). */
static const char callback_places[] =
    "CREATE TABLE callback_places ("
    " tenant_id BIGINT NOT NULL, origin TEXT NOT NULL, failures BIGINT NOT NULL,"
    " failing_since BIGINT, paused_until BIGINT, changed_at BIGINT NOT NULL,"
    " PRIMARY KEY (tenant_id, origin)) CLUSTERED;"
    "CREATE INDEX callback_places_by_time ON callback_places (changed_at);";

/* The newest event is never removed, so ROW_ID gives no number twice either, and is much cheaper in
 * SQLite, which looks up and keeps the number of a SERIAL_ID in a table, for each row. */
static const char cheaper_events[] =
    "CREATE TABLE events_anew ("
    " seq ROW_ID, id TEXT NOT NULL, tenant_id BIGINT NOT NULL, type TEXT NOT NULL,"
    " subject BIGINT NOT NULL, data TEXT NOT NULL, created_at BIGINT NOT NULL);"
    "INSERT INTO events_anew (seq, id, tenant_id, type, subject, data, created_at)"
    " SELECT seq, id, tenant_id, type, subject, data, created_at FROM events ORDER BY seq;"
    "DROP TABLE events;"
    "ALTER TABLE events_anew RENAME TO events;";

/* Why a person should look at an analysis, and what the local model said that it is compared with.
 */
static const char review_reasons[] = "ALTER TABLE analyses ADD COLUMN review_reason TEXT;"
                                     "ALTER TABLE analyses ADD COLUMN local_severity TEXT;";

const char *const migrations[] = {first,          adapters,        search,         cursors,
                                  queue_schema,   schedules,       webhooks,       jobs,
                                  local_opinions, usage,           cache,          prompts,
                                  usage_kept,     callback_places, cheaper_events, review_reasons};
const int migration_count = sizeof migrations / sizeof migrations[0];
