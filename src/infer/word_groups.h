/* word_groups.h - draws together the vectors of words that people use for the same thing.
 *
 * A file of our own says which: one group a line, its words apart by blanks; a word may be in
 * several. "Retrofitting" (Faruqui et al., "Retrofitting word vectors to semantic lexicons", NAACL
 * 2015), towards the middle of each group. */
#pragma once

#include "infer/word_texts.h"

/* vectors: (texts->known, VECTOR_SIZE) of length 1, changed in place. Words that are not known are
 * passed over. NOT_FOUND, UNAVAILABLE: the file. */
enum status word_groups_draw_together(const struct word_texts *texts, const char *path,
                                      float *vectors, struct error *err) MUST_CHECK;
