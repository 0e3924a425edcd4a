/* Run from the top of the repository: the shipped model is used. */
#include "analysis/document.h"
#include "base/test.h"
#include "base/utf8.h"
#include "infer/encoder/tiny_roberta.h"
#include "telemetry/log.h"

#include <math.h>
#include <sys/resource.h>

static const char praise[] = "I love this app, it is wonderful and works perfectly every day. ";
static const char anger[] = "This is awful, it crashes all the time and I hate using it. ";
static const char plain[] = "The parcel was sent on Tuesday by the post office in town. ";

enum {
    MB = 1024 * 1024
};

static struct arena arena;
static struct configuration configuration;
static struct analyst *analyst;

static str repeated(const char *sentence, size_t times)
{
    struct buf text;
    buf_init(&text, &arena, (size_t)4 * MB);
    for (size_t i = 0; i < times; i++)
        buf_add_z(&text, sentence);
    return str_trim(buf_str(&text));
}

static str joined(str one, str other)
{
    return str_format(&arena, STR_FORMAT "\n\n" STR_FORMAT, STR_ARG(one), STR_ARG(other));
}

static struct document_analysis analysed(str text)
{
    struct document *document;
    struct document_analysis analysis;
    struct document_request request = {
        .text = text, .language_code = STR("en"), .configuration = &configuration};
    EXPECT(document_begin(&document, analyst, &arena, &request, NULL) == STATUS_OK);
    document_conclude(document, &analysis);
    EXPECT(analysis.by_method[METHOD_ML_FALLBACK] + analysis.by_method[METHOD_VALIDATION] ==
           analysis.parts);
    EXPECT(analysis.whole.cost_nano == 0 && analysis.whole.tokens.input == FIELD_UNSET);
    return analysis;
}

static double sum_of(const double *shares, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += shares[i];
    return sum;
}

static bool is_same(const struct analysis *one, const struct analysis *other)
{
    bool has_same_labels = one->sentiment == other->sentiment && one->topic == other->topic &&
                           one->severity == other->severity && one->method == other->method &&
                           one->band == other->band;
    bool has_same_texts = str_equal(one->summary, other->summary) &&
                          str_equal(one->model, other->model) &&
                          str_equal(one->input_hash, other->input_hash);
    return has_same_labels && has_same_texts && fabs(one->score - other->score) < 1e-9 &&
           fabs(one->confidence - other->confidence) < 1e-9;
}

static void one_part_is_answered_as_a_feedback_is(void)
{
    static const char *const texts[] = {praise,
                                        anger,
                                        plain,
                                        "ok",
                                        "asdfgh qwertz asdf jkl asdf",
                                        "I love the colours. I hate that it crashes."};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct analysis alone;
        bool truncated;
        str text = str_trim(str_from_z(texts[i]));
        struct analysis_request request = {
            .text = text, .language_code = STR("en"), .configuration = &configuration};
        analyst_analyse(analyst, &arena, &request, &alone, &truncated);
        struct document_analysis document = analysed(text);
        EXPECT(document.parts == 1 && is_same(&document.whole, &alone));
    }
}

static void says_what_nearly_all_of_it_says(void)
{
    struct document_analysis document = analysed(repeated(praise, 500));
    EXPECT(document.parts >= 6 && document.by_sentiment[SENTIMENT_POSITIVE] == document.parts);
    EXPECT(document.whole.sentiment == SENTIMENT_POSITIVE && document.whole.score > 0.8);
    document = analysed(repeated(anger, 500));
    EXPECT(document.whole.sentiment == SENTIMENT_NEGATIVE && document.whole.score > 0.8);
    EXPECT(document.whole.confidence > 0.8 && document.whole.band == BAND_HIGH);
}

static void opposites_are_mixed_though_no_part_is(void)
{
    struct document_analysis document =
        analysed(joined(repeated(praise, 320), repeated(anger, 320)));
    EXPECT(document.by_sentiment[SENTIMENT_POSITIVE] >= 3);
    EXPECT(document.by_sentiment[SENTIMENT_NEGATIVE] >= 3);
    EXPECT(document.whole.sentiment == SENTIMENT_MIXED && document.whole.score > 0.5);
    EXPECT(sum_of(document.whole.scores, SENTIMENT_COUNT) > 0.999 &&
           sum_of(document.whole.scores, SENTIMENT_COUNT) < 1.001);
    EXPECT(sum_of(document.whole.topics, TOPIC_COUNT) > 0.999 &&
           sum_of(document.whole.topics, TOPIC_COUNT) < 1.001);
    for (int i = 0; i < SENTIMENT_COUNT; i++)
        EXPECT(document.whole.scores[i] >= 0);
}

