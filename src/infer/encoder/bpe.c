#include "infer/encoder/bpe.h"

#include "base/heap.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    CACHE_SLOTS = 4096,
    CACHED_BYTES = 30, /* with them a slot is one cache line */
    CACHED_IDS = 8,
    NOWHERE = -1
};

struct merge {
    uint32_t left, right;
    uint32_t rank;
    uint32_t whole; /* BPE_NO_ID: the slot is free */
};

struct bpe {
    uint32_t byte_ids[256];
    struct merge *merges; /* open addressing, linear probing, at most half full */
    size_t merge_mask;
    uint32_t unknown;
};

/* A token of a word while it is being joined: a doubly linked list in an array. */
struct symbol {
    uint32_t id; /* BPE_NO_ID: it went into its left neighbour */
    int32_t previous, next;
};

struct cache_slot {
    uint8_t length; /* 0: free */
    uint8_t count;
    char word[CACHED_BYTES];
    uint32_t ids[CACHED_IDS];
};

struct bpe_worker {
    const struct bpe *bpe;
    struct symbol *symbols;
    uint64_t *heap; /* candidates: the rule's rank above, the place of the left symbol below */
    size_t room, heap_count; /* room: for words of so many bytes */
    struct cache_slot cache[CACHE_SLOTS];
};

/* How vocabularies write a byte: printable Latin-1 as itself, the others as U+0100 and on. */
static uint32_t letter_of(unsigned byte)
{
    uint32_t shifted = 0;
    for (unsigned b = 0; b < 256; b++) {
        bool is_printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
        if (b == byte)
            return is_printable ? b : 256 + shifted;
        shifted += !is_printable;
    }
    return 0;
}

void *bpe_value_of(uint32_t id)
{
    return (void *)((uintptr_t)id + 1);
}

uint32_t bpe_find_id(const struct map *vocabulary, str token)
{
    void *value = vocabulary->count > 0 ? map_find(vocabulary, token) : NULL;
    return value == NULL ? BPE_NO_ID : (uint32_t)((uintptr_t)value - 1);
}

static size_t slot_of(const struct bpe *bpe, uint32_t left, uint32_t right)
{
    uint64_t hash = ((uint64_t)left << 32 | right) * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(hash >> 32) & bpe->merge_mask;
    while (bpe->merges[at].whole != BPE_NO_ID &&
           (bpe->merges[at].left != left || bpe->merges[at].right != right))
        at = (at + 1) & bpe->merge_mask;
    return at;
}

static enum status add_rule(struct bpe *bpe, const struct bpe_source *source, size_t rank,
                            struct error *err)
{
    enum {
        LONGEST = 4096
    };
    const struct bpe_rule *rule = &source->rules[rank];
    char joined[LONGEST];
    uint32_t left = bpe_find_id(source->vocabulary, rule->left);
    uint32_t right = bpe_find_id(source->vocabulary, rule->right);
    size_t length = rule->left.length + rule->right.length;
    if (left == BPE_NO_ID || right == BPE_NO_ID) {
        str missing = utf8_prefix(left == BPE_NO_ID ? rule->left : rule->right, 32);
        return fail(err, STATUS_INVALID, "merge %zu joins '" STR_FORMAT "', which is no token",
                    rank + 1, STR_ARG(missing));
    }
    if (length > LONGEST)
        return fail(err, STATUS_INVALID, "merge %zu makes a token of %zu bytes", rank + 1, length);
    memcpy(joined, rule->left.bytes, rule->left.length);
    memcpy(joined + rule->left.length, rule->right.bytes, rule->right.length);
    str whole = {joined, length};
    struct merge merge = {left, right, (uint32_t)rank, bpe_find_id(source->vocabulary, whole)};
    if (merge.whole == BPE_NO_ID)
        return fail(err, STATUS_INVALID, "merge %zu makes '" STR_FORMAT "', which is no token",
                    rank + 1, STR_ARG(utf8_prefix(whole, 32)));
    bpe->merges[slot_of(bpe, left, right)] = merge;
    return STATUS_OK;
}

static void find_bytes(struct bpe *bpe, const struct map *vocabulary)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        char letter[4];
        size_t length = utf8_encode(letter_of(byte), letter);
        uint32_t id = bpe_find_id(vocabulary, (str){letter, length});
        bpe->byte_ids[byte] = id == BPE_NO_ID ? bpe->unknown : id;
    }
}

enum status bpe_open(struct bpe **bpe, const struct bpe_source *source, struct error *err)
{
    struct bpe *self = heap_new(struct bpe);
    size_t slots = 16;
    while (slots < source->rule_count * 2)
        slots *= 2;
    self->merge_mask = slots - 1;
    self->merges = heap_alloc_raw(slots * sizeof *self->merges);
    memset(self->merges, 0xFF, slots * sizeof *self->merges);
    self->unknown = str_is_absent(source->unknown)
                        ? BPE_NO_ID
                        : bpe_find_id(source->vocabulary, source->unknown);
    find_bytes(self, source->vocabulary);
    enum status status = STATUS_OK;
    for (size_t rank = 0; status == STATUS_OK && rank < source->rule_count; rank++)
        status = add_rule(self, source, rank, err);
    if (status == STATUS_OK)
        *bpe = self;
    else
        bpe_close(self);
    return status;
}

void bpe_close(struct bpe *bpe)
{
    if (bpe == NULL)
        return;
    free(bpe->merges);
    free(bpe);
}

struct bpe_worker *bpe_worker_open(const struct bpe *bpe)
{
    struct bpe_worker *worker = heap_new(struct bpe_worker);
    worker->bpe = bpe;
    return worker;
}

void bpe_worker_close(struct bpe_worker *worker)
{
    if (worker == NULL)
        return;
    free(worker->symbols);
    free(worker->heap);
    free(worker);
}

