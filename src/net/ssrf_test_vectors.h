/* ssrf_test_vectors.h - for tests: the URLs of tests/ssrf/vectors.txt, one after the other. */
#pragma once

#include "base/str.h"
#include "base/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAST_VECTORS = 300,
    VECTOR_SIZE = 8192
};

struct vectors {
    FILE *file;
    unsigned count;
    str verdict, url; /* of the one that was read last */
    char line[VECTOR_SIZE];
};

static inline void vectors_open(struct vectors *vectors)
{
    vectors->file = fopen("tests/ssrf/vectors.txt", "r");
    vectors->count = 0;
    EXPECT(vectors->file != NULL);
}

/* "\xNN" is a byte. */
static inline size_t vectors_unescape(char *text)
{
    size_t length = 0;
    for (const char *at = text; *at != '\0'; length++) {
        bool is_escape = at[0] == '\\' && at[1] == 'x';
        char digits[3] = {is_escape ? at[2] : '0', is_escape ? at[3] : '0', '\0'};
        text[length] = is_escape ? (char)strtol(digits, NULL, 16) : *at;
        at += is_escape ? 4 : 1;
    }
    return length;
}

static inline bool vectors_next(struct vectors *vectors)
{
    do {
        if (fgets(vectors->line, sizeof vectors->line, vectors->file) == NULL)
            return false;
    } while (vectors->line[0] == '#' || vectors->line[0] == '\n');
    vectors->line[strcspn(vectors->line, "\n")] = '\0';
    EXPECT(str_cut(str_from_z(vectors->line), ' ', &vectors->verdict, &vectors->url));
    vectors->url.length = vectors_unescape(vectors->line + vectors->verdict.length + 1);
    vectors->count++;
    return true;
}

static inline void vectors_close(struct vectors *vectors)
{
    EXPECT(vectors->count >= LEAST_VECTORS);
    fclose(vectors->file);
}
