/* lexicon.h - which words the reader knows, and texts as the numbers of their words.
 *
 * The commonest words, marks and emoji of all the texts are known; each has a row (reader.h). A
 * text is the numbers of the rows that the reader would take for it, and beside each the row it
 * would take if it did not know the word. */
#pragma once

#include "infer/corpus.h"
#include "infer/features.h"
#include "infer/reader.h"

struct lexicon_text {
    size_t from; /* in lexicon.words and lexicon.endings */
    uint32_t count;
};

struct lexicon {
    struct reader_slot *slots; /* READER_SLOTS of them */
    uint32_t word_count;       /* known ones */
    uint32_t row_count;        /* with the rows of endings */
    uint16_t *words, *endings;
    size_t count, capacity;
    struct lexicon_text *texts; /* those of the corpus, in its order; then the others */
    size_t text_count;
};

/* Reads the rows of the corpus that have a sentiment, topic or severity (the others are left
 * empty), and the lines of `others`. At most `word_count` words come to be known. */
void lexicon_make(struct lexicon *lexicon, const struct corpus *corpus, str others,
                  uint32_t word_count);
void lexicon_close(struct lexicon *lexicon);
