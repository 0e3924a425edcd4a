/* Run from the top of the repository: the shipped model is used. */
#include "analysis/analyst.h"
#include "base/test.h"
#include "infer/encoder/tiny_roberta.h"
#include "telemetry/log.h"

static struct arena arena;
static struct configuration configuration;

static struct analysis analysed(const struct analyst *analyst, const char *text, const char *code)
{
    struct analysis analysis;
    bool truncated;
    struct analysis_request request = {.text = str_from_z(text),
                                       .language_code = str_from_z(code),
                                       .configuration = &configuration};
    request.reading = analyst_ask(analyst, &request, 1);
    analyst_analyse(analyst, &arena, &request, &analysis, &truncated);
    return analysis;
}

static void without_a_model_nothing_is_claimed(void)
{
    log_open(2, LOG_LEVEL_OFF, LOG_AS_TEXT);
    struct analyst *analyst = analyst_open("/no/such/model");
    struct analysis analysis = analysed(analyst, "The app crashes all the time", "en");
    EXPECT(!analyst_has_model(analyst));
    EXPECT(analysis.sentiment == SENTIMENT_NEUTRAL && analysis.topic == TOPIC_GENERAL);
    EXPECT(analysis.band == BAND_LOW && analysis.method == METHOD_ML_FALLBACK);
    analyst_close(analyst);
    log_close();
}

static void the_summary_is_the_most_telling_sentence(void)
{
    struct analyst *analyst = analyst_open("models/hark-ngram.bin");
    struct analysis analysis =
        analysed(analyst,
                 "I bought it on Monday. It is awful, it crashes and I hate every minute of it. "
                 "My desk is brown.",
                 "en");
    EXPECT(analysis.sentiment == SENTIMENT_NEGATIVE);
    EXPECT(str_starts_with(analysis.summary, STR("It is awful")));
    analyst_close(analyst);
}

static void noise_is_kept_without_certainty(void)
{
    struct analyst *analyst = analyst_open("models/hark-ngram.bin");
    struct analysis analysis = analysed(analyst, "asdfgh qwertz asdf jkl asdfasdf", "en");
    EXPECT(analysis.is_gibberish && analysis.band == BAND_LOW);
    EXPECT(analysis.sentiment == SENTIMENT_NEUTRAL && analysis.severity == SEVERITY_LOW);
    analyst_close(analyst);
}

static void shares_add_up_to_one(void)
{
    struct analyst *analyst = analyst_open("models/hark-ngram.bin");
    struct analysis analysis = analysed(analyst, "Love the features but hate the bugs", "en");
    double sentiment = 0, topic = 0;
    for (int i = 0; i < SENTIMENT_COUNT; i++)
        sentiment += analysis.scores[i];
    for (int i = 0; i < TOPIC_COUNT; i++)
        topic += analysis.topics[i];
    EXPECT(sentiment > 0.999 && sentiment < 1.001 && topic > 0.999 && topic < 1.001);
    analyst_close(analyst);
}

static bool is_near(double a, double b)
{
    return a - b < 1e-6 && b - a < 1e-6;
}

static void a_transformer_has_its_say_on_the_sentiment_alone(void)
{
    static const char text[] = "It is awful, it crashes and I hate every minute of it.";
    static const float positive[] = {-6, 6};
    struct tiny_roberta tiny;
    struct deep_reader *reader;
    struct error err = {0};
    tiny_open(&tiny, positive);
    struct deep_reader_options options = {.folder = tiny.folder, .precision = ENCODER_F32};
    struct analyst *analyst = analyst_open("models/hark-ngram.bin");
    struct analysis ours = analysed(analyst, text, "en");
    EXPECT(deep_reader_open(&reader, &options, &err) == STATUS_OK);
    analyst_add_reader(analyst, reader, 30000);
    struct analysis analysis = analysed(analyst, text, "en");
    EXPECT(ours.sentiment == SENTIMENT_NEGATIVE && analysis.sentiment == SENTIMENT_POSITIVE);
    EXPECT(is_near(analysis.scores[SENTIMENT_NEUTRAL], ours.scores[SENTIMENT_NEUTRAL]));
    EXPECT(is_near(analysis.scores[SENTIMENT_MIXED], ours.scores[SENTIMENT_MIXED]));
    EXPECT(analysis.topic == ours.topic && analysis.severity == ours.severity);
    EXPECT(str_equal_z(analysis.model, tiny.folder + strlen("/tmp/")));
    EXPECT(!str_equal(analysis.model, ours.model));
    EXPECT(analysed(analyst, "ok", "en").method == METHOD_VALIDATION);
    struct analysis noise = analysed(analyst, "asdfgh qwertz asdf jkl asdfasdf", "en");
    EXPECT(noise.is_gibberish && noise.sentiment == SENTIMENT_NEUTRAL);
    analyst_close(analyst);
    tiny_close(&tiny);
}

static void what_the_transformer_had_no_time_for_is_not_whole(void)
{
    static const char text[] = "It is awful, it crashes and I hate every minute of it.";
    struct tiny_roberta tiny;
    struct deep_reader *reader;
    tiny_open(&tiny, (const float[]){-6, 6});
    struct deep_reader_options options = {.folder = tiny.folder, .precision = ENCODER_F32};
    struct analyst *analyst = analyst_open("models/hark-ngram.bin");
    struct analysis analysis = analysed(analyst, text, "en");
    EXPECT(analyst_is_whole(analyst, &analysis));
    EXPECT(deep_reader_open(&reader, &options, NULL) == STATUS_OK);
    analyst_add_reader(analyst, reader, 0);
    analysis = analysed(analyst, text, "en");
    EXPECT(!analyst_is_whole(analyst, &analysis));
    analysis = analysed(analyst, "ok", "en");
    EXPECT(analyst_is_whole(analyst, &analysis)); /* it was too short to be read */
    analyst_close(analyst);

    EXPECT(deep_reader_open(&reader, &options, NULL) == STATUS_OK);
    analyst = analyst_open("models/hark-ngram.bin");
    analyst_add_reader(analyst, reader, 30000);
    analysis = analysed(analyst, text, "en");
    EXPECT(analyst_is_whole(analyst, &analysis));
    analyst_close(analyst);
    tiny_close(&tiny);
}

int main(void)
{
    configuration_defaults(&configuration);
    RUN(without_a_model_nothing_is_claimed);
    RUN(the_summary_is_the_most_telling_sentence);
    RUN(noise_is_kept_without_certainty);
    RUN(shares_add_up_to_one);
    RUN(a_transformer_has_its_say_on_the_sentiment_alone);
    RUN(what_the_transformer_had_no_time_for_is_not_whole);
    arena_reset(&arena);
    return 0;
}
