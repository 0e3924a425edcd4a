#include "analysis/embed_question.h"

#include "base/heap.h"

#include <stdlib.h>

struct embed_question *embed_question_new(void)
{
    return heap_new(struct embed_question);
}

void embed_question_free(struct embed_question *question)
{
    arena_reset(&question->arena);
    free(question);
}

void embed_question_end(struct embed_question *question, pthread_cond_t *over)
{
    if (question->is_let_go) {
        embed_question_free(question);
        return;
    }
    awaited_end(&question->awaited);
    pthread_cond_broadcast(over);
}

void embed_question_let_go(struct embed_question *question)
{
    question->is_let_go = true;
    if (question->awaited.is_over)
        embed_question_free(question);
}
