/* Word vectors, learned from a few hundred made-up lines. */
#include "infer/vectors.h"

#include "base/test.h"
#include "infer/corpus.h"
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

/* Two subjects whose words never meet. */
static void make_folder(void)
{
    static const char *const money[] = {"invoice", "refund", "payment", "charged", "price"};
    static const char *const power[] = {"battery", "charger", "drains", "empty", "cable"};
    EXPECT(mkdtemp(folder) != NULL && mkdir(in_folder("cr"), 0700) == 0);
    FILE *file = fopen(in_folder("cr/train.tsv"), "we");
    EXPECT(file != NULL);
    for (int i = 0; i < 400; i++) {
        const char *const *words = i % 2 == 0 ? money : power;
        fprintf(file, "x\tnote %d the %s and %s with %s\n", i, words[i / 2 % 5], words[i / 10 % 5],
                words[i / 50 % 5]);
    }
    EXPECT(fclose(file) == 0);
    write_file("cr/test.tsv", "x\tnote 7 the battery and charger with battery\n");
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
    EXPECT(report.texts > 390 && report.words > 10 && are_same("one.bin", "two.bin"));
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
    RUN(a_damaged_file_is_refused);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        remove(in_folder(names[i]));
    rmdir(folder);
    arena_reset(&arena);
    return 0;
}
