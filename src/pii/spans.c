#include "pii/spans.h"

#include <stdlib.h>

void spans_add(struct span_list *list, struct pii_span span)
{
    if (list->count == list->capacity) {
        size_t wanted = list->capacity > 0 ? list->capacity * 2 : 8;
        list->items = arena_grow(list->arena, list->items, list->capacity * sizeof *list->items,
                                 wanted * sizeof *list->items);
        list->capacity = wanted;
    }
    list->items[list->count++] = span;
}

static int by_place(const void *a, const void *b)
{
    const struct pii_span *left = a, *right = b;
    if (left->begin != right->begin)
        return left->begin < right->begin ? -1 : 1;
    if (left->end != right->end)
        return left->end > right->end ? -1 : 1;
    return (left->type > right->type) - (left->type < right->type);
}

static bool is_better(const struct pii_span *a, const struct pii_span *b)
{
    bool a_hidden = pii_is_hidden_by_default(a->type), b_hidden = pii_is_hidden_by_default(b->type);
    if (a_hidden != b_hidden)
        return a_hidden;
    if (a->score > b->score || a->score < b->score)
        return a->score > b->score;
    return a->end - a->begin > b->end - b->begin;
}

/* Two that are both to be hidden are hidden whole: no piece of the loser may stay in sight. */
static void settle_pair(struct pii_span *kept, const struct pii_span *next)
{
    struct pii_span better = is_better(next, kept) ? *next : *kept;
    if (pii_is_hidden_by_default(kept->type) && pii_is_hidden_by_default(next->type)) {
        better.begin = kept->begin;
        better.end = kept->end > next->end ? kept->end : next->end;
    }
    *kept = better;
}

struct pii_spans spans_settle(struct span_list *list)
{
    size_t kept = 0;
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, by_place);
    for (size_t i = 0; i < list->count; i++) {
        struct pii_span *last = kept > 0 ? &list->items[kept - 1] : NULL;
        if (last != NULL && list->items[i].begin < last->end)
            settle_pair(last, &list->items[i]);
        else
            list->items[kept++] = list->items[i];
    }
    return (struct pii_spans){list->items, kept};
}

static void add_all(struct span_list *list, struct pii_spans spans)
{
    for (size_t i = 0; i < spans.count; i++)
        spans_add(list, spans.items[i]);
}

struct pii_spans pii_merge(struct arena *arena, struct pii_spans a, struct pii_spans b)
{
    struct span_list list = {.arena = arena};
    add_all(&list, a);
    add_all(&list, b);
    return spans_settle(&list);
}
