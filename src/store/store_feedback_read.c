/* Feedback read again: one, a page of them, how many. */
#include "store/store_analysis.h"
#include "store/store_feedback.h"
#include "store/store_search.h"

enum {
    PAGE_BYTES = 8 * 1024 * 1024
};

/* What a feedback is read by, here and in lists; the newest of its analyses is the current one. */
#define SELECT_FEEDBACK                                                                            \
    "SELECT f.id, f.text, f.sentiment, f.topic, f.severity, f.confidence, f.confidence_score,"     \
    " f.alert_triggered, f.processing_method, f.summary, f.status, f.source, f.source_id,"         \
    " f.rating, f.customer, f.user_name, f.language_code, f.metadata, f.pii_detected,"             \
    " f.truncated, f.created_at, f.received_at, f.tenant_id, a.id, a.scores, a.topics,"            \
    " a.provider, a.model, a.prompt_version, a.latency_us,"                                        \
    " CASE WHEN a.cost_is_known = 0 THEN NULL ELSE COALESCE(a.cost_nano_usd, 0) END,"              \
    " f.alert_status, a.needs_review, a.input_tokens, a.output_tokens, a.cached_tokens,"           \
    " a.review_reason"                                                                             \
    " FROM feedback f LEFT JOIN analyses a"                                                        \
    " ON a.id = (SELECT MAX(id) FROM analyses WHERE feedback_id = f.id)"

static int read_label(struct db_statement *s, int column, const char *const *names)
{
    return label_find(names, db_peek(s, column));
}

static void read_analysis(struct db_statement *s, struct arena *arena, struct analysis *analysis)
{
    analysis->sentiment = read_label(s, 2, sentiment_names);
    analysis->topic = read_label(s, 3, topic_names);
    analysis->severity = read_label(s, 4, severity_names);
    analysis->confidence = db_real(s, 5);
    analysis->band = read_label(s, 6, band_names);
    analysis->needs_alert = db_integer(s, 7) != 0;
    analysis->method = read_label(s, 8, method_names);
    analysis->summary = db_text(s, 9, arena);
    analysis->id = db_integer(s, 23);
    shares_parse(db_peek(s, 24), analysis->scores, SENTIMENT_COUNT);
    shares_parse(db_peek(s, 25), analysis->topics, TOPIC_COUNT);
    analysis->score =
        analysis->sentiment == LABEL_NONE ? (double)NAN : analysis->scores[analysis->sentiment];
    analysis->provider = db_text(s, 26, arena);
    analysis->model = db_text(s, 27, arena);
    analysis->prompt_version = db_text(s, 28, arena);
    analysis->latency_us = db_integer(s, 29);
    analysis->latency_ms = db_is_null(s, 29) ? FIELD_UNSET : (analysis->latency_us + 500) / 1000;
    analysis->cost_nano = store_read_optional(s, 30);
    read_tokens(s, 33, &analysis->tokens);
    analysis->is_alert_open = read_label(s, 31, alert_status_names) == ALERT_OPEN;
    analysis->needs_review = db_integer(s, 32) != 0;
    analysis->review_reason = read_label(s, 36, review_reason_names);
}

static void read_feedback(struct db_statement *s, struct arena *arena, struct feedback *item)
{
    *item = (struct feedback){0};
    item->id = db_integer(s, 0);
    item->text = db_text(s, 1, arena);
    read_analysis(s, arena, &item->analysis);
    item->status = read_label(s, 10, feedback_status_names);
    item->source = db_text(s, 11, arena);
    item->source_id = db_text(s, 12, arena);
    item->rating = store_read_optional(s, 13);
    item->customer.external_id = db_text(s, 14, arena);
    item->user_name = db_text(s, 15, arena);
    item->language_code = db_text(s, 16, arena);
    item->metadata = db_text(s, 17, arena);
    item->pii_detected = db_integer(s, 18) != 0;
    item->truncated = db_integer(s, 19) != 0;
    item->created_at = db_integer(s, 20);
    item->received_at = db_integer(s, 21);
    item->tenant_id = db_integer(s, 22);
    item->language_support = item->status == FEEDBACK_COMPLETED
                                 ? (int)language_support_of(item->language_code)
                                 : LABEL_NONE;
}

