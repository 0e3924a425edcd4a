/* All changes are under one lock, which is held for moments; a letter to a loop is posted under it,
 * too, so that the fiber that waits for it, and with it the loop, cannot be gone yet. */
#include "analysis/embed_question.h"

#include "base/clock.h"
#include "base/condition.h"
#include "base/heap.h"

#include <stdlib.h>

static void wake(struct letter *letter)
{
    fiber_wake(((struct embed_question *)letter)->waiting);
}

struct embed_question *embed_question_new(void)
{
    struct embed_question *question = heap_new(struct embed_question);
    question->letter.open = wake;
    return question;
}

void embed_question_free(struct embed_question *question)
{
    arena_reset(&question->arena);
    free(question);
}

static void await_on_thread(const struct embed_question *question, pthread_mutex_t *lock,
                            pthread_cond_t *over, uint64_t until_us)
{
    while (!question->is_over && condition_wait_until(over, lock, until_us))
        ;
}

/* A letter that is on its way must not find the fiber gone: it is waited for. */
static void await_on_fiber(struct embed_question *question, pthread_mutex_t *lock,
                           uint64_t until_us)
{
    if (question->is_over)
        return;
    question->waiting = fiber_self();
    question->inbox = inbox_of_thread();
    pthread_mutex_unlock(lock);
    uint64_t now_us = clock_monotonic_us();
    uint64_t left_us = until_us > now_us ? until_us - now_us : 0;
    enum wake by = fiber_wait_until(fiber_now_ms() + left_us / 1000);
    pthread_mutex_lock(lock);
    bool is_on_its_way = by != WOKEN && question->is_over;
    if (is_on_its_way) {
        pthread_mutex_unlock(lock);
        fiber_wait();
        pthread_mutex_lock(lock);
    }
    question->waiting = NULL;
}

void embed_question_await(struct embed_question *question, pthread_mutex_t *lock,
                          pthread_cond_t *over, uint64_t until_us)
{
    if (fiber_self() != NULL)
        await_on_fiber(question, lock, until_us);
    else
        await_on_thread(question, lock, over, until_us);
}

void embed_question_end(struct embed_question *question, pthread_cond_t *over)
{
    if (question->is_let_go) {
        embed_question_free(question);
        return;
    }
    question->is_over = true;
    if (question->waiting != NULL)
        inbox_post(question->inbox, &question->letter);
    pthread_cond_broadcast(over);
}

void embed_question_let_go(struct embed_question *question)
{
    question->is_let_go = true;
    if (question->is_over)
        embed_question_free(question);
}
