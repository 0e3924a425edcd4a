/* tokenise.c - the limit of row 7: reads messages, cuts and hashes words and pairs, decides
 * nothing.
 *
 *     tokenise <messages     one a line; prints the sum of all hashes, so that none is left out */
#include <ctype.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* FNV-1a; http://www.isthe.com/chongo/tech/comp/fnv */
#define FNV_START UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

static uint64_t hash_words(const char *line, size_t length)
{
    uint64_t sum = 0, before = 0, word = FNV_START;
    for (size_t i = 0; i <= length; i++) {
        int c = i < length ? tolower((unsigned char)line[i]) : ' ';
        if (isalnum(c) || c >= 0x80) {
            word = (word ^ (uint64_t)c) * FNV_PRIME;
        } else if (word != FNV_START) {
            sum += word + (before * FNV_PRIME ^ word);
            before = word;
            word = FNV_START;
        }
    }
    return sum;
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    uint64_t sum = 0;
    while ((length = getline(&line, &room, stdin)) > 0)
        sum += hash_words(line, (size_t)length);
    printf("%" PRIu64 "\n", sum);
    free(line);
    return 0;
}
