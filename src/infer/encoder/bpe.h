/* bpe.h - byte-level byte-pair encoding: from the bytes of one word to the ids of its tokens.
 *
 * A word begins as its bytes, and the pair that was learnt first is joined first, leftmost of its
 * equals first, until no pair is known (Sennrich et al. 2016; on bytes: Radford et al. 2019).
 * Vocabularies write bytes as printable characters; only the files' readers see those. A heap of
 * pairs makes a word of n bytes cost n log n, so that a hostile one costs no more.
 *
 * A bpe is immutable and shared by all threads; each thread has a worker, which keeps its scratch
 * memory and remembers the words it met. Encoding allocates only when a word is longer than any
 * before it. */
#pragma once

#include "base/map.h"
#include "base/status.h"

#define BPE_NO_ID UINT32_MAX

struct bpe;
struct bpe_worker;

/* A rule: `left` and `right` become one token. Earlier rules win. */
struct bpe_rule {
    str left, right;
};

struct bpe_source {
    const struct map *vocabulary; /* from a token as it is written to bpe_value_of() its id */
    const struct bpe_rule *rules;
    size_t rule_count;
    str unknown; /* the token for bytes that are in no token; absent: they are left out */
};

/* Ids as values of a map, in which NULL is nothing. */
void *bpe_value_of(uint32_t id);
uint32_t bpe_find_id(const struct map *vocabulary, str token); /* or BPE_NO_ID */

/* Keeps nothing of `source`. INVALID: a rule names or makes a token that is not there. */
enum status bpe_open(struct bpe **bpe, const struct bpe_source *source,
                     struct error *err) MUST_CHECK;
void bpe_close(struct bpe *bpe);

struct bpe_worker *bpe_worker_open(const struct bpe *bpe);
void bpe_worker_close(struct bpe_worker *worker);

/* Writes at most `room` ids of `word` to `ids`; gives how many there are, which may be more. */
size_t bpe_encode(struct bpe_worker *worker, str word, uint32_t *ids, size_t room);
