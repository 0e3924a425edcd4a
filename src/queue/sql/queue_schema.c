/* A row is a job that is not over; how it ended, where anybody asks, is kept elsewhere. Each state
 * has an index of its own, in which only the rows of that state are, so that taking never walks
 * past what is delayed, blocked or held; and each index costs some microseconds of every job, so
 * there are no more. */
#include "queue/sql/queue_schema.h"

const char queue_schema[] =
    "CREATE TABLE queue_jobs ("
    " seq SERIAL_ID, id TEXT NOT NULL, tenant_id BIGINT NOT NULL, kind TEXT NOT NULL,"
    " lane TEXT NOT NULL, order_key TEXT, priority BIGINT NOT NULL, payload TEXT,"
    " state TEXT NOT NULL, run_at BIGINT NOT NULL, attempts BIGINT NOT NULL, fence BIGINT NOT NULL,"
    " leased_until BIGINT, created_at BIGINT NOT NULL, history TEXT);"
    "CREATE UNIQUE INDEX queue_jobs_by_id ON queue_jobs (id);"
    "CREATE INDEX queue_jobs_ready ON queue_jobs (kind, lane, priority DESC, seq, run_at)"
    " WHERE state = 'ready';"
    "CREATE INDEX queue_jobs_delayed ON queue_jobs (run_at, kind) WHERE state = 'delayed';"
    "CREATE INDEX queue_jobs_leased ON queue_jobs (leased_until, kind, lane)"
    " WHERE state = 'leased';"
    "CREATE INDEX queue_jobs_in_order ON queue_jobs (kind, tenant_id, order_key, seq)"
    " WHERE order_key IS NOT NULL;"

    "CREATE TABLE dead_letters ("
    " number SERIAL_ID, id TEXT NOT NULL UNIQUE, tenant_id BIGINT NOT NULL, kind TEXT NOT NULL,"
    " lane TEXT NOT NULL, order_key TEXT, priority BIGINT NOT NULL, payload TEXT,"
    " attempts BIGINT NOT NULL, fence BIGINT NOT NULL, created_at BIGINT NOT NULL,"
    " history TEXT NOT NULL, error TEXT NOT NULL, died_at BIGINT NOT NULL);"
    "CREATE INDEX dead_letters_by_time ON dead_letters (died_at);"
    "CREATE INDEX dead_letters_by_kind ON dead_letters (kind, tenant_id);";
