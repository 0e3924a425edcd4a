#include "infer/noise.h"

#include "base/buf.h"
#include "infer/random.h"

#include <math.h>
#include <string.h>

enum {
    NOISE_MAX = 400,
    KINDS = 7
};

static const float NOISE_WEIGHT = 1.0F;

static size_t below(uint64_t *state, size_t limit)
{
    return (random_next(state) >> 16) % limit;
}

#define PICK(state, list) (list)[below((state), sizeof(list) / sizeof *(list))]

/* A run along one row of the keyboard, forwards or backwards. */
static void add_keys(struct buf *buf, uint64_t *state)
{
    static const char *const rows[] = {"qwertyuiop", "asdfghjkl",  "zxcvbnm", "1234567890",
                                       "azertyuiop", "qsdfghjklm", "qwertz",  "qazwsxedc"};
    const char *row = PICK(state, rows);
    size_t length = strlen(row);
    size_t from = below(state, length - 2);
    size_t count = 3 + below(state, length - from - 2);
    bool is_backwards = below(state, 6) == 0;
    for (size_t i = 0; i < count; i++)
        buf_add_byte(buf, row[is_backwards ? length - 1 - from - i : from + i]);
    if (below(state, 4) == 0)
        add_keys(buf, state);
}

/* Both hands on the home row: "sdfjkls dfkjh". */
static void add_mash(struct buf *buf, uint64_t *state)
{
    static const char keys[] = "asdfghjklasdfghjklqweruiopzxcvbnm;";
    size_t count = 4 + below(state, 12);
    for (size_t i = 0; i < count; i++)
        buf_add_byte(buf, keys[below(state, sizeof keys - 1)]);
}

