#include "analysis/provider_embedder.h"

#include "analysis/embed_question.h"
#include "analysis/ledger.h"
#include "base/condition.h"
#include "base/hash.h"
#include "base/heap.h"
#include "cache/cache.h"
#include "fiber/loop.h"
#include "infer/projection.h"
#include "llm/llm_embed.h"
#include "net/http_client.h"
#include "telemetry/log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_FIBERS = 256,
    STACK_BYTES = 256 * 1024,
    FAMILY_SIZE = 96,
    BYTES_PER_TOKEN = 4 /* about */
};

struct provider_embedder {
    struct embedder door; /* first: what is handed out */
    struct provider_embedder_options options;
    char family[FAMILY_SIZE]; /* "openai:text-embedding-3-small" */
    struct loops *loops;
    pthread_t thread;
    bool is_started;
    struct answering *answering; /* what is in hand: the loop's own */

    pthread_mutex_t lock;      /* for all below */
    pthread_cond_t over;       /* a question is, or the loop has begun */
    struct inbox *inbox;       /* of the loop; NULL: it has not begun */
    struct letter letter;      /* "look at the line" */
    bool is_rung, is_stopping; /* rung: the letter is on its way */
    struct embed_question *line, **line_end;
    char name[EMBEDDER_NAME_SIZE]; /* of the vectors that came last; "": none came yet */
};

/* On the stack of its fiber. */
struct answering {
    struct provider_embedder *self;
    struct embed_question *question;
    struct fiber *fiber;
    struct answering *next, **at; /* in the embedder's list */
};

static struct provider_embedder *self_of(struct letter *letter)
{
    return (struct provider_embedder *)((char *)letter -
                                        offsetof(struct provider_embedder, letter));
}

/* --- what a vector is kept under in the cache --- */

struct kept_vector {
    char name[EMBEDDER_NAME_SIZE];
    struct vector vector;
};

static struct cache_key key_of(const struct embed_question *question)
{
    struct cache_key key = {.group = question->tenant_id};
    memcpy(key.bytes, question->key, sizeof key.bytes);
    return key;
}

static void make_key(const struct provider_embedder *self, struct embed_question *question)
{
    str text = str_format(&question->arena, "vector\n%s\n" STR_FORMAT, self->family,
                          STR_ARG(question->texts[0]));
    hash_sha256(text, question->key);
    question->is_kept = self->options.cache != NULL;
}

static void keep(const struct provider_embedder *self, const struct embed_question *question)
{
    struct kept_vector kept = {.vector = question->vectors[0]};
    struct cache_key key = key_of(question);
    memcpy(kept.name, question->name, sizeof kept.name);
    cache_put(self->options.cache, &key, (str){(const char *)&kept, sizeof kept});
}

/* What came before the vectors were of another length is of no use. */
static bool find_kept(struct provider_embedder *self, struct embed_question *question,
                      struct embedding *embedding)
{
    struct kept_vector kept;
    struct cache_key key = key_of(question);
    str value;
    if (!question->is_kept || !cache_find(self->options.cache, &question->arena, &key, &value) ||
        value.length != sizeof kept)
        return false;
    memcpy(&kept, value.bytes, sizeof kept);
    if (!self->door.makes(&self->door, str_from_z(kept.name)))
        return false;
    embedding->vectors[0] = kept.vector;
    memcpy(embedding->name, kept.name, sizeof kept.name);
    return true;
}

/* --- answering, on a fiber of the loop --- */

/* What is asked for, and what came: vectors that were brought to our length from another have been
 * turned on the way, so that the one is not comparable with the other. */
static void take_name(struct provider_embedder *self, int dimensions, char name[EMBEDDER_NAME_SIZE])
{
    char before[EMBEDDER_NAME_SIZE];
    if (dimensions > VECTOR_SIZE)
        snprintf(name, EMBEDDER_NAME_SIZE, "%s/%d>%d", self->family, dimensions, VECTOR_SIZE);
    else
        snprintf(name, EMBEDDER_NAME_SIZE, "%s/%d", self->family, dimensions);
    pthread_mutex_lock(&self->lock);
    memcpy(before, self->name, sizeof before);
    memcpy(self->name, name, sizeof self->name);
    pthread_mutex_unlock(&self->lock);
    if (before[0] != '\0' && strcmp(before, name) != 0)
        LOG(WARN, "vectors_changed", LOG_Z("before", before), LOG_Z("now", name),
            LOG_Z("remedy", "the model behind ai.embed makes vectors of another length: all are "
                            "made anew; if it goes on, give the model that is meant by its name"));
}

