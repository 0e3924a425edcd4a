#include "text/language_table.h"

#include "base/hash.h"
#include "base/utf8.h"

#include <stddef.h>
#include <string.h>
#include <utf8proc.h>

static const char MAGIC[8] = {'H', 'A', 'R', 'K', 'L', 'N', 'G', '\n'};
static const uint32_t BYTE_ORDER_MARK = 0x01020304;

enum {
    FORMAT = 1,
    CHECKED_FROM = offsetof(struct language_header, language_count),
    LOOK_EVERY = 24, /* letters, for one language that leads far enough */
};

size_t language_table_size(size_t cell_count)
{
    return sizeof(struct language_header) + cell_count * sizeof(uint16_t);
}

uint16_t language_tag(uint64_t hash)
{
    return (uint16_t)(hash >> 20) & 0xFFF;
}

static uint32_t checksum_of(const struct language_header *header, size_t size)
{
    return hash_crc32((str){(const char *)header + CHECKED_FROM, size - CHECKED_FROM});
}

void language_table_seal(struct language_header *header)
{
    memcpy(header->magic, MAGIC, sizeof MAGIC);
    header->format = FORMAT;
    header->byte_order = BYTE_ORDER_MARK;
    header->checksum = checksum_of(header, language_table_size(header->cell_count));
}

/* Whatever the scorer will trust: after this, no cell leads outside the table. */
static bool is_bucket_sound(const struct language_header *header, size_t bucket)
{
    uint32_t at = header->starts[bucket], end = header->starts[bucket + 1];
    if (at > end || end > header->cell_count)
        return false;
    while (at < end) {
        uint32_t languages = header->cells[at++] & RUN_LANGUAGES;
        if (languages > end - at)
            return false;
        for (; languages > 0; languages--)
            if (header->cells[at++] >> 8 >= header->language_count)
                return false;
    }
    return true;
}

static bool is_sound(const struct language_header *header)
{
    if (header->language_count == 0 || header->language_count > LANGUAGES_MOST)
        return false;
    for (size_t i = 0; i < header->language_count; i++)
        if (memchr(header->codes[i], 0, LANGUAGE_CODE_SIZE) == NULL)
            return false;
    for (size_t i = 0; i < BUCKETS; i++)
        if (!is_bucket_sound(header, i))
            return false;
    return true;
}

static enum status check(const struct language_header *header, size_t size, const char *path,
                         struct error *err)
{
    if (size < sizeof *header || memcmp(header->magic, MAGIC, sizeof MAGIC) != 0)
        return fail(err, STATUS_CORRUPT, "'%s' is not a table of languages", path);
    if (header->byte_order != BYTE_ORDER_MARK || header->format != FORMAT)
        return fail(err, STATUS_CORRUPT, "'%s' is of another version: train it anew", path);
    if (size != language_table_size(header->cell_count))
        return fail(err, STATUS_CORRUPT, "'%s' is cut short", path);
    if (checksum_of(header, size) != header->checksum || !is_sound(header))
        return fail(err, STATUS_CORRUPT, "'%s' is damaged: its checksum is wrong", path);
    return STATUS_OK;
}

enum status language_table_map(struct language_table *table, const char *path, struct error *err)
{
    struct file_map map = {0};
    enum status status = file_map(&map, path, err);
    if (status == STATUS_OK)
        status = check((const void *)map.bytes, map.size, path, err);
    if (status == STATUS_OK)
        *table = (struct language_table){(const void *)map.bytes, map};
    else
        file_unmap(&map);
    return status;
}

void language_table_unmap(struct language_table *table)
{
    file_unmap(&table->map);
    *table = (struct language_table){0};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t';
}

/* The word is of no language: an address, a mention, or "[EMAIL]" where one was hidden. */
static bool is_nobodys(str word)
{
    if (word.bytes[0] == '[' || str_starts_with(word, STR("www.")))
        return true;
    for (size_t i = 0; i < word.length; i++)
        if (word.bytes[i] == '@' ||
            (word.bytes[i] == ':' && i + 1 < word.length && word.bytes[i + 1] == '/'))
            return true;
    return false;
}

static bool is_letter(uint32_t code)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME);
}

