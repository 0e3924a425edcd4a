#include "store/store_analysis.h"

#include "model/prompt.h"
#include "store/store_feedback.h"

#include <math.h>

enum {
    SHARES_SIZE = 128
};

static void format_shares(struct buf *out, const double *shares, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_add_byte(out, i == 0 ? '[' : ',');
        buf_add_integer(out, (int64_t)(shares[i] * 10000 + 0.5));
    }
    buf_add_byte(out, ']');
}

void shares_parse(str text, double *shares, size_t count)
{
    str rest = str_slice(text, 1, text.length > 0 ? text.length - 1 : 0), one;
    for (size_t i = 0; i < count; i++) {
        int64_t parts;
        str_cut(rest, ',', &one, &rest);
        shares[i] = str_to_integer(one, &parts) ? (double)parts / 10000 : (double)NAN;
    }
}

/* What is not bound is null. */
static void bind_local(struct db_statement *s, const struct local_labels *local)
{
    if (!local->is_known)
        return;
    db_bind_text(s, 19, label_text(sentiment_names, local->sentiment));
    db_bind_text(s, 20, label_text(topic_names, local->topic));
    db_bind_real(s, 21, local->confidence);
    db_bind_text(s, 30, label_text(severity_names, local->severity));
}

/* What is not known is null, or 0 with a mark beside it. */
static void bind_cost(struct db_statement *s, const struct analysis *analysis)
{
    bool is_known = analysis->cost_nano != FIELD_UNSET;
    db_bind_integer(s, 15, is_known ? analysis->cost_nano : 0);
    db_bind_integer(s, 22, is_known);
    if (analysis->tokens.input == FIELD_UNSET)
        return;
    db_bind_integer(s, 23, analysis->tokens.input);
    db_bind_integer(s, 24, analysis->tokens.output);
    db_bind_integer(s, 25, analysis->tokens.cached);
}

static void bind_experiment(struct db_statement *s, const struct analysis *analysis)
{
    if (analysis->experiment_id == 0)
        return;
    db_bind_integer(s, 27, analysis->experiment_id);
    db_bind_text(s, 28, label_text(experiment_arm_names, analysis->arm));
}

enum status store_add_analysis(struct db_session *session, int64_t tenant_id,
                               struct analysis *analysis, struct error *err)
{
    char scores_text[SHARES_SIZE], topics_text[SHARES_SIZE];
    struct buf scores, topics;
    buf_init_on(&scores, scores_text, sizeof scores_text);
    buf_init_on(&topics, topics_text, sizeof topics_text);
    format_shares(&scores, analysis->scores, SENTIMENT_COUNT);
    format_shares(&topics, analysis->topics, TOPIC_COUNT);

    struct db_statement *s = db_prepare(
        session,
        "INSERT INTO analyses (tenant_id, feedback_id, processing_method, sentiment, topic,"
        " severity, confidence, scores, topics, summary, provider, model, prompt_version,"
        " input_hash, cost_nano_usd, latency_us, created_at, needs_review, local_sentiment,"
        " local_topic, local_confidence, cost_is_known, input_tokens, output_tokens,"
        " cached_tokens, raw_output, experiment_id, arm, review_reason, local_severity)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
        " $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30)");
    db_bind_integer(s, 1, tenant_id);
    db_bind_integer(s, 2, analysis->feedback_id);
    db_bind_text(s, 3, str_from_z(method_names[analysis->method]));
    db_bind_text(s, 4, str_from_z(sentiment_names[analysis->sentiment]));
    db_bind_text(s, 5, str_from_z(topic_names[analysis->topic]));
    db_bind_text(s, 6, str_from_z(severity_names[analysis->severity]));
    db_bind_real(s, 7, analysis->confidence);
    db_bind_text(s, 8, buf_str(&scores));
    db_bind_text(s, 9, buf_str(&topics));
    db_bind_text(s, 10, analysis->summary);
    db_bind_text(s, 11, analysis->provider);
    db_bind_text(s, 12, analysis->model);
    db_bind_text(s, 13, analysis->prompt_version);
    db_bind_text(s, 14, analysis->input_hash);
    db_bind_integer(s, 16, analysis->latency_us);
    db_bind_integer(s, 17, analysis->created_at);
    db_bind_integer(s, 18, analysis->needs_review);
    bind_local(s, &analysis->local);
    bind_cost(s, analysis);
    db_bind_text(s, 26, analysis->raw_output);
    bind_experiment(s, analysis);
    if (analysis->needs_review)
        db_bind_text(s, 29, label_text(review_reason_names, analysis->review_reason));
    return db_insert(s, &analysis->id, err);
}

