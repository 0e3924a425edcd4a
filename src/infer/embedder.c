#include "infer/embedder.h"

#include <stdio.h>

static enum status embed(struct embedder *embedder, struct embedding *embedding, struct error *err)
{
    const struct word_embedder *self = (const struct word_embedder *)embedder;
    (void)err;
    for (size_t i = 0; i < embedding->count; i++)
        (void)vectors_embed(self->vectors, embedding->texts[i], &embedding->vectors[i]);
    snprintf(embedding->name, sizeof embedding->name, "%s", vectors_name(self->vectors));
    return STATUS_OK;
}

static bool makes(struct embedder *embedder, str name)
{
    const struct word_embedder *self = (const struct word_embedder *)embedder;
    return str_equal_z(name, vectors_name(self->vectors));
}

void word_embedder_init(struct word_embedder *self, const struct vectors *vectors)
{
    *self = (struct word_embedder){{.embed = embed, .makes = makes}, vectors};
}

bool vector_says_something(const struct vector *vector)
{
    for (int i = 0; i < VECTOR_SIZE; i++)
        if (vector->values[i] != 0)
            return true;
    return false;
}
