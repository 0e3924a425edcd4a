#include "net/name_lookup.h"

#include "base/heap.h"
#include "fiber/fiber.h"
#include "fiber/inbox.h"

#include <assert.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_THREADS = 32,
    THREAD_STACK = 1024 * 1024,
    SHOWN = 80 /* bytes of a name in a sentence */
};

enum question_state {
    QUEUED,   /* the fiber's: who gives up takes it off the queue */
    ASKED,    /* a thread is in the middle of it */
    ANSWERED, /* its letter is on the way to the fiber's loop */
    LEFT      /* the thread's: nobody waits any more */
};

struct question {
    struct letter letter; /* first */
    struct question *next;
    struct inbox *inbox;
    struct fiber *fiber;
    enum question_state state;
    struct addrinfo *found;
    int failure;
    char name[];
};

/* Freed by whoever is last: close, or a thread that was still in the middle of a question. */
struct name_lookups {
    pthread_mutex_t lock;
    pthread_cond_t bell;
    struct question *first, **end;
    unsigned queued, idle, threads;
    bool is_closing;
};

/* --- the threads --- */

static void free_question(struct question *question)
{
    if (question->found != NULL)
        freeaddrinfo(question->found);
    free(question);
}

static void free_lookups(struct name_lookups *self)
{
    pthread_cond_destroy(&self->bell);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

static struct question *take(struct name_lookups *self)
{
    struct question *question = self->first;
    self->first = question->next;
    if (self->first == NULL)
        self->end = &self->first;
    self->queued--;
    question->state = ASKED;
    return question;
}

static void *answer_questions(void *argument)
{
    static const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct name_lookups *self = argument;
    pthread_setname_np(pthread_self(), "lookup");
    pthread_mutex_lock(&self->lock);
    while (!self->is_closing) {
        if (self->first == NULL) {
            self->idle++;
            pthread_cond_wait(&self->bell, &self->lock);
            self->idle--;
            continue;
        }
        struct question *question = take(self);
        pthread_mutex_unlock(&self->lock);
        question->failure = getaddrinfo(question->name, NULL, &hints, &question->found);
        pthread_mutex_lock(&self->lock);
        if (question->state == LEFT) {
            free_question(question);
        } else {
            question->state = ANSWERED;
            inbox_post(question->inbox, &question->letter);
        }
    }
    bool is_last = --self->threads == 0;
    pthread_mutex_unlock(&self->lock);
    if (is_last)
        free_lookups(self);
    return NULL;
}

/* Without a new thread those that are there do it; it must be a first one that cannot be started
 * for this to fail. */
static bool start_thread(struct name_lookups *self)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    bool is_started = pthread_create(&thread, &attributes, answer_questions, self) == 0;
    pthread_attr_destroy(&attributes);
    self->threads += is_started;
    return self->threads > 0;
}

struct name_lookups *name_lookups_open(void)
{
    struct name_lookups *self = heap_new(struct name_lookups);
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->bell, NULL);
    self->end = &self->first;
    return self;
}

void name_lookups_close(struct name_lookups *self)
{
    if (self == NULL)
        return;
    pthread_mutex_lock(&self->lock);
    assert(self->first == NULL && "somebody still asks");
    self->is_closing = true;
    pthread_cond_broadcast(&self->bell);
    bool is_last = self->threads == 0;
    pthread_mutex_unlock(&self->lock);
    if (is_last)
        free_lookups(self);
}

/* --- who asks --- */

static void open_answer(struct letter *letter)
{
    fiber_wake(((struct question *)letter)->fiber);
}

static struct question *make_question(str name)
{
    struct question *question = heap_alloc(sizeof *question + name.length + 1);
    memcpy(question->name, name.bytes, name.length);
    question->letter.open = open_answer;
    question->inbox = inbox_of_thread();
    question->fiber = fiber_self();
    return question;
}

static bool ask(struct name_lookups *self, struct question *question)
{
    bool is_asked = true;
    pthread_mutex_lock(&self->lock);
    if (self->queued >= self->idle && self->threads < MAX_THREADS)
        is_asked = start_thread(self);
    if (is_asked) {
        *self->end = question;
        self->end = &question->next;
        self->queued++;
        pthread_cond_signal(&self->bell);
    }
    pthread_mutex_unlock(&self->lock);
    return is_asked;
}

static void take_off(struct name_lookups *self, const struct question *question)
{
    struct question **at = &self->first;
    while (*at != question)
        at = &(*at)->next;
    *at = question->next;
    if (*at == NULL)
        self->end = at;
    self->queued--;
}

/* False: the answer came meanwhile, and the question is still ours. */
static bool give_up(struct name_lookups *self, struct question *question)
{
    pthread_mutex_lock(&self->lock);
    enum question_state state = question->state;
    if (state == QUEUED)
        take_off(self, question);
    else if (state == ASKED)
        question->state = LEFT; /* and the thread's */
    pthread_mutex_unlock(&self->lock);
    if (state == ANSWERED)
        fiber_wait(); /* for the letter, which is there already */
    else if (state == QUEUED)
        free_question(question);
    return state != ANSWERED;
}

static void copy_addresses(struct arena *arena, const struct addrinfo *found,
                           struct ip_addresses *addresses)
{
    size_t most = 0;
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next)
        most++;
    *addresses = (struct ip_addresses){.items = arena_array(arena, struct ip_address, most)};
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next)
        if (ip_address_from_socket(at->ai_addr, &addresses->items[addresses->count]))
            addresses->count++;
}

static enum status failed(str name, int failure, struct error *err)
{
    if (failure == EAI_NONAME || failure == EAI_NODATA)
        return fail(err, STATUS_UNAVAILABLE, "there is no host named '" STR_FORMAT "'",
                    STR_ARG(name));
    return fail(err, STATUS_UNAVAILABLE, "the name '" STR_FORMAT "' could not be resolved: %s",
                STR_ARG(name), gai_strerror(failure));
}

static enum status gave_up(str name, enum wake by, struct error *err)
{
    if (by == CANCELLED)
        return fail(err, STATUS_CANCELLED, "cancelled while '" STR_FORMAT "' was resolved",
                    STR_ARG(name));
    return fail(err, STATUS_TIMED_OUT, "the name '" STR_FORMAT "' was not resolved in time",
                STR_ARG(name));
}

enum status name_lookup(struct name_lookups *lookups, struct arena *arena, str name,
                        uint64_t deadline_ms, struct ip_addresses *addresses, struct error *err)
{
    str shown = str_slice(name, 0, SHOWN);
    struct question *question = make_question(name);
    if (!ask(lookups, question)) {
        free_question(question);
        return fail(err, STATUS_UNAVAILABLE, "no thread can be started to resolve '" STR_FORMAT "'",
                    STR_ARG(shown));
    }
    enum wake by = fiber_wait_until(deadline_ms);
    if (by != WOKEN && give_up(lookups, question))
        return gave_up(shown, by, err);

    enum status status = STATUS_OK;
    if (question->failure != 0)
        status = failed(shown, question->failure, err);
    else
        copy_addresses(arena, question->found, addresses);
    free_question(question);
    return status;
}
