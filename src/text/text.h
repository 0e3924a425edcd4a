/* text.h - what can be known of a text, and done to it, without a model.
 *
 * Text in and out is valid UTF-8; what comes out lives in the arena, or is the input itself when
 * there was nothing to do. Any thread. */
#pragma once

#include "base/status.h"
#include "base/str.h"

/* What a message is stored and analysed as: NFC (Unicode TR 15), without invisible and control
 * characters (zero-width, bidirectional overrides, tags, soft hyphens; joiners stay inside emoji
 * and scripts that need them), line ends as \n, blanks trimmed at both ends; and when it is HTML,
 * its text. */
str text_clean(struct arena *arena, str text);

/* To be raised when text_clean() or text_without_quotes() make other texts than before, so that
 * what was kept for those is not taken for these. */
enum {
    TEXT_VERSION = 1
};

bool text_is_html(str text); /* a known tag, a comment or a doctype, not merely a '<' */
str text_from_html(struct arena *arena, str html); /* blocks become lines; scripts and styles go */
str text_normalize(struct arena *arena, str text); /* NFC and invisible characters only */

/* The table of languages that text_language() reads by (models/hark-language.bin). Immutable once
 * open. NOT_FOUND and CORRUPT as language_table_map() says. */
struct languages;
enum status languages_open(struct languages **languages, const char *path,
                           struct error *err) MUST_CHECK;
void languages_close(struct languages *languages); /* NULL is fine */

/* ISO 639-1, or "zh-TW"; empty when it cannot be told: too few letters, no language's words, or
 * more than one language's. `confidence` is how likely it is, 0..1. Without a table by CLD2 alone,
 * which says nothing of most short texts; then `confidence` is how much of the text it covers. */
struct language {
    char code[12];
    double confidence;
};
struct language text_language(const struct languages *languages, str text);
bool text_is_language_code(
    str code); /* "en", "pt-BR": the shape of BCP 47, two or three letters first */

/* What the writer of an e-mail wrote himself: without "> " lines and who wrote them, earlier
 * messages below, a signature after "-- " and "Sent from my ...". A text of one line, or of nothing
 * else, is given as it is. */
str text_without_quotes(struct arena *arena, str text);

/* Splits at sentence ends (.!?… and line breaks), keeping abbreviations, decimals and URLs whole.
 * Gives how many there are; `sentences` holds at most `room`. */
size_t text_sentences(str text, str *sentences, size_t room);
