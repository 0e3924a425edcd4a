/* What the local model and a language model say together, and what of it a person should see. */
#include "analysis/cascade_inside.h"

#include <stdlib.h>

enum {
    SEVERITY_JUMP = 2 /* so many steps apart are no matter of taste */
};

/* Said by the local model; then nothing makes it positive unseen: of the whole, or of a part. At
 * less, honest praise is marked too often, and at more, complaints that a model was talked into
 * praising are hidden (docs/quality.md has the figures); of a part it takes more, as who praises
 * may grumble. Texts that give orders are marked at any share. */
#define LIKELY_NEGATIVE 0.7
#define SURELY_NEGATIVE 0.8

/* Likewise: then nothing makes it "low" unseen. The other way round nothing is hidden, as what is
 * grave is looked at anyway. */
#define SURELY_GRAVE 0.8

/* `chosen` gets `share`, or as much as it takes to be the likeliest; the others share the rest as
 * they did before. */
static double put_share(double *shares, const double *before, int count, int chosen, double share)
{
    double others = 0, greatest = 0;
    for (int i = 0; i < count; i++) {
        double one = before[i] >= 0 ? before[i] : 0; /* NaN is no share */
        shares[i] = one;
        if (i == chosen)
            continue;
        others += one;
        greatest = one > greatest ? one : greatest;
    }
    for (int i = 0; others <= 0 && i < count; i++)
        shares[i] = 1;
    if (others <= 0) {
        others = count - 1;
        greatest = 1;
    }
    double least = greatest / (others + greatest) + 0.001; /* kept in ten-thousandths */
    share = share < least ? least : share;
    for (int i = 0; i < count; i++)
        shares[i] *= (1 - share) / others;
    shares[chosen] = share;
    return share;
}

/* What the local model finds in parts alone counts for less where it finds the whole happy. */
static bool hides_anger(const struct analysis *local, const struct analysis *merged,
                        bool gives_orders)
{
    bool is_happy = local->sentiment == SENTIMENT_POSITIVE && !gives_orders;
    double limit = is_happy ? SURELY_NEGATIVE : LIKELY_NEGATIVE;
    return merged->sentiment == SENTIMENT_POSITIVE &&
           (local->scores[SENTIMENT_NEGATIVE] >= LIKELY_NEGATIVE || merged->anger >= limit);
}

static bool hides_gravity(const struct analysis *local, const struct analysis *merged)
{
    return merged->severity == SEVERITY_LOW && local->gravity >= SURELY_GRAVE;
}

/* Why a person should look, or LABEL_NONE: where a text gives orders, at what could come of them;
 * else at what would hide what the local model is sure of. */
static int find_reason(const struct analysis *local, const struct analysis *merged,
                       bool gives_orders)
{
    bool is_otherwise = merged->sentiment != local->sentiment ||
                        abs(local->severity - merged->severity) >= SEVERITY_JUMP;
    if (gives_orders && is_otherwise)
        return REVIEW_ORDERS;
    if (hides_anger(local, merged, gives_orders))
        return REVIEW_SENTIMENT;
    return hides_gravity(local, merged) ? REVIEW_SEVERITY : LABEL_NONE;
}

void cascade_merge(const struct cascade *cascade, const struct analysis *local,
                   const struct analysis *answer, struct analysis *merged)
{
    *merged = *answer;
    if (answer->topic == LABEL_NONE)
        merged->topic = local->topic;
    if (answer->severity == LABEL_NONE)
        merged->severity = local->severity;
    double share = answer->confidence < 1 ? answer->confidence : 1;
    put_share(merged->topics, local->topics, TOPIC_COUNT, merged->topic,
              answer->topic == LABEL_NONE ? local->topics[local->topic] : share);
    merged->score = merged->confidence =
        put_share(merged->scores, local->scores, SENTIMENT_COUNT, answer->sentiment, share);
    merged->band = (int)band_of(merged->confidence);
    if (str_is_absent(answer->summary))
        merged->summary = local->summary;
    merged->input_hash = local->input_hash;
    merged->latency_us = local->latency_us + answer->latency_us;
    merged->latency_ms = (merged->latency_us + 500) / 1000;
    if (cascade->options.analyst == NULL) {
        merged->review_reason = answer->needs_review ? REVIEW_ORDERS : LABEL_NONE;
        return;
    }
    merged->local = (struct local_labels){true, local->sentiment, local->topic, local->severity,
                                          local->confidence};
    merged->review_reason = find_reason(local, merged, answer->needs_review);
    merged->needs_review = merged->review_reason != LABEL_NONE;
}