static void one_angry_part_in_a_long_praise_does_not_make_it_mixed(void)
{
    struct document_analysis document =
        analysed(joined(repeated(praise, 800), repeated(anger, 82)));
    EXPECT(document.by_sentiment[SENTIMENT_NEGATIVE] >= 1);
    EXPECT(document.whole.sentiment == SENTIMENT_POSITIVE);
}

/* 78 sentences of praise fill a part, and 312 four, so that none holds both. */
static void a_mixed_text_is_summed_up_by_its_complaint(void)
{
    struct document_analysis document =
        analysed(joined(repeated(praise, 312), repeated(anger, 320)));
    EXPECT(document.by_sentiment[SENTIMENT_MIXED] == 0);
    EXPECT(document.whole.sentiment == SENTIMENT_MIXED);
    EXPECT(str_starts_with(document.whole.summary, STR("This is awful")));
}

/* A tenth of the weight and more counts, less does not. */
static void the_severity_is_the_worst_that_enough_of_it_reaches(void)
{
    static const char worst[] = "The app deleted all our data and our whole company is down, we "
                                "lost thousands, this is an emergency and security breach! ";
    struct document_analysis alone = analysed(repeated(worst, 30));
    struct document_analysis half = analysed(joined(repeated(plain, 160), repeated(worst, 80)));
    struct document_analysis rare = analysed(joined(repeated(plain, 2400), repeated(worst, 5)));
    EXPECT(alone.whole.severity <= SEVERITY_HIGH);
    EXPECT(half.whole.severity == alone.whole.severity);
    EXPECT(rare.whole.severity == SEVERITY_LOW);
}

static void noise_in_it_weighs_nothing(void)
{
    configuration.text_most_characters = 200;
    str noise = repeated("asdfgh qwertz asdf jkl asdfasdf hjkl hjkl. ", 40);
    struct document_analysis noisy = analysed(noise);
    EXPECT(noisy.parts > 1 && noisy.whole.is_gibberish);
    EXPECT(noisy.whole.sentiment == SENTIMENT_NEUTRAL && noisy.whole.band == BAND_LOW);
    struct document_analysis document = analysed(joined(repeated(anger, 6), noise));
    EXPECT(!document.whole.is_gibberish && document.whole.sentiment == SENTIMENT_NEGATIVE);
    configuration_defaults(&configuration);
}

static void no_part_is_longer_than_the_limit(void)
{
    /* With and without words, and of letters of two and three bytes. */
    static const char *const sentences[] = {"word ", "donaudampfschifffahrt", "\xC3\xA4",
                                            "\xE6\xBC\xA2", "Short. "};
    configuration.text_most_characters = 100;
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        str text = repeated(sentences[i], 1000);
        struct document_analysis document = analysed(text);
        size_t length = utf8_length(text);
        EXPECT((size_t)document.parts >= length / 100);
        EXPECT((size_t)document.parts <= length / 50 + 1);
        EXPECT(utf8_is_valid(document.whole.summary));
    }
    configuration_defaults(&configuration);
}

static bool is_it(void *flag)
{
    return *(bool *)flag;
}

static void stops_between_parts_once_it_is_unwanted(void)
{
    struct document *document = NULL;
    bool is_unwanted = true;
    struct document_request request = {.text = repeated(praise, 500),
                                       .language_code = STR("en"),
                                       .configuration = &configuration,
                                       .is_unwanted = is_it,
                                       .context = &is_unwanted};
    EXPECT(document_begin(&document, analyst, &arena, &request, NULL) == STATUS_CANCELLED);
    EXPECT(document == NULL);
    is_unwanted = false;
    EXPECT(document_begin(&document, analyst, &arena, &request, NULL) == STATUS_OK);
}

