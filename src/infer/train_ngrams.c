#include "infer/train_ngrams.h"

#include "infer/features.h"
#include "infer/train_pack.h"

#include <pthread.h>
#include <string.h>

enum {
    EPOCHS = 8,
    SEED = 20,
    SEED_OF_WHOLE = 84,
};

static const float RATE = 0.5F;

struct job {
    struct linear_model *model;
    const struct corpus *corpus;
    struct linear_options how;
};

static void *work(void *context)
{
    const struct job *job = context;
    linear_train(job->model, job->corpus, &job->how);
    return NULL;
}

void ngrams_learn(struct ngrams *ngrams, const struct corpus *corpus,
                  void (*progress)(void *context, const char *what, double share), void *context)
{
    struct job one = {&ngrams->without_held_out, corpus, {.epochs = EPOCHS, .rate = RATE}};
    struct job other = one;
    pthread_t thread;
    one.how.seed = SEED;
    one.how.progress = progress;
    one.how.context = context;
    other.model = &ngrams->whole;
    other.how.seed = SEED_OF_WHOLE;
    other.how.takes_held_out = true;
    bool is_apart = pthread_create(&thread, NULL, work, &other) == 0;
    work(&one);
    if (is_apart)
        pthread_join(thread, NULL);
    else
        work(&other);
}

static size_t pack(const struct linear_model *linear, struct model_parts *parts)
{
    memset(parts->lines, 0, parts->header->line_count * sizeof *parts->lines);
    return pack_model(linear, parts->header, parts->lines);
}

size_t ngrams_pack_without_held_out(const struct ngrams *ngrams, struct model_parts *parts)
{
    return pack(&ngrams->without_held_out, parts);
}

/* Only the weights: what the second stage sees of a text has no bias in it. */
static void take_mean(struct linear_model *into, const struct linear_model *other)
{
    for (uint32_t id = 0; id < FEATURE_COUNT; id++) {
        if (into->counts[id] == 0)
            continue;
        for (int lane = 0; lane < LANE_COUNT; lane++)
            into->rows[id].weights[lane] =
                0.5F * (into->rows[id].weights[lane] + other->rows[id].weights[lane]);
    }
}

size_t ngrams_pack(struct ngrams *ngrams, struct model_parts *parts)
{
    take_mean(&ngrams->without_held_out, &ngrams->whole);
    return pack(&ngrams->without_held_out, parts);
}

void ngrams_close(struct ngrams *ngrams)
{
    linear_close(&ngrams->without_held_out);
    linear_close(&ngrams->whole);
}
