#include "base/test.h"
#include "command/client.h"
#include "command/command.h"
#include "command/import_state.h"
#include "command/member.h"
#include "command/terminal.h"

#include <string.h>
#include <unistd.h>

static struct arena arena;

static enum status read_arguments(struct command_call *call, const struct command *command,
                                  const char *const *arguments, struct error *err)
{
    size_t count = 0;
    while (arguments[count] != NULL)
        count++;
    *call = (struct command_call){.command = command, .arena = &arena};
    return command_read(call, arguments, count, err);
}

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void sorts_words_and_flags(void)
{
    struct command_call call;
    struct error err;
    EXPECT(read_arguments(&call, &command_import,
                          ARGUMENTS("--source", "shop", "a.csv", "--format=csv", "--json"),
                          &err) == STATUS_OK);
    EXPECT(call.word_count == 1 && str_equal_z(call.words[0], "a.csv"));
    EXPECT(str_equal_z(call_value(&call, "source"), "shop"));
    EXPECT(str_equal_z(call_value(&call, "format"), "csv"));
    EXPECT(call_has(&call, "json") && !call_has(&call, "refused"));
}

static void takes_what_follows_two_dashes_as_a_word(void)
{
    struct command_call call;
    struct error err;
    EXPECT(read_arguments(&call, &command_analyze, ARGUMENTS("--", "--json"), &err) == STATUS_OK);
    EXPECT(call.word_count == 1 && str_equal_z(call.words[0], "--json"));
    EXPECT(read_arguments(&call, &command_import, ARGUMENTS("-"), &err) == STATUS_OK);
    EXPECT(str_equal_z(call.words[0], "-"));
}

static void offers_the_filters_of_the_list_as_flags(void)
{
    struct command_call call;
    struct error err;
    EXPECT(read_arguments(&call, &command_export,
                          ARGUMENTS("--sentiment", "negative", "--since=2026-01-01"),
                          &err) == STATUS_OK);
    EXPECT(str_equal_z(call_value(&call, "since"), "2026-01-01"));
    EXPECT(read_arguments(&call, &command_export, ARGUMENTS("--cursor=x"), &err) == STATUS_INVALID);
}

static void refuses_what_it_does_not_understand(void)
{
    static const char *const wrong[][3] = {{"--nope", "a"}, {"--source"}, {"--json=yes", "a"},
                                           {"-x", "a"},     {"a", "b"},   {"--json"}};
    struct command_call call;
    struct error err;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        EXPECT(read_arguments(&call, &command_import, wrong[i], &err) == STATUS_INVALID);
        EXPECT(err.message[0] != '\0');
    }
}

static void reads_numbers_within_bounds(void)
{
    struct command_call call;
    struct error err;
    int64_t number = 7;
    EXPECT(read_arguments(&call, &command_export, ARGUMENTS("--limit=12"), &err) == STATUS_OK);
    EXPECT(call_number(&call, "limit", 1, &number, &err) == STATUS_OK && number == 12);
    EXPECT(read_arguments(&call, &command_export, ARGUMENTS("--limit=0"), &err) == STATUS_OK);
    EXPECT(call_number(&call, "limit", 1, &number, &err) == STATUS_INVALID && number == 12);
}

static void every_command_is_in_the_table_once_and_explains_itself(void)
{
    for (size_t i = 0; commands[i] != NULL; i++) {
        struct buf usage;
        buf_init(&usage, &arena, COMMAND_OUTPUT);
        command_write_usage(&usage, commands[i]);
        EXPECT(command_find(str_from_z(commands[i]->name)) == commands[i]);
        EXPECT(str_find_str(buf_str(&usage), str_from_z(commands[i]->summary)) != STR_NONE);
        EXPECT(commands[i]->run != NULL && commands[i]->least_words <= commands[i]->most_words);
        EXPECT(commands[i]->most_words <= 4);
    }
}

