#include "infer/encoder/tokenizer.h"

#include "base/heap.h"
#include "base/utf8.h"
#include "infer/encoder/pretokenizer.h"
#include "infer/encoder/tokenizer_plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct tokenizer {
    struct arena arena; /* for what is kept of the plan */
    struct bpe *bpe;
    struct added_token *added; /* longer ones first */
    size_t added_count;
    bool begins_added[256]; /* whether an added token begins with that byte */
    bool adds_prefix_space, keeps_text_whole;
    uint32_t before[PLAN_FRAME], after[PLAN_FRAME];
    size_t before_count, after_count;
    uint32_t largest_id, most_tokens;
};

struct tokenizer_worker {
    const struct tokenizer *tokenizer;
    struct bpe_worker *bpe;
    char *spaced; /* a stretch of text with a blank put before it */
    size_t spaced_room;
};

static int by_length(const void *a, const void *b)
{
    const struct added_token *one = a, *other = b;
    return one->text.length != other->text.length ? (one->text.length < other->text.length ? 1 : -1)
                                                  : str_compare(one->text, other->text);
}

static void keep_added(struct tokenizer *self, const struct tokenizer_plan *plan)
{
    self->added = arena_array(&self->arena, struct added_token, plan->added_count + 1);
    self->added_count = plan->added_count;
    for (size_t i = 0; i < plan->added_count; i++) {
        self->added[i] = plan->added[i];
        self->added[i].text = str_copy(&self->arena, plan->added[i].text);
        self->begins_added[(unsigned char)plan->added[i].text.bytes[0]] = true;
    }
    qsort(self->added, self->added_count, sizeof *self->added, by_length);
}

static void keep_plan(struct tokenizer *self, const struct tokenizer_plan *plan)
{
    keep_added(self, plan);
    self->adds_prefix_space = plan->adds_prefix_space;
    self->keeps_text_whole = plan->keeps_text_whole;
    self->before_count = plan->before_count;
    self->after_count = plan->after_count;
    memcpy(self->before, plan->before, sizeof self->before);
    memcpy(self->after, plan->after, sizeof self->after);
    self->largest_id = plan->largest_id;
    for (size_t i = 0; i < plan->before_count; i++)
        if (plan->before[i] > self->largest_id)
            self->largest_id = plan->before[i];
    for (size_t i = 0; i < plan->after_count; i++)
        if (plan->after[i] > self->largest_id)
            self->largest_id = plan->after[i];
    self->most_tokens = plan->most_tokens;
}

enum status tokenizer_build(struct tokenizer **tokenizer, const struct tokenizer_plan *plan,
                            struct error *err)
{
    struct bpe *bpe;
    struct bpe_source source = {&plan->vocabulary, plan->rules, plan->rule_count, plan->unknown};
    enum status status = bpe_open(&bpe, &source, err);
    if (status != STATUS_OK)
        return status;
    struct tokenizer *self = heap_new(struct tokenizer);
    self->bpe = bpe;
    keep_plan(self, plan);
    *tokenizer = self;
    return STATUS_OK;
}

enum status tokenizer_open(struct tokenizer **tokenizer, const char *folder, struct error *err)
{
    struct arena arena = {0};
    struct tokenizer_plan plan;
    enum status status = tokenizer_plan_read(&arena, folder, &plan, err);
    if (status == STATUS_OK)
        status = tokenizer_build(tokenizer, &plan, err);
    arena_reset(&arena);
    return status;
}

void tokenizer_close(struct tokenizer *tokenizer)
{
    if (tokenizer == NULL)
        return;
    bpe_close(tokenizer->bpe);
    arena_reset(&tokenizer->arena);
    free(tokenizer);
}

uint32_t tokenizer_largest_id(const struct tokenizer *tokenizer)
{
    return tokenizer->largest_id;
}

uint32_t tokenizer_most_tokens(const struct tokenizer *tokenizer)
{
    return tokenizer->most_tokens;
}

struct tokenizer_worker *tokenizer_worker_open(const struct tokenizer *tokenizer)
{
    struct tokenizer_worker *worker = heap_new(struct tokenizer_worker);
    worker->tokenizer = tokenizer;
    worker->bpe = bpe_worker_open(tokenizer->bpe);
    return worker;
}

