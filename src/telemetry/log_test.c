#include "telemetry/log.h"

#include "base/json.h"
#include "base/test.h"
#include "telemetry/metrics.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum {
    TEXT_LIMIT = 4 << 20
};

static struct arena arena;
static int reader, writer;

static void open_pipe(enum log_level level, enum log_format format)
{
    int ends[2];
    EXPECT(pipe(ends) == 0);
    reader = ends[0];
    writer = ends[1];
    log_open(writer, level, format);
}

/* What has been written until now. */
static str close_and_read(void)
{
    struct buf text;
    buf_init(&text, &arena, TEXT_LIMIT);
    log_close();
    close(writer);
    char piece[4096];
    ssize_t length;
    while ((length = read(reader, piece, sizeof piece)) > 0)
        buf_add(&text, (str){piece, (size_t)length});
    close(reader);
    EXPECT(!text.overflowed);
    return buf_str(&text);
}

static const struct json *parsed(str line)
{
    struct error err = {0};
    const struct json *value = NULL;
    EXPECT(json_parse(&arena, line, &value, &err) == STATUS_OK);
    return value;
}

static void a_line_is_one_json_object(void)
{
    open_pipe(LOG_LEVEL_INFO, LOG_AS_JSON);
    LOG(INFO, "feedback_analyzed", LOG_INT("id", -42), LOG_Z("sentiment", "negative"),
        LOG_REAL("confidence", 0.925), LOG_BOOL("alert", true));
    str text = close_and_read();
    EXPECT(text.length > 0 && text.bytes[text.length - 1] == '\n');
    const struct json *line = parsed(text);
    EXPECT(json_find(line, "time")->string.length == strlen("2026-11-20T08:22:57.123Z"));
    EXPECT(str_equal_z(json_find(line, "level")->string, "INFO") &&
           str_equal_z(json_find(line, "event")->string, "feedback_analyzed") &&
           str_equal_z(json_find(line, "sentiment")->string, "negative"));
    EXPECT(json_find(line, "id")->integer == -42 && json_find(line, "confidence")->real == 0.925 &&
           json_find(line, "alert")->boolean);
}

static void what_has_no_value_is_null(void)
{
    open_pipe(LOG_LEVEL_INFO, LOG_AS_JSON);
    LOG(INFO, "e", LOG_Z("nothing", NULL), LOG_REAL("no_number", NAN));
    const struct json *line = parsed(close_and_read());
    EXPECT(json_find(line, "nothing")->type == JSON_NULL);
    EXPECT(json_find(line, "no_number")->type == JSON_NULL);
}

static void no_value_can_forge_a_line(void)
{
    open_pipe(LOG_LEVEL_INFO, LOG_AS_JSON);
    LOG(INFO, "e", LOG_Z("v", "a\"b\\c\nd\te\033\x7f\xc3\xa4"), LOG_Z("bad", "x\xff"));
    const struct json *line = parsed(close_and_read());
    EXPECT(str_equal_z(json_find(line, "v")->string, "a\"b\\c\nd\te\033\x7f\xc3\xa4"));
    EXPECT(str_equal_z(json_find(line, "bad")->string, "x?"));

    open_pipe(LOG_LEVEL_INFO, LOG_AS_TEXT);
    LOG(INFO, "e", LOG_Z("v", "a\nb\033"), LOG_Z("w", "two words"), LOG_Z("x", "plain"),
        LOG_Z("y", ""));
    str text = close_and_read();
    EXPECT(
        str_ends_with(text, STR(" INFO  e v=\"a\\nb\\u001b\" w=\"two words\" x=plain y=\"\"\n")));
    EXPECT(text.bytes[2] == ':' && text.bytes[5] == ':' && text.bytes[8] == '.');
}

static void levels_below_the_chosen_one_are_silent(void)
{
    open_pipe(LOG_LEVEL_WARN, LOG_AS_TEXT);
    LOG(INFO, "quiet", LOG_INT("n", 1));
    LOG(WARN, "loud", LOG_INT("n", 2));
    log_open(writer, LOG_LEVEL_OFF, LOG_AS_JSON);
    LOG(ERROR, "silenced", LOG_INT("n", 3));
    str text = close_and_read();
    EXPECT(str_ends_with(text, STR(" WARN  loud n=2\n")));
    EXPECT(str_find_str(text, STR("quiet")) == STR_NONE);
}

static void level_and_format_change_while_it_is_open(void)
{
    open_pipe(LOG_LEVEL_INFO, LOG_AS_TEXT);
    LOG(INFO, "before", LOG_INT("n", 1));
    log_open(-1, LOG_LEVEL_DEBUG, LOG_AS_JSON); /* as SIGHUP does; the file stays the same */
    LOG(DEBUG, "after", LOG_INT("n", 2));
    str text = close_and_read(), first, second;
    EXPECT(str_cut(text, '\n', &first, &second) && str_ends_with(first, STR(" before n=1")));
    EXPECT(str_ends_with(second, STR("\"level\":\"DEBUG\",\"event\":\"after\",\"n\":2}\n")));
}

