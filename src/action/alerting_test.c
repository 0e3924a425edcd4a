#include "action/alerting.h"
#include "base/test.h"

static struct configuration configuration;

static bool is_needed(enum sentiment sentiment, double confidence)
{
    struct analysis analysis = {.sentiment = (int)sentiment, .confidence = confidence};
    return alert_is_needed(&configuration, &analysis);
}

/* Seed 001: negative or mixed, with high or medium confidence. */
static void follows_the_seeds_rule(void)
{
    configuration_defaults(&configuration);
    EXPECT(is_needed(SENTIMENT_NEGATIVE, 0.95) && is_needed(SENTIMENT_NEGATIVE, 0.5));
    EXPECT(is_needed(SENTIMENT_MIXED, 0.81) && is_needed(SENTIMENT_MIXED, 0.6));
    EXPECT(!is_needed(SENTIMENT_NEGATIVE, 0.49) && !is_needed(SENTIMENT_MIXED, 0.3));
    EXPECT(!is_needed(SENTIMENT_POSITIVE, 0.99) && !is_needed(SENTIMENT_NEUTRAL, 0.99));
}

static void can_be_set_finer_or_coarser(void)
{
    configuration_defaults(&configuration);
    configuration.alert_on_mixed = false;
    configuration.alert_least_confidence = 0.9;
    EXPECT(!is_needed(SENTIMENT_MIXED, 0.99) && !is_needed(SENTIMENT_NEGATIVE, 0.85));
    EXPECT(is_needed(SENTIMENT_NEGATIVE, 0.9));
}

int main(void)
{
    RUN(follows_the_seeds_rule);
    RUN(can_be_set_finer_or_coarser);
    return 0;
}