enum status store_get_feedback(struct db_session *session, struct arena *arena, int64_t tenant_id,
                               int64_t id, struct feedback *item, struct error *err)
{
    struct db_statement *s =
        db_prepare(session, SELECT_FEEDBACK " WHERE f.tenant_id = $1 AND f.id = $2");
    db_bind_integer(s, 1, tenant_id);
    db_bind_integer(s, 2, id);
    bool is_there = db_row(s);
    if (is_there)
        read_feedback(s, arena, item);
    enum status status = db_end(s, err);
    if (status == STATUS_OK && !is_there)
        return fail(err, STATUS_NOT_FOUND, "there is no feedback %lld", (long long)id);
    return status;
}

/* A WHERE clause that grows, and the values of its parameters, which are all text or integers. A
 * condition is what stands before its parameter. */
struct where {
    struct buf sql;
    struct {
        str text;
        int64_t integer;
    } values[16];
    int count;
};

static void add_condition(struct where *where, const char *condition, str text, int64_t integer)
{
    where->values[where->count].text = text;
    where->values[where->count].integer = integer;
    where->count++;
    buf_format(&where->sql, "%s$%d", condition, where->count);
}

static void add_text(struct where *where, const char *condition, str text)
{
    if (!str_is_absent(text))
        add_condition(where, condition, text, 0);
}

/* Of the analysis that is in use. */
#define NEEDS_REVIEW                                                                               \
    "EXISTS (SELECT 1 FROM analyses r WHERE r.needs_review = 1 AND r.id ="                         \
    " (SELECT MAX(id) FROM analyses WHERE feedback_id = f.id))"

static void build_where(struct where *where, const struct feedback_filter *filter)
{
    add_condition(where, " WHERE f.tenant_id = ", (str){0}, filter->tenant_id);
    add_text(where, " AND f.sentiment = ", label_text(sentiment_names, filter->sentiment));
    add_text(where, " AND f.topic = ", label_text(topic_names, filter->topic));
    add_text(where, " AND f.severity = ", label_text(severity_names, filter->severity));
    add_text(where, " AND f.confidence_score = ", label_text(band_names, filter->band));
    add_text(where, " AND f.source = ", filter->source);
    add_text(where, " AND f.language_code = ", filter->language);
    add_text(where, " AND f.customer = ", filter->customer);
    if (filter->alert != LABEL_NONE)
        buf_add_z(&where->sql, filter->alert == TRUTH_TRUE ? " AND f.alert_triggered = 1"
                                                           : " AND f.alert_triggered = 0");
    if (filter->needs_review != LABEL_NONE)
        buf_format(&where->sql, " AND %s" NEEDS_REVIEW,
                   filter->needs_review == TRUTH_TRUE ? "" : "NOT ");
    if (!str_is_absent(filter->q)) {
        add_text(where, " AND text_holds(f.text, ", filter->q);
        buf_add_byte(&where->sql, ')');
    }
    if (filter->since != FIELD_UNSET)
        add_condition(where, " AND f.created_at >= ", (str){0}, filter->since);
    if (filter->until != FIELD_UNSET)
        add_condition(where, " AND f.created_at < ", (str){0}, filter->until);
}

static struct db_statement *prepare_where(struct db_session *session, const struct where *where)
{
    struct db_statement *s = db_prepare_text(session, buf_str(&where->sql));
    for (int i = 0; i < where->count; i++) {
        if (str_is_absent(where->values[i].text))
            db_bind_integer(s, i + 1, where->values[i].integer);
        else
            db_bind_text(s, i + 1, where->values[i].text);
    }
    return s;
}

enum status store_list_feedback(struct db_session *session, struct arena *arena,
                                const struct feedback_filter *filter, struct feedback_page *page,
                                struct error *err)
{
    struct where where = {.count = 0};
    buf_init(&where.sql, arena, 8192);
    buf_add_z(&where.sql, SELECT_FEEDBACK);
    build_where(&where, filter);
    if (page->before_id != 0) {
        add_condition(&where, " AND (f.created_at, f.id) < (", (str){0}, page->before_time);
        add_condition(&where, ", ", (str){0}, page->before_id);
        buf_add_byte(&where.sql, ')');
    }
    buf_add_z(&where.sql, " ORDER BY f.created_at DESC, f.id DESC");
    add_condition(&where, " LIMIT ", (str){0}, filter->limit);

