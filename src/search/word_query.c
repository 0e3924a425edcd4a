#include "search/word_query.h"

#include "base/buf.h"

enum {
    QUERY_ROOM = 256 * 1024
};

struct term {
    str text;
    bool is_excluded, is_beginning, is_phrase;
};

struct terms {
    struct term items[WORD_QUERY_MOST];
    size_t count;
};

/* Words that say little alone; in alphabetic order. */
static const char *const common_words[] = {
    "a",     "about", "all",  "am",   "an",    "and",  "any",   "are",  "as",    "at",   "be",
    "been",  "but",   "by",   "can",  "could", "did",  "do",    "does", "for",   "from", "get",
    "had",   "has",   "have", "he",   "her",   "him",  "his",   "how",  "i",     "if",   "in",
    "is",    "it",    "its",  "just", "me",    "my",   "no",    "not",  "of",    "on",   "or",
    "our",   "s",     "she",  "so",   "t",     "than", "that",  "the",  "their", "them", "then",
    "there", "they",  "this", "to",   "too",   "us",   "very",  "was",  "we",    "were", "what",
    "when",  "which", "who",  "why",  "will",  "with", "would", "you",  "your",  NULL};

static bool is_of_word(unsigned char byte)
{
    return (unsigned char)((byte | 32) - 'a') < 26 || (unsigned char)(byte - '0') < 10 ||
           byte >= 0x80;
}

static bool has_word(str text)
{
    for (size_t i = 0; i < text.length; i++)
        if (is_of_word((unsigned char)text.bytes[i]))
            return true;
    return false;
}

static bool is_common(const struct term *term)
{
    if (term->is_phrase || term->is_beginning)
        return false;
    for (size_t i = 0; common_words[i] != NULL; i++)
        if (str_equal_ignoring_case(term->text, str_from_z(common_words[i])))
            return true;
    return false;
}

/* One phrase, from behind its quote to the next or the end. */
static str read_phrase(str text, size_t *at)
{
    size_t from = *at;
    while (*at < text.length && text.bytes[*at] != '"')
        (*at)++;
    str phrase = str_slice(text, from, *at);
    *at += *at < text.length;
    return phrase;
}

static str read_word(str text, size_t *at)
{
    size_t from = *at;
    while (*at < text.length && is_of_word((unsigned char)text.bytes[*at]))
        (*at)++;
    return str_slice(text, from, *at);
}

static char byte_at(str text, size_t at)
{
    return at < text.length ? text.bytes[at] : '\0';
}

/* A minus is one only where a word could begin: "well-known" is two words. */
static bool is_minus(str text, size_t at)
{
    bool is_first = at == 0 || text.bytes[at - 1] == ' ';
    return is_first && text.bytes[at] == '-';
}

static void read_terms(str text, struct terms *terms)
{
    bool is_excluded = false;
    for (size_t at = 0; at < text.length && terms->count < WORD_QUERY_MOST;) {
        struct term term = {.is_excluded = is_excluded};
        is_excluded = is_minus(text, at);
        if (text.bytes[at] == '"') {
            at++;
            term.text = read_phrase(text, &at);
            term.is_phrase = true;
        } else if (is_of_word((unsigned char)text.bytes[at])) {
            term.text = read_word(text, &at);
            term.is_beginning = byte_at(text, at) == '*';
        } else {
            at++;
            continue;
        }
        if (has_word(term.text))
            terms->items[terms->count++] = term;
    }
}

/* In quotes there is only one thing to escape, and a phrase holds none. */
static void add_term(struct buf *out, const struct term *term)
{
    buf_add_byte(out, '"');
    for (size_t i = 0; i < term->text.length; i++) {
        char byte = term->text.bytes[i];
        buf_add_byte(out, byte == '\0' || byte == '"' ? ' ' : byte);
    }
    buf_add_z(out, term->is_beginning ? "\" *" : "\"");
}

static size_t add_terms(struct buf *out, const struct terms *terms, bool is_excluded,
                        bool with_common, const char *between)
{
    size_t count = 0;
    for (size_t i = 0; i < terms->count; i++) {
        const struct term *term = &terms->items[i];
        if (term->is_excluded != is_excluded || (!with_common && is_common(term)))
            continue;
        buf_add_z(out, count++ > 0 ? between : "");
        add_term(out, term);
    }
    return count;
}

enum status word_query_make(struct arena *arena, str text, enum word_match match, str *query,
                            struct error *err)
{
    struct terms terms = {.count = 0};
    struct buf out, excluded;
    const char *between = match == MATCH_ALL ? " AND " : " OR ";
    read_terms(text, &terms);
    buf_init(&out, arena, QUERY_ROOM);
    buf_init(&excluded, arena, QUERY_ROOM);
    buf_add_z(&out, "text : ((");
    if (add_terms(&out, &terms, false, false, between) == 0 &&
        add_terms(&out, &terms, false, true, between) == 0)
        return fail_field(err, "query", "must hold a word to look for");
    buf_add_byte(&out, ')');
    if (add_terms(&excluded, &terms, true, true, " OR ") > 0)
        buf_format(&out, " NOT (" STR_FORMAT ")", STR_ARG(buf_str(&excluded)));
    buf_add_byte(&out, ')');
    if (out.overflowed || excluded.overflowed)
        return fail_field(err, "query", "is too long");
    *query = buf_str(&out);
    return STATUS_OK;
}
