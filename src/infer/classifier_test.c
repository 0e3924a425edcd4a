/* The shipped model, models/hark-ngram.bin, as found from the root of the tree. */
#include "infer/classifier.h"

#include "base/test.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static const char SHIPPED[] = "models/hark-ngram.bin";

static struct classifier *classifier;

static struct prediction predict(const char *text)
{
    struct prediction prediction;
    classifier_predict(classifier, str_from_z(text), &prediction);
    return prediction;
}

static bool is_likeliest(const float *probabilities, int count, int wanted)
{
    for (int i = 0; i < count; i++)
        if (i != wanted && probabilities[i] >= probabilities[wanted])
            return false;
    return true;
}

static bool says(const char *text, enum sentiment sentiment, int topic)
{
    struct prediction prediction = predict(text);
    return is_likeliest(prediction.sentiment, SENTIMENT_COUNT, (int)sentiment) &&
           (topic == LABEL_NONE || is_likeliest(prediction.topic, TOPIC_COUNT, topic));
}

/* The band of the answer is that of its sentiment. */
static bool is_sure(const char *text, enum sentiment sentiment)
{
    return band_of((double)predict(text).sentiment[sentiment]) == BAND_HIGH;
}

static void sentences_of_the_seeds_come_out_as_the_seeds_say(void)
{
    EXPECT(says("The app keeps crashing when I try to checkout!", SENTIMENT_NEGATIVE, TOPIC_BUG));
    EXPECT(is_sure("The app keeps crashing when I try to checkout!", SENTIMENT_NEGATIVE));
    EXPECT(says("I love this feature!", SENTIMENT_POSITIVE, TOPIC_GENERAL));
    EXPECT(is_sure("I love this feature!", SENTIMENT_POSITIVE));
    EXPECT(says("App crashes constantly", SENTIMENT_NEGATIVE, TOPIC_BUG));
    EXPECT(is_sure("App crashes constantly", SENTIMENT_NEGATIVE));
    EXPECT(says("Can you add dark mode?", SENTIMENT_NEUTRAL, TOPIC_FEATURE_REQUEST));
    EXPECT(is_sure("Can you add dark mode?", SENTIMENT_NEUTRAL));
    EXPECT(says("Love the features but hate the bugs", SENTIMENT_MIXED, LABEL_NONE));
    EXPECT(says("great product but terrible support", SENTIMENT_MIXED, LABEL_NONE));
    EXPECT(says("I love this product!", SENTIMENT_POSITIVE, TOPIC_GENERAL));
    EXPECT(says("[NAME] ([EMAIL]) loves the product", SENTIMENT_POSITIVE, TOPIC_GENERAL));
}

static void so_do_other_words_for_the_same(void)
{
    EXPECT(says("It crashed three times while I was paying", SENTIMENT_NEGATIVE, TOPIC_BUG));
    EXPECT(says("this feature is wonderful", SENTIMENT_POSITIVE, LABEL_NONE));
    EXPECT(says("Could you please add a light theme?", SENTIMENT_NEUTRAL, TOPIC_FEATURE_REQUEST));
    EXPECT(says("Nice phone but the battery is horrible", SENTIMENT_MIXED, LABEL_NONE));
    EXPECT(says("You charged my card twice", SENTIMENT_NEGATIVE, TOPIC_BILLING));
    EXPECT(says("not good at all", SENTIMENT_NEGATIVE, LABEL_NONE));
    EXPECT(says("The page is terribly slow to load", SENTIMENT_NEGATIVE, TOPIC_PERFORMANCE));
}

static void praise_and_complaint_in_one_message_are_mixed(void)
{
    EXPECT(says("Best maps on the market, and the worst search.", SENTIMENT_MIXED, LABEL_NONE));
    EXPECT(says("The agent was lovely, the policy is a disgrace.", SENTIMENT_MIXED, LABEL_NONE));
    EXPECT(says("The chat is great and I use it a lot, but calls drop after a minute.",
                SENTIMENT_MIXED, LABEL_NONE));
    EXPECT(says("Love it. Please bring it to Windows too!", SENTIMENT_POSITIVE, LABEL_NONE));
    EXPECT(says("Used to like it, now it logs me out every hour.", SENTIMENT_NEGATIVE, LABEL_NONE));
}

static void gravity_follows_the_harm(void)
{
    EXPECT(is_likeliest(predict("All our data was deleted last night").severity, SEVERITY_COUNT,
                        SEVERITY_CRITICAL));
    EXPECT(is_likeliest(predict("I cannot log in to my account anymore").severity, SEVERITY_COUNT,
                        SEVERITY_HIGH));
    EXPECT(
        is_likeliest(predict("Thank you, works very well").severity, SEVERITY_COUNT, SEVERITY_LOW));
}