static void take_vectors(struct provider_embedder *self, struct embed_question *question,
                         const struct llm_embedding *asked)
{
    size_t size = (size_t)asked->dimensions;
    question->vectors = arena_array(&question->arena, struct vector, question->count);
    for (size_t i = 0; i < question->count; i++)
        (void)projection_make(asked->vectors + i * size, size, &question->vectors[i]);
    take_name(self, asked->dimensions, question->name);
    if (question->is_kept)
        keep(self, question);
}

static enum status ask_link(struct provider_embedder *self, const struct embed_question *question,
                            struct arena *arena, struct llm_embedding *asked, struct error *err)
{
    struct llm *llm = self->options.llm;
    struct llm_link link = llm_link_at(llm, LLM_EMBED, asked->link);
    int64_t most = llm_most_embed_cost(llm, asked);
    struct spending spending = {
        .tenant_id = question->tenant_id,
        .job = str_from_z(llm_job_names[LLM_EMBED]),
        .provider = str_from_z(link.provider),
        .model = str_from_z(link.model),
        .reserved_nano = most == LLM_COST_UNKNOWN ? FIELD_UNSET : most,
    };
    if (!llm_embed_is_open(llm, asked->link))
        return fail(err, STATUS_UNAVAILABLE, "%s is not asked for now: it keeps failing",
                    link.provider);
    enum status status =
        ledger_reserve(self->options.ledger, &question->configuration, &spending, err);
    if (status != STATUS_OK) /* whatever of a budget is left, that is this tenant's alone */
        return status == STATUS_BUSY ? STATUS_FULL : status;
    status = llm_embed(llm, arena, asked, err);
    struct llm_reply bill = {.usage = asked->usage, .cost_nano = asked->cost_nano};
    ledger_settle(self->options.ledger, &spending,
                  status == STATUS_OK ? SPENDING_OK : SPENDING_FAILED, &bill);
    if (status != STATUS_OK && asked->blames_texts)
        return STATUS_INVALID;
    return status == STATUS_INVALID ? STATUS_UNAVAILABLE : status;
}

/* One place after the other, each with what is left of the time. */
static enum status ask(struct provider_embedder *self, const struct embed_question *question,
                       struct arena *arena, struct llm_embedding *asked, struct error *err)
{
    enum status status = STATUS_UNAVAILABLE;
    uint64_t until_ms = fiber_now_ms() + self->options.timeout_ms;
    for (size_t link = 0; link < llm_chain_length(self->options.llm, LLM_EMBED); link++) {
        *asked = (struct llm_embedding){.link = link,
                                        .texts = question->texts,
                                        .count = question->count,
                                        .dimensions = VECTOR_SIZE,
                                        .until_ms = until_ms};
        status = ask_link(self, question, arena, asked, err);
        if (status == STATUS_OK || status == STATUS_FULL || status == STATUS_INVALID ||
            status == STATUS_CANCELLED || fiber_now_ms() >= until_ms)
            break;
    }
    return status;
}

static void enter(struct answering *answering)
{
    struct provider_embedder *self = answering->self;
    answering->next = self->answering;
    answering->at = &self->answering;
    if (answering->next != NULL)
        answering->next->at = &answering->next;
    self->answering = answering;
}

static void leave(struct answering *answering)
{
    struct provider_embedder *self = answering->self;
    *answering->at = answering->next;
    if (answering->next != NULL)
        answering->next->at = answering->at;
    pthread_mutex_lock(&self->lock);
    embed_question_end(answering->question, &self->over);
    pthread_mutex_unlock(&self->lock);
}

struct begun {
    struct provider_embedder *self;
    struct embed_question *question;
};

