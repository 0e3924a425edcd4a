/* word_query.h - what a person types, as a query that FTS5 cannot misread.
 *
 * Words, "phrases", -words that must not be there, and beginnings* are understood; everything else
 * is a mark between words. Each word goes out in quotes, so that no operator, column or syntax of
 * FTS5 can come in with it. Linear in the length of the text. */
#pragma once

#include "base/status.h"
#include "base/str.h"

enum {
    WORD_QUERY_MOST = 32 /* words and phrases; what comes after them is passed over */
};

enum word_match {
    MATCH_ALL, /* each word must be there */
    MATCH_ANY  /* one of them must */
};

/* Words that every text has are left out, unless there are no others. INVALID, of `query`: there
 * is no word in it that may be looked for. */
enum status word_query_make(struct arena *arena, str text, enum word_match match, str *query,
                            struct error *err) MUST_CHECK;
