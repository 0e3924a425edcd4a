#include "infer/compose.h"

#include "base/heap.h"

#include <stdlib.h>

enum {
    SHORT_FROM = 12, /* bytes of a text worth joining */
    SHORT_TO = 80
};

static const float COMPOSED_WEIGHT = 0.5F;

struct parts {
    uint32_t *rows[2]; /* positive, negative */
    size_t counts[2];
};

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dULL >> 16;
}

static bool is_part(const struct corpus_row *row)
{
    int8_t label = row->labels[HEAD_SENTIMENT];
    return (label == SENTIMENT_POSITIVE || label == SENTIMENT_NEGATIVE) &&
           row->text.length >= SHORT_FROM && row->text.length <= SHORT_TO && !row->is_held_out &&
           row->weight >= 0.5F;
}

static void find_parts(const struct corpus *corpus, struct parts *parts)
{
    for (int label = 0; label < 2; label++)
        parts->rows[label] = heap_alloc((corpus->count + 1) * sizeof *parts->rows[label]);
    for (size_t i = 0; i < corpus->count; i++) {
        int8_t label = corpus->rows[i].labels[HEAD_SENTIMENT];
        if (is_part(&corpus->rows[i]))
            parts->rows[label][parts->counts[label]++] = (uint32_t)i;
    }
}

static str without_end_mark(str text)
{
    text = str_trim(text);
    while (text.length > 1 && (str_ends_with(text, STR(".")) || str_ends_with(text, STR("!")) ||
                               str_ends_with(text, STR(" "))))
        text.length--;
    return text;
}

static str pick(const struct corpus *corpus, const struct parts *parts, int label, uint64_t *state)
{
    uint32_t row = parts->rows[label][next_random(state) % parts->counts[label]];
    return without_end_mark(corpus->rows[row].text);
}

static str join(struct corpus *corpus, str one, str other, bool is_contrast, uint64_t *state)
{
    static const char *const contrasts[] = {" but ",       ", but ",  ". However, ", "; however ",
                                            ". But ",      ", yet ",  ", although ", " though ",
                                            ", although ", " while ", ", and ",      ". "};
    static const char *const likes[] = {" and ", ", ", ". ", "! ", ", and ", " but ", ", but "};
    const char *between =
        is_contrast ? contrasts[next_random(state) % (sizeof contrasts / sizeof *contrasts)]
                    : likes[next_random(state) % (sizeof likes / sizeof *likes)];
    return str_format(&corpus->arena, STR_FORMAT "%s" STR_FORMAT, STR_ARG(one), between,
                      STR_ARG(other));
}

void compose_add_rows(struct corpus *corpus, size_t count)
{
    uint64_t state = 0xd1b54a32d192ed03ULL;
    struct parts parts = {{NULL}, {0}};
    find_parts(corpus, &parts);
    for (size_t i = 0; i < count && parts.counts[0] > 0 && parts.counts[1] > 0; i++) {
        int first = (int)(next_random(&state) % 2);
        bool is_mixed = next_random(&state) % 2 == 0;
        str one = pick(corpus, &parts, first, &state);
        str other = pick(corpus, &parts, is_mixed ? 1 - first : first, &state);
        struct corpus_row row = {.weight = COMPOSED_WEIGHT,
                                 .labels = {(int8_t)first, LABEL_NONE, LABEL_NONE, 0}};
        if (is_mixed)
            row.labels[HEAD_SENTIMENT] = SENTIMENT_MIXED;
        row.text = join(corpus, one, other, is_mixed, &state);
        corpus_add(corpus, &row);
    }
    free(parts.rows[0]);
    free(parts.rows[1]);
}
