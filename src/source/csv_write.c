#include "source/csv_write.h"

static bool begins_formula(str text)
{
    static const char *const signs[] = {"=",  "+",  "-",  "@",  "\t", "\r",
                                        "\n", "＝", "＋", "－", "＠"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (str_starts_with(text, str_from_z(signs[i])))
            return true;
    return false;
}

static str without_apostrophes(str text)
{
    while (text.length > 0 && text.bytes[0] == '\'')
        text = str_slice(text, 1, text.length);
    return text;
}

/* What already begins with apostrophes and then a formula gets one more, so that taking one off is
 * always right. */
static bool needs_guard(str text)
{
    double number;
    return begins_formula(without_apostrophes(text)) && !str_to_real(text, &number);
}

static bool is_plain(str text)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        bool is_letter = (byte | 32) >= 'a' && (byte | 32) <= 'z';
        bool is_digit = byte >= '0' && byte <= '9';
        if (!is_letter && !is_digit && byte != '_' && byte != '.' && byte != ':' && byte != '-')
            return false;
    }
    return true;
}

void csv_write_text(struct buf *out, str text)
{
    bool is_guarded = needs_guard(text);
    if (!is_guarded && is_plain(text)) {
        buf_add(out, text);
        return;
    }
    buf_add_byte(out, '"');
    if (is_guarded)
        buf_add_byte(out, '\'');
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] == '"')
            buf_add_byte(out, '"');
        buf_add_byte(out, text.bytes[i]);
    }
    buf_add_byte(out, '"');
}

void csv_write_number(struct buf *out, str number)
{
    buf_add(out, number);
}

void csv_write_separator(struct buf *out)
{
    buf_add_byte(out, ',');
}

void csv_write_end(struct buf *out)
{
    buf_add_z(out, "\r\n");
}

str csv_unguard(str cell)
{
    bool is_guarded = cell.length > 0 && cell.bytes[0] == '\'' && needs_guard(cell);
    return is_guarded ? str_slice(cell, 1, cell.length) : cell;
}
