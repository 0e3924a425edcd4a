/* name_corpus.h - texts in which the names of people are marked, to learn from and to measure on.
 *
 * Two forms are read, a JSON object a line: {"text", "spans": [[begin, end, TYPE], ...]} with
 * places in code points, where TYPE is PERSON in any case; and {"text", "anonymized"}, the same
 * text with [NAME_1] and the like in the places of what was hidden. Titles before a name are taken
 * off it. */
#pragma once

#include "base/status.h"
#include "base/str.h"

struct name_mark {
    uint32_t begin, end; /* bytes */
};

struct name_text {
    str text;
    struct name_mark *marks; /* by place */
    size_t mark_count;
    float weight;
};

struct name_corpus {
    struct arena arena; /* owns texts and marks */
    struct name_text *texts;
    size_t count, capacity;
    uint64_t *forbidden; /* corpus_key() of texts that measure; sorted once all are in */
    size_t forbidden_count, forbidden_capacity;
    size_t refused;
};

void name_corpus_close(struct name_corpus *corpus);

/* Texts of this file will not be added. NOT_FOUND, MALFORMED. */
enum status name_corpus_forbid(struct name_corpus *corpus, const char *path,
                               struct error *err) MUST_CHECK;

/* Adds a file of either form. NOT_FOUND, MALFORMED. */
enum status name_corpus_add_file(struct name_corpus *corpus, const char *path, float weight,
                                 struct error *err) MUST_CHECK;

/* Adds one text, which must last as long as the corpus, as its marks must. */
void name_corpus_add(struct name_corpus *corpus, const struct name_text *text);
