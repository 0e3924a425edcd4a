#include "text/orders.h"

#include "text/disguise.h"

enum {
    NEAR = 60, /* bytes between two words that belong together */
    BASE64_LENGTH = 32,
    MARK_LENGTH = 16
};

/* Where a conversation's turns are faked, or an answer's JSON. In lower case. */
static const char *const marks[] = {
    "<|im_",
    "[inst]",
    "[/inst]",
    "<<sys>>",
    "### instruction",
    "\nsystem:",
    "\nassistant:",
    "\nhuman:",
    "[system]",
    "<system>",
    "\"role\":",
    "\"sentiment\"",
    "\"severity\"",
    "</feedback>",
    "system prompt",
    "\"injection_suspected\"",
    NULL,
};

/* Two words near each other. Beginnings of words, in lower case; where a first letter may be a
 * capital that is no ASCII, it is left away. */
static const char *const pairs[][2] = {
    {"sentiment", "positiv"}, {"sentiment", "negativ"},  {"sentiment", "neutral"},
    {"severity", "low"},      {"severity", "critical"},  {"severity", "high"},
    {"severity", "medium"},   {"ignore", "instruct"},    {"disregard", "instruct"},
    {"forget", "instruct"},   {"ignorier", "anweisung"}, {"vergiss", "anweisung"},
    {"ignor", "instruc"},     {"ignor", "istruzion"},    {"ignor", "instruç"},
    {"ignor", "polecen"},     {"zignoruj", "instrukcj"}, {"гнорир", "инструкц"},
    {"гнорир", "указан"},     {"yok say", "talimat"},    {"talimat", "yok say"},
    {"تجاهل", "التعليمات"},   {"指示", "無視"},          {"忽略", "指令"},
    {"忽略", "指示"},         {"you are", "bot"},
};

/* Words for being sorted, near the English word for the label: a customer's language has one of its
 * own. */
static const char *const sorting[] = {
    "mark it",  "mark this", "mark as",        "label it", "rate it", "classif", "clasif",
    "classer",  "einordn",   "segnare",        "segna",    "marcar",  "oznacz",  "помет",
    "işaretle", "علامة",     "としてください", "标记",     "分類",    "分类",    NULL,
};

static bool is_near(str text, const char *one, const char *other)
{
    str first = str_from_z(one), second = str_from_z(other);
    for (size_t from = 0;;) {
        str rest = str_slice(text, from, text.length);
        size_t at = str_find_str(rest, first);
        if (at == STR_NONE)
            return false;
        size_t end = from + at + first.length;
        size_t limit = end + NEAR + second.length;
        str after = str_slice(text, end, limit < text.length ? limit : text.length);
        if (str_find_str(after, second) != STR_NONE)
            return true;
        from = end;
    }
}

static bool is_base64(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

/* As it was written: small and capital letters and digits mixed, longer than any word. */
static bool holds_base64(str text)
{
    size_t length = 0;
    unsigned kinds = 0;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.bytes[i];
        if (!is_base64(c)) {
            length = 0;
            kinds = 0;
            continue;
        }
        length++;
        kinds |= c >= 'a' && c <= 'z'   ? 1u
                 : c >= 'A' && c <= 'Z' ? 2u
                 : c >= '0' && c <= '9' ? 4u
                                        : 0u;
        if (length >= BASE64_LENGTH && kinds == 7)
            return true;
    }
    return false;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* A line of sixteen hexadecimal digits, as the marks around a message are. */
static bool holds_mark(str text)
{
    for (str line, rest = text; rest.length > 0;) {
        size_t digits = 0;
        str_cut(rest, '\n', &line, &rest);
        line = str_trim(line);
        while (digits < line.length && is_hex(line.bytes[digits]))
            digits++;
        if (digits == MARK_LENGTH && line.length == MARK_LENGTH)
            return true;
    }
    return false;
}

static bool holds_pair(str text)
{
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (is_near(text, pairs[i][0], pairs[i][1]))
            return true;
    for (size_t i = 0; sorting[i] != NULL; i++)
        if (is_near(text, sorting[i], "positive") || is_near(text, "positive", sorting[i]))
            return true;
    return false;
}

static bool holds_words(str text)
{
    for (size_t i = 0; marks[i] != NULL; i++)
        if (str_find_str(text, str_from_z(marks[i])) != STR_NONE)
            return true;
    return holds_pair(text);
}

bool text_gives_orders(struct arena *arena, str text)
{
    str lower = str_lower(arena, text);
    return holds_words(lower) || holds_mark(lower) || holds_base64(text) ||
           holds_words(text_without_disguise(arena, text));
}
