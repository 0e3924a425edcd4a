/* Training the table of languages, on two languages of a few words. */
#include "infer/train_language.h"

#include "base/test.h"
#include "infer/corpus.h"
#include "text/language_table.h"
#include "text/text.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_ROOM = 256
};

static char folder[] = "/tmp/hark-language-XXXXXX";

static const char *in_folder(const char *name)
{
    static char paths[4][PATH_ROOM];
    static int at;
    char *path = paths[at++ % 4];
    snprintf(path, PATH_ROOM, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(in_folder(name), "we");
    EXPECT(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void make_folder(void)
{
    char rows[4096] = "";
    EXPECT(mkdtemp(folder) != NULL && mkdir(in_folder("langid"), 0700) == 0);
    for (int i = 0; i < 20; i++)
        strncat(rows,
                "en\tthe weather is nice and the house is old\n"
                "de\tdas Wetter ist schön und das Haus ist alt\n"
                "ru\tпогода хорошая и дом старый\n",
                sizeof rows - strlen(rows) - 1);
    write_file("langid/train.tsv", rows);
    write_file("langid/test.tsv", "de\tdas steht im Test\n");
    write_file("own.tsv", "# de\n-/-/-\tdas steht im Test\n-/-/-\tzwölf Boxkämpfer jagen\n"
                          "# fr\n-/-/-\tla maison est grande et belle\n");
}

static void clear_folder(void)
{
    static const char *const names[] = {"langid/train.tsv", "langid/test.tsv", "langid",
                                        "own.tsv",          "one.bin",         "two.bin"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        remove(in_folder(names[i]));
    EXPECT(rmdir(folder) == 0);
}

static struct language_report train(const char *out)
{
    struct error err;
    struct language_report report = {0};
    struct language_training training = {
        .data_folder = folder, .out_path = in_folder(out), .own_path = in_folder("own.tsv")};
    EXPECT(train_language(&training, &report, &err) == STATUS_OK);
    return report;
}

static void learns_what_it_is_shown_but_no_test(void)
{
    struct language_report report = train("one.bin");
    EXPECT(report.languages == 4 && report.rows == 62 && report.refused == 1);
    EXPECT(report.weights > 100);
}

static void its_table_tells_the_languages(void)
{
    struct error err;
    struct language_table table;
    static const struct {
        const char *code, *text;
    } rows[] = {{"de", "das alte Haus"}, {"en", "the old weather"}, {"ru", "старая погода"}};
    EXPECT(language_table_map(&table, in_folder("one.bin"), &err) == STATUS_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t letters[LETTERS_LOOKED_AT];
        int scores[LANGUAGES_MOST] = {0};
        size_t best = 0;
        size_t count = language_letters(str_from_z(rows[i].text), letters, LETTERS_LOOKED_AT);
        EXPECT(language_table_score(&table, letters, count, 100000, scores) == count);
        for (size_t k = 1; k < table.header->language_count; k++)
            best = scores[k] > scores[best] ? k : best;
        EXPECT(strcmp(table.header->codes[best], rows[i].code) == 0);
    }
    language_table_unmap(&table);
}

static void the_same_rows_give_the_same_table(void)
{
    struct arena arena = {0};
    struct error err;
    str one, two;
    train("two.bin");
    EXPECT(corpus_read(&arena, in_folder("one.bin"), &one, &err) == STATUS_OK);
    EXPECT(corpus_read(&arena, in_folder("two.bin"), &two, &err) == STATUS_OK);
    EXPECT(str_equal(one, two));
    arena_reset(&arena);
}

static void a_damaged_table_is_refused(void)
{
    struct arena arena = {0};
    struct error err;
    struct language_table table;
    str bytes;
    EXPECT(corpus_read(&arena, in_folder("one.bin"), &bytes, &err) == STATUS_OK);
    ((char *)(uintptr_t)bytes.bytes)[bytes.length - 1] ^= 1;
    FILE *file = fopen(in_folder("two.bin"), "we");
    EXPECT(file != NULL && fwrite(bytes.bytes, bytes.length, 1, file) == 1 && fclose(file) == 0);
    EXPECT(language_table_map(&table, in_folder("two.bin"), &err) == STATUS_CORRUPT);
    EXPECT(truncate(in_folder("two.bin"), (off_t)bytes.length - 2) == 0);
    EXPECT(language_table_map(&table, in_folder("two.bin"), &err) == STATUS_CORRUPT);
    arena_reset(&arena);
}

static void without_rows_it_says_what_is_missing(void)
{
    struct error err;
    struct language_report report;
    struct language_training training = {.data_folder = "/no/such/folder", .out_path = "x"};
    EXPECT(train_language(&training, &report, &err) == STATUS_NOT_FOUND);
}

int main(void)
{
    make_folder();
    RUN(learns_what_it_is_shown_but_no_test);
    RUN(its_table_tells_the_languages);
    RUN(the_same_rows_give_the_same_table);
    RUN(a_damaged_table_is_refused);
    RUN(without_rows_it_says_what_is_missing);
    clear_folder();
    return 0;
}
