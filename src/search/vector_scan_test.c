/* Every way to scan against the plainest one, on vectors drawn at random. */
#include "search/vector_scan.h"

#include "base/test.h"

#include <string.h>

enum {
    COUNT = 1003,
    ROOM = 37
};

static struct half_vector heads[COUNT], tails[COUNT];
static float scales[COUNT], tail_lengths[COUNT];
static bool allowed[COUNT];
static uint64_t dice = 88172645463325252U;

static uint64_t roll(uint64_t sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (dice >> 11) % sides;
}

/* Larger in the first values, as texts are; now and then at the very ends of 8 bits. */
static struct vector random_vector(void)
{
    struct vector vector;
    for (int i = 0; i < VECTOR_SIZE; i++)
        vector.values[i] = (int16_t)(((int)roll(8001) - 4000) / (1 + i / 16));
    vector.values[roll(VECTOR_SIZE)] = roll(2) == 0 ? -9000 : 9000;
    return vector;
}

static void fill(void)
{
    for (size_t i = 0; i < COUNT; i++) {
        struct coarse_vector coarse;
        struct vector vector = random_vector();
        vector_scan_coarsen(&vector, &coarse);
        heads[i] = coarse.halves[0];
        tails[i] = coarse.halves[1];
        scales[i] = coarse.scale;
        tail_lengths[i] = coarse.tail;
        allowed[i] = roll(3) == 0;
    }
}

static void each_way_gives_the_same_sums(void)
{
    struct scan_way ways[4];
    size_t count = vector_scan_ways(ways, 4);
    EXPECT(count >= 1 && strcmp(ways[count - 1].name, "scalar") == 0);
    struct half_vector extreme;
    memset(&extreme, 0x80, sizeof extreme); /* -128, which rounding never makes */
    heads[0] = extreme;
    for (size_t w = 0; w < count; w++) {
        int32_t dots[COUNT];
        ways[w].dots(heads, COUNT, &heads[0], dots);
        for (size_t i = 0; i < COUNT; i++) {
            int32_t sum = 0;
            for (int k = 0; k < HALF_VECTOR; k++)
                sum += heads[i].values[k] * extreme.values[k];
            EXPECT(dots[i] == sum);
        }
    }
    fill();
}

static float score_of(size_t place, const struct coarse_vector *query)
{
    int32_t sum = 0;
    for (int k = 0; k < HALF_VECTOR; k++)
        sum += heads[place].values[k] * query->halves[0].values[k] +
               tails[place].values[k] * query->halves[1].values[k];
    return (float)sum * scales[place];
}

/* How many come before `hit`, looking at all of them. */
static size_t rank_of(struct scan_hit hit, const struct coarse_vector *query, const bool *open)
{
    size_t before = 0;
    for (size_t i = 0; i < COUNT; i++) {
        float score = score_of(i, query);
        bool is_before = score > hit.score || (score == hit.score && i > hit.place);
        before += is_before && (open == NULL || open[i]);
    }
    return before;
}

static void expect_the_best(const struct scan_way *way, const struct coarse_vector *query,
                            const bool *open)
{
    struct scan_rows rows = {heads, tails, scales, tail_lengths, open, COUNT};
    struct scan_hit hits[ROOM];
    EXPECT(vector_scan(way, &rows, query, hits, ROOM) == ROOM);
    for (size_t i = 0; i < ROOM; i++) {
        EXPECT(hits[i].score == score_of(hits[i].place, query));
        EXPECT(rank_of(hits[i], query, open) == i);
        EXPECT(open == NULL || open[hits[i].place]);
    }
}

static void finds_the_best_in_order_whatever_the_way(void)
{
    struct scan_way ways[4];
    size_t count = vector_scan_ways(ways, 4);
    for (int turn = 0; turn < 40; turn++) {
        struct vector vector = random_vector();
        struct coarse_vector query;
        vector_scan_coarsen(&vector, &query);
        for (size_t w = 0; w < count; w++)
            expect_the_best(&ways[w], &query, turn % 2 == 0 ? NULL : allowed);
    }
}

static void few_or_no_vectors_are_no_trouble(void)
{
    struct scan_way way;
    struct scan_hit hits[ROOM];
    struct coarse_vector query;
    struct vector zero = {{0}};
    struct scan_rows rows = {heads, tails, scales, tail_lengths, NULL, 0};
    vector_scan_ways(&way, 1);
    vector_scan_coarsen(&zero, &query);
    EXPECT(vector_scan(&way, &rows, &query, hits, ROOM) == 0);
    rows.count = 3;
    EXPECT(vector_scan(&way, &rows, &query, hits, 0) == 0);
    EXPECT(vector_scan(&way, &rows, &query, hits, ROOM) == 3);
    EXPECT(hits[0].score == 0 && hits[0].place == 2 && hits[2].place == 0);
}

int main(void)
{
    fill();
    RUN(each_way_gives_the_same_sums);
    RUN(finds_the_best_in_order_whatever_the_way);
    RUN(few_or_no_vectors_are_no_trouble);
    return 0;
}
