#include "infer/counterparts.h"

#include "infer/lanes.h"

/* What a word's nearest is worth beside the word itself, were they to point the same way. */
static const float OTHER_WORD = 0.77F;

void counterparts_list(const struct vectors *vectors, str text, struct text_words *words)
{
    words->count = vectors_list_words(vectors, text, words->words, TEXT_WORDS_MOST);
}

static inline float compare_words(const struct word_vector *one, const struct word_vector *other)
{
    int32_t dot = 0;
    if (one->key == other->key)
        return 1;
    for (int i = 0; i < VECTOR_SIZE; i++)
        dot += one->values[i] * other->values[i];
    return dot > 0 ? OTHER_WORD * (float)dot / (one->length * other->length) : 0;
}

/* How much of the text's weight has counterparts that are `nearest`. */
static double weigh(const struct text_words *text, const float *nearest)
{
    double found = 0;
    double all = 1e-9;
    for (size_t i = 0; i < text->count; i++) {
        found += (double)text->words[i].strength * (double)nearest[i];
        all += (double)text->words[i].strength;
    }
    return found / all;
}

FAST_LANES double counterparts_compare(const struct text_words *one, const struct text_words *other)
{
    float nearest_to_one[TEXT_WORDS_MOST] = {0};
    float nearest_to_other[TEXT_WORDS_MOST] = {0};
    for (size_t i = 0; i < one->count; i++)
        for (size_t j = 0; j < other->count; j++) {
            float likeness = compare_words(&one->words[i], &other->words[j]);
            if (likeness > nearest_to_one[i])
                nearest_to_one[i] = likeness;
            if (likeness > nearest_to_other[j])
                nearest_to_other[j] = likeness;
        }
    return (weigh(one, nearest_to_one) + weigh(other, nearest_to_other)) / 2;
}
