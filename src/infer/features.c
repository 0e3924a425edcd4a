#include "infer/features.h"

#include <string.h>

enum {
    WORD_MAX = 32, /* bytes of a word that count */
    WORD_ROOM = WORD_MAX + 16,
    FEATURES_PER_WORD = WORD_MAX + 8,
    NEGATION_REACH = 3,
    RUN_MAX = 3, /* bytes of a run of punctuation that count */
};

static const uint64_t SALT_WORD = 0x8f14e45fceea167aULL;
static const uint64_t SALT_NEGATED = 0x2545f4914f6cdd1dULL;
static const uint64_t SALT_PAIR = 0x9e3779b97f4a7c15ULL;
static const uint64_t SALT_TRIPLE = 0xd6e8feb86659fd93ULL;
static const uint64_t SALT_PIECE = 0xc2b2ae3d27d4eb4fULL;
static const uint64_t SALT_MARK = 0xff51afd7ed558ccdULL;
static const uint64_t SALT_SHAPE = 0xc4ceb9fe1a85ec53ULL;
static const uint64_t BOUNDARY = 0x165667b19e3779f9ULL; /* stands where a sentence starts */

enum shape {
    SHAPE_CAPITALS,
    SHAPE_STRETCHED, /* "sooo" */
    SHAPE_NUMBER,
    SHAPE_LINK,
};

enum role {
    ROLE_PLAIN,
    ROLE_NEGATES,
    ROLE_CONTRASTS,
};

/* A word as it counts: lower case, no apostrophes, runs of a letter cut to two. The bytes lie
 * between a mark of start and one of end, with zeros after, so that pieces can be read at once. */
struct word {
    unsigned char bytes[WORD_ROOM]; /* bytes[0] is the mark of start */
    size_t length;                  /* without the marks */
    size_t capitals;
    bool is_stretched, has_negation;
};

enum {
    MARK_START = 1,
    MARK_END = 2,
};

static uint64_t mix(uint64_t value)
{
    value ^= value >> 32;
    value *= 0x9fb21c651e98df25ULL;
    value ^= value >> 29;
    return value;
}

static void emit(struct feature_block *block, uint64_t value)
{
    block->ids[block->count++] = (uint32_t)((value * 0x9e3779b97f4a7c15ULL) >> (64 - FEATURE_BITS));
}

static bool is_letter(unsigned char byte)
{
    return (unsigned char)((byte | 32) - 'a') < 26 || byte >= 0x80;
}

static bool is_digit(unsigned char byte)
{
    return (unsigned char)(byte - '0') < 10;
}

static bool is_blank(unsigned char byte)
{
    return byte <= ' ';
}

static unsigned char byte_at(const struct feature_scanner *scanner, size_t at)
{
    return at < scanner->text.length ? (unsigned char)scanner->text.bytes[at] : 0;
}

/* How many bytes of an apostrophe, plain or typographic (U+2019), start here. */
static size_t apostrophe_at(const struct feature_scanner *scanner, size_t at)
{
    unsigned char byte = byte_at(scanner, at);
    if (byte == '\'')
        return 1;
    if (byte == 0xe2 && byte_at(scanner, at + 1) == 0x80 && byte_at(scanner, at + 2) == 0x99)
        return 3;
    return 0;
}

/* Punctuation and symbols past ASCII: U+2000 to U+2BFF, U+3000 to U+303F, and all of U+10000 on
 * (emoji, mostly). Gives the bytes of the one that starts here, 0 when it is a letter. */
static size_t symbol_at(const struct feature_scanner *scanner, size_t at)
{
    unsigned char byte = byte_at(scanner, at);
    if (byte >= 0xf0)
        return 4;
    if (byte == 0xe2 && byte_at(scanner, at + 1) < 0xb0)
        return 3;
    if (byte == 0xe3 && byte_at(scanner, at + 1) == 0x80)
        return 3;
    if (byte == 0xef && byte_at(scanner, at + 1) == 0xb8) /* variation selectors */
        return 3;
    return 0;
}

