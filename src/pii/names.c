#include "pii/names.h"
#include "infer/names/name_tagger.h"
#include "pii/words.h"

#include <ctype.h>
#include <string.h>

enum {
    FEWEST_WORDS = 2,
    MOST_WORDS = 3,
    LONGEST_WORD = 32
};

/* Words that begin a sentence before a name, and are no part of it. */
static const char *const leads[] = {
    "contact", "email", "e-mail",   "mail",  "from", "dear", "hi", "hello", "thanks", "by",
    "ask",     "call",  "write",    "to",    "cc",   "the",  "my", "our",   "please", "regards",
    "user",    "tell",  "customer", "reach", "and",  "or",   "mr", "mrs",   "ms",     "dr",
};

static bool is_name_byte(char c)
{
    return isalpha((unsigned char)c) || (unsigned char)c >= 0x80 || c == '\'' || c == '-' ||
           c == '.';
}

/* A capital: ASCII, or the first byte of one in Latin-1, Latin Extended-A or Cyrillic. */
static bool is_capitalised(str word)
{
    unsigned char first = (unsigned char)word.bytes[0];
    unsigned char second = word.length > 1 ? (unsigned char)word.bytes[1] : 0;
    return isupper(first) || (first == 0xC3 && second < 0x9F) || first == 0xC4 || first == 0xC5 ||
           (first == 0xD0 && second >= 0x80 && second < 0xB0);
}

static bool is_lead(str word)
{
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
        if (str_equal_ignoring_case(word, str_from_z(leads[i])))
            return true;
    return false;
}

static size_t skip_back(str text, size_t at, const char *bytes)
{
    while (at > 0 && strchr(bytes, text.bytes[at - 1]) != NULL)
        at--;
    return at;
}

static size_t word_begin(str text, size_t end)
{
    size_t begin = end;
    while (begin > 0 && end - begin < LONGEST_WORD && is_name_byte(text.bytes[begin - 1]))
        begin--;
    return begin;
}

bool names_before_email(str text, size_t email, size_t *begin, size_t *end)
{
    size_t bracket = skip_back(text, email, "(<[");
    if (bracket == email)
        return false;
    size_t at = skip_back(text, bracket, " \"'"), last = at;
    size_t words = 0;
    while (words < MOST_WORDS) {
        size_t first = word_begin(text, last);
        str word = str_slice(text, first, last);
        if (word.length == 0 || !is_capitalised(word) || is_lead(word))
            break;
        *begin = first;
        words++;
        if (first == 0 || text.bytes[first - 1] != ' ')
            break;
        last = first - 1;
    }
    *end = at;
    return words >= FEWEST_WORDS;
}

/* Where the words end after which a name in small letters may stand. */
static uint32_t *find_cues(const struct scan *scan, size_t *count)
{
    *count = 0;
    if ((scan->all_meanings & (WORD_NAME_CUE | WORD_TITLE)) == 0)
        return NULL;
    uint32_t *cues = arena_alloc_raw(scan->arena, scan->word_count * sizeof *cues);
    for (size_t i = 0; i < scan->word_count; i++)
        if ((scan->words[i].meanings & (WORD_NAME_CUE | WORD_TITLE)) != 0)
            cues[(*count)++] = scan->words[i].end;
    return cues;
}

struct pii_spans names_add(const struct name_tagger *tagger, const struct scan *scan, str text,
                           struct pii_spans spans)
{
    size_t cue_count, kept = 0;
    uint32_t *cues = find_cues(scan, &cue_count);
    struct name_spans found = name_tagger_find(tagger, scan->arena, text, cues, cue_count);
    if (found.count == 0)
        return spans;
    struct pii_span *names = arena_alloc_raw(scan->arena, found.count * sizeof *names);
    for (size_t i = 0, next = 0; i < found.count; i++) {
        const struct name_span *name = &found.items[i];
        while (next < spans.count && spans.items[next].end <= name->begin)
            next++;
        if (next == spans.count || spans.items[next].begin >= name->end ||
            spans.items[next].type == PII_NAME)
            names[kept++] = (struct pii_span){.type = PII_NAME,
                                              .begin = name->begin,
                                              .end = name->end,
                                              .score = (double)name->score};
    }
    struct pii_spans added = {names, kept, spans.policy};
    return spans.count == 0 ? added : pii_merge(scan->arena, spans, added);
}