static void noise_is_told_from_speech(void)
{
    static const char *const noise[] = {"asdfgh qwerty", "test test 123", "aaaaaaa",
                                        "lorem ipsum dolor sit amet", "sdkfjh wekjrh zxmnv"};
    static const char *const speech[] = {
        "ok thanks",
        "Works fine on my Pixel",
        "Please test the new version, it is broken",
        "Tämä sovellus on erittäin hyvä",
        "Diese App stürzt ständig ab",
        "すばらしいアプリです",
        "no",
    };
    for (size_t i = 0; i < sizeof noise / sizeof *noise; i++)
        EXPECT(predict(noise[i]).gibberish > 0.5F);
    for (size_t i = 0; i < sizeof speech / sizeof *speech; i++)
        EXPECT(predict(speech[i]).gibberish < 0.5F);
}

static float sum_of(const float *values, int count)
{
    float sum = 0.0F;
    for (int i = 0; i < count; i++)
        sum += values[i];
    return sum;
}

static void probabilities_of_a_head_sum_to_one(void)
{
    static const char *const texts[] = {"", "a", "\xff\xfe", "It's fine.", "!!!!!!", "[NAME]"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct prediction prediction = predict(texts[i]);
        EXPECT(fabsf(sum_of(prediction.sentiment, SENTIMENT_COUNT) - 1.0F) < 1e-5F);
        EXPECT(fabsf(sum_of(prediction.topic, TOPIC_COUNT) - 1.0F) < 1e-5F);
        EXPECT(fabsf(sum_of(prediction.severity, SEVERITY_COUNT) - 1.0F) < 1e-5F);
        EXPECT(prediction.gibberish >= 0.0F && prediction.gibberish <= 1.0F);
    }
}

static bool same_values(const float *one, const float *other, int count)
{
    for (int i = 0; i < count; i++)
        if (one[i] < other[i] || one[i] > other[i])
            return false;
    return true;
}

static void the_same_text_gives_the_same_answer(void)
{
    struct prediction first = predict("Fast and simple, but it broke after a week.");
    predict("Something else in between");
    struct prediction second = predict("Fast and simple, but it broke after a week.");
    EXPECT(same_values(first.sentiment, second.sentiment, SENTIMENT_COUNT));
    EXPECT(same_values(first.topic, second.topic, TOPIC_COUNT));
    EXPECT(same_values(first.severity, second.severity, SEVERITY_COUNT));
}

static void copy_file(const char *to, size_t size, size_t damaged_at)
{
    static char bytes[1 << 24];
    FILE *from = fopen(SHIPPED, "rbe");
    EXPECT(from != NULL);
    size_t all = fread(bytes, 1, sizeof bytes, from);
    EXPECT(fclose(from) == 0 && all > 4096 && all <= 8000000);
    bytes[damaged_at] ^= 1;
    FILE *copy = fopen(to, "wbe");
    EXPECT(copy != NULL && fwrite(bytes, 1, size < all ? size : all, copy) > 0);
    EXPECT(fclose(copy) == 0);
}

static void a_file_that_is_no_whole_model_is_refused(void)
{
    static const struct {
        size_t size, damaged_at;
    } cases[] = {{SIZE_MAX, 0}, {SIZE_MAX, 5000}, {1000, 4000}, {5, 9}, {100000, 200000}};
    struct error err;
    struct classifier *broken = NULL;
    char path[] = "/tmp/hark-model-XXXXXX";
    int fd = mkstemp(path);
    EXPECT(fd >= 0 && close(fd) == 0);
    EXPECT(classifier_open(&broken, path, &err) == STATUS_CORRUPT);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        copy_file(path, cases[i].size, cases[i].damaged_at);
        EXPECT(classifier_open(&broken, path, &err) == STATUS_CORRUPT);
        EXPECT(broken == NULL && strstr(err.message, path) != NULL);
    }
    EXPECT(unlink(path) == 0);
    EXPECT(classifier_open(&broken, path, &err) == STATUS_NOT_FOUND);
    classifier_close(NULL);
}

int main(void)
{
    struct error err;
    EXPECT(classifier_open(&classifier, SHIPPED, &err) == STATUS_OK);
    EXPECT(strcmp(classifier_name(classifier), "hark-ngram-2") == 0);
    RUN(sentences_of_the_seeds_come_out_as_the_seeds_say);
    RUN(so_do_other_words_for_the_same);
    RUN(praise_and_complaint_in_one_message_are_mixed);
    RUN(gravity_follows_the_harm);
    RUN(noise_is_told_from_speech);
    RUN(probabilities_of_a_head_sum_to_one);
    RUN(the_same_text_gives_the_same_answer);
    RUN(a_file_that_is_no_whole_model_is_refused);
    classifier_close(classifier);
    return 0;
}
