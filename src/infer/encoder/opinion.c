#include "infer/encoder/opinion.h"

#include <math.h>

static const float TWO_WAY_TEMPERATURE = 1.5F;

static const struct alias {
    const char *name;
    int sentiment;
} aliases[] = {{"positive", SENTIMENT_POSITIVE}, {"pos", SENTIMENT_POSITIVE},
               {"negative", SENTIMENT_NEGATIVE}, {"neg", SENTIMENT_NEGATIVE},
               {"neutral", SENTIMENT_NEUTRAL},   {"neu", SENTIMENT_NEUTRAL},
               {"mixed", SENTIMENT_MIXED}};

/* What LABEL_i means where nobody says: by convention from bad to good. */
static const int unnamed[SENTIMENT_COUNT][SENTIMENT_COUNT] = {
    [1] = {SENTIMENT_NEGATIVE, SENTIMENT_POSITIVE},
    [2] = {SENTIMENT_NEGATIVE, SENTIMENT_NEUTRAL, SENTIMENT_POSITIVE},
};

static int sentiment_of(str name, uint32_t at, uint32_t count)
{
    int64_t number;
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (str_equal_ignoring_case(name, str_from_z(aliases[i].name)))
            return aliases[i].sentiment;
    bool is_number = name.length > 6 &&
                     str_equal_ignoring_case(str_slice(name, 0, 6), STR("label_")) &&
                     str_to_integer(str_slice(name, 6, name.length), &number);
    bool is_usual = count == 2 || count == 3;
    return is_number && is_usual && number == (int64_t)at ? unnamed[count - 1][at] : LABEL_NONE;
}

enum status opinion_read_labels(struct opinion_labels *labels, const str *names, uint32_t count,
                                struct error *err)
{
    bool is_there[SENTIMENT_COUNT] = {false};
    struct opinion_labels read = {.count = count};
    if (count < 2 || count > SENTIMENT_COUNT)
        return fail(err, STATUS_UNSUPPORTED,
                    "config.json: the model chooses among %u labels; two to four sentiments are "
                    "understood",
                    count);
    for (uint32_t i = 0; i < count; i++) {
        int sentiment = sentiment_of(str_trim(names[i]), i, count);
        if (sentiment == LABEL_NONE)
            return fail(err, STATUS_INVALID,
                        "config.json: id2label names output %u '" STR_FORMAT "', which is no "
                        "sentiment (positive, negative, neutral, mixed)",
                        i, STR_ARG(str_slice(names[i], 0, 32)));
        if (is_there[sentiment])
            return fail(err, STATUS_INVALID, "config.json: id2label has %s twice",
                        sentiment_names[sentiment]);
        is_there[sentiment] = true;
        read.sentiments[i] = sentiment;
    }
    if (!is_there[SENTIMENT_POSITIVE] || !is_there[SENTIMENT_NEGATIVE])
        return fail(err, STATUS_INVALID, "config.json: id2label has no %s",
                    is_there[SENTIMENT_POSITIVE] ? "negative" : "positive");
    *labels = read;
    return STATUS_OK;
}

void opinion_form(const struct opinion_labels *labels, const float *logits, struct opinion *opinion)
{
    float temperature = labels->count == 2 ? TWO_WAY_TEMPERATURE : 1.0F;
    float highest = logits[0], sum = 0;
    for (uint32_t i = 1; i < labels->count; i++)
        highest = fmaxf(highest, logits[i]);
    for (int i = 0; i < SENTIMENT_COUNT; i++)
        opinion->shares[i] = -1;
    for (uint32_t i = 0; i < labels->count; i++) {
        float share = expf((logits[i] - highest) / temperature);
        opinion->shares[labels->sentiments[i]] = share;
        sum += share;
    }
    for (uint32_t i = 0; i < labels->count; i++)
        opinion->shares[labels->sentiments[i]] /= sum;
}

void opinion_join(const struct opinion *opinion, float sentiment[static SENTIMENT_COUNT])
{
    float known = 0;
    for (int i = 0; i < SENTIMENT_COUNT; i++)
        known += opinion->shares[i] >= 0 ? sentiment[i] : 0;
    for (int i = 0; i < SENTIMENT_COUNT; i++)
        if (opinion->shares[i] >= 0)
            sentiment[i] = known * opinion->shares[i];
}
