#include "pii/filter.h"
#include "pii/rules.h"

#include <assert.h>
#include <string.h>

static void allow_bytes(uint64_t sets[256], const char *bytes, uint64_t rule)
{
    for (unsigned c = 0; c < 256; c++)
        if (bytes == NULL || (c != 0 && strchr(bytes, (int)c) != NULL))
            sets[c] |= rule;
}

static void allow_meanings(uint64_t sets[FILTER_MEANINGS], uint32_t meanings, uint64_t rule)
{
    for (; meanings != 0; meanings &= meanings - 1)
        sets[__builtin_ctz(meanings)] |= rule;
}

static void add_rule(struct filter *filter, const struct pii_rule *rule, uint64_t bit)
{
    for (unsigned kind = 0; kind < FILTER_KINDS; kind++)
        if ((rule->starts >> kind & 1) != 0)
            filter->kinds[kind] |= bit;
    allow_bytes(filter->first, rule->first, bit);
    allow_bytes(filter->after, rule->after, bit);
    allow_bytes(filter->next, rule->next, bit);
    for (size_t length = 0; length <= FILTER_LENGTHS; length++)
        if (length >= rule->shortest && (rule->longest == 0 || length <= rule->longest))
            filter->lengths[length] |= bit;
    for (size_t digits = rule->fewest; digits <= FILTER_DIGITS; digits++)
        filter->digits[digits] |= bit;
    for (unsigned behind = 0; behind < FILTER_BEHIND; behind++)
        if ((behind & rule->never_after) == 0)
            filter->behind[behind] |= bit;
    if (rule->needs == 0)
        filter->without_needs |= bit;
    allow_meanings(filter->needs, rule->needs, bit);
}

void filter_init(struct filter *filter)
{
    size_t starts = 0, words = 0;
    *filter = (struct filter){0};
    for (size_t i = 0; i < pii_rule_count; i++) {
        const struct pii_rule *rule = &pii_rules[i];
        assert(starts < FILTER_RULES && words < FILTER_RULES);
        if (rule->starts == START_WORD) {
            allow_meanings(filter->words, rule->words, UINT64_C(1) << words);
            allow_bytes(filter->word_first, rule->first, UINT64_C(1) << words);
            filter->word_rules[words++] = (unsigned char)i;
        } else {
            add_rule(filter, rule, UINT64_C(1) << starts);
            filter->start_rules[starts++] = (unsigned char)i;
        }
    }
}

static uint64_t by_meanings(const uint64_t sets[FILTER_MEANINGS], uint32_t meanings)
{
    uint64_t rules = 0;
    for (; meanings != 0; meanings &= meanings - 1)
        rules |= sets[__builtin_ctz(meanings)];
    return rules;
}

uint64_t filter_by_context(const struct filter *filter, uint32_t all_meanings)
{
    return filter->without_needs | by_meanings(filter->needs, all_meanings);
}

uint64_t filter_by_word(const struct filter *filter, uint32_t meanings, char first)
{
    return by_meanings(filter->words, meanings) & filter->word_first[(unsigned char)first];
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(unsigned char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

static unsigned char byte_at(str text, size_t at)
{
    return at < text.length ? (unsigned char)text.bytes[at] : 0;
}

/* What may stand between the words of one thing. */
static bool is_sign(unsigned char c)
{
    switch (c) {
    case ' ':
    case '-':
    case ',':
    case '.':
    case '/':
    case ':':
    case '@':
    case '(':
    case ')':
        return true;
    default:
        return false;
    }
}

static unsigned behind(str text, size_t at)
{
    if (at == 0)
        return 0;
    unsigned char last = (unsigned char)text.bytes[at - 1];
    unsigned char before = at > 1 ? (unsigned char)text.bytes[at - 2] : 0;
    unsigned found = 0;
    if (last == ':' || last == '.')
        found |= AFTER_POINT;
    if (is_digit(before) &&
        (last == '-' || last == '.' || last == '/' || last == ',' || last == ':'))
        found |= AFTER_NUMBER;
    if (last == ' ' && is_digit(before))
        found |= AFTER_BLANK;
    if (last == '-' && (is_digit(before) || is_letter(before)))
        found |= AFTER_DASH;
    bool is_pound = last == 0xA3, is_euro = before == 0x82 && last == 0xAC;
    if (last == '$' || last == '#' || is_pound || is_euro)
        found |= AFTER_PRICE;
    return found;
}

static size_t at_most(size_t number, size_t most)
{
    return number < most ? number : most;
}

uint64_t filter_by_start(const struct filter *filter, uint64_t usable, str text,
                         const struct scan_start *start)
{
    size_t at = start->at, length = start->word_length;
    uint64_t rules = 0;
    for (unsigned kinds = start->starts; kinds != 0; kinds &= kinds - 1)
        rules |= filter->kinds[__builtin_ctz(kinds)];
    rules &= usable & filter->first[byte_at(text, at)] & filter->behind[behind(text, at)] &
             filter->lengths[at_most(length, FILTER_LENGTHS)];

    size_t end = at + length;
    for (; byte_at(text, at) == '+' || byte_at(text, at) == '('; at++)
        end++;
    unsigned char after = byte_at(text, end), next = 0;
    if (is_sign(after))
        next = byte_at(text, end + 1) == ' ' ? byte_at(text, end + 2) : byte_at(text, end + 1);
    rules &= filter->after[after] & filter->next[next];
    return rules & filter->digits[at_most(start->digits, FILTER_DIGITS)];
}
