#include "analysis/analyst.h"
#include "analysis/cascade.h"
#include "base/test.h"

static struct cascade *cascade;

/* What the two say of one text, together; by the local model it is negative by `share`. */
static struct analysis merge(double share, const struct analysis *answer, int local_severity)
{
    struct analysis local = {.sentiment = SENTIMENT_NEGATIVE,
                             .topic = TOPIC_BUG,
                             .severity = local_severity,
                             .confidence = share,
                             .scores = {[SENTIMENT_NEGATIVE] = share},
                             .topics = {[TOPIC_BUG] = 1}};
    struct analysis merged;
    local.scores[SENTIMENT_POSITIVE] = 1 - share;
    cascade_merge(cascade, &local, answer, &merged);
    return merged;
}

static struct analysis answer_of(int sentiment, int severity)
{
    return (struct analysis){.method = METHOD_AI,
                             .sentiment = sentiment,
                             .topic = TOPIC_GENERAL,
                             .severity = severity,
                             .confidence = 0.95};
}

static void praise_of_what_is_likely_negative_is_for_a_person_to_see(void)
{
    struct analysis praise = answer_of(SENTIMENT_POSITIVE, SEVERITY_LOW);
    struct analysis doubt = answer_of(SENTIMENT_NEUTRAL, SEVERITY_LOW);
    EXPECT(!merge(0.69, &praise, SEVERITY_LOW).needs_review);
    EXPECT(merge(0.71, &praise, SEVERITY_LOW).needs_review);
    EXPECT(!merge(0.99, &doubt, SEVERITY_LOW).needs_review);
}

static void severities_two_steps_apart_are_for_a_person_to_see(void)
{
    struct analysis calm = answer_of(SENTIMENT_NEGATIVE, SEVERITY_LOW);
    EXPECT(merge(0.9, &calm, SEVERITY_HIGH).needs_review);
    EXPECT(!merge(0.9, &calm, SEVERITY_MEDIUM).needs_review);
}

static void of_a_text_that_gives_orders_any_difference_is_for_a_person_to_see(void)
{
    struct analysis obedient = answer_of(SENTIMENT_POSITIVE, SEVERITY_LOW);
    struct analysis agreeing = answer_of(SENTIMENT_NEGATIVE, SEVERITY_LOW);
    obedient.needs_review = agreeing.needs_review = true; /* it gives orders */
    EXPECT(merge(0.4, &obedient, SEVERITY_LOW).needs_review);
    EXPECT(!merge(0.4, &agreeing, SEVERITY_LOW).needs_review);
}

static void the_answers_label_has_its_share_and_the_others_the_rest(void)
{
    struct analysis praise = answer_of(SENTIMENT_POSITIVE, SEVERITY_LOW);
    struct analysis merged = merge(0.6, &praise, SEVERITY_LOW);
    double sum = 0;
    for (int i = 0; i < SENTIMENT_COUNT; i++)
        sum += merged.scores[i];
    EXPECT(sum > 0.9999 && sum < 1.0001);
    EXPECT(merged.scores[SENTIMENT_POSITIVE] > 0.94 && merged.scores[SENTIMENT_NEGATIVE] > 0.04);
    EXPECT(merged.local.is_known && merged.local.sentiment == SENTIMENT_NEGATIVE);
}

int main(void)
{
    struct analyst *analyst = analyst_open("models/hark-ngram.bin");
    cascade = cascade_open(&(struct cascade_options){.analyst = analyst});
    RUN(praise_of_what_is_likely_negative_is_for_a_person_to_see);
    RUN(severities_two_steps_apart_are_for_a_person_to_see);
    RUN(of_a_text_that_gives_orders_any_difference_is_for_a_person_to_see);
    RUN(the_answers_label_has_its_share_and_the_others_the_rest);
    cascade_close(cascade);
    analyst_close(analyst);
    return 0;
}