void tokenizer_worker_close(struct tokenizer_worker *worker)
{
    if (worker == NULL)
        return;
    bpe_worker_close(worker->bpe);
    free(worker->spaced);
    free(worker);
}

/* Ids as they come, until there is no room for more. */
struct output {
    uint32_t *ids;
    size_t count, room;
};

static void put_words(struct tokenizer_worker *worker, str stretch, struct output *out)
{
    size_t at = 0;
    while (at < stretch.length && out->count < out->room) {
        str word = stretch;
        if (worker->tokenizer->keeps_text_whole)
            at = stretch.length;
        else
            word = pretokenizer_next(stretch, &at);
        size_t room = out->room - out->count;
        size_t count = bpe_encode(worker->bpe, word, out->ids + out->count, room);
        out->count += count < room ? count : room;
    }
}

static str with_blank(struct tokenizer_worker *worker, str stretch)
{
    if (worker->spaced_room < stretch.length + 1) {
        worker->spaced_room = stretch.length + 1;
        worker->spaced = heap_resize(worker->spaced, worker->spaced_room);
    }
    worker->spaced[0] = ' ';
    memcpy(worker->spaced + 1, stretch.bytes, stretch.length);
    return (str){worker->spaced, stretch.length + 1};
}

static void put_stretch(struct tokenizer_worker *worker, str stretch, struct output *out)
{
    if (stretch.length == 0)
        return;
    if (worker->tokenizer->adds_prefix_space && stretch.bytes[0] != ' ')
        stretch = with_blank(worker, stretch);
    put_words(worker, stretch, out);
}

/* The longest added token at `at`, or NULL. */
static const struct added_token *added_at(const struct tokenizer *tokenizer, str text, size_t at)
{
    if (!tokenizer->begins_added[(unsigned char)text.bytes[at]])
        return NULL;
    str rest = str_slice(text, at, text.length);
    for (size_t i = 0; i < tokenizer->added_count; i++)
        if (str_starts_with(rest, tokenizer->added[i].text))
            return &tokenizer->added[i];
    return NULL;
}

static const struct added_token *find_added(const struct tokenizer *tokenizer, str text, size_t *at)
{
    for (; *at < text.length; (*at)++) {
        const struct added_token *token = added_at(tokenizer, text, *at);
        if (token != NULL)
            return token;
    }
    return NULL;
}

static str without_space_after(str stretch)
{
    size_t end = 0;
    for (size_t at = 0; at < stretch.length;)
        if (!pretokenizer_is_space(utf8_next(stretch, &at)))
            end = at;
    return str_slice(stretch, 0, end);
}

static size_t after_space(str text, size_t at)
{
    for (size_t next = at; at < text.length; at = next)
        if (!pretokenizer_is_space(utf8_next(text, &next)))
            break;
    return at;
}

static void put_text(struct tokenizer_worker *worker, str text, struct output *out)
{
    const struct added_token *token;
    size_t begin = 0, at = 0;
    while (out->count < out->room && (token = find_added(worker->tokenizer, text, &at)) != NULL) {
        str stretch = str_slice(text, begin, at);
        put_stretch(worker, token->strips_left ? without_space_after(stretch) : stretch, out);
        if (out->count < out->room)
            out->ids[out->count++] = token->id;
        at += token->text.length;
        begin = at = token->strips_right ? after_space(text, at) : at;
    }
    put_stretch(worker, str_slice(text, begin, text.length), out);
}

size_t tokenizer_encode(struct tokenizer_worker *worker, str text, uint32_t *ids, size_t room)
{
    const struct tokenizer *tokenizer = worker->tokenizer;
    size_t frame = tokenizer->before_count + tokenizer->after_count;
    assert(room >= frame);
    struct output out = {ids, tokenizer->before_count, room - tokenizer->after_count};
    memcpy(ids, tokenizer->before, tokenizer->before_count * sizeof *ids);
    put_text(worker, text, &out);
    memcpy(ids + out.count, tokenizer->after, tokenizer->after_count * sizeof *ids);
    return out.count + tokenizer->after_count;
}
