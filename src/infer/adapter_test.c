/* Adapters: what they do to an answer, what bytes are refused, how they are learned and judged. */
#include "infer/adapter.h"

#include "base/hash.h"
#include "base/test.h"
#include "infer/adapter_trial.h"

#include <math.h>
#include <string.h>

static struct arena arena;

static const char *const openings[] = {"Please add", "I want",    "We need",      "Can you add",
                                       "Bring us",   "Where is",  "I would love", "Give me",
                                       "I miss",     "I hope for"};
static const char *const things[] = {"a dark mode", "the export", "a calendar", "an archive"};
static const char *const places[] = {"for the app",  "on the phone",   "in the settings",
                                     "for the desk", "for the tablet", "at night"};

enum {
    OPENINGS = sizeof openings / sizeof *openings,
    THINGS = sizeof things / sizeof *things,
    PLACES = sizeof places / sizeof *places,
    OF_A_THING = OPENINGS * PLACES,
    MOST_TEXTS = OF_A_THING * THINGS
};

/* A base that takes everything for a wish, and is not sure of anything else. */
static struct prediction base_says(void)
{
    struct prediction prediction = {.gibberish = 0.01F};
    for (int field = 0; field < ADAPTER_FIELDS; field++)
        for (int i = 0; i < adapter_labels[field].count; i++)
            adapter_shares(&prediction, field)[i] = 1.0F / (float)adapter_labels[field].count;
    for (int i = 0; i < TOPIC_COUNT; i++)
        prediction.topic[i] = i == TOPIC_FEATURE_REQUEST ? 0.9F : 0.02F;
    return prediction;
}

static str text_of(size_t opening, size_t thing, size_t place)
{
    return str_format(&arena, "%s %s %s.", openings[opening], things[thing], places[place]);
}

/* Wishes for `things[0]` are corrected to `label`; when `halved`, every second, so that no word
 * says which. */
static size_t make_texts(struct trial_text *texts, int label, bool halved)
{
    size_t count = 0;
    for (size_t i = 0; i < MOST_TEXTS; i++) {
        size_t thing = i / OPENINGS % THINGS;
        struct trial_text *text = &texts[count++];
        bool is_corrected =
            thing == 0 && !(halved && (i % OPENINGS + i / OPENINGS / THINGS) % 2 == 0);
        *text = (struct trial_text){
            .example = {.text = text_of(i % OPENINGS, thing, i / OPENINGS / THINGS),
                        .base = base_says(),
                        .labels = {LABEL_NONE, LABEL_NONE, LABEL_NONE}},
            .current = base_says(),
            .kind = is_corrected ? TRIAL_CORRECTED : TRIAL_OTHER,
            .is_fresh = is_corrected};
        if (is_corrected)
            text->example.labels[ADAPTER_TOPIC] = label;
    }
    return count;
}

static str train(const struct trial_text *texts, size_t count)
{
    const struct adapter_example **examples =
        arena_array(&arena, const struct adapter_example *, count);
    for (size_t i = 0; i < count; i++)
        examples[i] = &texts[i].example;
    struct adapter_training training = {
        .base = "base-1", .examples = examples, .count = count, .pulls = {0, 0.01F, 0}};
    return adapter_train(&arena, &training);
}

static str trained(void)
{
    static struct trial_text texts[MOST_TEXTS];
    return train(texts, make_texts(texts, TOPIC_UX, false));
}

static int topic_by(const struct adapter *adapter, str text)
{
    struct prediction prediction = base_says();
    adapter_apply(adapter, text, &prediction);
    return adapter_answer(&prediction, ADAPTER_TOPIC);
}

static bool is_same(const float *one, const float *other, int count)
{
    for (int i = 0; i < count; i++)
        if (one[i] < other[i] || one[i] > other[i])
            return false;
    return true;
}

static void what_is_like_the_corrections_changes_and_nothing_else_does(void)
{
    struct adapter *adapter = NULL;
    EXPECT(adapter_decode(&adapter, trained(), NULL) == STATUS_OK);
    EXPECT(strcmp(adapter_base(adapter), "base-1") == 0);
    EXPECT(topic_by(adapter, STR("We hope for a dark mode in the morning.")) == TOPIC_UX);
    EXPECT(topic_by(adapter, STR("We hope for an archive in the morning.")) ==
           TOPIC_FEATURE_REQUEST);
    struct prediction before = base_says(), after = before;
    adapter_apply(adapter, STR("xyzzy"), &after); /* shares nothing with them */
    EXPECT(is_same(before.topic, after.topic, TOPIC_COUNT));
    adapter_apply(adapter, STR("a dark mode"), &after);
    EXPECT(!is_same(before.topic, after.topic, TOPIC_COUNT));
    EXPECT(is_same(before.sentiment, after.sentiment, SENTIMENT_COUNT));
    EXPECT(is_same(&before.gibberish, &after.gibberish, 1));
    adapter_close(adapter);
}

