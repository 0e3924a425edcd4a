#include "infer/encoder/opinion.h"

#include "base/test.h"

#include <math.h>
#include <string.h>

static bool is_near(float a, float b)
{
    return fabsf(a - b) < 1e-5F;
}

static void names_are_read_in_any_case_and_order(void)
{
    struct opinion_labels labels;
    const str siebert[] = {STR("NEGATIVE"), STR("POSITIVE")};
    const str cardiff[] = {STR("LABEL_0"), STR("LABEL_1"), STR("LABEL_2")};
    const str four[] = {STR("Mixed"), STR("neu"), STR("pos"), STR("Neg")};
    EXPECT(opinion_read_labels(&labels, siebert, 2, NULL) == STATUS_OK);
    EXPECT(labels.sentiments[0] == SENTIMENT_NEGATIVE && labels.count == 2);
    EXPECT(opinion_read_labels(&labels, cardiff, 3, NULL) == STATUS_OK);
    EXPECT(labels.sentiments[1] == SENTIMENT_NEUTRAL);
    EXPECT(labels.sentiments[2] == SENTIMENT_POSITIVE);
    EXPECT(opinion_read_labels(&labels, four, 4, NULL) == STATUS_OK);
    EXPECT(labels.sentiments[0] == SENTIMENT_MIXED && labels.sentiments[3] == SENTIMENT_NEGATIVE);
}

static void nonsense_is_refused_by_name(void)
{
    static const struct {
        const char *names[SENTIMENT_COUNT];
        uint32_t count;
        const char *words;
    } cases[] = {
        {{"joy", "negative"}, 2, "'joy', which is no sentiment"},
        {{"negative", "NEG"}, 2, "negative twice"},
        {{"neutral", "negative"}, 2, "no positive"},
        {{"neutral", "positive", "mixed"}, 3, "no negative"},
        {{"LABEL_1", "LABEL_0"}, 2, "'LABEL_1'"},
        {{"LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"}, 4, "'LABEL_0'"},
        {{"LABEL_x", "LABEL_1"}, 2, "'LABEL_x'"},
        {{""}, 1, "1 labels"},
        {{"1 star"}, 5, "5 labels"},
        {{""}, 0, "0 labels"},
        {{NULL, "positive"}, 2, "no sentiment"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct opinion_labels labels;
        struct error err = {0};
        str names[SENTIMENT_COUNT];
        for (int j = 0; j < SENTIMENT_COUNT; j++)
            names[j] = str_from_z(cases[i].names[j]);
        EXPECT(opinion_read_labels(&labels, names, cases[i].count, &err) != STATUS_OK);
        EXPECT(strstr(err.message, cases[i].words) != NULL);
    }
}

static void a_two_way_opinion_moves_only_positive_and_negative(void)
{
    const struct opinion_labels labels = {{SENTIMENT_NEGATIVE, SENTIMENT_POSITIVE}, 2};
    const float logits[] = {-1.5F, 1.5F};
    float sentiment[SENTIMENT_COUNT] = {0.1F, 0.5F, 0.3F, 0.1F};
    struct opinion opinion;
    opinion_form(&labels, logits, &opinion);
    float positive = 1 / (1 + expf(-2.0F)); /* of 3 / 1.5 */
    EXPECT(is_near(opinion.shares[SENTIMENT_POSITIVE], positive));
    opinion_join(&opinion, sentiment);
    EXPECT(is_near(sentiment[SENTIMENT_POSITIVE], 0.6F * positive));
    EXPECT(is_near(sentiment[SENTIMENT_NEGATIVE], 0.6F * (1 - positive)));
    EXPECT(is_near(sentiment[SENTIMENT_NEUTRAL], 0.3F));
    EXPECT(is_near(sentiment[SENTIMENT_MIXED], 0.1F));
}

static void a_three_way_opinion_leaves_mixed_to_us(void)
{
    const struct opinion_labels labels = {
        {SENTIMENT_NEGATIVE, SENTIMENT_NEUTRAL, SENTIMENT_POSITIVE}, 3};
    const float logits[] = {1, 1, 1};
    float sentiment[SENTIMENT_COUNT] = {0.5F, 0.1F, 0.0F, 0.4F};
    struct opinion opinion;
    opinion_form(&labels, logits, &opinion);
    opinion_join(&opinion, sentiment);
    for (int i = 0; i < SENTIMENT_MIXED; i++)
        EXPECT(is_near(sentiment[i], 0.2F));
    EXPECT(is_near(sentiment[SENTIMENT_MIXED], 0.4F));
}

static void a_four_way_opinion_is_taken_as_it_is(void)
{
    const struct opinion_labels labels = {
        {SENTIMENT_POSITIVE, SENTIMENT_NEGATIVE, SENTIMENT_NEUTRAL, SENTIMENT_MIXED}, 4};
    const float logits[] = {0, 0, 0, 3000}; /* far apart: nothing overflows */
    float sentiment[SENTIMENT_COUNT] = {1, 0, 0, 0};
    struct opinion opinion;
    opinion_form(&labels, logits, &opinion);
    opinion_join(&opinion, sentiment);
    EXPECT(is_near(sentiment[SENTIMENT_MIXED], 1) && is_near(sentiment[SENTIMENT_POSITIVE], 0));
}

int main(void)
{
    RUN(names_are_read_in_any_case_and_order);
    RUN(nonsense_is_refused_by_name);
    RUN(a_two_way_opinion_moves_only_positive_and_negative);
    RUN(a_three_way_opinion_leaves_mixed_to_us);
    RUN(a_four_way_opinion_is_taken_as_it_is);
    return 0;
}
