#include "pii/spans.h"

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

static bool is_before(const struct pii_span *a, const struct pii_span *b)
{
    if (a->begin != b->begin)
        return a->begin < b->begin;
    return a->end != b->end ? a->end > b->end : a->type < b->type;
}

/* The end of the run of spans in order that begins at `at`. */
static size_t run_end(const struct pii_span *items, size_t at, size_t count)
{
    for (at++; at < count && !is_before(&items[at], &items[at - 1]);)
        at++;
    return at < count ? at : count;
}

static void merge_runs(struct pii_span *out, const struct pii_span *items, size_t begin,
                       size_t middle, size_t end)
{
    for (size_t a = begin, b = middle; a < middle || b < end;) {
        bool takes_b = a == middle || (b < end && is_before(&items[b], &items[a]));
        *out++ = takes_b ? items[b++] : items[a++];
    }
}

/* Natural merge sort (Knuth, TAOCP 5.2.4): what is in order already, as most is, costs one look. */
static void sort_by_place(struct span_list *list)
{
    struct pii_span *other = NULL;
    while (run_end(list->items, 0, list->count) < list->count) {
        if (other == NULL)
            other = arena_alloc_raw(list->arena, list->count * sizeof *other);
        for (size_t at = 0; at < list->count;) {
            size_t middle = run_end(list->items, at, list->count);
            size_t end = middle < list->count ? run_end(list->items, middle, list->count) : middle;
            merge_runs(other + at, list->items, at, middle, end);
            at = end;
        }
        struct pii_span *sorted = other;
        other = list->items;
        list->items = sorted;
    }
}

static bool is_better(const struct pii_span *a, const struct pii_span *b)
{
    if (a->score > b->score || a->score < b->score)
        return a->score > b->score;
    return a->end - a->begin > b->end - b->begin;
}

/* Two that are both to be hidden are hidden whole: no piece of the loser may stay in sight. */
static void settle_pair(const struct pii_policy *policy, struct pii_span *kept,
                        const struct pii_span *next)
{
    bool kept_hides = pii_is_hidden(policy, kept), next_hides = pii_is_hidden(policy, next);
    bool takes_next = kept_hides == next_hides ? is_better(next, kept) : next_hides;
    struct pii_span better = takes_next ? *next : *kept;
    if (kept_hides && next_hides) {
        better.begin = kept->begin;
        better.end = kept->end > next->end ? kept->end : next->end;
    }
    *kept = better;
}

struct pii_spans spans_settle(struct span_list *list)
{
    size_t kept = 0;
    if (list->count > 1)
        sort_by_place(list);
    for (size_t i = 0; i < list->count; i++) {
        struct pii_span *last = kept > 0 ? &list->items[kept - 1] : NULL;
        if (last != NULL && list->items[i].begin < last->end)
            settle_pair(list->policy, last, &list->items[i]);
        else
            list->items[kept++] = list->items[i];
    }
    return (struct pii_spans){list->items, kept, list->policy};
}

static void add_all(struct span_list *list, struct pii_spans spans)
{
    for (size_t i = 0; i < spans.count; i++)
        spans_add(list, spans.items[i]);
}

struct pii_spans pii_merge(struct arena *arena, struct pii_spans a, struct pii_spans b)
{
    struct span_list list = {.arena = arena, .policy = a.policy};
    add_all(&list, a);
    add_all(&list, b);
    return spans_settle(&list);
}