/* The candidates: a binary heap, the earliest rule and then the leftmost place first. */

static void swap(uint64_t *a, uint64_t *b)
{
    uint64_t held = *a;
    *a = *b;
    *b = held;
}

static void push(struct bpe_worker *worker, uint32_t rank, int32_t place)
{
    uint64_t *heap = worker->heap;
    size_t at = worker->heap_count++;
    heap[at] = (uint64_t)rank << 32 | (uint32_t)place;
    for (; at > 0 && heap[at] < heap[(at - 1) / 2]; at = (at - 1) / 2)
        swap(&heap[at], &heap[(at - 1) / 2]);
}

static uint64_t pop(struct bpe_worker *worker)
{
    uint64_t *heap = worker->heap, first = heap[0];
    size_t count = --worker->heap_count, at = 0;
    heap[0] = heap[count];
    for (size_t child = 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && heap[child + 1] < heap[child])
            child++;
        if (heap[at] <= heap[child])
            break;
        swap(&heap[child], &heap[at]);
        at = child;
    }
    return first;
}

/* Joining. */

static const struct merge *find_merge(const struct bpe_worker *worker, int32_t at)
{
    const struct symbol *symbols = worker->symbols;
    const struct bpe *bpe = worker->bpe;
    if (at == NOWHERE || symbols[at].next == NOWHERE)
        return NULL;
    const struct merge *merge =
        &bpe->merges[slot_of(bpe, symbols[at].id, symbols[symbols[at].next].id)];
    return merge->whole == BPE_NO_ID ? NULL : merge;
}

static void consider(struct bpe_worker *worker, int32_t at)
{
    const struct merge *merge = find_merge(worker, at);
    if (merge != NULL)
        push(worker, merge->rank, at);
}

/* Each byte gives at most one candidate at first, and each joining at most two in the place of the
 * one it took: a word of n bytes never has more than 2n. */
static void make_room(struct bpe_worker *worker, size_t length)
{
    if (length <= worker->room)
        return;
    worker->room = length < 256 ? 256 : length + length / 2;
    worker->symbols = heap_resize(worker->symbols, worker->room * sizeof *worker->symbols);
    worker->heap = heap_resize(worker->heap, 2 * worker->room * sizeof *worker->heap);
}

/* Gives the number of symbols: bytes that are in no token may be left out. */
static size_t lay_out(struct bpe_worker *worker, str word)
{
    int32_t count = 0;
    for (size_t i = 0; i < word.length; i++) {
        uint32_t id = worker->bpe->byte_ids[(unsigned char)word.bytes[i]];
        if (id == BPE_NO_ID)
            continue;
        worker->symbols[count] = (struct symbol){id, count - 1, count + 1};
        count++;
    }
    if (count > 0)
        worker->symbols[count - 1].next = NOWHERE;
    return (size_t)count;
}

/* A candidate whose pair is no more what it was finds another rule there, or none. */
static void join(struct bpe_worker *worker, uint64_t candidate)
{
    int32_t at = (int32_t)(candidate & UINT32_MAX);
    struct symbol *left = &worker->symbols[at];
    const struct merge *merge = left->id == BPE_NO_ID ? NULL : find_merge(worker, at);
    if (merge == NULL || merge->rank != candidate >> 32)
        return;
    struct symbol *right = &worker->symbols[left->next];
    left->id = merge->whole;
    left->next = right->next;
    right->id = BPE_NO_ID;
    if (left->next != NOWHERE)
        worker->symbols[left->next].previous = at;
    consider(worker, left->previous);
    consider(worker, at);
}

static size_t encode_anew(struct bpe_worker *worker, str word, uint32_t *ids, size_t room)
{
    make_room(worker, word.length);
    size_t symbols = lay_out(worker, word), count = 0;
    worker->heap_count = 0;
    for (size_t i = 0; i < symbols; i++)
        consider(worker, (int32_t)i);
    while (worker->heap_count > 0)
        join(worker, pop(worker));
    for (int32_t at = symbols > 0 ? 0 : NOWHERE; at != NOWHERE; at = worker->symbols[at].next) {
        if (count < room)
            ids[count] = worker->symbols[at].id;
        count++;
    }
    return count;
}

/* What was met before: each word has one slot it can be in, and the newest stays. */

static struct cache_slot *cache_slot_of(struct bpe_worker *worker, str word)
{
    uint64_t hash = word.length;
    for (size_t i = 0; i < word.length; i++)
        hash = (hash ^ (unsigned char)word.bytes[i]) * UINT64_C(0x100000001B3);
    return &worker->cache[(hash ^ hash >> 32) % CACHE_SLOTS];
}

static void remember(struct cache_slot *slot, str word, const uint32_t *ids, size_t count)
{
    slot->length = (uint8_t)word.length;
    slot->count = (uint8_t)count;
    memcpy(slot->word, word.bytes, word.length);
    memcpy(slot->ids, ids, count * sizeof *ids);
}

size_t bpe_encode(struct bpe_worker *worker, str word, uint32_t *ids, size_t room)
{
    assert(word.length <= INT32_MAX && "texts are cut long before this");
    if (word.length > CACHED_BYTES || word.length == 0)
        return encode_anew(worker, word, ids, room);
    struct cache_slot *slot = cache_slot_of(worker, word);
    bool is_known = slot->length == word.length && memcmp(slot->word, word.bytes, word.length) == 0;
    size_t count = is_known ? slot->count : encode_anew(worker, word, ids, room);
    if (is_known)
        memcpy(ids, slot->ids, (count < room ? count : room) * sizeof *ids);
    else if (count <= CACHED_IDS && count <= room)
        remember(slot, word, ids, count);
    return count;
}