static void answer(void *argument)
{
    struct begun *begun = argument;
    struct answering answering = {begun->self, begun->question, fiber_self(), NULL, NULL};
    struct embed_question *question = answering.question;
    struct arena arena = {0};
    struct llm_embedding asked;
    enter(&answering);
    question->status = ask(answering.self, question, &arena, &asked, &question->err);
    if (question->status == STATUS_OK)
        take_vectors(answering.self, question, &asked);
    arena_reset(&arena);
    leave(&answering);
}

static void refuse(struct provider_embedder *self, struct embed_question *question,
                   enum status status, const char *why)
{
    question->status = fail(&question->err, status, "%s", why);
    pthread_mutex_lock(&self->lock);
    embed_question_end(question, &self->over);
    pthread_mutex_unlock(&self->lock);
}

static struct embed_question *take_line(struct provider_embedder *self)
{
    pthread_mutex_lock(&self->lock);
    struct embed_question *line = self->line;
    self->line = NULL;
    self->line_end = &self->line;
    self->is_rung = false;
    pthread_mutex_unlock(&self->lock);
    return line;
}

/* On the loop; a fiber that is started here runs at once, up to where it first waits. */
static void look_at_line(struct letter *letter)
{
    struct provider_embedder *self = self_of(letter);
    struct embed_question *next, *question = take_line(self);
    for (; question != NULL; question = next) {
        next = question->next;
        struct begun begun = {self, question};
        if (!fiber_start(answer, &begun))
            refuse(self, question, STATUS_BUSY, "too many ask for vectors at once");
    }
}

/* --- the loop --- */

static void start(void *argument, uv_loop_t *loop, unsigned index)
{
    struct provider_embedder *self = argument;
    (void)index;
    http_client_start(self->options.client, loop);
    pthread_mutex_lock(&self->lock);
    self->inbox = inbox_of_thread();
    pthread_cond_broadcast(&self->over);
    pthread_mutex_unlock(&self->lock);
}

static void stop(void *argument, uv_loop_t *loop, unsigned index)
{
    struct provider_embedder *self = argument;
    struct embed_question *next, *question;
    (void)loop, (void)index;
    pthread_mutex_lock(&self->lock);
    self->is_stopping = true;
    pthread_mutex_unlock(&self->lock);
    for (struct answering *next_one, *one = self->answering; one != NULL; one = next_one) {
        next_one = one->next;
        fiber_cancel(one->fiber); /* which may run at once, to its end */
    }
    for (question = take_line(self); question != NULL; question = next) {
        next = question->next;
        refuse(self, question, STATUS_UNAVAILABLE,
               "no vectors are made any more: Hark is stopping");
    }
    http_client_stop(self->options.client);
}

static void *run(void *argument)
{
    struct provider_embedder *self = argument;
    pthread_setname_np(pthread_self(), "embedder");
    loops_run(self->loops, start, stop, self);
    return NULL;
}

/* --- asking --- */

/* Under the lock. */
static bool join_line(struct provider_embedder *self, struct embed_question *question)
{
    if (self->is_stopping)
        return false;
    *self->line_end = question;
    self->line_end = &question->next;
    if (!self->is_rung)
        inbox_post(self->inbox, &self->letter);
    self->is_rung = true;
    return true;
}

/* The question is gone after it. */
static enum status await(struct provider_embedder *self, struct embed_question *question,
                         struct embedding *embedding, struct error *err)
{
    enum status status = STATUS_OK;
    pthread_mutex_lock(&self->lock);
    bool is_taken = join_line(self, question);
    if (is_taken)
        awaited_wait(&question->awaited, &self->lock, &self->over, embedding->until_us);
    if (!is_taken) {
        status = fail(err, STATUS_UNAVAILABLE, "no vectors are made any more: Hark is stopping");
        question->awaited.is_over = true;
    } else if (!question->awaited.is_over) {
        status = fail(err, STATUS_TIMED_OUT, "%s made no vector in time", self->family);
    } else if (question->status != STATUS_OK) {
        status = question->status;
        if (err != NULL)
            *err = question->err;
    } else {
        memcpy(embedding->vectors, question->vectors, question->count * sizeof *question->vectors);
        memcpy(embedding->name, question->name, sizeof embedding->name);
    }
    embed_question_let_go(question);
    pthread_mutex_unlock(&self->lock);
    return status;
}

