#include "store/store_search.h"

#include <stdio.h>
#include <string.h>

enum {
    SNIPPET_WORDS = 24,
    BATCH_BYTES = 4 * 1024 * 1024,
    VECTOR_BYTES = STORED_VECTOR * sizeof(int16_t),
    LAG_NAME = 40,   /* "vectors of 7" */
    LOOKED_AT = 1000 /* texts, to tell how long they are */
};

/* In search_progress, how far a tenant is that lags: without a model, as all are of one. */
static const char lag_prefix[] = "vectors of ";

static enum status get_done(struct db_session *session, str what, str model, int64_t *done,
                            struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "SELECT done FROM search_progress WHERE what = $1 AND model = $2");
    db_bind_text(s, 1, what);
    db_bind_text(s, 2, model);
    *done = db_row(s) ? db_integer(s, 0) : 0;
    return db_end(s, err);
}

static enum status set_done(struct db_session *session, str what, str model, int64_t done,
                            struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "INSERT INTO search_progress (what, model, done) VALUES ($1, $2, $3)"
                 " ON CONFLICT (what) DO UPDATE SET model = excluded.model, done = excluded.done");
    db_bind_text(s, 1, what);
    db_bind_text(s, 2, model);
    db_bind_integer(s, 3, done);
    return db_run(s, NULL, err);
}

static enum status get_vectors_done(struct db_session *session, struct arena *arena,
                                    struct search_progress *progress, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "SELECT model, done FROM search_progress WHERE what = 'vectors'");
    bool is_there = db_row(s);
    progress->model = is_there ? db_text(s, 0, arena) : (str){0};
    progress->vectors = is_there ? db_integer(s, 1) : 0;
    return db_end(s, err);
}

enum status store_get_search_progress(struct db_session *session, struct arena *arena,
                                      struct search_progress *progress, struct error *err)
{
    enum status status = get_done(session, STR("words"), STR(""), &progress->words, err);
    if (status == STATUS_OK)
        status = get_vectors_done(session, arena, progress, err);
    if (status != STATUS_OK)
        return status;
    struct db_statement *s = db_prepare(session, "SELECT COALESCE(MAX(id), 0) FROM feedback");
    progress->newest = db_row(s) ? db_integer(s, 0) : 0;
    return db_end(s, err);
}

/* --- tenants that lag --- */

static str lag_name(int64_t tenant_id, char name[static LAG_NAME])
{
    int length = snprintf(name, LAG_NAME, "%s%lld", lag_prefix, (long long)tenant_id);
    return (str){name, (size_t)length};
}

enum status store_list_lagging(struct db_session *session, struct arena *arena,
                               struct lagging_tenant **items, size_t *count, struct error *err)
{
    size_t room = 0;
    struct lagging_tenant one;
    struct db_statement *s = db_prepare(
        session, "SELECT what, done FROM search_progress WHERE what LIKE 'vectors of %'");
    *items = NULL;
    for (*count = 0; db_row(s);) {
        if (!str_to_integer(str_slice(db_peek(s, 0), strlen(lag_prefix), LAG_NAME), &one.tenant_id))
            continue;
        one.vectors = db_integer(s, 1);
        if (*count == room) {
            *items = arena_grow(arena, *items, room * sizeof one, (2 * room + 8) * sizeof one);
            room = 2 * room + 8;
        }
        (*items)[(*count)++] = one;
    }
    return db_end(s, err);
}

enum status store_find_lag(struct db_session *session, int64_t tenant_id, int64_t *vectors,
                           struct error *err)
{
    char name[LAG_NAME];
    struct db_statement *s =
        db_prepare(session, "SELECT done FROM search_progress WHERE what = $1");
    db_bind_text(s, 1, lag_name(tenant_id, name));
    *vectors = db_row(s) ? db_integer(s, 0) : -1;
    return db_end(s, err);
}

enum status store_put_lag(struct db_session *session, int64_t tenant_id, int64_t vectors,
                          struct error *err)
{
    char name[LAG_NAME];
    if (vectors >= 0)
        return set_done(session, lag_name(tenant_id, name), STR(""), vectors, err);
    struct db_statement *s = db_prepare(session, "DELETE FROM search_progress WHERE what = $1");
    db_bind_text(s, 1, lag_name(tenant_id, name));
    return db_run(s, NULL, err);
}

static enum status forget_lags(struct db_session *session, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "DELETE FROM search_progress WHERE what LIKE 'vectors of %'");
    return db_run(s, NULL, err);
}

/* --- what is to be indexed --- */

