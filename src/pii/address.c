#include "pii/address.h"
#include "pii/words.h"

#include <string.h>

enum {
    LONGEST_GAP = 5,   /* bytes between two pieces: a comma, a line's end, indentation */
    LONGEST_WORD = 40, /* bytes */
    MOST_DIGITS = 5,   /* of a house or flat */
    MOST_WORDS = 4,    /* of a town or a street */
    MOST_PIECES = 7,
    MOST_BEFORE = 8, /* words and numbers before what is sure */
    FEWEST_LETTERS = 3,
    SHORTENED = 6 /* bytes of "St." and its like, at most */
};

enum piece {
    PIECE_STREET,
    PIECE_FLAT,
    PIECE_TOWN
};

static const char *const flats[] = {"apt", "apartment", "suite", "ste", "unit", "flat", "floor"};
static const char *const particles[] = {"de", "da", "do",  "dos", "du",  "des", "del", "la", "le",
                                        "el", "u",  "van", "von", "der", "den", "di",  "e",  "of",
                                        "y",  "na", "las", "los", "les", "the", "and", "al", "pod"};
/* What goes on with a sentence after an address in it. */
static const char *const goes_on[] = {"for",     "and",   "is",  "instead", "please", "as",
                                      "because", "but",   "to",  "from",    "on",     "in",
                                      "until",   "today", "now", "with"};

static bool is_listed(str word, const char *const *list, size_t count)
{
    if (word.length == 0)
        return false;
    char first = (char)(word.bytes[0] | 0x20);
    for (size_t i = 0; i < count; i++)
        if (list[i][0] == first && str_equal_ignoring_case(word, str_from_z(list[i])))
            return true;
    return false;
}
#define IS_LISTED(word, list) is_listed(word, list, sizeof(list) / sizeof *(list))

static char byte_at(str text, size_t at)
{
    return at < text.length ? text.bytes[at] : '\0';
}

static bool is_letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* Of letters past ASCII only their lead byte is seen, and taken for a capital. */
static bool is_large(char c)
{
    return is_capital(c) || (unsigned char)c >= 0xC3;
}

static bool is_within_word(char c)
{
    return c == '\'' || c == '-';
}

static bool is_in_gap(char c)
{
    return c == ' ' || c == ',' || c == '\n' || c == '\r' || c == '\t' || c == '>';
}

static size_t skip_gap(str text, size_t at, bool *is_strong)
{
    size_t begin = at;
    *is_strong = false;
    for (; at - begin < LONGEST_GAP && is_in_gap(byte_at(text, at)); at++)
        *is_strong = *is_strong || at > begin || text.bytes[at] != ' ';
    return at;
}

static size_t read_word(str text, size_t at)
{
    size_t begin = at;
    while (at - begin < LONGEST_WORD && at < text.length &&
           (is_letter(text.bytes[at]) || (at > begin && is_within_word(text.bytes[at]))))
        at++;
    return at;
}

/* A number of so many digits that ends there; `at`: there is none. */
static size_t read_number(str text, size_t at, size_t fewest, size_t most)
{
    size_t end = at;
    while (end - at <= most && is_digit(byte_at(text, end)))
        end++;
    bool fits = end - at >= fewest && end - at <= most;
    char next = byte_at(text, end);
    bool goes =
        is_letter(next) || is_digit(next) ||
        (next != '\0' && strchr("-.,/:%", next) != NULL && is_digit(byte_at(text, end + 1)));
    return fits && !goes ? end : at;
}

static size_t read_postcode(str text, size_t at)
{
    return read_number(text, at, 4, 6);
}

/* "Apt. 5", "Suite 100", "unit #3". */
static size_t read_flat(str text, size_t at)
{
    size_t end = read_word(text, at);
    if (!IS_LISTED(str_slice(text, at, end), flats))
        return at;
    end += byte_at(text, end) == '.';
    end += byte_at(text, end) == ' ';
    end += byte_at(text, end) == '#';
    size_t last = read_number(text, end, 1, MOST_DIGITS);
    return last > end ? last : at;
}

/* "IL 62704", "NSW\n 2000": no state is known, what follows makes it one. */
static size_t read_region(str text, size_t at)
{
    size_t end = read_word(text, at);
    bool is_strong;
    if (end - at < 2 || end - at > 3)
        return at;
    size_t code = skip_gap(text, end, &is_strong), last = read_postcode(text, code);
    return code > end && last > code ? last : at;
}

