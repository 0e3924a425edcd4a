/* What the writer of an e-mail wrote himself: without what he answers, his signature, and what his
 * telephone adds. Only marks that mail programs make are believed, and never in a text of one line;
 * when nothing is left, the quote is the message. */
#include "base/buf.h"
#include "text/text.h"

#include <ctype.h>

enum {
    ATTRIBUTION_BYTES = 300, /* a longer line is no "On ... wrote:" */
    FOOTER_BYTES = 80,
    HEADER_LINES = 4 /* of an earlier message, looked at for a second field */
};

/* "On 3 May 2024 at 10:12, Support wrote:", in the six languages that Hark was measured in. */
static const struct {
    const char *opening, *verb;
} attributions[] = {
    {"On ", "wrote"},    {"Am ", "schrieb"},  {"Le ", "a écrit"},
    {"El ", "escribió"}, {"Em ", "escreveu"}, {"Il ", "ha scritto"},
};

static const char *const first_fields[] = {"From:", "Von:", "De:", "De :", "Da:"};
static const char *const later_fields[] = {
    "Sent:",   "Subject:", "Gesendet:", "Betreff:", "Envoyé",   "Objet",
    "Enviado", "Asunto:",  "Assunto:",  "Inviato:", "Oggetto:",
};

/* A forwarded message is no quote: it is what the feedback is about. */
static const char *const separators[] = {
    "Original Message", "Original message",  "Ursprüngliche Nachricht", "Message d'origine",
    "Mensaje original", "Mensagem original", "Messaggio originale",
};

/* What a telephone adds: how the line begins and ends, and that it names a device or a program. */
static const struct {
    const char *begin, *end;
} footers[] = {
    {"Sent from ", ""},     {"Get Outlook for ", ""},  {"Von meinem ", "gesendet"},
    {"Gesendet mit ", ""},  {"Gesendet von ", ""},     {"Envoyé de mon ", ""},
    {"Envoyé depuis ", ""}, {"Enviado desde mi ", ""}, {"Enviado do meu ", ""},
    {"Inviato da ", ""},
};
static const char *const devices[] = {"iPhone", "iPad",    "Android", "Samsung", "Galaxy", "Huawei",
                                      "Xiaomi", "Outlook", "Mail",    "Yahoo",   "mobile"};

#define HOLDS_START(list, line) holds_start((list), sizeof(list) / sizeof *(list), (line))

static bool holds_start(const char *const *list, size_t count, str line)
{
    for (size_t i = 0; i < count; i++)
        if (str_starts_with(line, str_from_z(list[i])))
            return true;
    return false;
}

static bool holds_digit(str line)
{
    for (size_t i = 0; i < line.length; i++)
        if (isdigit((unsigned char)line.bytes[i]))
            return true;
    return false;
}

static bool is_attribution(str line)
{
    if (line.length > ATTRIBUTION_BYTES || !str_ends_with(line, STR(":")) || !holds_digit(line))
        return false;
    for (size_t i = 0; i < sizeof attributions / sizeof *attributions; i++)
        if (str_starts_with(line, str_from_z(attributions[i].opening)))
            return str_find_str(line, str_from_z(attributions[i].verb)) != STR_NONE;
    return false;
}

static bool is_separator(str line)
{
    if (!str_starts_with(line, STR("---")))
        return false;
    for (size_t i = 0; i < sizeof separators / sizeof *separators; i++)
        if (str_find_str(line, str_from_z(separators[i])) != STR_NONE)
            return true;
    return false;
}

/* "From: ..." with "Sent: ..." or its like soon after it. */
static bool is_header(str line, str rest)
{
    str next;
    if (!HOLDS_START(first_fields, line))
        return false;
    for (size_t i = 0; i < HEADER_LINES && rest.length > 0; i++) {
        str_cut(rest, '\n', &next, &rest);
        if (HOLDS_START(later_fields, str_trim(next)))
            return true;
    }
    return false;
}

static bool is_footer(str line)
{
    bool names_device = false, is_begun = false;
    if (line.length > FOOTER_BYTES)
        return false;
    for (size_t i = 0; i < sizeof footers / sizeof *footers && !is_begun; i++)
        is_begun = str_starts_with(line, str_from_z(footers[i].begin)) &&
                   str_ends_with(line, str_from_z(footers[i].end));
    for (size_t i = 0; i < sizeof devices / sizeof *devices && !names_device; i++)
        names_device = str_find_str(line, str_from_z(devices[i])) != STR_NONE;
    return is_begun && names_device;
}

static bool is_quoted(str line)
{
    return line.length > 0 && line.bytes[0] == '>';
}

/* The attribution may be broken in two by the mail program. Gives the text after it, else `rest`.
 */
static bool skip_attribution(str line, str *rest)
{
    str next, after, both;
    if (is_attribution(line))
        return true;
    str_cut(*rest, '\n', &next, &after);
    next = str_trim(next);
    if (next.length == 0 || line.length == 0 || !str_ends_with(next, STR(":")))
        return false;
    both = (str){line.bytes, (size_t)(next.bytes + next.length - line.bytes)};
    if (!is_attribution(both))
        return false;
    *rest = after;
    return true;
}

/* Nothing after this line is the writer's. */
static bool ends_here(str line, str rest)
{
    return str_equal(line, STR("--")) || is_separator(line) || is_header(line, rest);
}

static bool next_is_quoted(str rest)
{
    str next = {0};
    while (rest.length > 0 && next.length == 0) {
        str_cut(rest, '\n', &next, &rest);
        next = str_trim(next);
    }
    return is_quoted(next);
}

static void add_own_lines(struct buf *own, str text)
{
    str line, rest = text;
    while (rest.length > 0) {
        str_cut(rest, '\n', &line, &rest);
        str words = str_trim(line);
        if (ends_here(words, rest))
            return;
        if (is_quoted(words) || is_footer(words))
            continue;
        if (skip_attribution(words, &rest)) {
            if (!next_is_quoted(rest))
                return;
            continue;
        }
        buf_add(own, line);
        buf_add_byte(own, '\n');
    }
}

str text_without_quotes(struct arena *arena, str text)
{
    if (str_find(text, '\n') == STR_NONE)
        return text;
    struct buf own;
    buf_init(&own, arena, text.length + 1);
    add_own_lines(&own, text);
    str left = str_trim(buf_str(&own));
    return left.length == 0 || left.length >= text.length ? text : left;
}
