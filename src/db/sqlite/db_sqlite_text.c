#include "db/sqlite/db_sqlite.h"

#include <string.h>
#include <utf8proc.h>

enum {
    /* A folded letter is at most so much longer: U+023A is of two bytes, U+2C65 of three. */
    GROWTH = 2,
    WORD = sizeof(uint64_t),
};

static const uint64_t EACH = 0x0101010101010101, TOP_BITS = 0x8080808080808080;

/* Eight bytes of ASCII at once: those of A-Z get the bit of their small letter. */
static uint64_t fold_ascii(uint64_t bytes)
{
    uint64_t from_a = bytes + EACH * (0x80 - 'A'), past_z = bytes + EACH * (0x7F - 'Z');
    return bytes | ((from_a & ~past_z & TOP_BITS) >> 2);
}

/* By way of the capital, so that the two small sigmas, and the two of s, are one. */
static utf8proc_int32_t fold_letter(utf8proc_int32_t code)
{
    return utf8proc_tolower(utf8proc_toupper(code));
}

/* One letter, or one byte of what is no UTF-8. Gives how many bytes were read. */
static size_t fold_next(const unsigned char *text, size_t length, unsigned char **out)
{
    utf8proc_int32_t code;
    utf8proc_ssize_t read = utf8proc_iterate(text, (utf8proc_ssize_t)length, &code);
    if (read <= 0) {
        *(*out)++ = *text;
        return 1;
    }
    *out += utf8proc_encode_char(fold_letter(code), *out);
    return (size_t)read;
}

/* Writes text in which letters that differ only in case are the same; gives its length. */
static size_t fold_case(const unsigned char *text, size_t length, unsigned char *out)
{
    unsigned char *end = out;
    for (size_t at = 0; at < length;) {
        uint64_t word = TOP_BITS;
        if (length - at >= WORD)
            memcpy(&word, text + at, WORD);
        if ((word & TOP_BITS) != 0) {
            at += fold_next(text + at, length - at, &end);
            continue;
        }
        word = fold_ascii(word);
        memcpy(end, &word, WORD);
        end += WORD;
        at += WORD;
    }
    return (size_t)(end - out);
}

/* text_holds(text, part). NULL when either is. */
static void text_holds(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    const unsigned char *text = sqlite3_value_text(arguments[0]);
    const unsigned char *part = sqlite3_value_text(arguments[count - 1]);
    if (text == NULL || part == NULL)
        return;
    size_t text_length = (size_t)sqlite3_value_bytes(arguments[0]);
    size_t part_length = (size_t)sqlite3_value_bytes(arguments[1]);
    unsigned char *folded = sqlite3_malloc64(GROWTH * (text_length + part_length) + 1);
    if (folded == NULL) {
        sqlite3_result_error_nomem(context);
        return;
    }
    size_t room = fold_case(text, text_length, folded);
    size_t wanted = fold_case(part, part_length, folded + room);
    sqlite3_result_int(context, memmem(folded, room, folded + room, wanted) != NULL);
    sqlite3_free(folded);
}

int sqlite_add_functions(sqlite3 *connection)
{
    return sqlite3_create_function(connection, "text_holds", 2,
                                   SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
                                   text_holds, NULL, NULL);
}