enum status store_estimate_texts(struct db_session *session, struct text_volume *volume,
                                 struct error *err)
{
    struct db_statement *s = db_prepare(session, "SELECT COUNT(*) FROM feedback");
    volume->texts = db_row(s) ? db_integer(s, 0) : 0;
    enum status status = db_end(s, err);
    if (status != STATUS_OK)
        return status;
    s = db_prepare(session, "SELECT AVG(LENGTH(text)) FROM"
                            " (SELECT text FROM feedback ORDER BY id DESC LIMIT $1) AS newest");
    db_bind_integer(s, 1, LOOKED_AT);
    double length = db_row(s) && !db_is_null(s, 0) ? db_real(s, 0) : 0;
    volume->bytes = (int64_t)(length * (double)volume->texts);
    return db_end(s, err);
}

enum status store_count_after(struct db_session *session, int64_t tenant_id, int64_t after,
                              int64_t *count, struct error *err)
{
    /* By id, of which few are left, and not by the tenant's index of times. */
    struct db_statement *s =
        db_prepare(session, "SELECT COUNT(*) FROM feedback WHERE id > $1 AND +tenant_id = $2");
    db_bind_integer(s, 1, after);
    db_bind_integer(s, 2, tenant_id);
    *count = db_row(s) ? db_integer(s, 0) : 0;
    return db_end(s, err);
}

enum status store_list_unindexed(struct db_session *session, struct arena *arena,
                                 struct unindexed_page *page, struct error *err)
{
    size_t bytes = 0;
    struct db_statement *s =
        page->tenant_id == 0
            ? db_prepare(session, "SELECT id, tenant_id, text FROM feedback"
                                  " WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3")
            : db_prepare(session, "SELECT id, tenant_id, text FROM feedback"
                                  " WHERE id > $1 AND id <= $2 AND +tenant_id = $3"
                                  " ORDER BY id LIMIT $4");
    db_bind_integer(s, 1, page->after);
    db_bind_integer(s, 2, page->until);
    if (page->tenant_id != 0)
        db_bind_integer(s, 3, page->tenant_id);
    db_bind_integer(s, page->tenant_id == 0 ? 3 : 4, (int64_t)page->room);
    for (page->count = 0; page->count < page->room && bytes < BATCH_BYTES && db_row(s);) {
        struct unindexed *row = &page->rows[page->count++];
        *row = (struct unindexed){db_integer(s, 0), db_integer(s, 1), db_text(s, 2, arena)};
        bytes += row->text.length;
    }
    return db_end(s, err);
}

enum status store_index_words(struct db_session *session, int64_t until, struct error *err)
{
    int64_t done;
    enum status status = get_done(session, STR("words"), STR(""), &done, err);
    if (status != STATUS_OK || done >= until)
        return status;
    struct db_statement *s =
        db_prepare(session, "INSERT INTO feedback_words (rowid, tenant_id, text)"
                            " SELECT id, tenant_id, text FROM feedback WHERE id > $1 AND id <= $2"
                            " ORDER BY id");
    db_bind_integer(s, 1, done);
    db_bind_integer(s, 2, until);
    status = db_run(s, NULL, err);
    return status == STATUS_OK ? set_done(session, STR("words"), STR(""), until, err) : status;
}

static enum status index_vector(struct db_session *session, str model,
                                const struct stored_vector *vector, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "INSERT INTO embeddings (tenant_id, feedback_id, model, vector)"
                            " SELECT tenant_id, id, $1, $2 FROM feedback WHERE id = $3"
                            " ON CONFLICT (tenant_id, feedback_id)"
                            " DO UPDATE SET model = excluded.model, vector = excluded.vector");
    db_bind_text(s, 1, model);
    db_bind_bytes(s, 2, (str){(const char *)vector->values, VECTOR_BYTES});
    db_bind_integer(s, 3, vector->feedback_id);
    return db_run(s, NULL, err);
}

enum status store_index_vectors(struct db_session *session, str model,
                                const struct stored_vector *vectors, size_t count, int64_t until,
                                struct error *err)
{
    int64_t done;
    enum status status = get_done(session, STR("vectors"), model, &done, err);
    if (status == STATUS_OK && done == 0)
        status = forget_lags(session, err);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        if (vectors[i].feedback_id > done && vectors[i].values != NULL)
            status = index_vector(session, model, &vectors[i], err);
    if (status == STATUS_OK && until > done)
        status = set_done(session, STR("vectors"), model, until, err);
    return status;
}

enum status store_put_vectors(struct db_session *session, str model,
                              const struct stored_vector *vectors, size_t count, struct error *err)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        if (vectors[i].values != NULL)
            status = index_vector(session, model, &vectors[i], err);
    return status;
}

