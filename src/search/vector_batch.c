#include "search/vector_batch.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "telemetry/log.h"

#include <string.h>

enum {
    SHORT_TEXT = 1000 /* code points, of a text that is not taken whole: some models read no more */
};

/* For an answer; the embedder itself gives up long before. */
static const uint64_t most_wait_us = HOUR_US;

/* --- reading --- */

static enum status look_around(struct db_session *session, struct vector_batch *batch,
                               struct error *err)
{
    enum status status = store_get_search_progress(session, &batch->arena, &batch->progress, err);
    return status == STATUS_OK ? store_list_lagging(session, &batch->arena, &batch->lagging,
                                                    &batch->lagging_count, err)
                               : status;
}

static enum status read_rows(struct db_session *session, struct vector_batch *batch, int64_t after,
                             int64_t until, struct error *err)
{
    struct unindexed_page page = {.tenant_id = batch->tenant_id,
                                  .after = after,
                                  .until = until,
                                  .rows = batch->rows,
                                  .room = batch->most};
    enum status status = store_list_unindexed(session, &batch->arena, &page, err);
    batch->count = page.count;
    return status;
}

static bool is_comparable(const struct vector_batch *batch)
{
    return !str_is_absent(batch->progress.model) &&
           batch->embedder->makes(batch->embedder, batch->progress.model);
}

enum status vector_batch_read(struct db_session *session, void *argument, struct error *err)
{
    struct vector_batch *batch = argument;
    enum status status = look_around(session, batch, err);
    if (status != STATUS_OK)
        return status;
    if (is_comparable(batch)) {
        batch->from = batch->progress.vectors;
        batch->passed = 0;
    } else {
        batch->lagging_count = 0; /* all begins anew */
    }
    int64_t after = batch->from > batch->passed ? batch->from : batch->passed;
    return after < batch->progress.newest
               ? read_rows(session, batch, after, batch->progress.newest, err)
               : STATUS_OK;
}

enum status vector_batch_read_lagging(struct db_session *session, void *argument, struct error *err)
{
    struct vector_batch *batch = argument;
    uint64_t now_us = clock_monotonic_us();
    enum status status = look_around(session, batch, err);
    if (status != STATUS_OK || !is_comparable(batch))
        return status;
    for (size_t i = 0; i < batch->lagging_count; i++) {
        const struct lagging_tenant *one = &batch->lagging[i];
        if (!tenant_waits_is_due(batch->waits, one->tenant_id, now_us))
            continue;
        batch->tenant_id = one->tenant_id;
        batch->from = one->vectors;
        status = read_rows(session, batch, batch->from, batch->progress.vectors, err);
        batch->is_last = batch->count < batch->most;
        break;
    }
    return status;
}

/* --- asking --- */

/* Some rows of one tenant. */
struct asked {
    int64_t tenant_id;
    const size_t *rows;
    size_t count, most; /* code points of each text */
};

/* A model that has changed behind its name is seen here, and what it made is not mixed with what it
 * made before: the next batch begins anew. */
static enum status check_name(struct vector_batch *batch, const char *name, struct error *err)
{
    bool goes_on = batch->from > 0 || batch->tenant_id != 0;
    bool is_new = batch->name[0] != '\0' ? strcmp(batch->name, name) != 0
                                         : goes_on && !str_equal_z(batch->progress.model, name);
    if (is_new)
        return fail(err, STATUS_UNAVAILABLE, "the vectors are now of %s: all are made anew", name);
    memcpy(batch->name, name, sizeof batch->name);
    return STATUS_OK;
}

static enum status embed(struct vector_batch *batch, struct embedding *embedding, struct error *err)
{
    embedding->until_us = clock_monotonic_us() + most_wait_us;
    enum status status = batch->embedder->embed(batch->embedder, embedding, err);
    return status == STATUS_OK ? check_name(batch, embedding->name, err) : status;
}

