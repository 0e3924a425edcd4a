#include "infer/data_sets.h"

/* Who gives three stars is neutral, or torn, or displeased and polite; who gives two or four has
 * often something to say for the other side, too. */
static const float TRUST_IN_MIDDLING_STARS = 0.5F;

#define PERMISSIVE true
#define RESEARCH false

const struct data_set training_sets[] = {
    {"sst2/train.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_FILM_SENTENCE, 1.0F},
    {"sst2/train_phrases.tsv", SCHEME_SENTIMENT, 0.15F, RESEARCH, KIND_FILM_SENTENCE, 1.0F},
    {"sst5/train.tsv", SCHEME_SST_NEUTRAL, 0.5F, RESEARCH, KIND_FILM_SENTENCE, 1.0F},
    {"mr/train.tsv", SCHEME_SENTIMENT, 0.7F, PERMISSIVE, KIND_FILM_SENTENCE, 1.0F},
    {"cr/train.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE, KIND_PRODUCT_SENTENCE, 2.0F},
    {"hu_liu_products/train.tsv", SCHEME_SENTIMENT, 0.5F, PERMISSIVE, KIND_PRODUCT_SENTENCE, 2.0F},
    {"pros_cons/train.tsv", SCHEME_SENTIMENT, 0.5F, PERMISSIVE, KIND_PROS_CONS, 1.0F},
    {"imdb/train.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_FILM_REVIEW, 1.0F},
    {"semeval_twitter/train.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_TWEET, 1.0F},
    {"blitzer_books/train.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_PRODUCT_REVIEW, 1.0F},
    {"blitzer_dvd/train.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_PRODUCT_REVIEW, 1.0F},
    {"blitzer_electronics/train.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_PRODUCT_REVIEW, 1.0F},
    {"blitzer_kitchen/train.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_PRODUCT_REVIEW, 1.0F},
    {"app_reviews_stars/train.tsv", SCHEME_FIVE_STARS, 0.6F, RESEARCH, KIND_APP_STARS, 1.0F},
    {"urr_stars/train.tsv", SCHEME_FIVE_STARS, 0.6F, RESEARCH, KIND_APP_STARS, 1.0F},
    {"app_reviews_hand_sentiment/train.tsv", SCHEME_SENTIMENT, 1.5F, RESEARCH, KIND_APP_REVIEW,
     5.0F},
    {"goemotions/train.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE, KIND_COMMENT, 1.0F},
    {"senti4sd/train.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE, KIND_DEVELOPER, 2.0F},
    {"acos/train_laptop.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_LAPTOP, 3.0F},
    {"acos/train_restaurant.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_RESTAURANT, 1.0F},
    {"mams/train.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE, KIND_RESTAURANT, 1.0F},
    {"topic6/train.tsv", SCHEME_TOPIC, 5.0F, RESEARCH, KIND_REPORT, 1.0F},
    {"maalej/train.tsv", SCHEME_RATING, 0.5F, PERMISSIVE, KIND_REPORT, 1.0F},
    {"banking77/train.tsv", SCHEME_PAYMENT, 0.1F, PERMISSIVE, KIND_REPORT, 1.0F},
    {"clinc150/train.tsv", SCHEME_REQUEST, 0.5F, PERMISSIVE, KIND_REQUEST, 1.0F},
    {"langid/train.tsv", SCHEME_LANGUAGE, 0.5F, PERMISSIVE, KIND_UNKNOWN, 1.0F},
    {.path = NULL},
};

const struct data_set test_sets[] = {
    {"sst2/test.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_FILM_SENTENCE, 1.0F},
    {"cr/test.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE, KIND_PRODUCT_SENTENCE, 1.0F},
    {"imdb/test.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_FILM_REVIEW, 1.0F},
    {"blitzer_books/test.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_PRODUCT_REVIEW, 1.0F},
    {"blitzer_dvd/test.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_PRODUCT_REVIEW, 1.0F},
    {"blitzer_electronics/test.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_PRODUCT_REVIEW, 1.0F},
    {"blitzer_kitchen/test.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_PRODUCT_REVIEW, 1.0F},
    {"pros_cons/test.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE, KIND_PROS_CONS, 1.0F},
    {"app_reviews_stars/test.tsv", SCHEME_FIVE_STARS, 1.0F, RESEARCH, KIND_APP_STARS, 1.0F},
    {"app_reviews_hand_sentiment/test.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_APP_REVIEW,
     1.0F},
    {"semeval_twitter/test.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_TWEET, 1.0F},
    {"goemotions/test.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE, KIND_COMMENT, 1.0F},
    {"senti4sd/test.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE, KIND_DEVELOPER, 1.0F},
    {"sa4se/test_gh.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_DEVELOPER, 1.0F},
    {"hu_liu_products/test.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE, KIND_PRODUCT_SENTENCE, 1.0F},
    {"acos/test_laptop.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_LAPTOP, 1.0F},
    {"acos/test_restaurant.tsv", SCHEME_SENTIMENT, 1.0F, RESEARCH, KIND_RESTAURANT, 1.0F},
    {"mams/test.tsv", SCHEME_SENTIMENT, 1.0F, PERMISSIVE, KIND_RESTAURANT, 1.0F},
    {"topic6/test.tsv", SCHEME_TOPIC, 1.0F, RESEARCH, KIND_REPORT, 1.0F},
    {"langid/test.tsv", SCHEME_LANGUAGE, 1.0F, PERMISSIVE, KIND_UNKNOWN, 1.0F},
    {"langid/test_wordpairs.tsv", SCHEME_LANGUAGE, 1.0F, PERMISSIVE, KIND_UNKNOWN, 1.0F},
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
