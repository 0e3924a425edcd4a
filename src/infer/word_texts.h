/* word_texts.h - all the text that word vectors are learned from, as numbers of words.
 *
 * The files are those of one table in word_texts.c; rows that are in a file that measures never
 * enter (see corpus.h). A word's number says how common it is: 0 is the commonest. */
#pragma once

#include "base/status.h"
#include "infer/corpus.h"
#include "infer/features_word.h"

enum {
    WORD_UNKNOWN = UINT16_MAX, /* too rare to have a number */
    WORD_TEXT_SIZE = WORD_MAX + 1
};

struct word_text {
    uint32_t from, count; /* in word_texts.words */
};

struct word_texts {
    struct word_text *texts;
    size_t text_count;
    uint16_t *words;
    size_t word_count, word_capacity;

    /* By number: the words that occur often enough. */
    uint32_t *keys;
    uint32_t *counts;
    char (*spellings)[WORD_TEXT_SIZE]; /* NUL-terminated */
    uint32_t known;
    size_t refused; /* texts that measure */
};

/* Reads what there is of the table's files under `folder`; the `most` commonest words get numbers.
 * NOT_FOUND: there is nothing. */
struct word_texts_options {
    const char *folder;
    uint32_t most;
    bool permissive_only;
};
enum status word_texts_read(struct word_texts *texts, const struct word_texts_options *options,
                            struct error *err) MUST_CHECK;
void word_texts_close(struct word_texts *texts);
