#include "search/rank_fusion.h"

#include <stdlib.h>

static const double RANK_CONSTANT = 20;

static size_t add_list(const struct ranked_list *list, struct ranked *fused, size_t count)
{
    for (size_t i = 0; i < list->count; i++) {
        size_t at = 0;
        while (at < count && fused[at].id != list->items[i].id)
            at++;
        if (at == count)
            fused[count++] = (struct ranked){.id = list->items[i].id};
        fused[at].score += list->weight * (RANK_CONSTANT + 1) / (RANK_CONSTANT + 1 + (double)i);
    }
    return count;
}

int rank_compare(const void *a, const void *b)
{
    const struct ranked *one = a;
    const struct ranked *other = b;
    if (one->score != other->score)
        return one->score > other->score ? -1 : 1;
    return one->id > other->id ? -1 : one->id < other->id;
}

size_t rank_fusion(const struct ranked_list *lists, size_t list_count, struct ranked *fused)
{
    size_t count = 0;
    for (size_t i = 0; i < list_count; i++)
        count = add_list(&lists[i], fused, count);
    if (count > 0)
        qsort(fused, count, sizeof *fused, rank_compare);
    return count;
}