/* Words with a capital, particles between them, single blanks apart. */
static size_t read_names(str text, size_t at)
{
    size_t last = at;
    for (int i = 0; i < MOST_WORDS; i++) {
        size_t end = read_word(text, at);
        str word = str_slice(text, at, end);
        bool is_particle = last > 0 && i > 0 && IS_LISTED(word, particles);
        if (word.length == 0 || (!is_large(word.bytes[0]) && !is_particle) ||
            (word_meanings(word) & ~(uint32_t)WORD_ADDRESS) != 0)
            break;
        end += byte_at(text, end) == '.' && end - at < FEWEST_LETTERS;
        if (!is_particle)
            last = end;
        if (byte_at(text, end) != ' ')
            break;
        at = end + 1;
    }
    return last;
}

/* Whether what ends at `at` is a piece of its own, and not the begin of a sentence. */
static bool is_closed(str text, size_t at)
{
    bool is_strong;
    char c = byte_at(text, at);
    if (c == '\0' || strchr("\r\n,.;:)?!\"", c) != NULL)
        return true;
    size_t next = skip_gap(text, at, &is_strong);
    if (is_strong || read_postcode(text, next) > next || read_region(text, next) > next)
        return true;
    return IS_LISTED(str_slice(text, next, read_word(text, next)), goes_on);
}

static size_t read_town(str text, size_t at, bool is_after_flat)
{
    size_t end = read_names(text, at);
    if (is_after_flat && end - at >= FEWEST_LETTERS)
        return end;
    bool is_state = end - at == 2 && is_capital(text.bytes[at + 1]);
    return (is_state || end - at >= FEWEST_LETTERS) && is_closed(text, end) ? end : at;
}

/* "80331 M\u00FCnchen". */
static size_t read_postcode_town(str text, size_t at)
{
    size_t code = read_postcode(text, at);
    if (code == at || byte_at(text, code) != ' ')
        return at;
    size_t end = read_town(text, code + 1, false);
    return end > code + 1 ? end : at;
}

/* "32 216 Menzies Street", "34 Sireli 74": after a flat. */
static size_t read_street(str text, size_t at)
{
    size_t house = read_number(text, at, 1, MOST_DIGITS);
    if (house == at || byte_at(text, house) != ' ')
        return at;
    size_t second = read_number(text, house + 1, 1, MOST_DIGITS);
    if (second > house + 1 && byte_at(text, second) == ' ')
        house = second;
    size_t end = read_names(text, house + 1);
    if (end == house + 1)
        return at;
    size_t number = byte_at(text, end) == ' ' ? read_number(text, end + 1, 1, MOST_DIGITS) : 0;
    end = number > end + 1 ? number : end;
    return is_closed(text, end) ? end : at;
}

/* The end of the next piece; `from`: there is none. */
static size_t read_piece(str text, size_t from, bool is_strong, enum piece *last)
{
    size_t end = read_flat(text, from);
    if (end > from) {
        *last = PIECE_FLAT;
        return end;
    }
    end = read_region(text, from);
    if (end > from && (is_strong || *last != PIECE_STREET))
        return end;
    end = *last == PIECE_STREET ? from : read_postcode(text, from);
    if (end > from)
        return end;
    if (is_strong && (end = read_postcode_town(text, from)) > from)
        return end;
    if (*last == PIECE_FLAT && (end = read_street(text, from)) > from) {
        *last = PIECE_STREET;
        return end;
    }
    bool is_after_flat = *last == PIECE_FLAT;
    *last = PIECE_TOWN;
    return is_strong || is_after_flat ? read_town(text, from, is_after_flat && !is_strong) : from;
}

static size_t grow_after(str text, size_t end, enum piece last)
{
    for (int i = 0; i < MOST_PIECES; i++) {
        bool is_strong;
        size_t from = skip_gap(text, end, &is_strong);
        if (from == end)
            break;
        size_t next = read_piece(text, from, is_strong, &last);
        if (next == from)
            break;
        end = next;
    }
    return end;
}

/* The word or number that ends at `end`; a word at its begin: longer than any. */
static size_t word_before(str text, size_t end)
{
    size_t begin = end;
    while (begin > 0 && end - begin < LONGEST_WORD && !is_in_gap(text.bytes[begin - 1]))
        begin--;
    return begin > 0 && !is_in_gap(text.bytes[begin - 1]) ? end : begin;
}

static bool is_number(str word)
{
    size_t digits = 0;
    while (digits < word.length && is_digit(word.bytes[digits]))
        digits++;
    size_t rest = word.length - digits;
    return digits > 0 && digits <= MOST_DIGITS &&
           (rest == 0 ||
            (rest == 1 && (word.bytes[digits] == '.' || is_letter(word.bytes[digits]))));
}