static void add_letters(struct buf *buf, uint64_t *state)
{
    static const char any[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789";
    size_t count = 3 + below(state, 12);
    size_t kinds = below(state, 4) == 0 ? sizeof any - 1 : 26;
    for (size_t i = 0; i < count; i++)
        buf_add_byte(buf, any[below(state, kinds)]);
}

static void add_repeats(struct buf *buf, uint64_t *state)
{
    static const char *const what[] = {"a", "x", "z", "k", "m", "h",  "ab",  "ha",  "blah ", "la ",
                                       "s", "d", "f", "j", ".", "!?", "xyz", "bla", "1",     "-"};
    const char *part = below(state, 3) == 0 ? PICK(state, what) : NULL;
    char letter[2] = {(char)('a' + below(state, 26)), 0};
    size_t count = 4 + below(state, 20);
    for (size_t i = 0; i < count; i++)
        buf_add_z(buf, part != NULL ? part : letter);
}

static void add_test(struct buf *buf, uint64_t *state)
{
    static const char *const words[] = {"test",          "testing",       "test test",
                                        "test 123",      "123",           "this is a test",
                                        "test message",  "abc",           "foo",
                                        "bar",           "baz",           "just testing",
                                        "hello world",   "sample",        "test1",
                                        "test2",         "dummy text",    "please ignore",
                                        "ignore this",   "test data",     "testing 123",
                                        "foo bar baz",   "test feedback", "1 2 3",
                                        "one two three", "testtest",      "tset",
                                        "test ticket",   "qa test",       "xyz"};
    size_t count = 1 + below(state, 3);
    buf_add_z(buf, words[below(state, 9)]);
    for (size_t i = 0; i < count; i++) {
        buf_add_z(buf, below(state, 4) == 0 ? ", " : " ");
        buf_add_z(buf, PICK(state, words));
    }
}

static void add_latin(struct buf *buf, uint64_t *state)
{
    static const char *const words[] = {
        "lorem",        "ipsum",     "dolor",     "sit",      "amet",      "consectetur",
        "adipiscing",   "elit",      "sed",       "do",       "eiusmod",   "tempor",
        "incididunt",   "ut",        "labore",    "et",       "dolore",    "magna",
        "aliqua",       "enim",      "minim",     "veniam",   "quis",      "nostrud",
        "exercitation", "ullamco",   "laboris",   "nisi",     "aliquip",   "ex",
        "ea",           "commodo",   "consequat", "duis",     "aute",      "irure",
        "voluptate",    "velit",     "esse",      "cillum",   "fugiat",    "nulla",
        "pariatur",     "excepteur", "sint",      "occaecat", "cupidatat", "proident",
        "culpa"};
    size_t count = 3 + below(state, 16);
    if (below(state, 2) == 0)
        buf_add_z(buf, "lorem ipsum dolor sit amet ");
    for (size_t i = 0; i < count; i++) {
        buf_add_z(buf, PICK(state, words));
        buf_add_z(buf, below(state, 7) == 0 ? ", " : " ");
    }
}

static void add_mixture(struct buf *buf, uint64_t *state)
{
    size_t count = 2 + below(state, 3);
    for (size_t i = 0; i < count; i++) {
        switch (below(state, 4)) {
        case 0:
            add_keys(buf, state);
            break;
        case 1:
            add_letters(buf, state);
            break;
        case 2:
            add_test(buf, state);
            break;
        default:
            add_mash(buf, state);
            break;
        }
        buf_add_byte(buf, ' ');
    }
}

static str make_noise(struct arena *arena, uint64_t *state)
{
    static void (*const makers[])(struct buf *, uint64_t *) = {
        add_keys, add_mash, add_letters, add_repeats, add_test, add_latin, add_mixture};
    struct buf buf;
    buf_init(&buf, arena, NOISE_MAX);
    size_t kind = below(state, sizeof makers / sizeof *makers);
    bool is_short = makers[kind] == add_test || makers[kind] == add_latin;
    size_t parts = is_short ? 1 : 1 + below(state, 6);
    for (size_t i = 0; i < parts; i++) {
        if (i > 0)
            buf_add_byte(&buf, ' ');
        makers[kind](&buf, state);
    }
    str text = buf_str(&buf);
    bool is_loud = below(state, 8) == 0;
    for (size_t i = 0; i < text.length; i++) {
        char byte = buf.bytes[i];
        if (is_loud && byte >= 'a' && byte <= 'z')
            buf.bytes[i] = (char)(byte - 32);
    }
    return str_trim(text);
}

void noise_add_rows(struct corpus *corpus, size_t count)
{
    uint64_t state = 0x9e3779b97f4a7c15ULL;
    for (size_t i = 0; i < count; i++) {
        struct corpus_row row = {.weight = NOISE_WEIGHT,
                                 .kind = KIND_UNKNOWN,
                                 .calibrates = 1.0F,
                                 .labels = {LABEL_NONE, LABEL_NONE, LABEL_NONE, 1}};
        row.text = make_noise(&corpus->arena, &state);
        if (row.text.length > 0)
            corpus_add(corpus, &row);
    }
}

static void count_pairs(str text, double pairs[LETTERS_COUNT][LETTERS_COUNT])
{
    size_t length = text.length < LETTERS_LOOKED_AT ? text.length : LETTERS_LOOKED_AT;
    int before = LETTERS_EDGE;
    for (size_t i = 0; i < length; i++) {
        int now = letters_class((unsigned char)text.bytes[i]);
        pairs[before][now] += 1.0;
        before = now;
    }
}

static double sum_of(double pairs[LETTERS_COUNT][LETTERS_COUNT])
{
    double sum = 0.0;
    for (int i = 0; i < LETTERS_OTHER; i++)
        for (int j = 0; j < LETTERS_OTHER; j++)
            sum += pairs[i][j] += 3.0; /* smoothed: rare pairs are not proof */
    return sum;
}

void noise_count_letters(const struct corpus *corpus, struct letter_odds *odds)
{
    static double real[LETTERS_COUNT][LETTERS_COUNT];
    static double noise[LETTERS_COUNT][LETTERS_COUNT];
    memset(real, 0, sizeof real);
    memset(noise, 0, sizeof noise);
    for (size_t i = 0; i < corpus->count; i++)
        count_pairs(corpus->rows[i].text, corpus->rows[i].labels[HEAD_NOISE] == 1 ? noise : real);
    double real_sum = sum_of(real);
    double noise_sum = sum_of(noise);
    for (int i = 0; i < LETTERS_COUNT; i++) {
        for (int j = 0; j < LETTERS_COUNT; j++) {
            bool is_pair = i < LETTERS_OTHER && j < LETTERS_OTHER;
            double value =
                is_pair ? 16.0 * log(real[i][j] / real_sum * noise_sum / noise[i][j]) : 0.0;
            odds->pairs[i][j] = (int8_t)fmax(-127.0, fmin(127.0, round(value)));
        }
    }
}
