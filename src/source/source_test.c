#include "base/heap.h"
#include "base/json.h"
#include "base/test.h"
#include "source/source.h"

#include <string.h>
#include <unistd.h>

static struct arena arena;
static char path[128];

static void write_bytes(const char *name, str content)
{
    snprintf(path, sizeof path, "/tmp/hark-source-%d-%s", (int)getpid(), name);
    FILE *file = fopen(path, "wb");
    EXPECT(file != NULL && fwrite(content.bytes, 1, content.length, file) == content.length);
    EXPECT(fclose(file) == 0);
}

static struct source *open_as(const char *name, str content, const char *format)
{
    struct source *source = NULL;
    struct error err;
    write_bytes(name, content);
    EXPECT(source_open(&source, path, &(struct source_options){.format = format}, &err) ==
           STATUS_OK);
    return source;
}

static struct source *open_text(const char *name, const char *content)
{
    return open_as(name, str_from_z(content), NULL);
}

static void close_and_remove(struct source *source)
{
    struct error err;
    EXPECT(source_finish(source, &err) == STATUS_OK);
    source_close(source);
    unlink(path);
}

static struct source_record next(struct source *source)
{
    struct source_record record;
    EXPECT(source_next(source, &arena, &record));
    return record;
}

static bool is_over(struct source *source)
{
    struct source_record record;
    return !source_next(source, &arena, &record);
}

/* The text of a member, "a/b" deep; absent when it is not there or no text. */
static str member(struct source_record record, const char *name)
{
    const struct json *value = NULL;
    struct error err;
    EXPECT(!str_is_absent(record.object));
    EXPECT(json_parse(&arena, record.object, &value, &err) == STATUS_OK);
    str head, rest = str_from_z(name);
    while (value != NULL && rest.length > 0) {
        str_cut(rest, '/', &head, &rest);
        value = json_find(value, str_z(&arena, head));
    }
    if (value == NULL)
        return (str){0};
    return value->type == JSON_INTEGER ? str_format(&arena, "%lld", (long long)value->integer)
                                       : value->string;
}

static bool has(struct source_record record, const char *name, const char *value)
{
    return str_equal_z(member(record, name), value);
}

static void refuses_to_open(const char *name, str content, const char *format, const char *why)
{
    struct source *source;
    struct error err;
    write_bytes(name, content);
    EXPECT(source_open(&source, path, &(struct source_options){.format = format}, &err) ==
           STATUS_INVALID);
    EXPECT(strstr(err.message, why) != NULL);
    unlink(path);
}

static void reads_csv_by_its_heading(void)
{
    struct source *source = open_text("a.csv", "text,source,source_id,rating,customer\r\n"
                                               "\"Good, \"\"really\"\"\",app,7,5,c1\r\n"
                                               "\r\n"
                                               "Two words,,,,\r\n");
    EXPECT(strcmp(source_format(source), "csv") == 0);
    struct source_record first = next(source), second = next(source);
    EXPECT(first.line == 2 && second.line == 4);
    EXPECT(has(first, "text", "Good, \"really\"") && has(first, "source", "app"));
    EXPECT(has(first, "source_id", "7") && has(first, "rating", "5"));
    EXPECT(has(first, "customer/id", "c1"));
    EXPECT(has(second, "text", "Two words") && has(second, "source", "import"));
    EXPECT(str_is_absent(member(second, "rating")));
    EXPECT(is_over(source));
    close_and_remove(source);
}

static void understands_the_headings_of_other_exports(void)
{
    struct source *source =
        open_text("b.csv", "Review ID;Stars;Review Text;Author;E-Mail;Date;App Version\n"
                           "r-9;4.0;Nice;Ann;ann@example.org;1588615855;2.1\n");
    struct source_record record = next(source);
    EXPECT(has(record, "source_id", "r-9") && has(record, "rating", "4"));
    EXPECT(has(record, "text", "Nice") && has(record, "user_name", "Ann"));
    EXPECT(has(record, "customer/id", "ann@example.org"));
    EXPECT(has(record, "created_at", "2020-05-04T18:10:55.000Z"));
    EXPECT(has(record, "metadata/App Version", "2.1"));
    close_and_remove(source);
}

static void keeps_what_it_does_not_know_in_the_metadata(void)
{
    struct source *source = open_text("c.csv", "text,comment,x,x,,metadata\n"
                                               "a,b,1,2,3,\"{\"\"x\"\":true,\"\"y\"\":null}\"\n"
                                               "a,,,,,plain\n");
    struct source_record first = next(source), second = next(source);
    EXPECT(has(first, "text", "a") && has(first, "metadata/comment", "b"));
    EXPECT(has(first, "metadata/x_3", "1") && has(first, "metadata/x_4", "2"));
    EXPECT(has(first, "metadata/column_5", "3"));
    EXPECT(has(second, "metadata/metadata", "plain"));
    close_and_remove(source);
}

