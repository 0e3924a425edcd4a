/* Word vectors, learned from a few hundred made-up lines. */
#include "infer/vectors.h"

#include "base/buf.h"
#include "base/test.h"
#include "infer/corpus.h"
#include "infer/counterparts.h"
#include "infer/train_vectors.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/hark-vectors-XXXXXX";
static struct arena arena;

static const char *in_folder(const char *name)
{
    return str_z(&arena, str_format(&arena, "%s/%s", folder, name));
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(in_folder(name), "we");
    EXPECT(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* Subjects whose words never meet; several, since what most texts share is taken out. */
static void make_folder(void)
{
    static const char *const subjects[][5] = {
        {"invoice", "refund", "payment", "charged", "price"},
        {"battery", "charger", "drains", "empty", "cable"},
        {"pizza", "waiter", "tasty", "kitchen", "menu"},
        {"login", "password", "account", "locked", "code"},
        {"parcel", "courier", "late", "doorstep", "tracking"},
        {"video", "sound", "movie", "buffering", "quality"},
    };
    EXPECT(mkdtemp(folder) != NULL && mkdir(in_folder("cr"), 0700) == 0);
    FILE *file = fopen(in_folder("cr/train.tsv"), "we");
    EXPECT(file != NULL);
    for (int i = 0; i < 750; i++) {
        const char *const *words = subjects[i % 6];
        fprintf(file, "x\tnote %d the %s and %s with %s\n", i, words[i / 6 % 5], words[i / 30 % 5],
                words[i / 150 % 5]);
    }
    EXPECT(fclose(file) == 0);
    write_file("cr/test.tsv", "x\tnote 7 the charger and battery with battery\n");
    write_file("groups.txt", "invoice bill\ncharger adapter\n");
}

static enum status train(const char *name, struct train_vectors_report *report)
{
    struct error err;
    struct train_vectors_options options = {
        .data_folder = folder, .out_path = in_folder(name), .groups_path = in_folder("groups.txt")};
    return train_vectors(&options, report, &err);
}

static bool are_same(const char *a, const char *b)
{
    str one, other;
    struct error err;
    EXPECT(corpus_read(&arena, in_folder(a), &one, &err) == STATUS_OK);
    EXPECT(corpus_read(&arena, in_folder(b), &other, &err) == STATUS_OK);
    return str_equal(one, other);
}

static void the_same_data_gives_the_same_file(void)
{
    struct train_vectors_report report;
    EXPECT(train("one.bin", &report) == STATUS_OK && train("two.bin", &report) == STATUS_OK);
    EXPECT(report.texts > 740 && report.words > 10 && are_same("one.bin", "two.bin"));
}

static struct vector embed(const struct vectors *vectors, const char *text)
{
    struct vector vector;
    EXPECT(vectors_embed(vectors, str_from_z(text), &vector));
    return vector;
}

static double likeness(const struct vectors *vectors, const char *a, const char *b)
{
    struct vector one = embed(vectors, a), other = embed(vectors, b);
    return vector_similarity(&one, &other);
}

static void texts_of_one_subject_lie_together(void)
{
    struct vectors *vectors;
    struct error err;
    EXPECT(vectors_open(&vectors, in_folder("one.bin"), &err) == STATUS_OK);
    EXPECT(strncmp(vectors_name(vectors), "hark-vectors-1-", 15) == 0);
    EXPECT(likeness(vectors, "refund payment", "the invoice price") >
           likeness(vectors, "refund payment", "the battery drains") + 0.2);
    EXPECT(likeness(vectors, "battery", "BATTERY!") > 0.999);
    vectors_close(vectors);
}

static void a_typo_lands_near_its_word(void)
{
    struct vectors *vectors;
    struct error err;
    EXPECT(vectors_open(&vectors, in_folder("one.bin"), &err) == STATUS_OK);
    EXPECT(likeness(vectors, "the battrey drains", "battery") >
           likeness(vectors, "the battrey drains", "invoice"));
    vectors_close(vectors);
}

static void a_text_without_words_says_nothing(void)
{
    struct vectors *vectors;
    struct vector vector;
    struct error err;
    EXPECT(vectors_open(&vectors, in_folder("one.bin"), &err) == STATUS_OK);
    EXPECT(!vectors_embed(vectors, STR(""), &vector) && vector.values[0] == 0);
    EXPECT(!vectors_embed(vectors, STR("123 !? 456"), &vector));
    EXPECT(!vectors_embed(vectors, (str){0}, &vector));
    struct vector one = embed(vectors, "battery");
    EXPECT(vector_similarity(&one, &vector) == 0);
    vectors_close(vectors);
}

static double compare(const struct vectors *vectors, const char *a, const char *b)
{
    struct text_words *words = arena_array(&arena, struct text_words, 2);
    counterparts_list(vectors, str_from_z(a), &words[0]);
    counterparts_list(vectors, str_from_z(b), &words[1]);
    double likeness = counterparts_compare(&words[0], &words[1]);
    EXPECT(likeness == counterparts_compare(&words[1], &words[0]));
    return likeness;
}

static void the_words_of_a_text_are_listed_once(void)
{
    struct vectors *vectors;
    struct word_vector words[4];
    struct error err;
    EXPECT(vectors_open(&vectors, in_folder("one.bin"), &err) == STATUS_OK);
    str text = STR("Refund, the refund REFUND: battery and a zzqyx price");
    EXPECT(vectors_list_words(vectors, text, words, 4) == 4);
    EXPECT(vectors_list_words(vectors, STR("refund refund"), words, 4) == 1);
    EXPECT(vectors_list_words(vectors, STR("7 !?"), words, 4) == 0);
    vectors_close(vectors);
}

static void each_word_looks_for_its_counterpart(void)
{
    struct vectors *vectors;
    struct error err;
    EXPECT(vectors_open(&vectors, in_folder("one.bin"), &err) == STATUS_OK);
    double same = compare(vectors, "the battery drains", "drains the battery");
    EXPECT(same > 0.999 && same < 1.001);
    double near = compare(vectors, "the battery drains", "the charger is empty");
    EXPECT(near < 0.9 && near > compare(vectors, "the battery drains", "the refund and invoice"));
    EXPECT(compare(vectors, "battery refund", "battery") > compare(vectors, "refund", "battery"));
    EXPECT(compare(vectors, "", "battery") < 0.001 && compare(vectors, "", "") < 0.001);
    vectors_close(vectors);
}

static void of_long_texts_the_first_words_are_compared(void)
{
    struct vectors *vectors;
    struct error err;
    char text[8 * TEXT_WORDS_MOST + 64] = "";
    struct buf buf;
    EXPECT(vectors_open(&vectors, in_folder("one.bin"), &err) == STATUS_OK);
    buf_init(&buf, &arena, sizeof text);
    for (int i = 0; i < TEXT_WORDS_MOST; i++)
        buf_format(&buf, "w%c%c ", 'a' + i / 26, 'a' + i % 26);
    str whole = buf_str(&buf);
    memcpy(text, whole.bytes, whole.length);
    memcpy(text + whole.length, "battery", sizeof "battery");
    double past = compare(vectors, text, "battery");
    text[whole.length] = '\0';
    EXPECT(past == compare(vectors, text, "battery"));
    vectors_close(vectors);
}

static void a_damaged_file_is_refused(void)
{
    struct vectors *vectors = NULL;
    struct error err;
    str whole;
    EXPECT(corpus_read(&arena, in_folder("one.bin"), &whole, &err) == STATUS_OK);
    char *bytes = arena_alloc(&arena, whole.length);
    static const size_t places[] = {0, 9, 20, 40, 200};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        memcpy(bytes, whole.bytes, whole.length);
        bytes[i == 4 ? whole.length - 1 : places[i]] ^= 1;
        FILE *file = fopen(in_folder("bad.bin"), "we");
        EXPECT(file != NULL && fwrite(bytes, whole.length, 1, file) == 1 && fclose(file) == 0);
        bool is_in_name = places[i] == 40; /* which no checksum covers */
        EXPECT(is_in_name || vectors_open(&vectors, in_folder("bad.bin"), &err) == STATUS_CORRUPT);
    }
    EXPECT(truncate(in_folder("bad.bin"), 100) == 0);
    EXPECT(vectors_open(&vectors, in_folder("bad.bin"), &err) == STATUS_CORRUPT);
    EXPECT(vectors_open(&vectors, in_folder("none.bin"), &err) == STATUS_NOT_FOUND);
}

int main(void)
{
    static const char *const names[] = {"cr/train.tsv", "cr/test.tsv", "groups.txt", "one.bin",
                                        "two.bin",      "bad.bin",     "cr"};
    make_folder();
    RUN(the_same_data_gives_the_same_file);
    RUN(texts_of_one_subject_lie_together);
    RUN(a_typo_lands_near_its_word);
    RUN(a_text_without_words_says_nothing);
    RUN(the_words_of_a_text_are_listed_once);
    RUN(each_word_looks_for_its_counterpart);
    RUN(of_long_texts_the_first_words_are_compared);
    RUN(a_damaged_file_is_refused);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        remove(in_folder(names[i]));
    rmdir(folder);
    arena_reset(&arena);
    return 0;
}
