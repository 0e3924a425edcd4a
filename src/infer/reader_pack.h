/* reader_pack.h - works out what each word adds at each place, and rounds it to 8 bits. */
#pragma once

#include "infer/model_file.h"
#include "infer/reader_weights.h"

void reader_pack(const struct reader_weights *weights, const struct word_vector *vectors,
                 const struct lexicon *lexicon, struct model_parts *parts);
