#include "search/vector_scan.h"

#include <math.h>
#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
    BLOCK = 256 /* vectors at a time, whose dots fit the nearest cache */
};

void vector_scan_coarsen(const struct vector *vector, struct coarse_vector *coarse)
{
    int largest = 1;
    double squares = 0;
    for (int i = 0; i < VECTOR_SIZE; i++)
        largest = abs(vector->values[i]) > largest ? abs(vector->values[i]) : largest;
    for (int i = 0; i < VECTOR_SIZE; i++) {
        int8_t value = (int8_t)lround(127.0 * vector->values[i] / largest);
        coarse->halves[i / HALF_VECTOR].values[i % HALF_VECTOR] = value;
        squares += i < HALF_VECTOR ? 0 : value * value;
    }
    coarse->scale = (float)largest / (127.0F * VECTOR_ONE);
    coarse->tail = (float)ceil(sqrt(squares));
}

static void dots_scalar(const struct half_vector *halves, size_t count,
                        const struct half_vector *query, int32_t *dots)
{
    for (size_t i = 0; i < count; i++) {
        int32_t sum = 0;
        for (int k = 0; k < HALF_VECTOR; k++)
            sum += halves[i].values[k] * query->values[k];
        dots[i] = sum;
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static int32_t sum_of_lanes(__m256i lanes)
{
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
    return _mm_cvtsi128_si32(half);
}

__attribute__((target("avx2"))) static __m256i load_wide(const int8_t *values)
{
    return _mm256_cvtepi8_epi16(_mm_load_si128((const __m128i *)(const void *)values));
}

/* Eight bits are widened to sixteen first: the one instruction that multiplies bytes saturates. */
__attribute__((target("avx2"))) static void dots_avx2(const struct half_vector *halves,
                                                      size_t count, const struct half_vector *query,
                                                      int32_t *dots)
{
    const __m256i a = load_wide(query->values), b = load_wide(query->values + 16),
                  c = load_wide(query->values + 32), d = load_wide(query->values + 48);
    for (size_t i = 0; i < count; i++) {
        const int8_t *values = halves[i].values;
        __m256i sum = _mm256_madd_epi16(load_wide(values), a);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(load_wide(values + 16), b));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(load_wide(values + 32), c));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(load_wide(values + 48), d));
        dots[i] = sum_of_lanes(sum);
    }
}

/* VNNI multiplies unsigned by signed: 128 is added to each value of a vector, and 128 times the
 * query's sum is taken off again. */
__attribute__((target("avx512f,avx512bw,avx512vnni"))) static void
dots_vnni(const struct half_vector *halves, size_t count, const struct half_vector *query,
          int32_t *dots)
{
    const __m512i sign = _mm512_set1_epi8((char)0x80);
    const __m512i wanted = _mm512_load_si512(query->values);
    int32_t extra = 0;
    for (int k = 0; k < HALF_VECTOR; k++)
        extra += 128 * query->values[k];
    for (size_t i = 0; i < count; i++) {
        __m512i values = _mm512_xor_si512(_mm512_load_si512(halves[i].values), sign);
        __m512i sum = _mm512_dpbusd_epi32(_mm512_setzero_si512(), values, wanted);
        dots[i] = _mm512_reduce_add_epi32(sum) - extra;
    }
}
#endif

size_t vector_scan_ways(struct scan_way *ways, size_t room)
{
    size_t count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (count < room && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw"))
        ways[count++] = (struct scan_way){"avx512vnni", dots_vnni};
    if (count < room && __builtin_cpu_supports("avx2"))
        ways[count++] = (struct scan_way){"avx2", dots_avx2};
#endif
    if (count < room)
        ways[count++] = (struct scan_way){"scalar", dots_scalar};
    return count;
}

static bool is_better(struct scan_hit a, struct scan_hit b)
{
    return a.score > b.score || (a.score == b.score && a.place > b.place);
}

/* A heap whose root is the worst of what is kept. */
static void sink(struct scan_hit *hits, size_t count, struct scan_hit hit)
{
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && is_better(hits[child], hits[child + 1]))
            child++;
        if (!is_better(hit, hits[child]))
            break;
        hits[at] = hits[child];
    }
    hits[at] = hit;
}

static void rise(struct scan_hit *hits, size_t at, struct scan_hit hit)
{
    while (at > 0 && is_better(hits[(at - 1) / 2], hit)) {
        hits[at] = hits[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    hits[at] = hit;
}

static int by_score(const void *a, const void *b)
{
    struct scan_hit one = *(const struct scan_hit *)a;
    struct scan_hit other = *(const struct scan_hit *)b;
    return is_better(one, other) ? -1 : is_better(other, one);
}

static size_t keep(struct scan_hit *hits, size_t kept, size_t room, struct scan_hit hit)
{
    if (kept < room) {
        rise(hits, kept, hit);
        return kept + 1;
    }
    if (is_better(hit, hits[0]))
        sink(hits, kept, hit);
    return kept;
}

size_t vector_scan(const struct scan_way *way, const struct scan_rows *rows,
                   const struct coarse_vector *query, struct scan_hit *hits, size_t room)
{
    int32_t dots[BLOCK];
    size_t kept = 0;
    for (size_t from = 0; from < rows->count && room > 0; from += BLOCK) {
        size_t count = rows->count - from < BLOCK ? rows->count - from : BLOCK;
        way->dots(rows->heads + from, count, &query->halves[0], dots);
        for (size_t i = 0; i < count; i++) {
            size_t place = from + i;
            float most =
                ((float)dots[i] + rows->tail_lengths[place] * query->tail) * rows->scales[place];
            bool is_hopeless = kept == room && most < hits[0].score;
            if (is_hopeless || (rows->allowed != NULL && !rows->allowed[place]))
                continue;
            int32_t rest;
            way->dots(rows->tails + place, 1, &query->halves[1], &rest);
            float score = (float)(dots[i] + rest) * rows->scales[place];
            kept = keep(hits, kept, room, (struct scan_hit){place, score});
        }
    }
    if (kept > 0)
        qsort(hits, kept, sizeof *hits, by_score);
    return kept;
}
