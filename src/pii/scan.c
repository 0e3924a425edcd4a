#include "pii/scan.h"
#include "pii/rules.h"
#include "pii/scan_block.h"
#include "pii/words.h"

#include <string.h>

enum byte_class {
    LOWER = 1,
    UPPER = 2,
    DIGIT = 4,
    HEX = 8,   /* a digit or letter of hexadecimal numbers */
    LOCAL = 16 /* may stand in the local part of an e-mail address, though in no word */
};

enum {
    LONGEST_LOCAL_PART = 64,
    LONGEST_HEX_GROUP = 4,
    LONGEST_STREET = 40,
    SHORTEST_CAPITALS = 8, /* words of capitals that may be codes */
    LONGEST_GAP = 4        /* between the parts of a number */
};

#define IN_WORD (LOWER | UPPER | DIGIT)

/* One letter a class, so that the table keeps the shape of an ASCII chart; the rest are 0. */
#define D (DIGIT | HEX)
#define L LOWER
#define U UPPER
#define X (LOWER | HEX)
#define Y (UPPER | HEX)
#define P LOCAL
/* clang-format off */
static const unsigned char classes[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, P, 0, P, 0, 0, 0, P, 0, P, P, 0,
    D, D, D, D, D, D, D, D, D, D, 0, 0, 0, 0, 0, 0,
    0, Y, Y, Y, Y, Y, Y, U, U, U, U, U, U, U, U, U,
    U, U, U, U, U, U, U, U, U, U, U, 0, 0, 0, 0, P,
    0, X, X, X, X, X, X, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, 0, 0, 0, 0, 0,
};
/* clang-format on */
#undef D
#undef L
#undef U
#undef X
#undef Y
#undef P

struct word {
    size_t begin, end;
    unsigned any, all; /* of the classes of its bytes */
};

static unsigned class_at(str text, size_t at)
{
    return at < text.length ? classes[(unsigned char)text.bytes[at]] : 0;
}

static char byte_at(str text, size_t at)
{
    return at < text.length ? text.bytes[at] : '\0';
}

static void add_start(struct scan *scan, size_t at, unsigned starts, size_t word_length)
{
    if (scan->start_count == scan->start_capacity) {
        size_t wanted = scan->start_capacity > 0 ? scan->start_capacity * 2 : 16;
        scan->starts =
            arena_grow(scan->arena, scan->starts, scan->start_capacity * sizeof *scan->starts,
                       wanted * sizeof *scan->starts);
        scan->start_capacity = wanted;
    }
    unsigned char length = word_length < UINT8_MAX ? (unsigned char)word_length : UINT8_MAX;
    unsigned char digits = (starts & START_DIGIT) != 0 ? 0 : UINT8_MAX;
    scan->starts[scan->start_count++] =
        (struct scan_start){(uint32_t)at, (uint16_t)starts, length, digits};
}

static void add_word(struct scan *scan, const struct word *word, uint32_t meanings)
{
    if (scan->word_count == scan->word_capacity) {
        size_t wanted = scan->word_capacity > 0 ? scan->word_capacity * 2 : 16;
        scan->words =
            arena_grow(scan->arena, scan->words, scan->word_capacity * sizeof *scan->words,
                       wanted * sizeof *scan->words);
        scan->word_capacity = wanted;
    }
    scan->words[scan->word_count++] =
        (struct scan_word){(uint32_t)word->begin, (uint32_t)word->end, meanings};
}

/* Where the local part that ends at `end` may begin. */
static size_t local_part(str text, size_t end)
{
    size_t begin = end;
    while (begin > 0 && end - begin < LONGEST_LOCAL_PART) {
        unsigned char c = (unsigned char)text.bytes[begin - 1];
        bool is_latin = (c >= 0xC3 && c <= 0xC9) || (c >= 0x80 && c < 0xC0 && begin > 1 &&
                                                     (unsigned char)text.bytes[begin - 2] >= 0xC3 &&
                                                     (unsigned char)text.bytes[begin - 2] <= 0xC9);
        if ((classes[c] & (IN_WORD | LOCAL)) == 0 && !is_latin)
            break;
        begin--;
    }
    while (begin < end && (classes[(unsigned char)text.bytes[begin]] & LOCAL) != 0 &&
           text.bytes[begin] != '_')
        begin++;
    return begin;
}

