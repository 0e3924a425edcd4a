/* Asking on a fiber of its own, which goes on after who began it has answered without. */
#include "analysis/cascade_inside.h"
#include "base/heap.h"
#include "fiber/fiber.h"
#include "telemetry/log.h"

#include <stdlib.h>

/* Owned by its fiber, which goes away last. */
struct asking {
    struct arena arena;
    struct cascade *cascade;
    struct cascade_question question;
    struct configuration configuration;
    struct analysis answer;
    struct cascade_trace trace;
    enum status status;
    struct fiber *fiber;   /* rests until it is let go of; NULL: it does not rest */
    struct fiber *waiting; /* for the answer */
    bool is_over, is_let_go;
    asking_late *late;
    void *context;
    struct asking *next, **at; /* in the cascade's list */
};

static void enter(struct asking *asking)
{
    struct cascade *cascade = asking->cascade;
    pthread_mutex_lock(&cascade->lock);
    asking->next = cascade->askings;
    asking->at = &cascade->askings;
    if (asking->next != NULL)
        asking->next->at = &asking->next;
    cascade->askings = asking;
    pthread_mutex_unlock(&cascade->lock);
}

static void leave(struct asking *asking)
{
    struct cascade *cascade = asking->cascade;
    pthread_mutex_lock(&cascade->lock);
    *asking->at = asking->next;
    if (asking->next != NULL)
        asking->next->at = asking->at;
    pthread_mutex_unlock(&cascade->lock);
    arena_reset(&asking->arena);
    free(asking);
}

static void ask_behind(void *argument)
{
    struct asking *asking = argument;
    struct error err = {0};
    asking->status =
        cascade_ask(asking->cascade, &asking->arena, &asking->question, &asking->answer, &err);
    if (asking->status != STATUS_OK && asking->status != STATUS_FULL)
        LOG(WARN, "ai_fallback", LOG_STR("request_id", asking->question.request_id),
            LOG_Z("error", err.message));
    asking->is_over = true;
    if (asking->waiting != NULL)
        fiber_wake(asking->waiting);
    while (!asking->is_let_go) {
        asking->fiber = fiber_self();
        fiber_wait();
    }
    if (asking->late != NULL)
        asking->late(asking->context, asking);
    leave(asking);
}

/* The caller's configuration and texts end with its request. */
static void copy_question(struct asking *asking, const struct cascade_question *question)
{
    struct arena *arena = &asking->arena;
    struct cascade_question *own = &asking->question;
    *own = *question;
    own->text = str_copy(arena, question->text);
    own->language_code = str_copy(arena, question->language_code);
    own->subject = str_copy(arena, question->subject);
    own->id = str_copy(arena, question->id);
    own->request_id = str_copy(arena, question->request_id);
    configuration_copy(&asking->configuration, arena, question->configuration);
    own->configuration = &asking->configuration;
    own->trace = &asking->trace;
    own->until_ms = fiber_now_ms() + asking->cascade->options.timeout_ms;
}

struct asking *cascade_begin(struct cascade *cascade, const struct cascade_question *question)
{
    struct asking *asking = heap_new(struct asking);
    asking->cascade = cascade;
    copy_question(asking, question);
    enter(asking);
    if (fiber_start(ask_behind, asking))
        return asking;
    leave(asking);
    return NULL;
}

bool asking_await(struct asking *asking, uint64_t until_ms)
{
    while (!asking->is_over) {
        asking->waiting = fiber_self();
        enum wake by = fiber_wait_until(until_ms);
        asking->waiting = NULL;
        if (by != WOKEN)
            break;
    }
    return asking->is_over;
}

enum status asking_status(const struct asking *asking)
{
    return asking->status;
}

const struct cascade_question *asking_question(const struct asking *asking)
{
    return &asking->question;
}

const struct analysis *asking_answer(const struct asking *asking)
{
    return &asking->answer;
}

const struct cascade_trace *asking_trace(const struct asking *asking)
{
    return &asking->trace;
}

struct arena *asking_arena(struct asking *asking)
{
    return &asking->arena;
}

void asking_end(struct asking *asking, asking_late *late, void *context)
{
    asking->late = late;
    asking->context = context;
    asking->is_let_go = true;
    if (asking->fiber != NULL)
        fiber_wake(asking->fiber);
}

bool cascade_is_asking(struct cascade *cascade, str id)
{
    bool is_asking = false;
    pthread_mutex_lock(&cascade->lock);
    for (const struct asking *one = cascade->askings; one != NULL && !is_asking; one = one->next)
        is_asking = str_equal(one->question.id, id);
    pthread_mutex_unlock(&cascade->lock);
    return is_asking;
}