/* FTS5 must be told the words it is to forget; of a row that it never saw, it must not. */
static enum status remove_words(struct db_session *session, int64_t id, struct error *err)
{
    int64_t done;
    enum status status = get_done(session, STR("words"), STR(""), &done, err);
    if (status != STATUS_OK || id > done)
        return status;
    struct db_statement *s =
        db_prepare(session, "INSERT INTO feedback_words (feedback_words, rowid, tenant_id, text)"
                            " SELECT 'delete', id, tenant_id, text FROM feedback WHERE id = $1");
    db_bind_integer(s, 1, id);
    return db_run(s, NULL, err);
}

enum status store_remove_from_search(struct db_session *session, const struct feedback *item,
                                     struct error *err)
{
    enum status status = remove_words(session, item->id, err);
    if (status != STATUS_OK)
        return status;
    struct db_statement *s =
        db_prepare(session, "DELETE FROM embeddings WHERE tenant_id = $1 AND feedback_id = $2");
    db_bind_integer(s, 1, item->tenant_id);
    db_bind_integer(s, 2, item->id);
    return db_run(s, NULL, err);
}

enum status store_get_snippet(struct db_session *session, struct arena *arena, str query,
                              int64_t id, str *snippet, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "SELECT snippet(feedback_words, 1, '**', '**', '…', $1)"
                            " FROM feedback_words WHERE feedback_words MATCH $2 AND rowid = $3");
    db_bind_integer(s, 1, SNIPPET_WORDS);
    db_bind_text(s, 2, query);
    db_bind_integer(s, 3, id);
    *snippet = db_row(s) ? db_text(s, 0, arena) : (str){0};
    return db_end(s, err);
}

enum status store_read_vectors(struct db_session *session, const struct vector_reading *reading,
                               struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "SELECT feedback_id, vector FROM embeddings"
                 " WHERE tenant_id = $1 AND feedback_id > $2 AND feedback_id <= $3 AND model = $4"
                 " ORDER BY feedback_id");
    db_bind_integer(s, 1, reading->tenant_id);
    db_bind_integer(s, 2, reading->after);
    db_bind_integer(s, 3, reading->until);
    db_bind_text(s, 4, reading->model);
    while (db_row(s)) {
        int16_t values[STORED_VECTOR];
        str bytes = db_peek(s, 1);
        if (bytes.length != VECTOR_BYTES)
            continue;
        memcpy(values, bytes.bytes, VECTOR_BYTES);
        reading->take(reading->context, db_integer(s, 0), values);
    }
    return db_end(s, err);
}

enum status store_find_newest_vector(struct db_session *session, int64_t tenant_id,
                                     int64_t *feedback_id, struct error *err)
{
    struct db_statement *s = db_prepare(
        session, "SELECT COALESCE(MAX(feedback_id), 0) FROM embeddings WHERE tenant_id = $1");
    db_bind_integer(s, 1, tenant_id);
    *feedback_id = db_row(s) ? db_integer(s, 0) : 0;
    return db_end(s, err);
}

enum status store_get_vector(struct db_session *session, int64_t tenant_id, str model,
                             int64_t feedback_id, int16_t *values, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "SELECT vector FROM embeddings"
                            " WHERE tenant_id = $1 AND feedback_id = $2 AND model = $3");
    db_bind_integer(s, 1, tenant_id);
    db_bind_integer(s, 2, feedback_id);
    db_bind_text(s, 3, model);
    bool is_there = db_row(s) && db_peek(s, 0).length == VECTOR_BYTES;
    if (is_there)
        memcpy(values, db_peek(s, 0).bytes, VECTOR_BYTES);
    enum status status = db_end(s, err);
    if (status == STATUS_OK && !is_there)
        return fail(err, STATUS_NOT_FOUND, "feedback %lld has no vector", (long long)feedback_id);
    return status;
}

enum status store_get_given_topic(struct db_session *session, int64_t tenant_id, int64_t id,
                                  int *topic, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, "SELECT topic FROM feedback WHERE tenant_id = $1 AND id = $2"
                            " AND (processing_method IN ('ai', 'cache') OR EXISTS"
                            "  (SELECT 1 FROM corrections c WHERE c.feedback_id = feedback.id"
                            "   AND c.field = 'topic'))");
    db_bind_integer(s, 1, tenant_id);
    db_bind_integer(s, 2, id);
    int found = db_row(s) ? label_find(topic_names, db_peek(s, 0)) : LABEL_NONE;
    enum status status = db_end(s, err);
    if (status == STATUS_OK && found == LABEL_NONE)
        return fail(err, STATUS_NOT_FOUND, "nobody gave feedback %lld a topic", (long long)id);
    if (status == STATUS_OK)
        *topic = found;
    return status;
}
