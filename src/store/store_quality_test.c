#include "store/store_quality.h"

#include "store/store_analysis.h"
#include "store/store_feedback.h"
#include "store/store_test_home.h"

/* What a test says of one feedback: who said which sentiment. Topics are all "bug" but for what
 * people say. */
struct made {
    int64_t tenant_id, at;
    const char *language, *version; /* no version: only the local model was asked */
    int llm, local, people;         /* people: LABEL_NONE when nobody corrected it */
    double llm_confidence, local_confidence;
    bool needs_review;
};

static struct analysis analysis_of(const struct made *made, bool is_llm)
{
    struct analysis analysis = {
        .method = is_llm ? METHOD_AI : METHOD_ML_FALLBACK,
        .sentiment = is_llm ? made->llm : made->local,
        .confidence = is_llm ? made->llm_confidence : made->local_confidence,
        .provider = is_llm ? STR("openai") : STR("local"),
        .model = is_llm ? STR("gpt-6-luna") : STR("hark-ngram-2"),
        .needs_review = is_llm && made->needs_review,
        .review_reason = REVIEW_SEVERITY,
    };
    if (is_llm) {
        analysis.prompt_version = str_from_z(made->version);
        analysis.local = (struct local_labels){true, made->local, TOPIC_BUG, SEVERITY_HIGH,
                                               made->local_confidence};
    }
    return analysis;
}

static enum status make(struct db_session *session, void *argument, struct error *err)
{
    const struct made *made = argument;
    struct feedback item = {.tenant_id = made->tenant_id,
                            .status = FEEDBACK_COMPLETED,
                            .text = STR("some text"),
                            .source = STR("test"),
                            .language_code = str_from_z(made->language),
                            .rating = FIELD_UNSET,
                            .created_at = made->at,
                            .analysis = analysis_of(made, made->version != NULL)};
    enum status status = store_add_feedback(store, session, &item, err);
    if (status != STATUS_OK || made->people == LABEL_NONE)
        return status;
    struct feedback after = item;
    after.analysis.sentiment = made->people;
    after.analysis.severity = SEVERITY_HIGH; /* so that what agrees is a correction as well */
    struct relabelling relabelling = {&item, &after, {0}, STR("test"), made->at};
    return store_correct_feedback(store, session, &relabelling, err);
}

static void add(struct made made)
{
    EXPECT(db_write(store_db(store), make, &made, NULL) == STATUS_OK);
}

struct asked {
    struct quality_query query;
    struct quality quality;
    int64_t feedback_id;
};

static enum status get(struct db_session *session, void *argument, struct error *err)
{
    struct asked *asked = argument;
    return store_get_quality(session, &arena, &asked->query, &asked->quality, err);
}

static struct quality quality_of(int64_t tenant_id, int group)
{
    struct asked asked = {.query = {tenant_id, FIELD_UNSET, FIELD_UNSET, group}};
    EXPECT(db_read(store_db(store), DB_SHORT, get, &asked, NULL) == STATUS_OK);
    return asked.quality;
}

static const struct quality_row *find(const struct quality *quality, str name)
{
    const struct quality_row *rows = quality->groups.items;
    for (size_t i = 0; i < quality->groups.count; i++)
        if (str_equal(rows[i].name, name))
            return &rows[i];
    return NULL;
}

static bool is_near(double one, double other)
{
    return fabs(one - other) < 1e-9;
}

enum {
    P = SENTIMENT_POSITIVE,
    N = SENTIMENT_NEGATIVE
};

static void nothing_is_known_of_nothing(void)
{
    struct quality quality = quality_of(1, LABEL_NONE);
    EXPECT(quality.total.count == 0 && quality.groups.count == 0 && quality.groups.items != NULL);
    EXPECT(isnan(quality.total.llm_local.sentiment) && isnan(quality.total.llm.error));
    EXPECT(isnan(quality.total.review_share));
}

static void counts_who_agrees_with_whom(void)
{
    add((struct made){2, 1, "en", "v1", P, P, LABEL_NONE, 0.9, 0.9, false});
    add((struct made){2, 2, "en", "v1", P, N, N, 0.9, 0.8, true});
    add((struct made){2, 3, "de", "v2", N, N, N, 0.9, 0.8, false});
    add((struct made){2, 4, "de", NULL, 0, P, N, 0, 0.6, false});
    add((struct made){3, 4, "de", "v2", P, P, LABEL_NONE, 0.9, 0.9, true});

    struct quality quality = quality_of(2, QUALITY_BY_LANGUAGE);
    const struct quality_row *total = &quality.total;
    EXPECT(total->count == 4 && total->asked == 3 && total->needing_review == 1);
    EXPECT(is_near(total->review_share, 1.0 / 3));
    EXPECT(total->llm_local.count == 3 && is_near(total->llm_local.sentiment, 2.0 / 3));
    EXPECT(is_near(total->llm_local.topic, 1));
    EXPECT(total->llm_people.count == 2 && is_near(total->llm_people.sentiment, 0.5));
    EXPECT(total->local_people.count == 3 && is_near(total->local_people.sentiment, 2.0 / 3));

    EXPECT(quality.groups.count == 2);
    const struct quality_row *english = find(&quality, STR("en"));
    EXPECT(english->count == 2 && english->asked == 2 && english->needing_review == 1);
    EXPECT(english->llm_people.count == 1 && is_near(english->llm_people.sentiment, 0));
    EXPECT(find(&quality, STR("de"))->asked == 1);
}