static uint64_t read_eight(const unsigned char *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint64_t hash_of_word(const struct word *word)
{
    uint64_t hash = SALT_WORD;
    for (size_t i = 0; i < word->length; i += 8) {
        uint64_t part = read_eight(word->bytes + 1 + i);
        size_t left = word->length - i;
        if (left < 8)
            part &= (UINT64_C(1) << (8 * left)) - 1;
        hash = mix(hash ^ part) * SALT_PAIR;
    }
    return hash;
}

#define PACK(a, b, c, d, e, f, g, h)                                                               \
    ((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 |              \
     (uint64_t)(e) << 32 | (uint64_t)(f) << 40 | (uint64_t)(g) << 48 | (uint64_t)(h) << 56)

/* Words that turn what follows, by their first eight letters. */
static enum role role_of(const struct word *word)
{
    if (word->has_negation)
        return ROLE_NEGATES;
    uint64_t start = read_eight(word->bytes + 1);
    if (word->length < 8)
        start &= (UINT64_C(1) << (8 * word->length)) - 1;
    switch (start) {
    case PACK('n', 'o', 0, 0, 0, 0, 0, 0):
    case PACK('n', 't', 0, 0, 0, 0, 0, 0):
    case PACK('n', 'o', 't', 0, 0, 0, 0, 0):
    case PACK('n', 'o', 'r', 0, 0, 0, 0, 0):
    case PACK('n', 'e', 'v', 'e', 'r', 0, 0, 0):
    case PACK('n', 'o', 'n', 'e', 0, 0, 0, 0):
    case PACK('c', 'a', 'n', 't', 0, 0, 0, 0):
    case PACK('d', 'o', 'n', 't', 0, 0, 0, 0):
    case PACK('w', 'o', 'n', 't', 0, 0, 0, 0):
    case PACK('i', 's', 'n', 't', 0, 0, 0, 0):
    case PACK('a', 'i', 'n', 't', 0, 0, 0, 0):
    case PACK('d', 'i', 'd', 'n', 't', 0, 0, 0):
    case PACK('w', 'a', 's', 'n', 't', 0, 0, 0):
    case PACK('d', 'o', 'e', 's', 'n', 't', 0, 0):
    case PACK('c', 'a', 'n', 'n', 'o', 't', 0, 0):
    case PACK('h', 'a', 'r', 'd', 'l', 'y', 0, 0):
    case PACK('w', 'i', 't', 'h', 'o', 'u', 't', 0):
    case PACK('n', 'o', 't', 'h', 'i', 'n', 'g', 0):
    case PACK('c', 'o', 'u', 'l', 'd', 'n', 't', 0):
    case PACK('w', 'o', 'u', 'l', 'd', 'n', 't', 0):
    case PACK('s', 'h', 'o', 'u', 'l', 'd', 'n', 't'):
        return ROLE_NEGATES;
    case PACK('b', 'u', 't', 0, 0, 0, 0, 0):
    case PACK('y', 'e', 't', 0, 0, 0, 0, 0):
    case PACK('e', 'x', 'c', 'e', 'p', 't', 0, 0):
    case PACK('t', 'h', 'o', 'u', 'g', 'h', 0, 0):
    case PACK('h', 'o', 'w', 'e', 'v', 'e', 'r', 0):
    case PACK('d', 'e', 's', 'p', 'i', 't', 'e', 0):
    case PACK('a', 'l', 't', 'h', 'o', 'u', 'g', 'h'):
    case PACK('u', 'n', 'f', 'o', 'r', 't', 'u', 'n'):
        return ROLE_CONTRASTS;
    default:
        return ROLE_PLAIN;
    }
}

static void add_letter(struct word *word, unsigned char byte)
{
    bool is_capital = (unsigned char)(byte - 'A') < 26;
    unsigned char lower = is_capital ? (unsigned char)(byte | 32) : byte;
    word->capitals += is_capital;
    const unsigned char *end = word->bytes + 1 + word->length;
    if (word->length >= 2 && end[-1] == lower && end[-2] == lower && lower < 0x80)
        word->is_stretched = true;
    else if (word->length < WORD_MAX)
        word->bytes[1 + word->length++] = lower;
}

static void read_word(struct feature_scanner *scanner, struct word *word)
{
    memset(word, 0, sizeof *word);
    word->bytes[0] = MARK_START;
    for (;;) {
        unsigned char byte = byte_at(scanner, scanner->at);
        size_t apostrophe = apostrophe_at(scanner, scanner->at);
        if (apostrophe > 0 && is_letter(byte_at(scanner, scanner->at + apostrophe))) {
            unsigned char next = byte_at(scanner, scanner->at + apostrophe) | 32;
            word->has_negation |= next == 't' && word->bytes[word->length] == 'n';
            scanner->at += apostrophe;
        } else if (is_letter(byte) && symbol_at(scanner, scanner->at) == 0) {
            add_letter(word, byte);
            scanner->at++;
        } else {
            break;
        }
    }
    word->bytes[1 + word->length] = MARK_END;
}

/* Pieces of four bytes, and the last three, the marks of start and end counting as letters. */
static void emit_pieces(struct feature_block *block, const struct word *word)
{
    size_t length = word->length + 2;
    for (size_t i = 0; i + 4 <= length; i++)
        emit(block, mix((read_eight(word->bytes + i) & 0xffffffffULL) ^ SALT_PIECE));
    emit(block, mix((read_eight(word->bytes + length - 3) & 0xffffffULL) ^ SALT_PIECE));
}

static void emit_sequence(struct feature_scanner *scanner, struct feature_block *block,
                          uint64_t hash)
{
    emit(block, mix((scanner->last ^ SALT_PAIR) * SALT_PAIR + hash));
    if (scanner->before_last != 0)
        emit(block,
             mix(((scanner->before_last ^ SALT_TRIPLE) * SALT_PAIR + scanner->last) * SALT_TRIPLE +
                 hash));
    scanner->before_last = scanner->last;
    scanner->last = hash;
}

static void emit_word(struct feature_scanner *scanner, struct feature_block *block,
                      const struct word *word)
{
    enum role role = role_of(word);
    uint64_t hash = hash_of_word(word);
    bool is_negated = scanner->negated > 0 && role == ROLE_PLAIN;
    emit(block, is_negated ? mix(hash ^ SALT_NEGATED) : hash);
    emit_sequence(scanner, block, hash);
    if (word->length > 3)
        emit_pieces(block, word);
    if (word->capitals >= 3 && word->capitals >= word->length)
        emit(block, SALT_SHAPE + SHAPE_CAPITALS);
    if (word->is_stretched)
        emit(block, SALT_SHAPE + SHAPE_STRETCHED);
    if (role == ROLE_NEGATES)
        scanner->negated = NEGATION_REACH;
    else if (scanner->negated > 0)
        scanner->negated--;
}

static void end_sequence(struct feature_scanner *scanner)
{
    scanner->last = BOUNDARY;
    scanner->before_last = 0;
    scanner->negated = 0;
}

/* "[EMAIL]" and its like stand for something that was hidden: neutral, and a wall between words.
 * Gives its length, 0 when it is none. */
static size_t placeholder_at(const struct feature_scanner *scanner)
{
    size_t at = scanner->at + 1;
    unsigned char byte = byte_at(scanner, at);
    while ((byte >= 'A' && byte <= 'Z') || byte == '_' || is_digit(byte))
        byte = byte_at(scanner, ++at);
    return byte == ']' && at > scanner->at + 2 ? at + 1 - scanner->at : 0;
}

static void scan_number(struct feature_scanner *scanner, struct feature_block *block)
{
    uint64_t digits = 0;
    for (;;) {
        unsigned char byte = byte_at(scanner, scanner->at);
        bool joins = (byte == '.' || byte == ',') && is_digit(byte_at(scanner, scanner->at + 1));
        if (!is_digit(byte) && !joins)
            break;
        digits += is_digit(byte);
        scanner->at++;
    }
    uint64_t hash = mix(SALT_SHAPE + SHAPE_NUMBER + 16 * (digits < 6 ? digits : 6));
    emit(block, hash);
    emit_sequence(scanner, block, hash);
}

/* Links and @names say who and where, not what. */
static bool skip_link(struct feature_scanner *scanner, struct feature_block *block)
{
    str rest = str_slice(scanner->text, scanner->at, scanner->at + 8);
    bool is_link = str_starts_with(rest, STR("http://")) ||
                   str_starts_with(rest, STR("https://")) || str_starts_with(rest, STR("www."));
    if (is_link)
        emit(block, SALT_SHAPE + SHAPE_LINK);
    else if (!str_starts_with(rest, STR("@")) || !is_letter(byte_at(scanner, scanner->at + 1)))
        return false;
    while (scanner->at < scanner->text.length && !is_blank(byte_at(scanner, scanner->at)))
        scanner->at++;
    end_sequence(scanner);
    return true;
}

/* True when the mark ends a clause. "!" and "!!!" differ; so do ":)" and ":(". */
static bool scan_marks(struct feature_scanner *scanner, struct feature_block *block)
{
    uint64_t run = 0;
    size_t length = 0;
    bool ends = false;
    bool ends_sentence = false;
    for (;;) {
        unsigned char byte = byte_at(scanner, scanner->at);
        if (scanner->at >= scanner->text.length || is_letter(byte) || is_digit(byte) ||
            is_blank(byte) || byte == '[' || byte == '@')
            break;
        if (length++ < RUN_MAX)
            run = run << 8 | byte;
        ends_sentence |= byte == '.' || byte == '!' || byte == '?';
        ends |= byte == ',' || byte == ';' || byte == '(' || byte == ')';
        scanner->is_question |= byte == '?';
        scanner->at++;
    }
    unsigned char next = byte_at(scanner, scanner->at);
    bool is_face = run == ':' && (next == 'D' || next == 'P' || next == 'p' || next == 'O') &&
                   !is_letter(byte_at(scanner, scanner->at + 1));
    if (is_face) {
        run = run << 8 | next;
        scanner->at++;
    }
    emit(block, mix(run ^ SALT_MARK));
    if (ends_sentence)
        end_sequence(scanner);
    return ends_sentence || ends;
}

static bool scan_symbol(struct feature_scanner *scanner, struct feature_block *block, size_t size)
{
    uint64_t code = 0;
    for (size_t i = 0; i < size; i++)
        code = code << 8 | byte_at(scanner, scanner->at + i);
    scanner->at += size;
    emit(block, mix(code ^ SALT_MARK));
    return false;
}

/* Takes what starts here, which is no blank; true when a clause ends after it. */
static bool scan_token(struct feature_scanner *scanner, struct feature_block *block)
{
    unsigned char byte = byte_at(scanner, scanner->at);
    size_t symbol = symbol_at(scanner, scanner->at);
    if (symbol > 0)
        return scan_symbol(scanner, block, symbol);
    if ((byte == '@' || byte == 'h' || byte == 'w') && skip_link(scanner, block))
        return false;
    if (is_letter(byte)) {
        struct word word;
        read_word(scanner, &word);
        emit_word(scanner, block, &word);
        return false;
    }
    if (is_digit(byte)) {
        scan_number(scanner, block);
        return false;
    }
    size_t placeholder = byte == '[' ? placeholder_at(scanner) : 0;
    if (placeholder > 0) {
        scanner->at += placeholder;
        end_sequence(scanner);
        return false;
    }
    if (byte == '[' || byte == '@') {
        scanner->at++;
        return false;
    }
    return scan_marks(scanner, block);
}

/* Does a word that contrasts start here? Peeks; the clause before it ends if so. */
static bool contrast_starts(const struct feature_scanner *scanner)
{
    switch (byte_at(scanner, scanner->at) | 32) {
    case 'b':
    case 'y':
    case 'e':
    case 't':
    case 'h':
    case 'd':
    case 'a':
    case 'u':
        break;
    default:
        return false;
    }
    struct feature_scanner ahead = *scanner;
    struct word word;
    read_word(&ahead, &word);
    return word.length >= 3 && role_of(&word) == ROLE_CONTRASTS;
}

void features_start(struct feature_scanner *scanner, str text)
{
    *scanner = (struct feature_scanner){.text = text};
    end_sequence(scanner);
}

bool features_next(struct feature_scanner *scanner, struct feature_block *block)
{
    if (scanner->at >= scanner->text.length)
        return false;
    block->count = 0;
    block->ends_clause = false;
    block->is_contrast = scanner->is_contrast;
    while (scanner->at < scanner->text.length && !block->ends_clause &&
           block->count + FEATURES_PER_WORD <= FEATURE_BLOCK) {
        if (is_blank(byte_at(scanner, scanner->at))) {
            block->ends_clause = byte_at(scanner, scanner->at) == '\n';
            if (block->ends_clause)
                end_sequence(scanner);
            scanner->at++;
        } else if (!scanner->is_contrast && contrast_starts(scanner)) {
            block->ends_clause = true;
            scanner->is_contrast = true;
            return true;
        } else {
            block->ends_clause = scan_token(scanner, block);
        }
    }
    block->ends_clause |= scanner->at >= scanner->text.length;
    if (block->ends_clause)
        scanner->is_contrast = false;
    return true;
}
