/* HTML to text as a reader would copy it off the page. No tree is built: a tag only says what to
 * do with the text around it, so nothing can be nested wrongly. Each look ahead that fails is
 * remembered, so a hostile page costs no more than its length. */
#include "text/html.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "text/text.h"

#include <string.h>
#include <strings.h>

enum {
    BLANK_LINES = 1 /* kept between two lines */
};

enum element_kind {
    INLINE,
    BLOCK,    /* on lines of its own */
    BREAK,    /* ends a line, however often */
    CELL,     /* stands apart from its neighbour */
    KEPT,     /* white space counts in it */
    INVISIBLE /* not to be read, with all in it */
};

static const struct element {
    const char *name; /* sorted */
    enum element_kind kind;
} elements[] = {
    {"a", INLINE},         {"abbr", INLINE},     {"address", BLOCK},
    {"article", BLOCK},    {"aside", BLOCK},     {"b", INLINE},
    {"bdo", INLINE},       {"big", INLINE},      {"blockquote", BLOCK},
    {"body", BLOCK},       {"br", BREAK},        {"button", INLINE},
    {"caption", BLOCK},    {"center", BLOCK},    {"cite", INLINE},
    {"code", INLINE},      {"dd", BLOCK},        {"del", INLINE},
    {"details", BLOCK},    {"div", BLOCK},       {"dl", BLOCK},
    {"dt", BLOCK},         {"em", INLINE},       {"fieldset", BLOCK},
    {"figcaption", BLOCK}, {"figure", BLOCK},    {"font", INLINE},
    {"footer", BLOCK},     {"form", BLOCK},      {"h1", BLOCK},
    {"h2", BLOCK},         {"h3", BLOCK},        {"h4", BLOCK},
    {"h5", BLOCK},         {"h6", BLOCK},        {"head", BLOCK},
    {"header", BLOCK},     {"hr", BLOCK},        {"html", BLOCK},
    {"i", INLINE},         {"iframe", INLINE},   {"img", INLINE},
    {"input", INLINE},     {"ins", INLINE},      {"kbd", INLINE},
    {"label", INLINE},     {"legend", BLOCK},    {"li", BLOCK},
    {"link", INLINE},      {"main", BLOCK},      {"mark", INLINE},
    {"meta", INLINE},      {"nav", BLOCK},       {"noscript", INLINE},
    {"object", INLINE},    {"ol", BLOCK},        {"option", BLOCK},
    {"p", BLOCK},          {"pre", KEPT},        {"q", INLINE},
    {"s", INLINE},         {"samp", INLINE},     {"script", INVISIBLE},
    {"section", BLOCK},    {"select", INLINE},   {"small", INLINE},
    {"span", INLINE},      {"strike", INLINE},   {"strong", INLINE},
    {"style", INVISIBLE},  {"sub", INLINE},      {"summary", BLOCK},
    {"sup", INLINE},       {"svg", INLINE},      {"table", BLOCK},
    {"tbody", BLOCK},      {"td", CELL},         {"template", INVISIBLE},
    {"textarea", BLOCK},   {"tfoot", BLOCK},     {"th", CELL},
    {"thead", BLOCK},      {"title", INVISIBLE}, {"tr", BLOCK},
    {"tt", INLINE},        {"u", INLINE},        {"ul", BLOCK},
    {"var", INLINE},       {"video", INLINE},    {"wbr", INLINE},
};

