#include "infer/features.h"

#include "infer/features_word.h"

enum {
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

static void emit_token(struct feature_block *block, uint64_t hash, uint64_t ending)
{
    struct feature_token *token = &block->tokens[block->token_count++];
    token->id = (uint32_t)((hash * 0x9e3779b97f4a7c15ULL) >> 32);
    token->ending = (uint32_t)((ending * 0x9e3779b97f4a7c15ULL) >> 32);
}

static uint64_t hash_of_word(const struct word *word)
{
    uint64_t hash = SALT_WORD;
    for (size_t i = 0; i < word->length; i += 8) {
        uint64_t part = word_read_eight(word->bytes + 1 + i);
        size_t left = word->length - i;
        if (left < 8)
            part &= (UINT64_C(1) << (8 * left)) - 1;
        hash = mix(hash ^ part) * SALT_PAIR;
    }
    return hash;
}

/* The last two letters. */
static uint64_t ending_of(const struct word *word)
{
    size_t length = word->length + 2;
    return mix((word_read_eight(word->bytes + length - 3) & 0xffffffULL) ^ SALT_PIECE);
}

/* Pieces of four bytes, and the last three, the marks of start and end counting as letters. */
static void emit_pieces(struct feature_block *block, const struct word *word)
{
    size_t length = word->length + 2;
    for (size_t i = 0; i + 4 <= length; i++)
        emit(block, mix((word_read_eight(word->bytes + i) & 0xffffffffULL) ^ SALT_PIECE));
    emit(block, ending_of(word));
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
    enum word_role role = word_role_of(word);
    uint64_t hash = hash_of_word(word);
    bool is_negated = scanner->negated > 0 && role == ROLE_PLAIN;
    emit(block, is_negated ? mix(hash ^ SALT_NEGATED) : hash);
    emit_sequence(scanner, block, hash);
    emit_token(block, hash, ending_of(word));
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
    unsigned char byte = word_byte_at(scanner->text, at);
    while ((byte >= 'A' && byte <= 'Z') || byte == '_' || word_is_digit(byte))
        byte = word_byte_at(scanner->text, ++at);
    return byte == ']' && at > scanner->at + 2 ? at + 1 - scanner->at : 0;
}

static void scan_number(struct feature_scanner *scanner, struct feature_block *block)
{
    uint64_t digits = 0;
    for (;;) {
        unsigned char byte = word_byte_at(scanner->text, scanner->at);
        bool joins = (byte == '.' || byte == ',') &&
                     word_is_digit(word_byte_at(scanner->text, scanner->at + 1));
        if (!word_is_digit(byte) && !joins)
            break;
        digits += word_is_digit(byte);
        scanner->at++;
    }
    uint64_t hash = mix(SALT_SHAPE + SHAPE_NUMBER + 16 * (digits < 6 ? digits : 6));
    emit(block, hash);
    emit_token(block, hash, hash);
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
    else if (!str_starts_with(rest, STR("@")) ||
             !word_is_letter(word_byte_at(scanner->text, scanner->at + 1)))
        return false;
    while (scanner->at < scanner->text.length &&
           !word_is_blank(word_byte_at(scanner->text, scanner->at)))
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
        unsigned char byte = word_byte_at(scanner->text, scanner->at);
        if (scanner->at >= scanner->text.length || word_is_letter(byte) || word_is_digit(byte) ||
            word_is_blank(byte) || byte == '[' || byte == '@')
            break;
        if (length++ < RUN_MAX)
            run = run << 8 | byte;
        ends_sentence |= byte == '.' || byte == '!' || byte == '?';
        ends |= byte == ',' || byte == ';' || byte == '(' || byte == ')';
        scanner->is_question |= byte == '?';
        scanner->at++;
    }
    unsigned char next = word_byte_at(scanner->text, scanner->at);
    bool is_face = run == ':' && (next == 'D' || next == 'P' || next == 'p' || next == 'O') &&
                   !word_is_letter(word_byte_at(scanner->text, scanner->at + 1));
    if (is_face) {
        run = run << 8 | next;
        scanner->at++;
    }
    uint64_t hash = mix(run ^ SALT_MARK);
    emit(block, hash);
    emit_token(block, hash, hash);
    if (ends_sentence)
        end_sequence(scanner);
    return ends_sentence || ends;
}

static bool scan_symbol(struct feature_scanner *scanner, struct feature_block *block, size_t size)
{
    uint64_t code = 0;
    for (size_t i = 0; i < size; i++)
        code = code << 8 | word_byte_at(scanner->text, scanner->at + i);
    scanner->at += size;
    uint64_t hash = mix(code ^ SALT_MARK);
    emit(block, hash);
    emit_token(block, hash, hash);
    return false;
}

/* Takes what starts here, which is no blank; true when a clause ends after it. */
static bool scan_token(struct feature_scanner *scanner, struct feature_block *block)
{
    unsigned char byte = word_byte_at(scanner->text, scanner->at);
    size_t symbol = word_symbol_at(scanner->text, scanner->at);
    if (symbol > 0)
        return scan_symbol(scanner, block, symbol);
    if ((byte == '@' || byte == 'h' || byte == 'w') && skip_link(scanner, block))
        return false;
    if (word_is_letter(byte)) {
        struct word word;
        word_read(scanner->text, &scanner->at, &word);
        emit_word(scanner, block, &word);
        return false;
    }
    if (word_is_digit(byte)) {
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
    switch (word_byte_at(scanner->text, scanner->at) | 32) {
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
    size_t at = scanner->at;
    struct word word;
    word_read(scanner->text, &at, &word);
    return word.length >= 3 && word_role_of(&word) == ROLE_CONTRASTS;
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
    block->token_count = 0;
    block->ends_clause = false;
    block->is_contrast = scanner->is_contrast;
    while (scanner->at < scanner->text.length && !block->ends_clause &&
           block->count + FEATURES_PER_WORD <= FEATURE_BLOCK) {
        if (word_is_blank(word_byte_at(scanner->text, scanner->at))) {
            block->ends_clause = word_byte_at(scanner->text, scanner->at) == '\n';
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
