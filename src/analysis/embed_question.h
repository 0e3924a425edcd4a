/* embed_question.h - texts on their way to a provider of vectors, for provider_embedder.c: who asks
 * and who answers are of different threads, and either may be gone first. */
#pragma once

#include "fiber/awaited.h"
#include "infer/embedder.h"
#include "model/configuration.h"

#include <pthread.h>

struct pii_finder;
struct store;

/* Belongs to who asks until it is let go of, unanswered; then to who answers. */
struct embed_question {
    struct embed_question *next; /* in the line of those that are not begun */
    struct arena arena;          /* of all that it refers to */
    int64_t tenant_id;
    struct configuration configuration;
    const str *texts; /* as they may leave */
    size_t count;
    bool is_kept; /* in the cache, under `key` */
    unsigned char key[32];

    /* Filled by who answers. */
    struct vector *vectors;
    char name[EMBEDDER_NAME_SIZE];
    enum status status;
    struct error err;

    /* Under the lock. */
    struct awaited awaited; /* by who asks */
    bool is_let_go;
};

struct embed_question *embed_question_new(void);
void embed_question_free(struct embed_question *question);

/* Fills it from `embedding`, by the tenant's configuration; texts are copies without personal data.
 */
enum status embed_question_prepare(struct embed_question *question, struct store *store,
                                   const struct pii_finder *finder,
                                   const struct embedding *embedding, struct error *err) MUST_CHECK;

/* With the lock: `status` stands in it. `over` is rung for threads. It may be gone after this. */
void embed_question_end(struct embed_question *question, pthread_cond_t *over);
/* With the lock: by who asked, over or not. */
void embed_question_let_go(struct embed_question *question);