/* "john@...", "john [at] ...", "john at ...": `at` is where the '@' or the word is. */
static void note_email(struct scan *scan, str text, size_t at)
{
    size_t end = at;
    while (end > 0 && at - end < 3 && strchr(" [({<", text.bytes[end - 1]) != NULL)
        end--;
    size_t begin = local_part(text, end);
    if (begin < end)
        add_start(scan, begin, START_EMAIL, end - begin);
}

/* "at" is common: after it a bracket closes, or a word comes and then a "dot" or a bracket. */
static bool may_spell_email(str text, size_t end)
{
    char c = byte_at(text, end);
    if (c != ' ')
        return c != '\0' && strchr("])}>", c) != NULL;
    size_t at = end + 1;
    if (strchr("])}>", byte_at(text, at)) != NULL)
        return true;
    while ((class_at(text, at) & (IN_WORD | LOCAL)) != 0 ||
           (unsigned char)byte_at(text, at) >= 0x80)
        at++;
    char after = byte_at(text, at), then = byte_at(text, at + 1);
    return after == '[' || after == '(' || after == '{' ||
           (after == ' ' && (then == 'd' || then == 'D' || strchr(".[({", then) != NULL));
}

/* A sign before a number is part of it, and a bracket that closes before the number does. */
static size_t number_begin(str text, const struct word *word)
{
    size_t at = word->begin;
    bool goes_on = (class_at(text, word->end + 1) & DIGIT) != 0 ||
                   (class_at(text, word->end + 2) & DIGIT) != 0;
    if (at > 0 && text.bytes[at - 1] == '(' && byte_at(text, word->end) == ')' && goes_on)
        at--;
    if (at > 0 && text.bytes[at - 1] == '+')
        at--;
    return at;
}

/* A hexadecimal word before ':' or '-' that is not itself in the middle of such a row. */
static bool begins_hex_row(str text, const struct word *word)
{
    char after = byte_at(text, word->end);
    size_t length = word->end - word->begin;
    if ((word->all & HEX) == 0 || length > LONGEST_HEX_GROUP || (after != ':' && after != '-'))
        return false;
    if (after == '-' && length != 2)
        return false;
    size_t next = word->end + 1;
    while (next - word->end <= LONGEST_HEX_GROUP && (class_at(text, next) & HEX) != 0)
        next++;
    bool goes_on = byte_at(text, next) == after;
    bool is_inside = word->begin > 1 && text.bytes[word->begin - 1] == after &&
                     (class_at(text, word->begin - 2) & HEX) != 0;
    return goes_on && !is_inside;
}

/* "DE12", "DE 12", "de-12". */
static bool begins_with_pair(str text, const struct word *word)
{
    size_t at = word->begin + 2;
    char c = byte_at(text, at);
    at += c == ' ' || c == '-';
    return (class_at(text, word->begin) & (LOWER | UPPER)) != 0 &&
           (class_at(text, word->begin + 1) & (LOWER | UPPER)) != 0 &&
           (class_at(text, at) & class_at(text, at + 1) & DIGIT) != 0;
}

static void note_number(struct scan *scan, str text, const struct word *word)
{
    size_t length = word->end - word->begin;
    unsigned starts = 0;
    bool has_letters = (word->any & (LOWER | UPPER)) != 0;
    if ((class_at(text, word->begin) & DIGIT) != 0 && (!has_letters || length <= 6))
        starts |= START_DIGIT;
    if (has_letters)
        starts |= begins_with_pair(text, word) ? START_MIXED | START_PAIR : START_MIXED;
    if (length == 17)
        starts |= START_DIGIT;
    if (begins_hex_row(text, word)) /* also "(fe80::1)", hence no sign before it */
        add_start(scan, word->begin, START_HEX, length);
    add_start(scan, number_begin(text, word), starts, length);
}

/* "Hauptstr", "Lindenweg", "Kerkstraat"; a sharp s ends a word here, hence "stra". */
static bool ends_like_street(str word)
{
    static const char *const ends[] = {"stra",  "strasse", "str",    "weg",    "allee", "platz",
                                       "gasse", "damm",    "straat", "laan",   "plein", "gatan",
                                       "gata",  "gaten",   "kade",   "singel", "dreef", "vej",
                                       "veien", "vegen",   "katu",   "kuja",   "polku"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        str end = str_from_z(ends[i]);
        if (word.length >= end.length &&
            str_equal_ignoring_case(str_slice(word, word.length - end.length, word.length), end))
            return true;
    }
    return false;
}

