#include "infer/projection.h"

#include "base/hash.h"
#include "base/heap.h"
#include "base/test.h"
#include "infer/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONG = 1536,
    TOPICS = 40,
    EACH = 25, /* texts of a topic */
    TEXTS = TOPICS * EACH,
    ASKED = 100,
    BEST = 10
};

static float *random_vector(uint64_t *state, size_t dimensions)
{
    float *values = heap_alloc(dimensions * sizeof *values);
    for (size_t i = 0; i < dimensions; i++)
        for (int k = 0; k < 12; k++) /* a sum of even ones is nearly a normal one */
            values[i] += random_share(state) - 0.5F;
    return values;
}

static double cosine(const float *one, const float *other, size_t dimensions)
{
    double dot = 0, a = 0, b = 0;
    for (size_t i = 0; i < dimensions; i++) {
        dot += (double)one[i] * (double)other[i];
        a += (double)one[i] * (double)one[i];
        b += (double)other[i] * (double)other[i];
    }
    return dot / sqrt(a * b);
}

/* Texts lie around their topics, as those of a model do. */
static void make_texts(float **texts)
{
    uint64_t state = 7;
    for (int topic = 0; topic < TOPICS; topic++) {
        float *middle = random_vector(&state, LONG);
        for (int i = 0; i < EACH; i++) {
            float *text = texts[topic * EACH + i] = random_vector(&state, LONG);
            float apart = 0.5F + random_share(&state);
            for (int k = 0; k < LONG; k++)
                text[k] = middle[k] + apart * text[k];
        }
        free(middle);
    }
}

/* The places of the best, best first, itself left out. */
static void find_best(const double *scores, int self, int best[BEST])
{
    for (int rank = 0; rank < BEST; rank++) {
        int found = -1;
        for (int i = 0; i < TEXTS; i++) {
            bool is_taken = i == self;
            for (int k = 0; k < rank; k++)
                is_taken |= best[k] == i;
            if (!is_taken && (found < 0 || scores[i] > scores[found]))
                found = i;
        }
        best[rank] = found;
    }
}

static void angles_and_topics_are_kept(void)
{
    float **texts = heap_alloc(TEXTS * sizeof *texts);
    struct vector *made = heap_alloc(TEXTS * sizeof *made);
    double *whole = heap_alloc(TEXTS * sizeof *whole),
           *short_ones = heap_alloc(TEXTS * sizeof *short_ones);
    double squares = 0;
    int same = 0, same_topic = 0;
    make_texts(texts);
    for (int i = 0; i < TEXTS; i++)
        EXPECT(projection_make(texts[i], LONG, &made[i]));
    for (int asked = 0; asked < ASKED; asked++) {
        int self = asked * (TEXTS / ASKED), one[BEST], other[BEST];
        for (int i = 0; i < TEXTS; i++) {
            whole[i] = cosine(texts[self], texts[i], LONG);
            short_ones[i] = vector_similarity(&made[self], &made[i]);
            squares += (whole[i] - short_ones[i]) * (whole[i] - short_ones[i]);
        }
        find_best(whole, self, one);
        find_best(short_ones, self, other);
        for (int i = 0; i < BEST; i++) {
            same_topic += other[i] / EACH == self / EACH;
            for (int k = 0; k < BEST; k++)
                same += one[i] == other[k];
        }
    }
    double error = sqrt(squares / (ASKED * TEXTS));
    double recall = (double)same / (ASKED * BEST), topics = (double)same_topic / (ASKED * BEST);
    printf("%d of %d dimensions: cosines off by %.3f, recall@10 %.3f, of the same topic %.3f\n",
           VECTOR_SIZE, LONG, error, recall, topics);
    EXPECT(error < 0.1 && recall > 0.5 && topics > 0.95);
    for (int i = 0; i < TEXTS; i++)
        free(texts[i]);
    free(texts);
    free(made);
    free(whole);
    free(short_ones);
}

static void shorter_ones_lose_nothing(void)
{
    uint64_t state = 3;
    struct vector one, other;
    float *a = random_vector(&state, 64), *b = random_vector(&state, 64);
    EXPECT(projection_make(a, 64, &one) && projection_make(b, 64, &other));
    EXPECT(fabs(vector_similarity(&one, &other) - cosine(a, b, 64)) < 0.001);
    EXPECT(fabs(vector_similarity(&one, &one) - 1) < 0.001);
    free(a);
    free(b);
}

static void it_is_the_same_for_ever(void)
{
    static const float values[] = {1, -2, 3.5F};
    float long_values[200] = {0};
    unsigned char digest[SHA256_SIZE];
    struct arena arena = {0};
    struct vector vector;
    for (int i = 0; i < 200; i++)
        long_values[i] = values[i % 3] + (float)i;
    EXPECT(projection_make(long_values, 200, &vector));
    hash_sha256((str){(const char *)vector.values, sizeof vector.values}, digest);
    str text = hash_hex(&arena, digest, 8);
    EXPECT(str_equal_z(text, "390aae65f9d389c3"));
    arena_reset(&arena);
}

static void nothing_has_no_direction(void)
{
    static const float zeros[256];
    struct vector vector;
    EXPECT(!projection_make(zeros, 256, &vector) && vector.values[0] == 0);
    EXPECT(!projection_make(zeros, 10, &vector) && !projection_make(NULL, 0, &vector));
}

int main(void)
{
    RUN(angles_and_topics_are_kept);
    RUN(shorter_ones_lose_nothing);
    RUN(it_is_the_same_for_ever);
    RUN(nothing_has_no_direction);
    return 0;
}