    struct db_statement *s = prepare_where(session, &where);
    size_t bytes = 0;
    page->count = 0;
    while (bytes < PAGE_BYTES && db_row(s)) {
        read_feedback(s, arena, &page->items[page->count]);
        bytes += page->items[page->count++].text.length;
    }
    page->is_cut = bytes >= PAGE_BYTES;
    return db_end(s, err);
}

enum status store_list_feedback_ids(struct db_session *session, struct arena *arena,
                                    const struct feedback_filter *filter, id_taker *take,
                                    void *context, struct error *err)
{
    struct where where = {.count = 0};
    buf_init(&where.sql, arena, 8192);
    buf_add_z(&where.sql, "SELECT f.id FROM feedback f");
    build_where(&where, filter);
    struct db_statement *s = prepare_where(session, &where);
    while (db_row(s))
        take(context, db_integer(s, 0));
    return db_end(s, err);
}

/* The tenant is a word of the index as well, so that a common word does not lead through the rows
 * of others. Where there are no others, it is left out: BM25 would count all its rows. */
static enum status words_of_tenant(struct db_session *session, struct arena *arena,
                                   int64_t tenant_id, str *query, struct error *err)
{
    struct db_statement *s = db_prepare(session, "SELECT id FROM tenants WHERE id <> $1 LIMIT 1");
    db_bind_integer(s, 1, tenant_id);
    if (db_row(s))
        *query = str_format(arena, "tenant_id : \"%lld\" AND " STR_FORMAT, (long long)tenant_id,
                            STR_ARG(*query));
    return db_end(s, err);
}

/* A word that stands in everything is ranked among the newest only, so that no search takes long.
 */
enum {
    MOST_RANKED = 1000 /* five times what a search looks at; more cost more than 5 ms */
};

static struct db_statement *prepare_words(struct db_session *session, struct arena *arena,
                                          const struct word_search *search, str query)
{
    struct where where = {.count = 0};
    buf_init(&where.sql, arena, 8192);
    buf_add_z(&where.sql, "SELECT id, score FROM (SELECT feedback_words.rowid AS id,"
                          " -bm25(feedback_words, 0.0, 1.0) AS score FROM feedback_words");
    if (feedback_filter_is_narrow(
            search->filter)) { /* from the words to the rows, never the other way */
        buf_add_z(&where.sql, " CROSS JOIN feedback f");
        build_where(&where, search->filter);
        buf_add_z(&where.sql, " AND f.id = feedback_words.rowid AND");
    } else {
        buf_add_z(&where.sql, " WHERE");
    }
    add_text(&where, " feedback_words MATCH ", query);
    add_condition(&where, " ORDER BY feedback_words.rowid DESC LIMIT ", (str){0}, MOST_RANKED);
    add_condition(&where, ") ranked ORDER BY score DESC, id DESC LIMIT ", (str){0},
                  (int64_t)search->room);
    return prepare_where(session, &where);
}

enum status store_find_words(struct db_session *session, struct arena *arena,
                             struct word_search *search, struct error *err)
{
    str query = search->query;
    enum status status = words_of_tenant(session, arena, search->filter->tenant_id, &query, err);
    if (status != STATUS_OK)
        return status;
    struct db_statement *s = prepare_words(session, arena, search, query);
    for (search->count = 0; search->count < search->room && db_row(s); search->count++)
        search->hits[search->count] = (struct word_hit){db_integer(s, 0), db_real(s, 1)};
    return db_end(s, err);
}

enum status store_count_feedback(struct db_session *session, struct arena *arena,
                                 const struct feedback_filter *filter, int64_t *count,
                                 struct error *err)
{
    struct where where = {.count = 0};
    buf_init(&where.sql, arena, 8192);
    buf_add_z(&where.sql, "SELECT COUNT(*) FROM feedback f");
    build_where(&where, filter);
    struct db_statement *s = prepare_where(session, &where);
    if (db_row(s))
        *count = db_integer(s, 0);
    return db_end(s, err);
}