struct page {
    str in;
    size_t at;
    struct buf out;
    bool is_kept;       /* inside <pre> */
    bool wants_blank;   /* between what is written and what comes */
    size_t wants_lines; /* line ends due before what comes */
    bool no_more_ends, no_more_comment_ends, quotes_are_broken;
    bool is_never_closed[sizeof elements / sizeof *elements]; /* from here on */
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_name_byte(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == ':';
}

static int order_of_name(str name, const char *wanted)
{
    int order = strncasecmp(name.bytes, wanted, name.length);
    return order != 0 ? order : -(wanted[name.length] != '\0');
}

static const struct element *find_element(str name)
{
    size_t low = 0, high = name.length > 0 ? sizeof elements / sizeof *elements : 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = order_of_name(name, elements[middle].name);
        if (order == 0)
            return &elements[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* The tag name after the '<' or "</" at `at`; empty when none can begin there. */
static str tag_name(str text, size_t at)
{
    size_t begin = at + 1;
    if (begin < text.length && text.bytes[begin] == '/')
        begin++;
    size_t end = begin;
    if (end < text.length && is_letter(text.bytes[end]))
        while (end < text.length && is_name_byte(text.bytes[end]))
            end++;
    return str_slice(text, begin, end);
}

static size_t skip_blanks(str text, size_t at)
{
    while (at < text.length && is_blank(text.bytes[at]))
        at++;
    return at;
}

/* After a tag's name: its end, or an attribute with a value. "a <b and c" has neither. */
static bool goes_on_as_tag(str text, size_t at)
{
    size_t next = skip_blanks(text, at);
    if (next < text.length && text.bytes[next] == '/')
        next++;
    if (next < text.length && text.bytes[next] == '>')
        return true;
    if (next == at)
        return false;
    size_t value = next;
    while (value < text.length && is_name_byte(text.bytes[value]))
        value++;
    return value > next && value < text.length && text.bytes[value] == '=';
}

static bool reads_as_html(str text, size_t at)
{
    static const str doctype = {"<!doctype", 9};
    str rest = str_slice(text, at, text.length);
    if (str_equal_ignoring_case(str_slice(rest, 0, doctype.length), doctype) ||
        str_starts_with(rest, STR("<!--")))
        return true;
    str name = tag_name(text, at);
    return name.length > 0 && find_element(name) != NULL &&
           goes_on_as_tag(text, (size_t)(name.bytes - text.bytes) + name.length);
}

/* The next '<' that begins HTML, or STR_NONE. */
static size_t find_html(str text, size_t at)
{
    while (at < text.length) {
        const char *found = memchr(text.bytes + at, '<', text.length - at);
        if (found == NULL)
            return STR_NONE;
        at = (size_t)(found - text.bytes);
        if (reads_as_html(text, at))
            return at;
        at++;
    }
    return STR_NONE;
}

bool text_is_html(str text)
{
    return find_html(text, 0) != STR_NONE;
}

str html_disarm(struct arena *arena, str text)
{
    size_t found = find_html(text, 0), copied = 0;
    if (found == STR_NONE)
        return text;
    struct buf out;
    buf_init(&out, arena, text.length * 2);
    for (; found != STR_NONE; found = find_html(text, found + 1)) {
        buf_add(&out, str_slice(text, copied, found + 1));
        buf_add_byte(&out, ' ');
        copied = found + 1;
    }
    buf_add(&out, str_slice(text, copied, text.length));
    return buf_str(&out);
}

/* Line ends and blanks are written only before something that follows them. */
static void write_text(struct page *page, str text)
{
    if (page->out.length > 0 && page->wants_lines > 0)
        for (size_t i = 0; i < page->wants_lines && i <= BLANK_LINES; i++)
            buf_add_byte(&page->out, '\n');
    else if (page->out.length > 0 && page->wants_blank)
        buf_add_byte(&page->out, ' ');
    page->wants_blank = false;
    page->wants_lines = 0;
    buf_add(&page->out, text);
}

static void want_line(struct page *page)
{
    if (page->wants_lines == 0)
        page->wants_lines = 1;
}

static void read_blanks(struct page *page)
{
    for (; page->at < page->in.length && is_blank(page->in.bytes[page->at]); page->at++) {
        if (!page->is_kept)
            page->wants_blank = true;
        else if (page->in.bytes[page->at] == '\n')
            page->wants_lines++;
        else
            write_text(page, str_slice(page->in, page->at, page->at + 1));
    }
}

static void read_words(struct page *page)
{
    size_t begin = page->at;
    while (page->at < page->in.length && !is_blank(page->in.bytes[page->at]) &&
           page->in.bytes[page->at] != '<' && page->in.bytes[page->at] != '&')
        page->at++;
    write_text(page, str_slice(page->in, begin, page->at));
}

static void read_entity(struct page *page)
{
    uint32_t code = '&';
    char bytes[4];
    if (!html_entity(page->in, &page->at, &code))
        page->at++;
    if (code == 0xA0 || code == ' ' || code == '\t' || code == '\n')
        page->wants_blank = true;
    else
        write_text(page, (str){bytes, utf8_encode(code, bytes)});
}

/* Where `wanted` ends, at or after `at`; STR_NONE: nowhere. */
static size_t end_of(str text, size_t at, str wanted)
{
    size_t found = str_find_str(str_slice(text, at, text.length), wanted);
    return found == STR_NONE ? STR_NONE : at + found + wanted.length;
}

/* The end of the tag that is open at `at`, minding quoted values. */
static size_t end_minding_quotes(str text, size_t at)
{
    char quote = '\0';
    for (; at < text.length; at++) {
        char c = text.bytes[at];
        if (quote != '\0')
            quote = c == quote ? '\0' : quote;
        else if (c == '>')
            return at + 1;
        else if ((c == '"' || c == '\'') && text.bytes[at - 1] == '=')
            quote = c;
    }
    return STR_NONE;
}

static size_t tag_end(struct page *page, size_t at)
{
    if (page->no_more_ends)
        return STR_NONE;
    if (!page->quotes_are_broken) {
        size_t end = end_minding_quotes(page->in, at);
        if (end != STR_NONE)
            return end;
        page->quotes_are_broken = true;
    }
    size_t end = end_of(page->in, at, STR(">"));
    page->no_more_ends = end == STR_NONE;
    return end;
}

/* Comments, doctypes, and processing instructions; an unclosed comment ends at the next '>'. */
static size_t declaration_end(struct page *page)
{
    bool is_comment = str_starts_with(str_slice(page->in, page->at, page->in.length), STR("<!--"));
    if (is_comment && !page->no_more_comment_ends) {
        size_t end = end_of(page->in, page->at + 2, STR("-->"));
        if (end != STR_NONE)
            return end;
        page->no_more_comment_ends = true;
    }
    return tag_end(page, page->at + 1);
}

/* Moves past all that is in the element; past nothing when it is never closed. */
static void skip_invisible(struct page *page, const struct element *element)
{
    bool *is_never_closed = &page->is_never_closed[element - elements];
    if (*is_never_closed)
        return;
    for (size_t at = page->at; (at = end_of(page->in, at, STR("</"))) != STR_NONE;) {
        str closing = tag_name(page->in, at - 2);
        size_t end = STR_NONE;
        if (find_element(closing) == element)
            end = tag_end(page, at + closing.length);
        if (end != STR_NONE) {
            page->at = end;
            return;
        }
    }
    *is_never_closed = true;
}

static void obey_tag(struct page *page, const struct element *element, bool is_closing)
{
    switch (element->kind) {
    case BREAK:
        page->wants_lines++;
        break;
    case KEPT:
        page->is_kept = !is_closing;
        want_line(page);
        break;
    case BLOCK:
        want_line(page);
        break;
    case CELL:
        page->wants_blank = true;
        break;
    case INVISIBLE:
        if (!is_closing)
            skip_invisible(page, element);
        break;
    case INLINE:
        break;
    }
}

static bool can_follow_name(str text, size_t at)
{
    return at < text.length &&
           (is_blank(text.bytes[at]) || text.bytes[at] == '/' || text.bytes[at] == '>');
}

static void read_tag(struct page *page)
{
    str in = page->in, name = tag_name(in, page->at);
    size_t after_name = (size_t)(name.bytes - in.bytes) + name.length, end = STR_NONE;
    char first = page->at + 1 < in.length ? in.bytes[page->at + 1] : ' ';

    if (name.length > 0 && can_follow_name(in, after_name))
        end = tag_end(page, after_name);
    else if (first == '!' || first == '?')
        end = declaration_end(page);
    if (end == STR_NONE) {
        write_text(page, str_slice(in, page->at, page->at + 1)); /* merely a '<' */
        page->at++;
        return;
    }
    page->at = end;
    const struct element *element = find_element(name);
    if (element != NULL)
        obey_tag(page, element, first == '/');
}

str text_from_html(struct arena *arena, str html)
{
    struct page page = {.in = html};
    buf_init(&page.out, arena, html.length + 1);
    while (page.at < html.length) {
        char c = html.bytes[page.at];
        if (c == '<')
            read_tag(&page);
        else if (c == '&')
            read_entity(&page);
        else if (is_blank(c))
            read_blanks(&page);
        else
            read_words(&page);
    }
    return page.out.length > 0 ? buf_str(&page.out) : STR("");
}