/* A word of a street: no end of a sentence, nothing but letters and signs within words. */
static bool is_name(str word)
{
    for (size_t i = 0; i < word.length; i++)
        if (!is_letter(word.bytes[i]) &&
            (i == 0 || (!is_within_word(word.bytes[i]) && word.bytes[i] != '.')))
            return false;
    return word.length > 0 && (word.bytes[word.length - 1] != '.' || word.length <= SHORTENED);
}

/* What was read before what is sure, from the last word to the first. */
struct before {
    bool may_be_small; /* words without a capital are taken too */
    bool has_number;   /* right before it: "Sireli 74" */
    bool has_house;    /* in front */
    bool is_large;     /* all words but particles have a capital */
    unsigned words;
    size_t house;  /* where the number in front begins */
    size_t street; /* where the last words with capitals in a row begin */
};

/* Takes a word in; false: it is none of the address. */
static bool take_before(struct before *before, str text, size_t begin, size_t end)
{
    str word = str_slice(text, begin, end);
    if (is_number(word)) {
        bool is_last = before->words == 0 && !before->has_number;
        if (is_last && !before->has_house)
            before->has_number = true;
        else
            before->has_house = true;
        before->house = begin;
        return true;
    }
    if (before->has_house || !is_name(word))
        return false;
    bool is_large_word = is_large(word.bytes[0]);
    if (is_large_word && before->is_large)
        before->street = begin;
    if (!is_large_word && !IS_LISTED(word, particles)) {
        if (!before->may_be_small)
            return false;
        before->is_large = false;
    }
    before->words++;
    return true;
}

static struct before read_before(str text, size_t begin, bool may_be_small)
{
    struct before before = {.may_be_small = may_be_small, .is_large = true, .street = begin};
    size_t end = begin;
    for (size_t gap = 0; gap < LONGEST_GAP && end > 0 && is_in_gap(text.bytes[end - 1]); gap++)
        end--;
    for (int i = 0; i < MOST_BEFORE && end > 0; i++) {
        size_t first = word_before(text, end);
        if (first == end || !take_before(&before, text, first, end))
            break;
        if (first == 0 || text.bytes[first - 1] != ' ')
            break;
        end = first - 1;
    }
    return before;
}

/* Before a flat: "9 Herfststraat 167", "88 Baldock Street", "Schaarsteinweg 58". */
static size_t grow_before_flat(str text, size_t begin)
{
    struct before before = read_before(text, begin, true);
    if (before.words == 0)
        return begin;
    if (before.has_house && (before.is_large || before.has_number))
        return before.house;
    return before.has_number ? before.street : begin;
}

/* Before a street: a house or flat, maybe with more of the street's name after it. */
static size_t grow_before_street(str text, size_t begin)
{
    struct before before = read_before(text, begin, false);
    bool is_near = begin > 0 && text.bytes[begin - 1] == ' ';
    bool has_house = before.has_house || (before.has_number && before.words == 0);
    return is_near && has_house && before.is_large ? before.house : begin;
}

/* "P.O. Box 5", of which the box is sure. */
static size_t grow_before_box(str text, size_t begin)
{
    static const char *const offices[] = {"p.o. ", "po ", "p o ", "post ", "post office "};
    size_t first = begin;
    char last = begin > 1 ? (char)(text.bytes[begin - 2] | 0x20) : '\0';
    if (last != '.' && last != 'o' && last != 't' && last != 'e')
        return begin;
    for (size_t i = 0; i < sizeof offices / sizeof *offices; i++) {
        str office = str_from_z(offices[i]);
        if (begin >= office.length &&
            str_equal_ignoring_case(str_slice(text, begin - office.length, begin), office))
            first = begin - office.length;
    }
    return first;
}

/* "12 Main St Apt. 5", as far as it is sure. */
static bool ends_with_flat(str text, size_t begin, size_t end)
{
    size_t number = end;
    while (number > begin && text.bytes[number - 1] != ' ')
        number--;
    size_t word = number > begin ? number - 1 : begin;
    while (word > begin && text.bytes[word - 1] != ' ')
        word--;
    return read_flat(text, word) == end;
}

bool address_grow(str text, size_t *begin, size_t *end)
{
    bool is_flat = read_flat(text, *begin) == *end;
    str first = str_slice(text, *begin, read_word(text, *begin));
    size_t from =
        str_equal_ignoring_case(first, STR("box")) ? grow_before_box(text, *begin) : *begin;
    from = is_flat ? grow_before_flat(text, from) : grow_before_street(text, from);
    size_t to =
        grow_after(text, *end, ends_with_flat(text, *begin, *end) ? PIECE_FLAT : PIECE_STREET);
    if (is_flat && from == *begin && to == *end)
        return false;
    *begin = from;
    *end = to;
    return true;
}