static void without_a_model_nothing_is_claimed(void)
{
    struct analyst *with = analyst;
    log_open(2, LOG_LEVEL_OFF, LOG_AS_TEXT);
    analyst = analyst_open("/no/such/model");
    struct document_analysis document = analysed(repeated(anger, 500));
    EXPECT(document.parts > 1 && document.whole.sentiment == SENTIMENT_NEUTRAL);
    EXPECT(document.whole.band == BAND_LOW && document.whole.severity == SEVERITY_LOW);
    analyst_close(analyst);
    log_close();
    analyst = with;
}

static void a_transformer_reads_many_parts_together(void)
{
    static const float positive[2] = {-4, 4};
    struct tiny_roberta tiny;
    struct deep_reader *reader;
    struct analyst *with = analyst;
    tiny_open(&tiny, positive);
    struct deep_reader_options options = {tiny.folder, ENCODER_F32, 1};
    EXPECT(deep_reader_open(&reader, &options, NULL) == STATUS_OK);
    analyst = analyst_open("models/hark-ngram.bin");
    analyst_add_reader(analyst, reader, 10000);
    struct document_analysis document = analysed(repeated(plain, 4000));
    EXPECT(document.parts > 32 && document.whole.sentiment == SENTIMENT_POSITIVE);
    EXPECT(str_equal_z(document.whole.model, deep_reader_name(reader)));
    analyst_close(analyst);
    analyst = with;
    tiny_close(&tiny);
}

static int64_t cpu_ms(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (int64_t)usage.ru_utime.tv_sec * 1000 + usage.ru_utime.tv_usec / 1000;
}

/* A megabyte of each kind of worst text; the figures are for who runs this by hand. */
static void does_a_megabyte_whatever_it_looks_like(void)
{
    static const char *const kinds[] = {anger, "a. ", "a\n", "a", "\xE6\xBC\xA2", ".", "!a"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int64_t before = cpu_ms();
        struct document_analysis document = analysed(repeated(kinds[i], MB / strlen(kinds[i])));
        EXPECT(document.parts > 1);
        printf("# 1 MB of '%.5s': %lld parts, %lld ms of CPU\n", kinds[i],
               (long long)document.parts, (long long)(cpu_ms() - before));
        arena_reset(&arena);
    }
}

/* It is the same for a long document as for a short one. */
static void asking_takes_its_time_with_each_document(void)
{
    struct document_pace pace = {0};
    document_pace_note(&pace, MB, 40000, 2000000);
    EXPECT(document_pace_us(&pace, 3, MB) / 100 == 60400);
    for (int i = 0; i < 40; i++)
        document_pace_note(&pace, 10, 100, 0);
    EXPECT(document_pace_us(&pace, 3, MB) < 50000);
}

static void the_pace_follows_what_is_measured(void)
{
    struct document_pace pace = {0};
    EXPECT(document_pace_us(&pace, 1, MB) > 0);
    document_pace_note(&pace, MB, 40000, 0);
    EXPECT(document_pace_us(&pace, 1, MB) / 100 == 400);
    EXPECT(document_pace_us(&pace, 1, MB / 2) / 100 == 200);
    for (int i = 0; i < 40; i++)
        document_pace_note(&pace, MB, 80000, 0);
    EXPECT(document_pace_us(&pace, 1, MB) > 75000);
    document_pace_note(&pace, 10, 1000000, 0);
    EXPECT(document_pace_us(&pace, 1, MB) < 81000);
}

int main(void)
{
    configuration_defaults(&configuration);
    analyst = analyst_open("models/hark-ngram.bin");
    RUN(one_part_is_answered_as_a_feedback_is);
    RUN(says_what_nearly_all_of_it_says);
    RUN(opposites_are_mixed_though_no_part_is);
    RUN(one_angry_part_in_a_long_praise_does_not_make_it_mixed);
    RUN(a_mixed_text_is_summed_up_by_its_complaint);
    RUN(the_severity_is_the_worst_that_enough_of_it_reaches);
    RUN(noise_in_it_weighs_nothing);
    RUN(no_part_is_longer_than_the_limit);
    RUN(stops_between_parts_once_it_is_unwanted);
    RUN(without_a_model_nothing_is_claimed);
    RUN(a_transformer_reads_many_parts_together);
    RUN(does_a_megabyte_whatever_it_looks_like);
    RUN(the_pace_follows_what_is_measured);
    RUN(asking_takes_its_time_with_each_document);
    analyst_close(analyst);
    arena_reset(&arena);
    return 0;
}
