#include "analysis/analyst.h"
#include "analysis/cascade.h"
#include "base/test.h"

static struct cascade *cascade;

/* What the local model says of a text. */
static struct analysis local_of(double negative, int severity, double gravity)
{
    return (struct analysis){
        .sentiment = SENTIMENT_NEGATIVE,
        .topic = TOPIC_BUG,
        .severity = severity,
        .gravity = gravity,
        .confidence = negative,
        .scores = {[SENTIMENT_NEGATIVE] = negative, [SENTIMENT_POSITIVE] = 1 - negative},
        .topics = {[TOPIC_BUG] = 1},
        .review_reason = LABEL_NONE};
}

static struct analysis answer_of(int sentiment, int severity)
{
    return (struct analysis){.method = METHOD_AI,
                             .sentiment = sentiment,
                             .topic = TOPIC_GENERAL,
                             .severity = severity,
                             .confidence = 0.95,
                             .review_reason = LABEL_NONE};
}

static struct analysis merge(struct analysis local, struct analysis answer)
{
    struct analysis merged;
    cascade_merge(cascade, &local, &answer, &merged);
    EXPECT(merged.needs_review == (merged.review_reason != LABEL_NONE));
    return merged;
}

static int why(struct analysis local, struct analysis answer)
{
    return merge(local, answer).review_reason;
}

static void praise_of_what_is_likely_negative_is_for_a_person_to_see(void)
{
    struct analysis praise = answer_of(SENTIMENT_POSITIVE, SEVERITY_LOW);
    struct analysis doubt = answer_of(SENTIMENT_NEUTRAL, SEVERITY_LOW);
    EXPECT(why(local_of(0.69, SEVERITY_LOW, 0), praise) == LABEL_NONE);
    EXPECT(why(local_of(0.71, SEVERITY_LOW, 0), praise) == REVIEW_SENTIMENT);
    EXPECT(why(local_of(0.99, SEVERITY_LOW, 0), doubt) == LABEL_NONE);
}

static void anger_in_a_part_counts_for_less_where_the_whole_is_happy(void)
{
    struct analysis local = local_of(0.3, SEVERITY_LOW, 0);
    struct analysis praise = answer_of(SENTIMENT_POSITIVE, SEVERITY_LOW);
    praise.anger = 0.75;
    EXPECT(why(local, praise) == REVIEW_SENTIMENT);
    local.sentiment = SENTIMENT_POSITIVE;
    EXPECT(why(local, praise) == LABEL_NONE);
    praise.anger = 0.81;
    EXPECT(why(local, praise) == REVIEW_SENTIMENT);
}

/* Not the other way round, and not what is only likely: honest answers differ that far. */
static void low_where_it_is_surely_grave_is_for_a_person_to_see(void)
{
    struct analysis calm = answer_of(SENTIMENT_NEGATIVE, SEVERITY_LOW);
    struct analysis alarm = answer_of(SENTIMENT_NEGATIVE, SEVERITY_CRITICAL);
    EXPECT(why(local_of(0.9, SEVERITY_HIGH, 0.81), calm) == REVIEW_SEVERITY);
    EXPECT(why(local_of(0.9, SEVERITY_HIGH, 0.79), calm) == LABEL_NONE);
    EXPECT(why(local_of(0.9, SEVERITY_LOW, 0.01), alarm) == LABEL_NONE);
    calm.severity = SEVERITY_MEDIUM;
    EXPECT(why(local_of(0.9, SEVERITY_CRITICAL, 0.99), calm) == LABEL_NONE);
}

static void of_a_text_that_gives_orders_any_difference_is_for_a_person_to_see(void)
{
    struct analysis obedient = answer_of(SENTIMENT_POSITIVE, SEVERITY_LOW);
    struct analysis agreeing = answer_of(SENTIMENT_NEGATIVE, SEVERITY_LOW);
    struct analysis alarming = answer_of(SENTIMENT_NEGATIVE, SEVERITY_CRITICAL);
    obedient.needs_review = agreeing.needs_review = alarming.needs_review = true; /* gives orders */
    EXPECT(why(local_of(0.4, SEVERITY_LOW, 0), obedient) == REVIEW_ORDERS);
    EXPECT(why(local_of(0.4, SEVERITY_LOW, 0), agreeing) == LABEL_NONE);
    EXPECT(why(local_of(0.4, SEVERITY_LOW, 0), alarming) == REVIEW_ORDERS);
}

static void without_a_local_model_every_text_that_gives_orders_is(void)
{
    struct cascade *alone = cascade_open(&(struct cascade_options){.analyst = NULL});
    struct analysis local = local_of(0.9, SEVERITY_CRITICAL, 0.99), merged;
    struct analysis answer = answer_of(SENTIMENT_POSITIVE, SEVERITY_LOW);
    cascade_merge(alone, &local, &answer, &merged);
    EXPECT(!merged.needs_review && merged.review_reason == LABEL_NONE && !merged.local.is_known);
    answer.needs_review = true;
    cascade_merge(alone, &local, &answer, &merged);
    EXPECT(merged.needs_review && merged.review_reason == REVIEW_ORDERS);
    cascade_close(alone);
}

static void the_answers_label_has_its_share_and_the_others_the_rest(void)
{
    struct analysis merged =
        merge(local_of(0.6, SEVERITY_MEDIUM, 0), answer_of(SENTIMENT_POSITIVE, SEVERITY_LOW));
    double sum = 0;
    for (int i = 0; i < SENTIMENT_COUNT; i++)
        sum += merged.scores[i];
    EXPECT(sum > 0.9999 && sum < 1.0001);
    EXPECT(merged.scores[SENTIMENT_POSITIVE] > 0.94 && merged.scores[SENTIMENT_NEGATIVE] > 0.04);
    EXPECT(merged.local.is_known && merged.local.sentiment == SENTIMENT_NEGATIVE &&
           merged.local.severity == SEVERITY_MEDIUM);
}

int main(void)
{
    struct analyst *analyst = analyst_open("models/hark-ngram.bin");
    cascade = cascade_open(&(struct cascade_options){.analyst = analyst});
    RUN(praise_of_what_is_likely_negative_is_for_a_person_to_see);
    RUN(anger_in_a_part_counts_for_less_where_the_whole_is_happy);
    RUN(low_where_it_is_surely_grave_is_for_a_person_to_see);
    RUN(of_a_text_that_gives_orders_any_difference_is_for_a_person_to_see);
    RUN(without_a_local_model_every_text_that_gives_orders_is);
    RUN(the_answers_label_has_its_share_and_the_others_the_rest);
    cascade_close(cascade);
    analyst_close(analyst);
    return 0;
}
