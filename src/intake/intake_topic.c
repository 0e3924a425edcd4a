#include "intake/intake_topic.h"

#include "search/similar_topic.h"
#include "telemetry/metrics.h"

/* The two change places, so that the topics' shares go on saying what the label says. */
static void take_topic(struct analysis *analysis, int topic)
{
    double share = analysis->topics[topic];
    analysis->topics[topic] = analysis->topics[analysis->topic];
    analysis->topics[analysis->topic] = share;
    analysis->topic = topic;
}

static void count(const char *outcome)
{
    metric_add_labelled(METRIC_similar_topics_total, outcome, NULL, 1);
}

void intake_reuse_topic(const struct intake_options *intake, struct feedback *item,
                        uint64_t until_us)
{
    struct analysis *analysis = &item->analysis;
    bool is_local = analysis->method == METHOD_ML_FALLBACK && !analysis->is_gibberish;
    if (intake->similar_topic <= 0 || (!is_local && analysis->method != METHOD_AI) ||
        (!is_local && search_asks_for_topics(intake->search)))
        return;
    struct similar_topic similar = {.tenant_id = item->tenant_id,
                                    .text = item->text,
                                    .least_likeness = intake->similar_topic,
                                    .until_us = until_us};
    /* What cannot be looked up is not reused: no feedback waits for it. */
    if (search_similar_topic(intake->search, &similar, NULL) != STATUS_OK ||
        similar.topic == LABEL_NONE)
        return;
    if (is_local) {
        take_topic(analysis, similar.topic);
        count("reused");
    } else {
        count(similar.topic == analysis->topic ? "right" : "wrong");
    }
}
