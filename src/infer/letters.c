#include "infer/letters.h"

#include <math.h>

enum {
    ODDS_STEP = 16
};

int letters_class(unsigned char byte)
{
    unsigned letter = (unsigned)(byte | 32) - 'a';
    return byte >= 0x80 ? LETTERS_OTHER : letter < 26 ? (int)letter : LETTERS_EDGE;
}

struct pair_sums {
    int total, pairs, word, word_pairs;
    float worst;
};

static void close_word(struct pair_sums *sums)
{
    if (sums->word_pairs >= 4)
        sums->worst = fminf(sums->worst, (float)sums->word / (float)sums->word_pairs);
    sums->word = 0;
    sums->word_pairs = 0;
}

static void add_pair(const struct letter_odds *odds, int before, int now, struct pair_sums *sums)
{
    if (before == LETTERS_EDGE && now == LETTERS_EDGE)
        return;
    if (before != LETTERS_OTHER && now != LETTERS_OTHER) {
        sums->total += odds->pairs[before][now];
        sums->word += odds->pairs[before][now];
        sums->pairs++;
        sums->word_pairs++;
    }
    if (now == LETTERS_EDGE)
        close_word(sums);
}

static float variety_of(const uint64_t seen[4], size_t length)
{
    int different = 0;
    for (int i = 0; i < 4; i++)
        different += __builtin_popcountll(seen[i]);
    float expected = 4.0F * sqrtf((float)length < 40.0F ? (float)length : 40.0F);
    return (float)different / (expected + 1.0F);
}

struct letter_facts letters_look_at(const struct letter_odds *odds, str text)
{
    size_t length = text.length < LETTERS_LOOKED_AT ? text.length : LETTERS_LOOKED_AT;
    struct pair_sums sums = {.worst = 2.0F * ODDS_STEP};
    uint64_t seen[4] = {0};
    size_t run = 0;
    size_t longest = 0;
    int before = LETTERS_EDGE;
    unsigned char previous = ' ';
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        int now = letters_class(byte);
        add_pair(odds, before, now, &sums);
        seen[byte >> 6] |= UINT64_C(1) << (byte & 63);
        run = byte == previous && byte > ' ' ? run + 1 : 1;
        longest = run > longest ? run : longest;
        before = now;
        previous = byte;
    }
    add_pair(odds, before, LETTERS_EDGE, &sums);
    return (struct letter_facts){
        .likeness = sums.pairs > 0 ? (float)sums.total / (float)sums.pairs / ODDS_STEP : 0.0F,
        .worst_word = sums.worst / ODDS_STEP,
        .longest_run = length > 0 ? (float)longest / (float)length : 0.0F,
        .variety = variety_of(seen, length),
    };
}