/* Where a capitalised word begins that stands before, as in "Berliner Allee"; else `begin`. */
static size_t capital_before(str text, size_t begin)
{
    if (begin < 2 || text.bytes[begin - 1] != ' ')
        return begin;
    size_t at = begin - 1;
    while (at > 0 && begin - at < LONGEST_STREET &&
           ((class_at(text, at - 1) & IN_WORD) != 0 || (unsigned char)text.bytes[at - 1] >= 0x80))
        at--;
    bool is_large = (class_at(text, at) & UPPER) != 0 || (unsigned char)text.bytes[at] >= 0xC3;
    return at < begin - 1 && is_large ? at : begin;
}

/* From the last letter of a capitalised name to the number after it: few words come so far. */
static void note_street(struct scan *scan, str text, const struct word *word)
{
    size_t end = word->end, begin = word->begin;
    bool is_sharp = byte_at(text, end) == '\xC3' && byte_at(text, end + 1) == '\x9F';
    if (is_sharp)
        end += byte_at(text, end + 2) == 'e' ? 3 : 2;
    else if (byte_at(text, end) == '.')
        end++;
    if (byte_at(text, end) != ' ' || (class_at(text, end + 1) & DIGIT) == 0 ||
        !ends_like_street(str_slice(text, word->begin, word->end)))
        return;
    while (begin > 0 && word->end - begin < LONGEST_STREET &&
           ((class_at(text, begin - 1) & IN_WORD) != 0 || text.bytes[begin - 1] == '-' ||
            (unsigned char)text.bytes[begin - 1] >= 0x80))
        begin--;
    begin = capital_before(text, begin);
    if ((class_at(text, begin) & UPPER) != 0 || (unsigned char)text.bytes[begin] >= 0x80)
        add_start(scan, begin, START_STREET, word->end - begin);
}

/* Most words are small letters before a blank, and end here after a look or two. */
static void note_letters(struct scan *scan, str text, const struct word *word)
{
    size_t length = word->end - word->begin;
    bool is_capitals = (word->any & LOWER) == 0;
    char after = byte_at(text, word->end);
    bool is_before_number = after == ' ' && (class_at(text, word->end + 1) & DIGIT) != 0;
    unsigned starts = is_capitals && length >= SHORTEST_CAPITALS ? START_CAPITALS : 0;

    if (length == 2 && (is_before_number || after == '-') && begins_with_pair(text, word))
        starts |= START_PAIR;
    if (after == ':' || after == '-') {
        if (begins_hex_row(text, word))
            starts |= START_HEX;
        if (byte_at(text, word->end + 1) == '/' && byte_at(text, word->end + 2) == '/')
            starts |= START_URL;
    }
    if (starts != 0)
        add_start(scan, word->begin, starts, length);
    if (length > 2 && (is_before_number || after == '.' || after == '\xC3'))
        note_street(scan, text, word);
}

static void note_meanings(struct scan *scan, str text, const struct word *word)
{
    uint32_t meanings = word_meanings((str){text.bytes + word->begin, word->end - word->begin});
    if (meanings == 0)
        return;
    if ((meanings & WORD_AT) != 0 && may_spell_email(text, word->end))
        note_email(scan, text, word->begin);
    scan->all_meanings |= meanings;
    add_word(scan, word, meanings);
}

static size_t read_word(struct scan *scan, str text, size_t begin)
{
    struct word word = {.begin = begin, .end = begin, .all = HEX};
    for (unsigned class; ((class = class_at(text, word.end)) & IN_WORD) != 0; word.end++) {
        word.any |= class;
        word.all &= class;
    }
    if ((word.any & DIGIT) != 0)
        note_number(scan, text, &word);
    else if (word.end - word.begin > 1)
        note_letters(scan, text, &word);
    if (word.end - word.begin > 1)
        note_meanings(scan, text, &word);
    return word.end;
}

/* Whether a number goes on from one of its words to the next; letters and commas end it. */
static bool goes_on(str text, size_t from, size_t to)
{
    if (to - from > LONGEST_GAP)
        return false;
    for (size_t at = from; at < to; at++) {
        char c = text.bytes[at];
        if ((unsigned char)c < ' ' || c == ',' || (classes[(unsigned char)c] & IN_WORD) != 0 ||
            (c == ' ' && byte_at(text, at + 1) == ' '))
            return false;
    }
    return true;
}