static void read_local(struct db_statement *s, struct local_labels *local)
{
    local->is_known = !db_is_null(s, 18);
    local->sentiment = label_find(sentiment_names, db_peek(s, 18));
    local->topic = label_find(topic_names, db_peek(s, 19));
    local->severity = label_find(severity_names, db_peek(s, 27));
    local->confidence = db_is_null(s, 20) ? (double)NAN : db_real(s, 20);
}

void read_tokens(struct db_statement *s, int column, struct tokens *tokens)
{
    *tokens = (struct tokens)NO_TOKENS;
    if (db_is_null(s, column))
        return;
    *tokens = (struct tokens){db_integer(s, column), db_integer(s, column + 1),
                              db_integer(s, column + 2)};
}

static void read_analysis(struct db_statement *s, struct arena *arena, struct analysis *analysis)
{
    *analysis = (struct analysis){.id = db_integer(s, 0), .feedback_id = db_integer(s, 1)};
    analysis->method = label_find(method_names, db_peek(s, 2));
    analysis->sentiment = label_find(sentiment_names, db_peek(s, 3));
    analysis->topic = label_find(topic_names, db_peek(s, 4));
    analysis->severity = label_find(severity_names, db_peek(s, 5));
    analysis->confidence = db_real(s, 6);
    shares_parse(db_peek(s, 7), analysis->scores, SENTIMENT_COUNT);
    shares_parse(db_peek(s, 8), analysis->topics, TOPIC_COUNT);
    analysis->summary = db_text(s, 9, arena);
    analysis->provider = db_text(s, 10, arena);
    analysis->model = db_text(s, 11, arena);
    analysis->prompt_version = db_text(s, 12, arena);
    analysis->input_hash = db_text(s, 13, arena);
    analysis->cost_nano = store_read_optional(s, 14);
    read_tokens(s, 21, &analysis->tokens);
    analysis->latency_us = db_integer(s, 15);
    analysis->created_at = db_integer(s, 16);
    analysis->needs_review = db_integer(s, 17) != 0;
    read_local(s, &analysis->local);
    analysis->experiment_id = store_read_optional(s, 24);
    analysis->arm = label_find(experiment_arm_names, db_peek(s, 25));
    analysis->review_reason = label_find(review_reason_names, db_peek(s, 26));
}

static struct analysis *next_place(struct arena *arena, struct analysis_list *list, size_t *room)
{
    if (list->count == *room) {
        size_t wanted = *room > 0 ? *room * 2 : 4;
        list->items = arena_grow(arena, list->items, *room * sizeof *list->items,
                                 wanted * sizeof *list->items);
        *room = wanted;
    }
    return &list->items[list->count++];
}

enum status store_list_analyses(struct db_session *session, struct arena *arena, int64_t tenant_id,
                                int64_t feedback_id, struct analysis_list *list, struct error *err)
{
    size_t room = 0;
    struct db_statement *s = db_prepare(
        session, "SELECT id, feedback_id, processing_method, sentiment, topic, severity,"
                 " confidence, scores, topics, summary, provider, model, prompt_version,"
                 " input_hash, CASE WHEN cost_is_known = 1 THEN cost_nano_usd END, latency_us,"
                 " created_at, needs_review, local_sentiment, local_topic, local_confidence,"
                 " input_tokens, output_tokens, cached_tokens, experiment_id, arm, review_reason, "
                 "local_severity FROM analyses"
                 " WHERE tenant_id = $1 AND feedback_id = $2 ORDER BY id DESC LIMIT 200");
    *list = (struct analysis_list){0};
    db_bind_integer(s, 1, tenant_id);
    db_bind_integer(s, 2, feedback_id);
    while (db_row(s))
        read_analysis(s, arena, next_place(arena, list, &room));
    return db_end(s, err);
}