static void leaves_out_its_own_findings_in_its_own_export(void)
{
    struct source *source = open_text(
        "d.csv", "id,sentiment,processing_method,text,pii_detected,source_id\n1,mixed,ai,a,0,s\n");
    struct source_record record = next(source);
    EXPECT(has(record, "source_id", "s"));
    EXPECT(str_is_absent(member(record, "metadata/sentiment")) &&
           str_find_str(record.object, STR("metadata")) == STR_NONE);
    close_and_remove(source);
}

static void gives_the_same_record_the_same_id_each_time(void)
{
    const char *content = "text\nsame\nsame\n";
    str ids[2];
    for (int i = 0; i < 2; i++) {
        struct source *source = open_text("e.csv", content);
        struct source_record first = next(source), second = next(source);
        EXPECT(!str_equal(member(first, "source_id"), member(second, "source_id")));
        ids[i] = member(first, "source_id");
        close_and_remove(source);
    }
    EXPECT(str_equal(ids[0], ids[1]));
    EXPECT(str_find_str(ids[0], STR("e.csv:2:")) != STR_NONE);
}

static void refuses_bad_rows_and_goes_on(void)
{
    struct source *source = open_as("f.csv",
                                    STR("text,rating\n"
                                        "one,1,2\n"
                                        "wrong \"quote\",1\n"
                                        "caf\xe9,1\n"
                                        "\"two\nlines \xff\",1\n"
                                        "good,5\n"),
                                    NULL);
    struct source_record record = next(source);
    EXPECT(record.line == 2 && str_equal_z(record.reason, "has 3 cells, the heading has 2"));
    record = next(source);
    EXPECT(record.line == 3 && str_is_absent(record.object));
    record = next(source);
    EXPECT(record.line == 4 && str_starts_with(record.reason, STR("line 4 is not UTF-8")));
    record = next(source);
    EXPECT(record.line == 5 && str_starts_with(record.reason, STR("line 6 is not UTF-8")));
    EXPECT(str_equal_z(record.raw, "\"two\nlines \xff\",1"));
    record = next(source);
    EXPECT(record.line == 7 && has(record, "text", "good"));
    EXPECT(is_over(source));
    close_and_remove(source);
}

static void loses_only_the_row_whose_quote_stays_open(void)
{
    struct source *source = open_text("g.csv", "text,rating\n"
                                               "\"never closed,1\n"
                                               "second,2\n"
                                               "\"third\",3\n"
                                               "fourth,4");
    struct source_record record = next(source);
    EXPECT(record.line == 2 && str_is_absent(record.object));
    EXPECT(str_equal_z(record.raw, "\"never closed,1"));
    static const char *const texts[] = {"second", "third", "fourth"};
    for (size_t i = 0; i < 3; i++) {
        record = next(source);
        EXPECT(record.line == 3 + i && has(record, "text", texts[i]));
    }
    EXPECT(is_over(source));
    close_and_remove(source);
}

static void put(char *at, str text)
{
    for (size_t i = 0; i < text.length; i++)
        at[i] = text.bytes[i];
}

static void loses_only_the_record_that_is_too_long(void)
{
    size_t size = 5 * 1024 * 1024 + 7;
    char *content = heap_alloc_raw(size);
    memset(content, 'x', size);
    put(content, STR("text\nfirst\n\"a\n"));
    put(content + size - 10, STR("\r\nlast\"q\nz"));
    struct source *source = open_as("h.csv", (str){content, size}, NULL);
    EXPECT(has(next(source), "text", "first"));
    struct source_record record = next(source);
    EXPECT(record.line == 3 && str_is_absent(record.object));
    EXPECT(str_equal_z(record.reason, "is longer than 2 MB"));
    record = next(source); /* with a quote in the middle */
    EXPECT(record.line == 5 && str_is_absent(record.object));
    record = next(source);
    EXPECT(record.line == 6 && has(record, "text", "z"));
    EXPECT(is_over(source));
    close_and_remove(source);
    free(content);
}

static void reports_a_line_that_is_too_long_wherever_it_stands(void)
{
    static const char *const names[] = {"n.csv", "n.txt", "n.jsonl"};
    size_t size = SOURCE_MAX_RECORD + 100000;
    char *content = heap_alloc_raw(size);
    for (size_t i = 0; i < 3; i++) {
        memset(content, 'x', size);
        put(content, STR("text\n\n"));
        content[size - 1] = '\n';
        struct source *source = open_as(names[i], (str){content, size}, NULL);
        struct source_record record = next(source);
        if (i > 0)
            record = next(source);
        EXPECT(record.line == 3 && str_equal_z(record.reason, "is longer than 2 MB"));
        EXPECT(is_over(source));
        close_and_remove(source);
    }
    free(content);
}