/* From the last to the first, so that each is looked at once. */
static void count_digits(struct scan *scan, str text)
{
    size_t next_at = text.length + LONGEST_GAP + 1;
    unsigned next_digits = 0;
    for (size_t i = scan->start_count; i > 0; i--) {
        struct scan_start *start = &scan->starts[i - 1];
        size_t at = start->at;
        while (byte_at(text, at) == '+' || byte_at(text, at) == '(')
            at++;
        if ((class_at(text, at) & DIGIT) == 0 || start->starts == START_HEX)
            continue; /* of a row's start, the number's own says as much */
        size_t begin = at, end = begin + start->word_length;
        while (at < end && (class_at(text, at) & DIGIT) != 0)
            at++;
        unsigned digits = (unsigned)(at - begin);
        if (at == end && goes_on(text, end, next_at))
            digits += next_digits;
        next_digits = digits < UINT8_MAX ? digits : UINT8_MAX;
        next_at = start->at;
        if ((start->starts & START_DIGIT) != 0)
            start->digits = (unsigned char)next_digits;
    }
}

/* An '@', '/' or ':' at `at`. */
static void note_sign(struct scan *scan, str text, size_t at)
{
    char c = text.bytes[at];
    if (c == '@')
        note_email(scan, text, at);
    else if (c == '/' && at > 0 && text.bytes[at - 1] == 'C' &&
             (class_at(text, at - 2) & IN_WORD) == 0)
        add_start(scan, at - 1, START_STREET, 1);
    else if (c == ':' && byte_at(text, at + 1) == ':' &&
             (at == 0 || ((class_at(text, at - 1) & IN_WORD) == 0 && text.bytes[at - 1] != ':')))
        add_start(scan, at, START_HEX, 0);
}

/* Whether a word of the block is of letters only and no start, whatever its letters. */
static bool is_plain(const struct scan_block *block, unsigned at, unsigned length)
{
    uint64_t bytes = ((UINT64_C(1) << length) - 1) << at;
    return (block->digits & bytes) == 0 && (block->calls >> (at + length) & 1) == 0 &&
           (length < SHORTEST_CAPITALS || (block->smalls & bytes) != 0);
}

/* Reads from `from`, where no word goes on, and gives where to read on: most words are plain, and
 * cost no look at their bytes but those of word_hash(). */
static size_t scan_block(struct scan *scan, str text, size_t from)
{
    struct scan_block block = scan_block_at(text, from);
    uint64_t begins = block.words & ~(block.words << 1);
    for (uint64_t left = begins | block.signs; left != 0; left &= left - 1) {
        unsigned at = (unsigned)__builtin_ctzll(left);
        if ((block.signs >> at & 1) != 0) {
            note_sign(scan, text, from + at);
            continue;
        }
        uint64_t ends = ~block.words >> at;
        unsigned length = ends == 0 ? SCAN_BLOCK - 1 : (unsigned)__builtin_ctzll(ends);
        if (at + length >= SCAN_BLOCK - 1) /* what follows is not in the block */
            return at > 0 ? from + at : read_word(scan, text, from);
        struct word word = {.begin = from + at, .end = from + at + length};
        if (!is_plain(&block, at, length))
            (void)read_word(scan, text, word.begin);
        else if (length > 1)
            note_meanings(scan, text, &word);
    }
    return from + SCAN_BLOCK;
}

void scan_text(struct scan *scan, struct arena *arena, str text)
{
    *scan = (struct scan){.arena = arena};
    for (size_t at = 0; at < text.length;)
        at = scan_block(scan, text, at);
    count_digits(scan, text);
}

/* The first word that ends after `at`. */
static size_t first_word_after(const struct scan *scan, size_t at)
{
    size_t low = 0, high = scan->word_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (scan->words[middle].end > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

bool scan_has_word(const struct scan *scan, size_t from, size_t to, uint32_t meanings)
{
    for (size_t i = first_word_after(scan, from); i < scan->word_count; i++) {
        if (scan->words[i].at >= to)
            return false;
        if ((scan->words[i].meanings & meanings) != 0)
            return true;
    }
    return false;
}

uint32_t scan_word_before(const struct scan *scan, size_t at, size_t reach)
{
    size_t after = first_word_after(scan, at);
    if (after == 0 || scan->words[after - 1].end + reach < at)
        return 0;
    return scan->words[after - 1].meanings;
}