static void shares_still_add_up_to_one(void)
{
    struct adapter *adapter = NULL;
    EXPECT(adapter_decode(&adapter, trained(), NULL) == STATUS_OK);
    static const char *const texts[] = {"", "a dark mode", "dark dark dark dark dark mode!",
                                        "\xff"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct prediction prediction = base_says();
        float sum = 0;
        adapter_apply(adapter, str_from_z(texts[i]), &prediction);
        for (int k = 0; k < TOPIC_COUNT; k++)
            sum += prediction.topic[k];
        EXPECT(fabsf(sum - 1.0F) < 1e-5F);
    }
    adapter_close(adapter);
}

static void the_same_corrections_give_the_same_bytes(void)
{
    str one = trained(), two = trained();
    EXPECT(str_equal(one, two));
}

/* Nor does it matter in which order they came: a trial sorts them. */
static void the_order_of_corrections_does_not_matter(void)
{
    static struct trial_text texts[MOST_TEXTS], turned[MOST_TEXTS];
    struct trial one, two;
    size_t count = make_texts(texts, TOPIC_UX, false);
    for (size_t i = 0; i < count; i++)
        turned[i] = texts[count - 1 - i];
    adapter_try(&arena, texts, count, "base-1", &one);
    adapter_try(&arena, turned, count, "base-1", &two);
    EXPECT(one.is_better && one.bytes.length > 0 && str_equal(one.bytes, two.bytes));
}

static void a_consistent_correction_is_promoted(void)
{
    static struct trial_text texts[MOST_TEXTS];
    struct trial trial;
    size_t count = make_texts(texts, TOPIC_UX, false);
    adapter_try(&arena, texts, count, "base-1", &trial);
    const struct trial_field *topic = &trial.fields[ADAPTER_TOPIC];
    EXPECT(topic->ruling == RULING_BETTER && topic->corrected == OF_A_THING);
    EXPECT(topic->base_right == 0 && topic->right > topic->corrected * 9 / 10);
    EXPECT(topic->others == MOST_TEXTS - OF_A_THING && topic->others_changed == 0);
    EXPECT(trial.fields[ADAPTER_SENTIMENT].ruling == RULING_TOO_FEW);
}

static size_t keep_corrected(struct trial_text *texts, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (texts[i].kind == TRIAL_CORRECTED)
            texts[kept++] = texts[i];
    return kept;
}

/* However sure the base is, and with no text beside them that was let stand. */
static void a_sure_base_gives_way_to_what_is_consistent(void)
{
    static struct trial_text texts[MOST_TEXTS];
    struct adapter *adapter = NULL;
    struct trial trial;
    size_t count = keep_corrected(texts, make_texts(texts, TOPIC_UX, false));
    for (size_t i = 0; i < count; i++)
        for (int label = 0; label < TOPIC_COUNT; label++)
            texts[i].example.base.topic[label] = label == TOPIC_FEATURE_REQUEST ? 0.994F : 0.001F;
    struct prediction prediction = texts[0].example.base;
    adapter_try(&arena, texts, count, "base-1", &trial);
    EXPECT(trial.fields[ADAPTER_TOPIC].ruling == RULING_BETTER);
    EXPECT(adapter_decode(&adapter, trial.bytes, NULL) == STATUS_OK);
    adapter_apply(adapter, STR("We hope for a dark mode in the morning."), &prediction);
    EXPECT(prediction.topic[TOPIC_UX] > 0.8F);
    adapter_close(adapter);
}

/* Some of them are bound to come out right, and the base, which was wrong on all, cannot lose. */
static void labels_drawn_by_lot_are_not_promoted(void)
{
    static const int labels[] = {TOPIC_UX, TOPIC_BUG, TOPIC_BILLING, TOPIC_PERFORMANCE};
    static struct trial_text texts[MOST_TEXTS];
    struct trial trial;
    uint32_t lot = 1;
    size_t count = make_texts(texts, TOPIC_UX, false), promoted = 0;
    for (int draw = 0; draw < 5; draw++) {
        for (size_t i = 0; i < count; i++) {
            lot = lot * 1664525U + 1013904223U; /* Numerical Recipes, 7.1 */
            texts[i].example.labels[ADAPTER_TOPIC] = labels[lot >> 30];
            texts[i].kind = TRIAL_CORRECTED;
        }
        adapter_try(&arena, texts, count / 4, "base-1", &trial);
        const struct trial_field *topic = &trial.fields[ADAPTER_TOPIC];
        EXPECT(topic->others == 0 && topic->base_right == 0);
        promoted += trial.is_better;
    }
    EXPECT(promoted == 0);
}

static void texts_that_were_let_stand_outweigh_those_like_them(void)
{
    static struct trial_text texts[MOST_TEXTS];
    struct trial trial;
    size_t count = make_texts(texts, TOPIC_UX, true);
    adapter_try(&arena, texts, count, "base-1", &trial);
    EXPECT(!trial.is_better && str_is_absent(trial.bytes));
}

