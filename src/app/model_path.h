/* model_path.h - where the local models are: those that were shipped with this program, and what
 * HARK_MODEL names instead. */
#pragma once

#include "config/config.h"

/* A shipped file, "hark-names.bin": the first that exists of models/ beside the program's folder
 * and in the working directory, and the shared folders of an installed Hark. When none does, the
 * first, so that a message can name it. */
const char *app_shipped_path(struct arena *arena, const char *file_name);

/* The n-gram model: the file that HARK_MODEL names, else the shipped one. */
const char *app_model_path(struct arena *arena, const struct config *config);

/* The folder of a transformer that HARK_MODEL names, or NULL. What is there but is no file, and
 * what is not there, counts as one: opening it says what is wrong. */
const char *app_transformer_path(struct arena *arena, const struct config *config);

/* The vectors of words: the file that HARK_SEARCH_MODEL names, else the shipped one. */
const char *app_vectors_path(struct arena *arena, const struct config *config);
