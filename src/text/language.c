/* Which language a text is in: our own letter model first, and CLD2 where that is not sure or knows
 * no such letters. Two witnesses that learned from different texts are seldom wrong together. */
#include "base/heap.h"
#include "text/cld2_shim.h"
#include "text/language_table.h"
#include "text/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAMPLE_SIZE = 16 * 1024, /* bytes for CLD2: more of a text tells no more of its language */
    DECISIVE = 180,          /* steps by which a language leads and no more is read */
    SECOND_WITNESS = 25,     /* steps that a reliable answer of CLD2 is worth */
    FEWEST_LETTERS = 3,      /* of an alphabet */
};

/* Runs of letters overlap, and so tell less than their sum (tuned on a tenth of the training rows
 * that was held out, as is all that follows). */
static const double INDEPENDENCE = 0.5;
static const double SURE = 0.90;  /* CLD2 need not be asked */
static const double KNOWN = 0.40; /* below, no language is named */

/* Natural logarithm a letter, above letters of no language at all: Latin words have more than keys
 * struck at random; other scripts are seldom struck at random, and tell more by single letters. */
static const double LEAST_OF_LATIN = 9.4, LEAST_OF_OTHERS = 4.0;

struct languages {
    struct language_table table;
};

enum status languages_open(struct languages **languages, const char *path, struct error *err)
{
    struct language_table table;
    enum status status = language_table_map(&table, path, err);
    if (status != STATUS_OK)
        return status;
    *languages = heap_new(struct languages);
    (*languages)->table = table;
    return STATUS_OK;
}

void languages_close(struct languages *languages)
{
    if (languages == NULL)
        return;
    language_table_unmap(&languages->table);
    free(languages);
}

/* CLD2 has its own names for a few languages; ours are ISO 639-1. */
static const struct {
    const char *theirs, *ours;
} renamed[] = {
    {"iw", "he"}, {"jw", "jv"}, {"zh-Hant", "zh-TW"}, {"sr-ME", "sr"}, {"bh", "bho"}, {"no", "nb"},
};

static const char *iso_code(const char *code)
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (strcmp(code, renamed[i].theirs) == 0)
            return renamed[i].ours;
    return code;
}

static str sample_of(str text)
{
    if (text.length <= SAMPLE_SIZE)
        return text;
    size_t end = SAMPLE_SIZE;
    while (end > 0 && ((unsigned char)text.bytes[end] & 0xC0) == 0x80)
        end--;
    return str_slice(text, 0, end);
}

static struct language name_language(const char *code, double confidence)
{
    struct language language = {.confidence = confidence};
    snprintf(language.code, sizeof language.code, "%s", code);
    return language;
}

/* CLD2's answer; no code when it is not sure of it itself. */
static struct language ask_cld2(str text)
{
    int percent = 0;
    bool is_reliable = false;
    str sample = sample_of(text);
    const char *code = cld2_detect(sample.bytes, (int)sample.length, &percent, &is_reliable);
    bool is_known = is_reliable && strcmp(code, "un") != 0 && strncmp(code, "xx", 2) != 0;
    return is_known ? name_language(iso_code(code), (double)percent / 100) : (struct language){0};
}

/* What the letter model found. */
struct finding {
    int scores[LANGUAGES_MOST];
    size_t letters;              /* that were read and are no blanks */
    size_t latin, kana, chinese; /* of them */
    size_t best;
    double probability; /* of the best */
    double likeness;    /* a letter, to words of the best */
};

static void take_best(const struct language_header *header, struct finding *finding)
{
    double sum = 0;
    finding->best = 0;
    for (size_t i = 1; i < header->language_count; i++)
        if (finding->scores[i] > finding->scores[finding->best])
            finding->best = i;
    int best = finding->scores[finding->best];
    for (size_t i = 0; i < header->language_count; i++)
        if (best - finding->scores[i] < DECISIVE)
            sum += exp((finding->scores[i] - best) * (double)header->step * INDEPENDENCE);
    finding->probability = 1.0 / sum;
    finding->likeness = (best - header->prior[finding->best]) * (double)header->step /
                        (double)(finding->letters > 0 ? finding->letters : 1);
}

static void count_letter(struct finding *finding, uint32_t letter)
{
    if (letter == ' ')
        return;
    finding->letters++;
    finding->latin += letter < 0x250;
    finding->kana += letter >= 0x3040 && letter < 0x3100;
    finding->chinese += letter >= 0x3400 && letter < 0xA000;
}

static void read_letters(const struct language_table *table, str text, struct finding *finding)
{
    uint32_t letters[LETTERS_LOOKED_AT];
    size_t count = language_letters(text, letters, LETTERS_LOOKED_AT);
    for (size_t i = 0; i < table->header->language_count; i++)
        finding->scores[i] = table->header->prior[i];
    size_t read = language_table_score(table, letters, count, DECISIVE, finding->scores);
    for (size_t i = 0; i < read; i++)
        count_letter(finding, letters[i]);
    take_best(table->header, finding);
}