static enum status embed(struct embedder *embedder, struct embedding *embedding, struct error *err)
{
    struct provider_embedder *self = (struct provider_embedder *)embedder;
    struct embed_question *question = embed_question_new();
    enum status status =
        embed_question_prepare(question, self->options.store, self->options.finder, embedding, err);
    if (status == STATUS_OK && question->count == 1)
        make_key(self, question);
    if (status == STATUS_OK && !find_kept(self, question, embedding))
        return await(self, question, embedding, err);
    embed_question_free(question);
    return status;
}

static bool makes(struct embedder *embedder, str name)
{
    struct provider_embedder *self = (struct provider_embedder *)embedder;
    str family = str_from_z(self->family);
    pthread_mutex_lock(&self->lock);
    bool is_known = self->name[0] != '\0', is_same = str_equal_z(name, self->name);
    pthread_mutex_unlock(&self->lock);
    return is_known ? is_same
                    : str_starts_with(name, family) && name.length > family.length &&
                          name.bytes[family.length] == '/';
}

static int64_t estimate(struct embedder *embedder, int64_t bytes)
{
    const struct provider_embedder *self = (const struct provider_embedder *)embedder;
    int64_t cost = llm_embed_cost(self->options.llm, 0, bytes / BYTES_PER_TOKEN);
    return cost == LLM_COST_UNKNOWN ? -1 : cost;
}

/* --- its life --- */

/* A name that is too long ends in a mark of all of it. */
static void make_family(struct provider_embedder *self)
{
    struct arena arena = {0};
    struct llm_link link = llm_link_at(self->options.llm, LLM_EMBED, 0);
    str whole = str_format(&arena, "%s:%s", link.provider, link.model);
    if (whole.length < sizeof self->family)
        memcpy(self->family, whole.bytes, whole.length);
    else
        snprintf(self->family, sizeof self->family, "%.*s~%08x", FAMILY_SIZE - 10, whole.bytes,
                 hash_crc32(whole));
    arena_reset(&arena);
}

static void start_thread(struct provider_embedder *self)
{
    int failure = pthread_create(&self->thread, NULL, run, self);
    assert(failure == 0 && "no thread can be made for vectors");
    (void)failure;
    self->is_started = true;
    pthread_mutex_lock(&self->lock);
    while (self->inbox == NULL)
        pthread_cond_wait(&self->over, &self->lock);
    pthread_mutex_unlock(&self->lock);
}

enum status provider_embedder_open(struct provider_embedder **opened,
                                   const struct provider_embedder_options *options,
                                   struct error *err)
{
    struct loops_options loops = {
        .count = 1, .max_fibers = MOST_FIBERS, .stack_bytes = STACK_BYTES};
    struct provider_embedder *self = heap_new(struct provider_embedder);
    self->door = (struct embedder){true, embed, makes, estimate};
    self->options = *options;
    self->letter.open = look_at_line;
    self->line_end = &self->line;
    make_family(self);
    pthread_mutex_init(&self->lock, NULL);
    condition_init(&self->over);
    enum status status = loops_open(&self->loops, &loops, err);
    if (status != STATUS_OK) {
        provider_embedder_close(self);
        return status;
    }
    start_thread(self);
    *opened = self;
    return STATUS_OK;
}

struct embedder *provider_embedder_door(struct provider_embedder *self)
{
    return &self->door;
}

void provider_embedder_stop(struct provider_embedder *self)
{
    if (self == NULL || !self->is_started)
        return;
    loops_stop(self->loops);
    pthread_join(self->thread, NULL);
    self->is_started = false;
}

void provider_embedder_close(struct provider_embedder *self)
{
    if (self == NULL)
        return;
    provider_embedder_stop(self);
    loops_close(self->loops);
    pthread_cond_destroy(&self->over);
    pthread_mutex_destroy(&self->lock);
    free(self);
}
