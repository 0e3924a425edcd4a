#include "infer/data_sets.h"

/* Who gives three stars is neutral, or torn, or displeased and polite; who gives two or four has
 * often something to say for the other side, too. */
static const float TRUST_IN_MIDDLING_STARS = 0.5F;

#define PERMISSIVE true
#define RESEARCH false

const struct data_set training_sets[] = {
    {"sst2/train.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"sst2/train_phrases.tsv", SCHEME_SENTIMENT, 0.15F, RESEARCH},
    {"sst5/train.tsv", SCHEME_SST_NEUTRAL, 0.5F, RESEARCH},
    {"mr/train.tsv", SCHEME_SENTIMENT, 0.7F, PERMISSIVE},
    {"cr/train.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE},
    {"hu_liu_products/train.tsv", SCHEME_SENTIMENT, 0.4F, PERMISSIVE},
    {"pros_cons/train.tsv", SCHEME_SENTIMENT, 0.5F, PERMISSIVE},
    {"imdb/train.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"semeval_twitter/train.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"blitzer_books/train.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"blitzer_dvd/train.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"blitzer_electronics/train.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"blitzer_kitchen/train.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"app_reviews_stars/train.tsv", SCHEME_FIVE_STARS, 0.6F, RESEARCH},
    {"urr_stars/train.tsv", SCHEME_FIVE_STARS, 0.6F, RESEARCH},
    {"app_reviews_hand_sentiment/train.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"goemotions/train.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE},
    {"senti4sd/train.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE},
    {"acos/train_laptop.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"acos/train_restaurant.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"mams/train.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE},
    {"topic6/train.tsv", SCHEME_TOPIC, 5.0F, RESEARCH},
    {"maalej/train.tsv", SCHEME_RATING, 0.5F, PERMISSIVE},
    {"banking77/train.tsv", SCHEME_PAYMENT, 0.1F, PERMISSIVE},
    {"clinc150/train.tsv", SCHEME_REQUEST, 0.5F, PERMISSIVE},
    {"langid/train.tsv", SCHEME_LANGUAGE, 0.5F, PERMISSIVE},
    {.path = NULL},
};

const struct data_set test_sets[] = {
    {"sst2/test.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"cr/test.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE},
    {"imdb/test.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"blitzer_books/test.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"blitzer_dvd/test.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"blitzer_electronics/test.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"blitzer_kitchen/test.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"pros_cons/test.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE},
    {"app_reviews_stars/test.tsv", SCHEME_FIVE_STARS, 1.0F, RESEARCH},
    {"app_reviews_hand_sentiment/test.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"semeval_twitter/test.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"goemotions/test.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE},
    {"senti4sd/test.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE},
    {"sa4se/test_gh.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"hu_liu_products/test.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE},
    {"acos/test_laptop.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"acos/test_restaurant.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH},
    {"mams/test.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE},
    {"topic6/test.tsv", SCHEME_TOPIC, 1.0F, RESEARCH},
    {"langid/test.tsv", SCHEME_LANGUAGE, 1.0F, PERMISSIVE},
    {"langid/test_wordpairs.tsv", SCHEME_LANGUAGE, 1.0F, PERMISSIVE},
    {.path = NULL},
};

static int8_t sentiment_of_stars(str label)
{
    int64_t stars;
    if (!str_to_integer(label, &stars))
        return LABEL_NONE;
    return stars > 3 ? SENTIMENT_POSITIVE : stars < 3 ? SENTIMENT_NEGATIVE : SENTIMENT_NEUTRAL;
}

static int8_t topic_of_rating(str label)
{
    if (str_equal_z(label, "rating"))
        return TOPIC_GENERAL;
    int topic = label_find(topic_names, label);
    return topic == TOPIC_BUG || topic == TOPIC_FEATURE_REQUEST ? (int8_t)topic : LABEL_NONE;
}

static float trust_in_stars(str label)
{
    return str_equal_z(label, "1") || str_equal_z(label, "5") ? 1.0F : TRUST_IN_MIDDLING_STARS;
}

static bool has_any(str intent, const char *const *words)
{
    for (; *words != NULL; words++)
        if (str_find_str(intent, str_from_z(*words)) != STR_NONE)
            return true;
    return false;
}

static bool is_about_money(str intent)
{
    static const char *const words[] = {"charge", "fee",      "refund", "payment", "debit",
                                        "price",  "exchange", "top_up", NULL};
    return has_any(intent, words);
}

/* Requests that come out of trouble, or end in thanks, have a feeling of their own. */
static bool is_plain_request(str intent)
{
    static const char *const words[] = {"fraud",   "declined", "damaged", "lost",   "blocked",
                                        "freeze",  "fees",     "thank",   "cancel", "jump_start",
                                        "traffic", "oos",      NULL};
    return !has_any(intent, words);
}

static void read_own(str label, int8_t *labels)
{
    str sentiment;
    str topic;
    str severity;
    str rest;
    str_cut(label, '/', &sentiment, &rest);
    str_cut(rest, '/', &topic, &severity);
    labels[HEAD_SENTIMENT] = (int8_t)label_find(sentiment_names, sentiment);
    labels[HEAD_TOPIC] = (int8_t)label_find(topic_names, topic);
    labels[HEAD_SEVERITY] = (int8_t)label_find(severity_names, severity);
}

float data_set_read_label(enum label_scheme scheme, str label, int8_t labels[static HEAD_COUNT])
{
    for (int head = 0; head < HEAD_COUNT; head++)
        labels[head] = LABEL_NONE;
    labels[HEAD_NOISE] = 0;
    switch (scheme) {
    case SCHEME_SENTIMENT:
        labels[HEAD_SENTIMENT] = (int8_t)label_find(sentiment_names, label);
        break;
    case SCHEME_FIVE_STARS:
        labels[HEAD_SENTIMENT] = sentiment_of_stars(label);
        return trust_in_stars(label);
    case SCHEME_SST_NEUTRAL:
        if (str_equal_z(label, "2"))
            labels[HEAD_SENTIMENT] = SENTIMENT_NEUTRAL;
        break;
    case SCHEME_TOPIC:
        labels[HEAD_TOPIC] = (int8_t)label_find(topic_names, label);
        break;
    case SCHEME_RATING:
        labels[HEAD_TOPIC] = topic_of_rating(label);
        break;
    case SCHEME_PAYMENT:
        if (is_about_money(label))
            labels[HEAD_TOPIC] = TOPIC_BILLING;
        break;
    case SCHEME_REQUEST:
        if (is_plain_request(label))
            labels[HEAD_SENTIMENT] = SENTIMENT_NEUTRAL;
        break;
    case SCHEME_LANGUAGE:
        break;
    case SCHEME_SEVERITY:
        labels[HEAD_SEVERITY] = (int8_t)label_find(severity_names, label);
        break;
    case SCHEME_OWN:
        read_own(label, labels);
        break;
    }
    return 1.0F;
}
