#include "search/rank_fusion.h"

#include <stdlib.h>

static const double RANK_CONSTANT = 60;

static void add_list(const struct ranked *list, size_t list_count, struct ranked *fused,
                     size_t *count)
{
    for (size_t i = 0; i < list_count; i++) {
        size_t at = 0;
        while (at < *count && fused[at].id != list[i].id)
            at++;
        if (at == *count)
            fused[(*count)++] = (struct ranked){.id = list[i].id};
        fused[at].score += (RANK_CONSTANT + 1) / (RANK_CONSTANT + 1 + (double)i) / 2;
    }
}

/* Of equals the newer, so that the order is always the same. */
static int by_score(const void *a, const void *b)
{
    const struct ranked *one = a;
    const struct ranked *other = b;
    if (one->score != other->score)
        return one->score > other->score ? -1 : 1;
    return one->id > other->id ? -1 : one->id < other->id;
}

size_t rank_fusion(const struct ranked *a, size_t a_count, const struct ranked *b, size_t b_count,
                   struct ranked *fused)
{
    size_t count = 0;
    add_list(a, a_count, fused, &count);
    add_list(b, b_count, fused, &count);
    qsort(fused, count, sizeof *fused, by_score);
    return count;
}
