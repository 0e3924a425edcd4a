#include "infer/compose.h"

#include "base/heap.h"
#include "infer/random.h"

#include <stdlib.h>

enum {
    SHORT_FROM = 12, /* bytes of a text worth joining */
    SHORT_TO = 80,
    REPORT_TO = 160,
    HELD_OUT_ONE_IN = 10,
    REPORT_ONE_IN = 3, /* of what is held against something */
    LONG_ONE_IN = 3    /* of all rows: three parts */
};

static const float COMPOSED_WEIGHT = 0.5F;

/* What a composed row is made of. A report tells of trouble in words that need not be sad. */
enum part {
    PART_PRAISE,
    PART_COMPLAINT,
    PART_REPORT,
    PART_KINDS
};

struct parts {
    uint32_t *rows[PART_KINDS];
    size_t counts[PART_KINDS];
};

static uint64_t draw(uint64_t *state)
{
    return random_next(state) >> 16;
}

/* PART_KINDS: none. */
static enum part part_of(const struct corpus_row *row)
{
    int8_t sentiment = row->labels[HEAD_SENTIMENT];
    int8_t topic = row->labels[HEAD_TOPIC];
    if (row->text.length < SHORT_FROM || corpus_weight(row, HEAD_SENTIMENT) < 0.5F)
        return PART_KINDS;
    if (sentiment == LABEL_NONE && (topic == TOPIC_BUG || topic == TOPIC_PERFORMANCE))
        return row->text.length <= REPORT_TO ? PART_REPORT : PART_KINDS;
    if (row->text.length > SHORT_TO)
        return PART_KINDS;
    return sentiment == SENTIMENT_POSITIVE   ? PART_PRAISE
           : sentiment == SENTIMENT_NEGATIVE ? PART_COMPLAINT
                                             : PART_KINDS;
}

/* A composed row that is held out is made of held-out parts, or the second stage would see clauses
 * that the first has learned by heart. */
static void find_parts(const struct corpus *corpus, bool is_held_out, struct parts *parts)
{
    for (int kind = 0; kind < PART_KINDS; kind++)
        parts->rows[kind] = heap_alloc((corpus->count + 1) * sizeof *parts->rows[kind]);
    for (size_t i = 0; i < corpus->count; i++) {
        enum part kind = part_of(&corpus->rows[i]);
        if (kind != PART_KINDS && corpus->rows[i].is_held_out == is_held_out)
            parts->rows[kind][parts->counts[kind]++] = (uint32_t)i;
    }
}

static void free_parts(struct parts *parts)
{
    for (int kind = 0; kind < PART_KINDS; kind++)
        free(parts->rows[kind]);
}

static str without_end_mark(str text)
{
    text = str_trim(text);
    while (text.length > 1 && (str_ends_with(text, STR(".")) || str_ends_with(text, STR("!")) ||
                               str_ends_with(text, STR(" "))))
        text.length--;
    return text;
}

static str pick(const struct corpus *corpus, const struct parts *parts, bool is_praise,
                uint64_t *state)
{
    bool is_report =
        !is_praise && parts->counts[PART_REPORT] > 0 && draw(state) % REPORT_ONE_IN == 0;
    enum part kind = is_praise ? PART_PRAISE : is_report ? PART_REPORT : PART_COMPLAINT;
    uint32_t row = parts->rows[kind][draw(state) % parts->counts[kind]];
    return without_end_mark(corpus->rows[row].text);
}

static str join(struct corpus *corpus, str one, str other, bool is_contrast, uint64_t *state)
{
    static const char *const contrasts[] = {
        ". ",      ". But ", ". However, ", ". Unfortunately, ", ". Sadly ", "! ",
        " but ",   ", but ", ", yet ",      ", although ",       " though ", "; however ",
        " while ", ", and ", ", "};
    static const char *const likes[] = {
        ". ",    ". However, ", ". Unfortunately, ", "! ",     " and ",
        " but ", ", but ",      ", although ",       ", and ", ", "};
    const char *between = is_contrast
                              ? contrasts[draw(state) % (sizeof contrasts / sizeof *contrasts)]
                              : likes[draw(state) % (sizeof likes / sizeof *likes)];
    return str_format(&corpus->arena, STR_FORMAT "%s" STR_FORMAT, STR_ARG(one), between,
                      STR_ARG(other));
}

/* Two parts or three, alike or not. */
static struct corpus_row compose(struct corpus *corpus, const struct parts *parts, uint64_t *state)
{
    bool is_praise = draw(state) % 2 == 0;
    bool is_mixed = draw(state) % 2 == 0;
    bool is_next_praise = is_mixed ? !is_praise : is_praise;
    struct corpus_row row = {.weight = COMPOSED_WEIGHT,
                             .calibrates = 1.0F,
                             .kind = KIND_UNKNOWN,
                             .labels = {0, LABEL_NONE, LABEL_NONE, 0}};
    row.labels[HEAD_SENTIMENT] = is_mixed    ? SENTIMENT_MIXED
                                 : is_praise ? SENTIMENT_POSITIVE
                                             : SENTIMENT_NEGATIVE;
    row.text = pick(corpus, parts, is_praise, state);
    if (draw(state) % LONG_ONE_IN == 0)
        row.text = join(corpus, row.text, pick(corpus, parts, is_praise, state), false, state);
    row.text = join(corpus, row.text, pick(corpus, parts, is_next_praise, state), is_mixed, state);
    return row;
}

static void add_rows(struct corpus *corpus, bool is_held_out, size_t count, uint64_t *state)
{
    struct parts parts = {{NULL}, {0}};
    find_parts(corpus, is_held_out, &parts);
    bool is_possible = parts.counts[PART_PRAISE] > 0 && parts.counts[PART_COMPLAINT] > 0;
    for (size_t i = 0; i < count && is_possible; i++) {
        struct corpus_row row = compose(corpus, &parts, state);
        if (corpus_add(corpus, &row))
            corpus->rows[corpus->count - 1].is_held_out = is_held_out;
    }
    free_parts(&parts);
}

void compose_add_rows(struct corpus *corpus, size_t count)
{
    uint64_t state = 0xd1b54a32d192ed03ULL;
    size_t held_out = count / HELD_OUT_ONE_IN;
    add_rows(corpus, true, held_out, &state);
    add_rows(corpus, false, count - held_out, &state);
}