static void read_until_line_end(char *piece, size_t size, size_t *length, const char *last)
{
    while (!str_ends_with((str){piece, *length}, str_from_z(last))) {
        EXPECT(poll(&(struct pollfd){.fd = reader, .events = POLLIN}, 1, 5000) == 1);
        ssize_t more = read(reader, piece + *length, size - *length);
        EXPECT(more > 0);
        *length += (size_t)more;
    }
}

static void lines_come_out_by_themselves_and_in_order(void)
{
    open_pipe(LOG_LEVEL_INFO, LOG_AS_TEXT);
    LOG(INFO, "first", LOG_INT("n", 1));
    LOG(ERROR, "second", LOG_INT("n", 2));
    char piece[256];
    size_t length = 0;
    read_until_line_end(piece, sizeof piece, &length, "second n=2\n");
    str text = {piece, length};
    EXPECT(str_find_str(text, STR("first n=1")) < str_find_str(text, STR("second n=2")));
    EXPECT(close_and_read().length == 0);
}

static void a_field_too_long_is_left_out_whole(void)
{
    static char long_text[5000];
    memset(long_text, 'x', sizeof long_text - 1);
    open_pipe(LOG_LEVEL_INFO, LOG_AS_JSON);
    LOG(INFO, "e", LOG_INT("a", 1), LOG_Z("long", long_text), LOG_INT("b", 2));
    const struct json *line = parsed(close_and_read());
    EXPECT(json_find(line, "a")->integer == 1 && json_find(line, "cut")->boolean);
    EXPECT(json_find(line, "long") == NULL && json_find(line, "b") == NULL);
}

static void a_reader_that_is_too_slow_costs_lines_not_time(void)
{
    enum {
        LINES = 40000
    };
    int64_t dropped_before = metric_read(METRIC_log_lines_dropped_total);
    open_pipe(LOG_LEVEL_INFO, LOG_AS_JSON);
    for (int i = 0; i < LINES; i++) /* nobody reads: a pipe takes 64 KiB */
        LOG(INFO, "flood", LOG_INT("n", i));
    int64_t dropped = metric_read(METRIC_log_lines_dropped_total) - dropped_before;
    EXPECT(dropped > 0 && dropped < LINES);

    close(reader); /* and a reader that has gone costs the rest */
    log_close();
    close(writer);
    EXPECT(metric_read(METRIC_log_lines_dropped_total) - dropped_before > LINES - 1000);
}

enum {
    THREADS = 4,
    LINES_EACH = 500
};

static void *speak(void *argument)
{
    for (int i = 0; i < LINES_EACH; i++)
        LOG(INFO, "spoken", LOG_INT("thread", *(int *)argument), LOG_INT("n", i));
    return NULL;
}

static void *collect(void *argument)
{
    struct buf *text = argument;
    char piece[4096];
    ssize_t length;
    while ((length = read(reader, piece, sizeof piece)) > 0)
        buf_add(text, (str){piece, (size_t)length});
    return NULL;
}

static void expect_each_threads_order(str text)
{
    int64_t next[THREADS] = {0};
    for (str rest = text, line; rest.length > 0;) {
        EXPECT(str_cut(rest, '\n', &line, &rest));
        const struct json *value = parsed(line);
        int64_t thread = json_find(value, "thread")->integer;
        EXPECT(json_find(value, "n")->integer == next[thread]++);
    }
    for (int i = 0; i < THREADS; i++)
        EXPECT(next[i] == LINES_EACH);
}

static void many_threads_keep_each_line_whole_and_their_own_order(void)
{
    struct buf text;
    pthread_t collector, threads[THREADS];
    int names[THREADS];
    buf_init(&text, &arena, TEXT_LIMIT);
    open_pipe(LOG_LEVEL_INFO, LOG_AS_JSON);
    EXPECT(pthread_create(&collector, NULL, collect, &text) == 0);
    for (int i = 0; i < THREADS; i++) {
        names[i] = i;
        EXPECT(pthread_create(&threads[i], NULL, speak, &names[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    log_close();
    close(writer);
    pthread_join(collector, NULL);
    close(reader);
    expect_each_threads_order(buf_str(&text));
}

int main(void)
{
    RUN(a_line_is_one_json_object);
    RUN(what_has_no_value_is_null);
    RUN(no_value_can_forge_a_line);
    RUN(levels_below_the_chosen_one_are_silent);
    RUN(level_and_format_change_while_it_is_open);
    RUN(lines_come_out_by_themselves_and_in_order);
    RUN(a_field_too_long_is_left_out_whole);
    RUN(a_reader_that_is_too_slow_costs_lines_not_time);
    RUN(many_threads_keep_each_line_whole_and_their_own_order);
    arena_reset(&arena);
}
