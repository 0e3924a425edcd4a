/* llm_table.h - tables of models that users may write: words in lines, '#' begins a comment.
 *
 *     while (status == STATUS_OK && llm_table_next(&table))
 *         status = read_line(&table, err); // table.words, table.count
 *
 * The text is a copy in the arena: who edits the file does not change what we go by. */
#pragma once

#include "base/status.h"
#include "base/str.h"

enum {
    LLM_TABLE_WORDS = 10 /* in a line at most; `count` is one more where there are more */
};

struct llm_table {
    const char *file;
    int line;
    str text; /* that is still to be read */
    bool is_over;
    str whole; /* the line, without its comment */
    str words[LLM_TABLE_WORDS + 1];
    size_t count; /* never 0: lines without words are passed over */
};

/* A table compiled in. */
void llm_table_of_text(struct llm_table *table, const char *name, str text);

/* INVALID: "the `what` of language models cannot be read: ...". */
enum status llm_table_open(struct llm_table *table, struct arena *arena, const char *path,
                           const char *what, struct error *err) MUST_CHECK;

size_t llm_table_lines(const struct llm_table *table); /* that are still to be read, at most */
bool llm_table_next(struct llm_table *table);

/* INVALID: "FILE line N: 'WORD' `why`". */
enum status llm_table_refuse(const struct llm_table *table, str word, const char *why,
                             struct error *err) MUST_CHECK;
