/* What the two models of the n-grams learn from, and that their mean is what is packed. */
#include "infer/train_ngrams.h"

#include "base/test.h"
#include "infer/features.h"

enum {
    TEXT_ROOM = 64,
    ROWS = 400,
    LINES = 70000,
};

/* Rows that are held out speak of quaggas, the others of okapis. */
static void add_rows(struct corpus *corpus)
{
    static char texts[ROWS][TEXT_ROOM];
    static const char *const words[] = {"okapi", "quagga"};
    for (int i = 0; i < ROWS; i++) {
        int kind = i % 2;
        snprintf(texts[i], TEXT_ROOM, "%s %c%c", words[kind], 'a' + i / 2 % 26, 'a' + i / 52);
        struct corpus_row row = {.text = str_from_z(texts[i]), .weight = 1.0F};
        for (int head = 0; head < HEAD_COUNT; head++)
            row.labels[head] = LABEL_NONE;
        row.labels[HEAD_SENTIMENT] = (int8_t)(kind == 0 ? SENTIMENT_POSITIVE : SENTIMENT_NEGATIVE);
        EXPECT(corpus_add(corpus, &row));
        corpus->rows[corpus->count - 1].is_held_out = kind == 1;
    }
}

static uint32_t id_of(const char *word)
{
    struct feature_scanner scanner;
    struct feature_block block;
    features_start(&scanner, str_from_z(word));
    EXPECT(features_next(&scanner, &block) && block.count > 0);
    return block.ids[0];
}

static float weight_of(const struct linear_model *model, const char *word)
{
    return model->rows[id_of(word)].weights[LANE_SENTIMENT + SENTIMENT_NEGATIVE];
}

static void what_is_packed_has_learned_from_all_rows(void)
{
    struct error err;
    struct corpus corpus = {0};
    struct ngrams ngrams = {0};
    struct model model = {0};
    struct model_parts parts;
    EXPECT(model_make(&model, LINES, 16, &parts, &err) == STATUS_OK);
    add_rows(&corpus);
    ngrams_learn(&ngrams, &corpus, NULL, NULL);
    EXPECT(weight_of(&ngrams.without_held_out, "quagga") == 0.0F);
    EXPECT(weight_of(&ngrams.without_held_out, "okapi") < 0.0F);
    float quagga = weight_of(&ngrams.whole, "quagga");
    EXPECT(quagga > 0.0F);

    size_t kept_without = ngrams_pack_without_held_out(&ngrams, &parts);
    EXPECT(kept_without > 0 && ngrams_pack(&ngrams, &parts) > kept_without);
    EXPECT(weight_of(&ngrams.without_held_out, "quagga") == 0.5F * quagga);
    EXPECT(parts.header->scale[LANE_SENTIMENT] > 0.0F);
    ngrams_close(&ngrams);
    corpus_close(&corpus);
    model_unmap(&model);
}

int main(void)
{
    RUN(what_is_packed_has_learned_from_all_rows);
    return 0;
}
