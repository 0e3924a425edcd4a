/* pii_limits.c - the limits of row 6: the same seven patterns as the Node peer's as one PCRE2-JIT
 * alternation that finds and changes nothing, and a memchr that reads every byte.
 *
 *     pii_limits FILE BYTES     prints both in MB/s, best of five; documents of so many bytes */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char pattern[] =
    "[A-Za-z0-9._%+-]++@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}|"
    "(?:\\+?\\d{1,3}[ .-]?)?\\(?\\d{3}\\)?[ .-]?\\d{3}[ .-]?\\d{4}\\b|\\b(?:\\d[ -]?){13,16}\\b|"
    "\\b\\d{3}-\\d{2}-\\d{4}\\b|\\b(?:\\d{1,3}\\.){3}\\d{1,3}\\b|"
    "\\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\\b|\\b[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){3,7}\\b";

struct text {
    char *bytes;
    size_t length, document;
};

static size_t found;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void match_all(const struct text *text, pcre2_code *code, pcre2_match_data *match)
{
    for (size_t at = 0; at < text->length; at += text->document) {
        size_t rest = text->length - at, size = rest < text->document ? rest : text->document;
        const PCRE2_SIZE *places = pcre2_get_ovector_pointer(match);
        PCRE2_SPTR begin = (PCRE2_SPTR)text->bytes + at;
        for (size_t from = 0; pcre2_jit_match(code, begin, size, from, 0, match, NULL) > 0;
             from = places[1])
            found++;
    }
}

static void read_all(const struct text *text)
{
    for (size_t at = 0; at < text->length; at += text->document) {
        size_t rest = text->length - at, size = rest < text->document ? rest : text->document;
        found += memchr(text->bytes + at, '\x01', size) != NULL;
    }
}

static double rate(const struct text *text, pcre2_code *code, pcre2_match_data *match)
{
    double best = 0;
    for (int round = 0; round < 5; round++) {
        double began = now(), done = 0;
        for (; now() - began < 0.2; done += (double)text->length)
            code != NULL ? match_all(text, code, match) : read_all(text);
        double reached = done / (now() - began) / 1e6;
        best = reached > best ? reached : best;
    }
    return best;
}

static void read_file(struct text *text, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        exit(1);
    text->length = (size_t)ftell(file);
    text->bytes = malloc(text->length + 1);
    rewind(file);
    if (text->bytes == NULL || fread(text->bytes, 1, text->length, file) != text->length)
        exit(1);
    fclose(file);
}

int main(int count, char **words)
{
    struct text text = {.document = count > 2 ? (size_t)atol(words[2]) : 0};
    int error;
    PCRE2_SIZE place;
    if (text.document == 0)
        return 2;
    read_file(&text, words[1]);
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, 0, &error, &place, NULL);
    if (code == NULL || pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0)
        return 1;
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(code, NULL);
    printf("%.1f %.1f\n", rate(&text, code, match), rate(&text, NULL, NULL));
    fprintf(stderr, "%zu found\n", found);
    return 0;
}
