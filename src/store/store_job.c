#include "store/store_job.h"

enum {
    /* Bytes: a summary has at most 280 code points, each escaped to at most 12; the name of a model
     * has as many as the settings give it. */
    MOST_RESULT = 64 * 1024
};

enum status store_add_job(struct db_session *session, struct job_record *record, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "INSERT INTO jobs (id, tenant_id, kind, status, source_id, callback_url,"
                 " language_code, feedback_id, size, input_hash, pii_detected, created_at)"
                 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
    db_bind_text(s, 1, record->id);
    db_bind_integer(s, 2, record->tenant_id);
    db_bind_text(s, 3, label_text(record_kind_names, record->kind));
    db_bind_text(s, 4, label_text(record_status_names, record->status));
    db_bind_text(s, 5, record->source_id);
    db_bind_text(s, 6, record->callback_url);
    db_bind_text(s, 7, record->language_code);
    store_bind_optional(s, 8, record->feedback_id);
    db_bind_integer(s, 9, record->size);
    db_bind_text(s, 10, record->input_hash);
    db_bind_integer(s, 11, record->pii_detected);
    db_bind_integer(s, 12, record->created_at);
    return db_insert(s, &record->seq, err);
}

#define SELECT_JOB                                                                                 \
    "SELECT seq, id, tenant_id, kind, status, source_id, callback_url, language_code,"             \
    " feedback_id, size, input_hash, pii_detected, created_at, started_at, finished_at, result,"   \
    " error_code, error_message FROM jobs"

/* What fields_write() wrote; what cannot be read stays absent. */
static void read_result(struct arena *arena, str text, struct job_result *result)
{
    const struct json *json;
    struct faults faults = {0};
    struct job_result read;
    if (!str_is_absent(text) && json_parse(arena, text, &json, NULL) == STATUS_OK &&
        fields_read(&job_result_fields, arena, json, &read, &faults, NULL) == STATUS_OK)
        *result = read;
}

static void read_record(struct db_statement *s, struct arena *arena, struct job_record *record)
{
    job_record_init(record);
    record->seq = db_integer(s, 0);
    record->id = db_text(s, 1, arena);
    record->tenant_id = db_integer(s, 2);
    record->kind = label_find(record_kind_names, db_peek(s, 3));
    record->status = label_find(record_status_names, db_peek(s, 4));
    record->source_id = db_text(s, 5, arena);
    record->callback_url = db_text(s, 6, arena);
    record->language_code = db_text(s, 7, arena);
    record->feedback_id = store_read_optional(s, 8);
    record->size = db_integer(s, 9);
    record->input_hash = db_text(s, 10, arena);
    record->pii_detected = db_integer(s, 11) != 0;
    record->created_at = db_integer(s, 12);
    record->started_at = store_read_optional(s, 13);
    record->finished_at = store_read_optional(s, 14);
    read_result(arena, db_text(s, 15, arena), &record->result);
    record->error.code = db_text(s, 16, arena);
    record->error.message = db_text(s, 17, arena);
}

static enum status read_one(struct db_statement *s, struct arena *arena, struct job_record *record,
                            struct error *err)
{
    bool is_there = db_row(s);
    if (is_there)
        read_record(s, arena, record);
    enum status status = db_end(s, err);
    if (status == STATUS_OK && !is_there)
        return fail(err, STATUS_NOT_FOUND, "there is no such job");
    return status;
}

enum status store_get_job(struct db_session *session, struct arena *arena, int64_t tenant_id,
                          str id, struct job_record *record, struct error *err)
{
    struct db_statement *s = db_prepare(session, SELECT_JOB " WHERE tenant_id = $1 AND id = $2");
    db_bind_integer(s, 1, tenant_id);
    db_bind_text(s, 2, id);
    return read_one(s, arena, record, err);
}

enum status store_get_feedback_job(struct db_session *session, struct arena *arena,
                                   int64_t tenant_id, int64_t feedback_id,
                                   struct job_record *record, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, SELECT_JOB " WHERE tenant_id = $1 AND feedback_id = $2"
                                       " AND status IN ('PENDING', 'PROCESSING')");
    db_bind_integer(s, 1, tenant_id);
    db_bind_integer(s, 2, feedback_id);
    return read_one(s, arena, record, err);
}

static enum status changed_or_conflict(struct db_statement *s, struct error *err)
{
    int64_t changed = 0;
    enum status status = db_run(s, &changed, err);
    if (status == STATUS_OK && changed == 0)
        return fail(err, STATUS_CONFLICT, "the job is over already");
    return status;
}