static void reads_every_kind_of_line_end(void)
{
    struct source *source = open_text("i.txt", "one\rtwo\r\nthree\n\nfive");
    EXPECT(has(next(source), "text", "one"));
    EXPECT(has(next(source), "text", "two"));
    EXPECT(has(next(source), "text", "three"));
    struct source_record record = next(source);
    EXPECT(record.line == 5 && has(record, "text", "five"));
    EXPECT(is_over(source));
    close_and_remove(source);
}

static void reads_json_lines_and_their_numbers(void)
{
    struct source *source =
        open_text("j.jsonl", "{\"review_id\": 7, \"text\": \"ok\", \"stars\": 4.0, \"tags\": [1]}\n"
                             "[1]\n"
                             "{\"text\": \n"
                             "{\"message\": \"hi\", \"timestamp\": 1588615855070}\n");
    struct source_record record = next(source);
    EXPECT(has(record, "source_id", "7") && has(record, "rating", "4"));
    EXPECT(has(record, "metadata/tags", "[1]"));
    record = next(source);
    EXPECT(record.line == 2 && str_equal_z(record.reason, "the line is an array, not an object"));
    EXPECT(str_is_absent(next(source).object));
    record = next(source);
    EXPECT(has(record, "text", "hi") && has(record, "created_at", "2020-05-04T18:10:55.070Z"));
    EXPECT(is_over(source));
    close_and_remove(source);
}

static void guesses_the_format_from_the_first_line(void)
{
    static const char *const files[][2] = {{"\xef\xbb\xbf{\"text\": \"a\"}\n", "jsonl"},
                                           {"Rating,Comment\n5,a\n", "csv"},
                                           {"rating\treview\n5\ta\n", "csv"},
                                           {"Great app, love it\n", "lines"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct source *source = open_text("k", files[i][0]);
        EXPECT(strcmp(source_format(source), files[i][1]) == 0);
        EXPECT(!str_is_absent(next(source).object));
        close_and_remove(source);
    }
}

static void refuses_files_that_are_no_feedback(void)
{
    refuses_to_open("l.csv", STR("rating,plan\n5,free\n"), NULL, "no column for the text");
    refuses_to_open("l.csv", STR(""), NULL, "is empty");
    refuses_to_open("l.csv", STR("\xff\xfet\0"), NULL, "UTF-16");
    refuses_to_open("l.csv", STR("PK\x03\x04....."), NULL, "save it as CSV");
    refuses_to_open("l.json", STR("[{}]"), NULL, "one JSON array");
    refuses_to_open("l.txt", STR("a"), "xml", "csv, jsonl, lines");
    struct source *source;
    struct error err;
    EXPECT(source_open(&source, "/nowhere/x", &(struct source_options){0}, &err) ==
           STATUS_NOT_FOUND);
}

static void goes_on_where_it_was_left(void)
{
    const char *content = "text\n\"one\nmore\"\ntwo\nthree\n";
    struct source *source = open_text("m.csv", content);
    struct error err;
    next(source);
    struct source_place place = source_place(source);
    str id = member(next(source), "source_id");
    close_and_remove(source);

    source = open_text("m.csv", content);
    EXPECT(source_size(source) == strlen(content));
    EXPECT(source_resume(source, place, &err) == STATUS_OK);
    struct source_record record = next(source);
    EXPECT(record.line == 4 && has(record, "text", "two"));
    EXPECT(str_equal(member(record, "source_id"), id));
    close_and_remove(source);
}

int main(void)
{
    RUN(reads_csv_by_its_heading);
    RUN(understands_the_headings_of_other_exports);
    RUN(keeps_what_it_does_not_know_in_the_metadata);
    RUN(leaves_out_its_own_findings_in_its_own_export);
    RUN(gives_the_same_record_the_same_id_each_time);
    RUN(refuses_bad_rows_and_goes_on);
    RUN(loses_only_the_row_whose_quote_stays_open);
    RUN(loses_only_the_record_that_is_too_long);
    RUN(reports_a_line_that_is_too_long_wherever_it_stands);
    RUN(reads_every_kind_of_line_end);
    RUN(reads_json_lines_and_their_numbers);
    RUN(guesses_the_format_from_the_first_line);
    RUN(refuses_files_that_are_no_feedback);
    RUN(goes_on_where_it_was_left);
    arena_reset(&arena);
    return 0;
}