static void encodes_queries(void)
{
    struct buf path;
    buf_init(&path, &arena, 256);
    buf_add_z(&path, "/v1/feedback");
    client_add_query(&path, "q", STR("a b&c=ü"));
    client_add_query(&path, "limit", STR("5"));
    EXPECT(str_equal_z(buf_str(&path), "/v1/feedback?q=a%20b%26c%3D%C3%BC&limit=5"));
}

static void makes_one_clean_line_of_any_text(void)
{
    EXPECT(str_equal_z(terminal_line(&arena, STR("short"), 20), "short"));
    EXPECT(str_equal_z(terminal_line(&arena, STR("a\nb\033[31m"), 20), "a b [31m"));
    EXPECT(str_equal_z(terminal_line(&arena, STR("äöüäöü"), 4), "äöü…"));
    EXPECT(str_equal_z(terminal_line(&arena, STR("äöüä"), 4), "äöüä"));
    EXPECT(str_equal_z(terminal_line(&arena, STR("\xff"), 4), "(not UTF-8)"));
}

static void draws_how_far_it_has_come(void)
{
    struct progress progress = {.what = "import", .unit = "rows", .total = 1000};
    str text = progress_text(&arena, &progress, 250, 100, 2000000);
    EXPECT(str_equal_z(text, "import  [######------------------]  25%  100 rows  50/s  0:06 left"));
    text = progress_text(&arena, &progress, 1000, 400, 8000000);
    EXPECT(str_find_str(text, STR("100%")) != STR_NONE);
    EXPECT(str_find_str(text, STR("left")) == STR_NONE);
    progress.total = 0;
    EXPECT(str_equal_z(progress_text(&arena, &progress, 0, 3, 0), "import  3 rows"));
}

static void remembers_how_far_an_import_has_come(void)
{
    char path[64];
    struct error err;
    snprintf(path, sizeof path, "/tmp/hark-state-%d", (int)getpid());
    struct import_state state = {.path = str_from_z(path),
                                 .database = STR("sqlite:a b.db"),
                                 .size = 900,
                                 .place = {512, 30},
                                 .count = {20, 5, 4}};
    EXPECT(import_state_write(&state, &err) == STATUS_OK);

    struct import_state read = {.path = state.path, .database = state.database, .size = 900};
    EXPECT(import_state_read(&read));
    EXPECT(read.place.offset == 512 && read.place.line == 30);
    EXPECT(read.count.imported == 20 && read.count.known == 5 && read.count.refused == 4);

    struct import_state grown = {.path = state.path, .database = state.database, .size = 901};
    EXPECT(!import_state_read(&grown) && grown.place.offset == 0);
    struct import_state other = {.path = state.path, .database = STR("sqlite:b"), .size = 900};
    EXPECT(!import_state_read(&other));
    import_state_remove(&state);
    EXPECT(!import_state_read(&read));
}

static void reads_members_that_may_not_be_there(void)
{
    const struct json *object;
    struct error err;
    EXPECT(json_parse(&arena, STR("{\"a\":\"x\",\"b\":3,\"c\":true,\"d\":null}"), &object, &err) ==
           STATUS_OK);
    EXPECT(str_equal_z(member_text(object, "a"), "x") && member_integer(object, "b") == 3);
    EXPECT(member_real(object, "b") >= 3 && member_is_true(object, "c"));
    EXPECT(str_is_absent(member_text(object, "d")) && str_is_absent(member_text(NULL, "a")));
    EXPECT(member_integer(object, "a") == 0 && !member_is_true(object, "zz"));
}

int main(void)
{
    RUN(sorts_words_and_flags);
    RUN(takes_what_follows_two_dashes_as_a_word);
    RUN(offers_the_filters_of_the_list_as_flags);
    RUN(refuses_what_it_does_not_understand);
    RUN(reads_numbers_within_bounds);
    RUN(every_command_is_in_the_table_once_and_explains_itself);
    RUN(encodes_queries);
    RUN(makes_one_clean_line_of_any_text);
    RUN(draws_how_far_it_has_come);
    RUN(remembers_how_far_an_import_has_come);
    RUN(reads_members_that_may_not_be_there);
    arena_reset(&arena);
    return 0;
}