/* CLD2's word counts as so many steps for its language. */
static void hear_second(const struct language_header *header, const char *code,
                        struct finding *finding)
{
    for (size_t i = 0; i < header->language_count; i++)
        if (strcmp(code, header->codes[i]) == 0 ||
            (strncmp(code, "zh", 2) == 0 && strcmp(header->codes[i], "zh") == 0))
            finding->scores[i] += SECOND_WITNESS;
    take_best(header, finding);
}

/* Kana are Japanese; Chinese characters without them are Chinese, unless the model knows better:
 * there are more of them than it was shown. */
static const char *by_script(const struct language_header *header, const struct finding *finding)
{
    if (2 * (finding->kana + finding->chinese) < finding->letters)
        return NULL;
    bool is_japanese = strcmp(header->codes[finding->best], "ja") == 0;
    if (finding->kana > 0)
        return "ja";
    return is_japanese && finding->probability >= SURE ? "ja" : "zh";
}

static struct language fuse(const struct languages *languages, str text)
{
    const struct language_header *header = languages->table.header;
    struct finding finding = {.letters = 0};
    read_letters(&languages->table, text, &finding);
    if (finding.letters == 0)
        return (struct language){0};
    const char *code = by_script(header, &finding);
    if (code != NULL)
        return name_language(code, SURE);
    if (finding.letters < FEWEST_LETTERS)
        return (struct language){0};

    double least = finding.latin > 0 ? LEAST_OF_LATIN : LEAST_OF_OTHERS;
    if (finding.likeness < least)
        return ask_cld2(text);
    if (finding.probability < SURE)
        hear_second(header, ask_cld2(text).code, &finding);
    if (finding.probability < KNOWN)
        return (struct language){0};
    return name_language(header->codes[finding.best], finding.probability);
}

/* Written differently in Taiwan and on the mainland, and common: simplified, then traditional. */
static const char simplified[] =
    "这来个们时为国学说对会开关见长门问间东车马书买卖没还过进远运达连边发现点线经结给红级"
    "统让认识话请谢读写设计试该语误费质资购贵员单双号务动办务应广产业严丰临丽举乐习乡云亚"
    "从仓优价众传体亲证词满网页电画满总无机权极样标树桥检楼欢气汉汤沟泪洁浅济测浓涛润涨";
static const char traditional[] =
    "這來個們時為國學說對會開關見長門問間東車馬書買賣沒還過進遠運達連邊發現點線經結給紅級"
    "統讓認識話請謝讀寫設計試該語誤費質資購貴員單雙號務動辦務應廣產業嚴豐臨麗舉樂習鄉雲亞"
    "從倉優價眾傳體親證詞滿網頁電畫滿總無機權極樣標樹橋檢樓歡氣漢湯溝淚潔淺濟測濃濤潤漲";

/* How many characters of the text are in the list, but not those that both lists share. */
static size_t count_listed(str text, const char *list, const char *unlike)
{
    size_t count = 0;
    for (size_t at = 0; at + 3 <= text.length; at++) {
        if (((unsigned char)text.bytes[at] & 0xF0) != 0xE0)
            continue;
        char character[4] = {text.bytes[at], text.bytes[at + 1], text.bytes[at + 2], 0};
        count += strstr(list, character) != NULL && strstr(unlike, character) == NULL;
    }
    return count;
}

static bool is_traditional(str text)
{
    str sample = str_slice(text, 0, LETTERS_LOOKED_AT);
    return count_listed(sample, traditional, simplified) >
           count_listed(sample, simplified, traditional);
}

struct language text_language(const struct languages *languages, str text)
{
    if (text.length == 0)
        return (struct language){0};
    struct language language = languages == NULL ? ask_cld2(text) : fuse(languages, text);
    if (strcmp(language.code, "zh") == 0 && is_traditional(text))
        return name_language("zh-TW", language.confidence);
    return language;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_subtag(str part, bool is_first)
{
    if (part.length < (is_first ? 2 : 1) || part.length > (is_first ? 3 : 8))
        return false;
    for (size_t i = 0; i < part.length; i++)
        if (!is_letter(part.bytes[i]) && (is_first || part.bytes[i] < '0' || part.bytes[i] > '9'))
            return false;
    return true;
}

bool text_is_language_code(str code)
{
    str part, rest = code;
    if (code.length == 0 || code.length > 35 || code.bytes[code.length - 1] == '-')
        return false; /* 35: RFC 5646, 4.4.1 */
    for (bool is_first = true; rest.length > 0; is_first = false) {
        str_cut(rest, '-', &part, &rest);
        if (!is_subtag(part, is_first))
            return false;
    }
    return true;
}