static enum status ask(struct vector_batch *batch, const struct asked *asked, struct error *err)
{
    str texts[VECTOR_BATCH];
    struct embedding embedding = {
        .tenant_id = asked->tenant_id,
        .texts = texts,
        .count = asked->count,
        .vectors = arena_array(&batch->arena, struct vector, asked->count),
    };
    for (size_t i = 0; i < asked->count; i++)
        texts[i] = utf8_prefix(batch->rows[asked->rows[i]].text, asked->most);
    enum status status = embed(batch, &embedding, err);
    for (size_t i = 0; i < asked->count && status == STATUS_OK; i++) {
        batch->vectors[asked->rows[i]] = embedding.vectors[i];
        batch->states[asked->rows[i]] = ROW_MADE;
    }
    return status;
}

/* Whether a text is taken that nobody could object to. */
static enum status ask_for_a_word(struct vector_batch *batch, int64_t tenant_id, struct error *err)
{
    static const str word = {"word", 4};
    struct vector vector;
    struct embedding embedding = {
        .tenant_id = tenant_id, .texts = &word, .count = 1, .vectors = &vector};
    enum status status = embed(batch, &embedding, err);
    return status == STATUS_INVALID ? STATUS_UNAVAILABLE : status;
}

static bool is_of_tenant(enum status status)
{
    return status == STATUS_FULL || status == STATUS_UNSUPPORTED;
}

static enum status refuse(struct vector_batch *batch, size_t row, const struct error *err)
{
    batch->states[row] = ROW_REFUSED;
    LOG(WARN, "text_without_vector", LOG_INT("feedback_id", batch->rows[row].id),
        LOG_Z("error", err->message),
        LOG_Z("remedy", "it is found by its words alone; other texts are taken"));
    return STATUS_OK;
}

/* A text that is not taken: once more, shorter; and then not at all, unless it is the provider that
 * takes none. */
static enum status ask_shorter(struct vector_batch *batch, struct asked *asked, struct error *err)
{
    struct error why = {0};
    asked->most = SHORT_TEXT;
    enum status status = ask(batch, asked, &why);
    if (status == STATUS_INVALID) {
        status = ask_for_a_word(batch, asked->tenant_id, err);
        return status == STATUS_OK ? refuse(batch, asked->rows[0], &why) : status;
    }
    if (status != STATUS_OK && err != NULL)
        *err = why;
    return status;
}

/* It has failed again and again with this text at hand. If the provider is well, it is the text;
 * and the word goes first, as what fails keeps the provider's breaker open. */
static enum status ask_in_suspicion(struct vector_batch *batch, struct asked *asked,
                                    struct error *err)
{
    struct error why = {0};
    enum status status = ask_for_a_word(batch, asked->tenant_id, err);
    if (status != STATUS_OK)
        return status;
    asked->most = SHORT_TEXT;
    status = ask(batch, asked, &why);
    return status == STATUS_OK || is_of_tenant(status) ? status
                                                       : refuse(batch, asked->rows[0], &why);
}

/* What is not taken together is halved, until it is known which it is. */
static enum status ask_by_halves(struct vector_batch *batch, struct asked asked, struct error *err)
{
    if (asked.count == 1 && batch->is_suspicious)
        return ask_in_suspicion(batch, &asked, err);
    enum status status = ask(batch, &asked, err);
    if (status != STATUS_INVALID)
        return status;
    if (asked.count == 1)
        return ask_shorter(batch, &asked, err);
    struct asked half = asked;
    half.count = asked.count / 2;
    status = ask_by_halves(batch, half, err);
    if (status != STATUS_OK)
        return status;
    half.rows += half.count;
    half.count = asked.count - half.count;
    return ask_by_halves(batch, half, err);
}

static bool is_out_of_budget(const struct vector_batch *batch, int64_t tenant_id)
{
    for (size_t i = 0; i < batch->out_of_budget_count; i++)
        if (batch->out_of_budget[i] == tenant_id)
            return true;
    return false;
}