enum status store_start_job(struct db_session *session, int64_t tenant_id, str id, int64_t at,
                            struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "UPDATE jobs SET status = 'PROCESSING', started_at = $1, finished_at = NULL,"
                 " error_code = NULL, error_message = NULL WHERE tenant_id = $2 AND id = $3"
                 " AND (status IN ('PENDING', 'PROCESSING') OR error_code = 'PROCESSING_ERROR')");
    db_bind_integer(s, 1, at);
    db_bind_integer(s, 2, tenant_id);
    db_bind_text(s, 3, id);
    return changed_or_conflict(s, err);
}

static enum status end_with(struct db_session *session, const struct job_record *record, str result,
                            struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "UPDATE jobs SET status = $1, result = $2, error_code = $3, error_message = $4,"
                 " finished_at = $5, language_code = COALESCE(language_code, $6)"
                 " WHERE tenant_id = $7 AND id = $8 AND status IN ('PENDING', 'PROCESSING')");
    db_bind_text(s, 1, label_text(record_status_names, record->status));
    db_bind_text(s, 2, result);
    db_bind_text(s, 3, record->error.code);
    db_bind_text(s, 4, record->error.message);
    db_bind_integer(s, 5, record->finished_at);
    db_bind_text(s, 6, record->language_code);
    db_bind_integer(s, 7, record->tenant_id);
    db_bind_text(s, 8, record->id);
    return changed_or_conflict(s, err);
}

enum status store_end_job(struct db_session *session, const struct job_record *record,
                          struct error *err)
{
    struct arena arena = {0};
    struct buf result;
    if (record->result.sentiment == LABEL_NONE)
        return end_with(session, record, (str){0}, err);
    buf_init(&result, &arena, MOST_RESULT);
    fields_write(&(struct json_writer){.out = &result}, &job_result_fields, &record->result);
    enum status status =
        result.overflowed
            ? fail(err, STATUS_INTERNAL, "the result of a job is longer than its fields allow")
            : end_with(session, record, buf_str(&result), err);
    arena_reset(&arena);
    return status;
}

static int64_t or_the_end(int64_t seq)
{
    return seq == 0 ? INT64_MAX : seq;
}

enum status store_sum_jobs_before(struct db_session *session, const struct job_record *record,
                                  struct jobs_before *before, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM jobs WHERE kind = $1"
                            " AND status IN ('PENDING', 'PROCESSING') AND seq < $2");
    db_bind_text(s, 1, label_text(record_kind_names, record->kind));
    db_bind_integer(s, 2, or_the_end(record->seq));
    if (db_row(s))
        *before = (struct jobs_before){db_integer(s, 0), db_integer(s, 1)};
    return db_end(s, err);
}

/* Every condition stands there always and lets all through when nothing is asked of it, so that the
 * statement is one constant. */
enum status store_list_jobs(struct db_session *session, struct arena *arena,
                            const struct job_record_filter *filter, struct job_record_page *page,
                            struct error *err)
{
    struct db_statement *s = db_prepare(session, SELECT_JOB " WHERE tenant_id = $1 AND seq < $2"
                                                            " AND ($3 IS NULL OR status = $3)"
                                                            " AND ($4 IS NULL OR kind = $4)"
                                                            " AND ($5 IS NULL OR source_id = $5)"
                                                            " AND ($6 IS NULL OR created_at >= $6)"
                                                            " AND ($7 IS NULL OR created_at < $7)"
                                                            " ORDER BY seq DESC LIMIT $8");
    db_bind_integer(s, 1, filter->tenant_id);
    db_bind_integer(s, 2, or_the_end(page->before_seq));
    db_bind_text(s, 3, label_text(record_status_names, filter->status));
    db_bind_text(s, 4, label_text(record_kind_names, filter->kind));
    db_bind_text(s, 5, filter->source_id);
    store_bind_optional(s, 6, filter->since);
    store_bind_optional(s, 7, filter->until);
    db_bind_integer(s, 8, filter->limit);
    page->count = 0;
    while (db_row(s))
        read_record(s, arena, &page->items[page->count++]);
    return db_end(s, err);
}

enum status store_remove_jobs(struct db_session *session, int64_t before_us, int64_t most,
                              int64_t *removed, struct error *err)
{
    struct db_statement *s = db_prepare(session, "DELETE FROM jobs WHERE seq IN"
                                                 " (SELECT seq FROM jobs WHERE created_at < $1"
                                                 "  ORDER BY created_at LIMIT $2)");
    db_bind_integer(s, 1, before_us);
    db_bind_integer(s, 2, most);
    return db_run(s, removed, err);
}