static void too_few_corrections_are_not_tried(void)
{
    static struct trial_text texts[MOST_TEXTS];
    struct trial trial;
    size_t count = make_texts(texts, TOPIC_UX, false), kept = 0;
    for (size_t i = 0; i < count; i++)
        if (texts[i].kind == TRIAL_CORRECTED && ++kept >= ADAPTER_LEAST_CORRECTIONS)
            texts[i].example.labels[ADAPTER_TOPIC] = LABEL_NONE;
    adapter_try(&arena, texts, count, "base-1", &trial);
    EXPECT(!trial.is_better && trial.fields[ADAPTER_TOPIC].ruling == RULING_TOO_FEW);
    EXPECT(trial.fields[ADAPTER_TOPIC].corrected == ADAPTER_LEAST_CORRECTIONS - 1);
}

static void what_is_in_use_must_not_be_better_on_what_is_new(void)
{
    static struct trial_text texts[MOST_TEXTS];
    struct trial trial;
    size_t count = make_texts(texts, TOPIC_UX, false);
    for (size_t i = 0; i < count; i++) { /* half are corrected at random: it cannot be learned */
        if (texts[i].kind == TRIAL_CORRECTED && i % 3 == 0)
            texts[i].example.labels[ADAPTER_TOPIC] = i / 3 % 2 ? TOPIC_BUG : TOPIC_BILLING;
        if (texts[i].kind == TRIAL_CORRECTED) /* yet the one in use knows it */
            texts[i].current.topic[texts[i].example.labels[ADAPTER_TOPIC]] = 0.95F;
    }
    adapter_try(&arena, texts, count, "base-1", &trial);
    EXPECT(trial.fields[ADAPTER_TOPIC].ruling == RULING_NOT_BETTER_THAN_CURRENT);
}

static bool is_refused(str bytes)
{
    struct adapter *adapter = NULL;
    struct error err = {0};
    enum status status = adapter_decode(&adapter, bytes, &err);
    if (status == STATUS_OK)
        adapter_close(adapter);
    return status == STATUS_CORRUPT && adapter == NULL && err.message[0] != '\0';
}

static void changed_or_cut_bytes_are_refused(void)
{
    str whole = trained();
    char *copy = arena_alloc(&arena, whole.length + 1);
    for (size_t at = 0; at < whole.length; at++) {
        memcpy(copy, whole.bytes, whole.length);
        copy[at] = (char)(copy[at] ^ 0x20);
        EXPECT(is_refused((str){copy, whole.length}));
        if (at > 400)
            at += 61;
    }
    memcpy(copy, whole.bytes, whole.length);
    for (size_t length = 0; length < whole.length; length += length < 300 ? 1 : 97)
        EXPECT(is_refused((str){copy, length}));
    EXPECT(is_refused((str){copy, whole.length + 1}));
    EXPECT(is_refused(STR("")));
}

/* With a right checksum, as somebody who means harm would make it. */
static str sealed(struct adapter_header header, const struct adapter_row *rows)
{
    return adapter_encode(&arena, &header, rows);
}

static void hostile_bytes_under_a_right_checksum_are_refused(void)
{
    struct adapter_row rows[3] = {{.id = 7}, {.id = 7}, {.id = 9}};
    struct adapter_header good = {.row_count = 2, .scale = {0.1F, 0.1F, 0.1F}, .base = "b"};
    EXPECT(is_refused(sealed(good, rows)));      /* one feature twice */
    EXPECT(!is_refused(sealed(good, rows + 1))); /* and this is how it should be */
    struct adapter_row falling[2] = {{.id = 9}, {.id = 7}};
    EXPECT(is_refused(sealed(good, falling)));
    struct adapter_row last[2] = {{.id = 1}, {.id = UINT32_MAX}}; /* no such feature: it is idle */
    EXPECT(!is_refused(sealed(good, last)));
    static const float scales[] = {NAN, INFINITY, -0.1F, 2.0F};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        struct adapter_header header = good;
        header.scale[1] = scales[i];
        EXPECT(is_refused(sealed(header, rows + 1)));
    }
    struct adapter_header nameless = good;
    memset(nameless.base, 'x', sizeof nameless.base); /* a name without an end */
    EXPECT(is_refused(sealed(nameless, rows + 1)));
}

int main(void)
{
    RUN(what_is_like_the_corrections_changes_and_nothing_else_does);
    RUN(shares_still_add_up_to_one);
    RUN(the_same_corrections_give_the_same_bytes);
    RUN(the_order_of_corrections_does_not_matter);
    RUN(a_consistent_correction_is_promoted);
    RUN(a_sure_base_gives_way_to_what_is_consistent);
    RUN(labels_drawn_by_lot_are_not_promoted);
    RUN(texts_that_were_let_stand_outweigh_those_like_them);
    RUN(too_few_corrections_are_not_tried);
    RUN(what_is_in_use_must_not_be_better_on_what_is_new);
    RUN(changed_or_cut_bytes_are_refused);
    RUN(hostile_bytes_under_a_right_checksum_are_refused);
    arena_reset(&arena);
    return 0;
}