static bool is_lagging(const struct vector_batch *batch, int64_t tenant_id)
{
    for (size_t i = 0; i < batch->lagging_count; i++)
        if (batch->lagging[i].tenant_id == tenant_id)
            return true;
    return false;
}

/* Its tenant lags, or begins to: it holds nobody else up. */
static bool is_owed(const struct vector_batch *batch, size_t row)
{
    int64_t tenant_id = batch->rows[row].tenant_id;
    return batch->tenant_id == 0 &&
           (is_lagging(batch, tenant_id) || is_out_of_budget(batch, tenant_id));
}

/* The rows of one tenant, from the first of them on. */
static enum status ask_for_tenant(struct vector_batch *batch, size_t first, struct error *err)
{
    size_t rows[VECTOR_BATCH], count = 0;
    uint64_t now_us = clock_monotonic_us();
    int64_t tenant_id = batch->rows[first].tenant_id;
    for (size_t i = first; i < batch->count; i++)
        if (batch->rows[i].tenant_id == tenant_id)
            rows[count++] = i;
    struct asked asked = {tenant_id, rows, count, SIZE_MAX};
    bool is_due = tenant_waits_is_due(batch->waits, tenant_id, now_us);
    enum status status = is_due ? ask_by_halves(batch, asked, err) : STATUS_FULL;
    if (!is_of_tenant(status))
        return status;
    batch->out_of_budget[batch->out_of_budget_count++] = tenant_id;
    if (is_due)
        tenant_waits_add(batch->waits, tenant_id, now_us);
    return STATUS_OK;
}

enum status vector_batch_ask(struct vector_batch *batch, struct error *err)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < batch->count && status == STATUS_OK; i++)
        if (batch->states[i] == ROW_LEFT && !is_owed(batch, i) &&
            !is_out_of_budget(batch, batch->rows[i].tenant_id))
            status = ask_for_tenant(batch, i, err);
    return status;
}

/* --- writing --- */

size_t vector_batch_count_done(const struct vector_batch *batch)
{
    size_t done = 0;
    while (done < batch->count && (batch->states[done] != ROW_LEFT || is_owed(batch, done)))
        done++;
    return done;
}

/* Those who fall behind with this batch; with the first of all, also those who were passed over
 * before it. */
static enum status put_lags(struct db_session *session, const struct vector_batch *batch,
                            struct error *err)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < batch->out_of_budget_count && status == STATUS_OK; i++)
        status = store_put_lag(session, batch->out_of_budget[i], batch->from, err);
    for (const struct tenant_wait *one = batch->waits->first;
         one != NULL && batch->from == 0 && status == STATUS_OK; one = one->next)
        status = store_put_lag(session, one->tenant_id, 0, err);
    return status;
}

enum status vector_batch_write(struct db_session *session, void *argument, struct error *err)
{
    struct vector_batch *batch = argument;
    struct stored_vector vectors[VECTOR_BATCH];
    size_t count = 0, done = vector_batch_count_done(batch);
    int64_t until = done > 0 ? batch->rows[done - 1].id : batch->from;
    /* Where nothing came, as all are out of budget, the name is the one there was. */
    str name = batch->name[0] != '\0' ? str_from_z(batch->name) : batch->progress.model;
    for (size_t i = 0; i < done; i++)
        if (batch->states[i] == ROW_MADE && vector_says_something(&batch->vectors[i]))
            vectors[count++] = (struct stored_vector){batch->rows[i].id, batch->vectors[i].values};
    enum status status;
    if (batch->tenant_id == 0) {
        status = store_index_vectors(session, name, vectors, count, until, err);
        return status == STATUS_OK ? put_lags(session, batch, err) : status;
    }
    bool has_caught_up = batch->is_last && done == batch->count;
    status = store_put_vectors(session, name, vectors, count, err);
    return status == STATUS_OK
               ? store_put_lag(session, batch->tenant_id, has_caught_up ? -1 : until, err)
               : status;
}