/* The letter in lower case; 0: none. */
static uint32_t letter_of(uint32_t code)
{
    if (code < 0x80) {
        uint32_t lower = code | 0x20;
        return lower >= 'a' && lower <= 'z' ? lower : 0;
    }
    return is_letter(code) ? (uint32_t)utf8proc_tolower((utf8proc_int32_t)code) : 0;
}

static size_t add_word(str word, uint32_t *letters, size_t count, size_t room)
{
    for (size_t at = 0; at < word.length && count + 1 < room;) {
        uint32_t letter = letter_of(utf8_next(word, &at));
        if (letter != 0)
            letters[count++] = letter;
        else if (letters[count - 1] != ' ')
            letters[count++] = ' ';
    }
    if (letters[count - 1] != ' ')
        letters[count++] = ' ';
    return count;
}

static bool is_latin(uint32_t letter)
{
    return letter < 0x250 || (letter >= 0x1E00 && letter < 0x1F00);
}

/* Latin words in a text of another script are names, even if half of it is, and are left out. A
 * Chinese character or kana is worth three letters. */
static size_t without_names(uint32_t *letters, size_t count)
{
    size_t latin = 0, others = 0, kept = 1;
    for (size_t i = 0; i < count; i++)
        if (is_latin(letters[i]))
            latin += letters[i] != ' ';
        else
            others += letters[i] >= 0x2E80 ? 3 : 1;
    if (latin == 0 || 2 * others < latin)
        return count;
    for (size_t i = 1; i < count; i++)
        if (letters[i] == ' ' ? letters[kept - 1] != ' ' : !is_latin(letters[i]))
            letters[kept++] = letters[i];
    return kept;
}

size_t language_letters(str text, uint32_t *letters, size_t room)
{
    size_t count = 0, at = 0;
    letters[count++] = ' ';
    while (at < text.length && count + 1 < room) {
        size_t from = at;
        while (at < text.length && !is_blank(text.bytes[at]))
            at++;
        str word = str_slice(text, from, at);
        if (word.length > 0 && !is_nobodys(word))
            count = add_word(word, letters, count, room);
        at++;
    }
    return without_names(letters, count);
}

size_t language_runs(const uint32_t *letters, size_t at, uint64_t hashes[RUN_LETTERS])
{
    uint64_t hash = 0;
    size_t count = 0;
    while (count < RUN_LETTERS && count <= at) {
        uint32_t letter = letters[at - count];
        hash = (hash ^ letter ^ 0x517CC1B727220A95ULL) * 0x9E3779B97F4A7C15ULL;
        hash ^= hash >> 32;
        hashes[count++] = hash;
        if (letter == ' ' && count > 1)
            break;
    }
    return count;
}

static void add_run(const struct language_header *header, uint64_t hash, int *scores)
{
    uint32_t bucket = (uint32_t)hash & (BUCKETS - 1);
    uint16_t tag = language_tag(hash);
    const uint16_t *cell = header->cells + header->starts[bucket];
    const uint16_t *end = header->cells + header->starts[bucket + 1];
    while (cell < end) {
        uint16_t head = *cell++;
        const uint16_t *next = cell + (head & RUN_LANGUAGES);
        if (head >> 4 == tag)
            for (; cell < next; cell++)
                scores[*cell >> 8] += (int8_t)(*cell & 0xFF);
        cell = next;
    }
}

static int lead_of(const int *scores, size_t count)
{
    int best = INT32_MIN / 2, second = best;
    for (size_t i = 0; i < count; i++) {
        int score = scores[i];
        second = score > best ? best : score > second ? score : second;
        best = score > best ? score : best;
    }
    return best - second;
}

size_t language_table_score(const struct language_table *table, const uint32_t *letters,
                            size_t count, int decisive, int scores[LANGUAGES_MOST])
{
    const struct language_header *header = table->header;
    for (size_t at = 1; at < count; at++) {
        uint64_t hashes[RUN_LETTERS];
        size_t runs = language_runs(letters, at, hashes);
        for (size_t i = 0; i < runs; i++)
            add_run(header, hashes[i], scores);
        if (at % LOOK_EVERY == 0 && lead_of(scores, header->language_count) >= decisive)
            return at + 1;
    }
    return count;
}