static void calibration_is_the_gap_between_claim_and_truth(void)
{
    struct quality quality = quality_of(2, LABEL_NONE);
    /* One right and one wrong at 0.9; at 0.8 two right, at 0.6 one wrong. */
    EXPECT(quality.total.llm.count == 2 && is_near(quality.total.llm.error, 0.4));
    EXPECT(is_near(quality.total.llm.accuracy, 0.5) && is_near(quality.total.llm.confidence, 0.9));
    EXPECT(quality.total.local.count == 3);
    EXPECT(is_near(quality.total.local.error, (2 * 0.2 + 0.6) / 3));
}

static void tells_versions_and_models_apart(void)
{
    struct quality by_version = quality_of(2, QUALITY_BY_VERSION);
    EXPECT(by_version.groups.count == 3 && find(&by_version, STR("v1"))->count == 2);
    EXPECT(find(&by_version, STR("v2"))->count == 1 && find(&by_version, STR("none"))->asked == 0);
    struct quality by_model = quality_of(2, QUALITY_BY_MODEL);
    EXPECT(find(&by_model, STR("openai:gpt-6-luna"))->count == 3);
    EXPECT(find(&by_model, STR("local:hark-ngram-2"))->local_people.count == 1);
    struct quality by_topic = quality_of(2, QUALITY_BY_TOPIC);
    EXPECT(by_topic.groups.count == 1 && find(&by_topic, STR("bug"))->count == 4);
}

static enum status answer_again(struct db_session *session, void *argument, struct error *err)
{
    struct asked *asked = argument;
    struct made made = {.version = "v2", .llm = N, .local = N, .llm_confidence = 0.7};
    struct analysis analysis = analysis_of(&made, true);
    analysis.feedback_id = asked->feedback_id;
    analysis.local.is_known = false;
    return store_add_analysis(session, 4, &analysis, err);
}

static enum status find_first(struct db_session *session, void *argument, struct error *err)
{
    struct asked *asked = argument;
    struct db_statement *s = db_prepare(session, "SELECT id FROM feedback WHERE tenant_id = 4");
    EXPECT(db_row(s));
    asked->feedback_id = db_integer(s, 0);
    return db_end(s, err);
}

/* The local model answered first, the language model later, and another version after that. */
static void each_version_counts_its_last_answer_and_the_total_the_last_of_all(void)
{
    struct asked asked = {.feedback_id = 0};
    add((struct made){4, 1, "en", NULL, 0, P, LABEL_NONE, 0, 0.9, false});
    EXPECT(db_read(store_db(store), DB_SHORT, find_first, &asked, NULL) == STATUS_OK);
    EXPECT(db_write(store_db(store), answer_again, &asked, NULL) == STATUS_OK);
    EXPECT(db_write(store_db(store), answer_again, &asked, NULL) == STATUS_OK);

    struct quality quality = quality_of(4, QUALITY_BY_VERSION);
    EXPECT(quality.total.count == 1 && quality.groups.count == 1);
    const struct quality_row *row = find(&quality, STR("v2"));
    EXPECT(row->count == 1 && row->llm_local.count == 1 && is_near(row->llm_local.sentiment, 0));
}

static void only_the_range_is_counted(void)
{
    struct asked asked = {.query = {2, 2, 4, LABEL_NONE}};
    EXPECT(db_read(store_db(store), DB_SHORT, get, &asked, NULL) == STATUS_OK);
    EXPECT(asked.quality.total.count == 2);
}

static enum status list(struct db_session *session, void *argument, struct error *err)
{
    struct asked *asked = argument;
    struct analysis_list found;
    enum status status = store_list_analyses(session, &arena, 2, asked->feedback_id, &found, err);
    EXPECT(status == STATUS_OK && found.count == 1 && found.items[0].needs_review);
    EXPECT(found.items[0].review_reason == REVIEW_SEVERITY);
    const struct local_labels *local = &found.items[0].local;
    EXPECT(local->is_known && local->sentiment == N && local->topic == TOPIC_BUG &&
           local->severity == SEVERITY_HIGH);
    EXPECT(is_near(local->confidence, 0.8));
    return status;
}

static void an_analysis_keeps_what_the_local_model_said(void)
{
    struct asked asked = {.feedback_id = 2}; /* the second that was added */
    EXPECT(db_read(store_db(store), DB_SHORT, list, &asked, NULL) == STATUS_OK);
}

static void what_comes_after_many_groups_counts_as_others(void)
{
    for (int i = 0; i < 210; i++)
        add((struct made){5, i, str_format(&arena, "x%d", i).bytes, "v1", P, P, LABEL_NONE, 0.9,
                          0.9, false});
    struct quality quality = quality_of(5, QUALITY_BY_LANGUAGE);
    EXPECT(quality.groups.count == 201 && quality.total.count == 210);
    EXPECT(find(&quality, STR("other"))->count == 10);
}

int main(void)
{
    open_store();
    RUN(nothing_is_known_of_nothing);
    RUN(counts_who_agrees_with_whom);
    RUN(calibration_is_the_gap_between_claim_and_truth);
    RUN(tells_versions_and_models_apart);
    RUN(each_version_counts_its_last_answer_and_the_total_the_last_of_all);
    RUN(only_the_range_is_counted);
    RUN(an_analysis_keeps_what_the_local_model_said);
    RUN(what_comes_after_many_groups_counts_as_others);
    close_store();
    arena_reset(&arena);
    return 0;
}
