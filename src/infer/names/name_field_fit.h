/* name_field_fit.h - fits the weights of the random field to windows whose tags are known. */
#pragma once

#include "infer/names/name_corpus.h"
#include "infer/names/name_features.h"

struct name_fit;

/* The lexicon and the ordinary words of `model` are used, and must last. */
struct name_fit *name_fit_open(const struct name_model *model);
void name_fit_close(struct name_fit *fit);

/* Adds the windows of a text. */
void name_fit_add(struct name_fit *fit, const struct name_text *text);
size_t name_fit_candidates(const struct name_fit *fit);

void name_fit_learn(struct name_fit *fit, unsigned epochs,
                    void (*progress)(void *context, const char *what, double share), void *context);

/* Rounds what was learned into the model. */
void name_fit_pack(const struct name_fit *fit, struct name_model *model);

/* The ends of all cue words of a text, in the arena; as a caller of the tagger finds them. */
uint32_t *name_cues_find(struct arena *arena, str text, size_t *count);
