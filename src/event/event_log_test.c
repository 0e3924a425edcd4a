#include "event/event_log.h"

#include "base/heap.h"
#include "base/test.h"
#include "fiber/fiber.h"
#include "fiber/loop.h"
#include "store/store_event.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum {
    OTHER_TENANT = 2,
    PATIENCE_MS = 20000,
    WRITTEN = 600, /* by the thread that writes while others read */
    READERS = 40,
    STACK = 256 * 1024
};

static char path[64];
static struct store *store;
static struct event_log *events;

/* --- what the tests are made of --- */

struct adding {
    int64_t tenant_id;
    const char *type;
    int count;
    int64_t last;
};

static enum status add_some(struct db_session *session, void *argument, struct error *err)
{
    struct adding *adding = argument;
    enum status status = STATUS_OK;
    for (int i = 0; i < adding->count && status == STATUS_OK; i++) {
        struct event event = {.type = adding->type,
                              .tenant_id = adding->tenant_id,
                              .subject = i + 1,
                              .data = STR("{\"severity\":\"low\"}")};
        status = store_add_event(session, &event, err);
        adding->last = event.seq;
    }
    return status;
}

static int64_t add(int64_t tenant_id, const char *type, int count)
{
    struct adding adding = {tenant_id, type, count, 0};
    struct error err;
    EXPECT(db_write(store_db(store), add_some, &adding, &err) == STATUS_OK);
    return adding.last;
}

static enum status forget(struct db_session *session, void *argument, struct error *err)
{
    struct db_statement *s = db_prepare(session, "DELETE FROM events WHERE seq <= $1");
    db_bind_integer(s, 1, *(int64_t *)argument);
    return db_run(s, NULL, err);
}

static void forget_until(int64_t seq)
{
    EXPECT(db_write(store_db(store), forget, &seq, NULL) == STATUS_OK);
}

static void open_store(void)
{
    char url[96];
    struct error err = {0};
    snprintf(path, sizeof path, "/tmp/hark-event-XXXXXX");
    EXPECT(mkdtemp(path) != NULL);
    snprintf(url, sizeof url, "sqlite:%s/a.db", path);
    EXPECT(store_open(&store, str_from_z(url), &err) == STATUS_OK);
}

static void close_store(void)
{
    static const char *const names[] = {"a.db", "a.db-wal", "a.db-shm", "a.db.lock"};
    char file[96];
    store_close(store);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(file, sizeof file, "%s/%s", path, names[i]);
        unlink(file);
    }
    EXPECT(rmdir(path) == 0);
}

static struct event_log_options usual_options(void)
{
    return (struct event_log_options){
        .store = store, .most_readers = 100, .most_per_tenant = 50, .ring_events = 64};
}

static void run_test(void *argument)
{
    void (*test)(void);
    memcpy(&test, argument, sizeof test);
    event_log_start(events);
    test();
    event_log_stop(events);
}

static void run_with(struct event_log_options options, void (*test)(void))
{
    open_store();
    options.store = store;
    events = event_log_open(&options);
    loop_run_alone(run_test, &test);
    event_log_close(events);
    close_store();
}

static void run(void (*test)(void))
{
    run_with(usual_options(), test);
}

static struct event_reader *reader_of(int64_t tenant_id, int64_t after, enum event_form form)
{
    struct event_place place = {.tenant_id = tenant_id, .after = after, .form = form};
    struct event_reader *reader;
    struct error err = {0};
    EXPECT(event_reader_open(&reader, events, &place, &err) == STATUS_OK);
    return reader;
}

static struct arena arena;

/* What comes next, or nothing for so long. */
static str next_within(struct event_reader *reader, unsigned ms)
{
    struct buf out;
    struct error err;
    buf_init(&out, &arena, 1 << 20);
    enum status status = event_reader_next(reader, fiber_now_ms() + ms, &out, &err);
    EXPECT(status == STATUS_OK || status == STATUS_TIMED_OUT);
    EXPECT((status == STATUS_OK) == (out.length > 0));
    return buf_str(&out);
}

static str next_of(struct event_reader *reader)
{
    return next_within(reader, PATIENCE_MS);
}

/* Lines begin with the seq they carry, as each event has one after the other. */
struct seen {
    int64_t first, last, count;
};

static void see_line(struct seen *seen, str line)
{
    int64_t seq;
    size_t at = str_find_str(line, STR("\"seq\":"));
    EXPECT(at != STR_NONE);
    str number, rest;
    str_cut(str_slice(line, at + 6, line.length), ',', &number, &rest);
    EXPECT(str_to_integer(number, &seq) && seq > seen->last);
    if (seen->count++ == 0)
        seen->first = seq;
    seen->last = seq;
}

static void see(struct seen *seen, str text)
{
    str line, rest = text;
    while (rest.length > 0) {
        str_cut(rest, '\n', &line, &rest);
        see_line(seen, line);
    }
}

static struct seen read_until(struct event_reader *reader, int64_t last)
{
    struct seen seen = {0};
    while (seen.last < last)
        see(&seen, next_of(reader));
    return seen;
}

/* --- the tests --- */

static void hear_of_a_commit(void)
{
    struct event_reader *reader = reader_of(TENANT_DEFAULT, EVENTS_FROM_NOW, EVENT_AS_LINES);
    EXPECT(next_within(reader, 10).length == 0);
    int64_t last = add(TENANT_DEFAULT, "feedback.created", 3);
    struct seen seen = read_until(reader, last);
    EXPECT(seen.count == 3 && seen.first == last - 2);
    EXPECT(event_reader_place(reader)->after == last);
    EXPECT(next_within(reader, 10).length == 0);
    event_reader_close(reader);
}

static void a_reader_hears_of_each_commit(void)
{
    run(hear_of_a_commit);
}

static void begin_anywhere(void)
{
    int64_t last = add(TENANT_DEFAULT, "feedback.created", 20);
    struct event_reader *now = reader_of(TENANT_DEFAULT, EVENTS_FROM_NOW, EVENT_AS_LINES);
    struct event_reader *start = reader_of(TENANT_DEFAULT, 0, EVENT_AS_LINES);
    struct event_reader *middle = reader_of(TENANT_DEFAULT, last - 5, EVENT_AS_LINES);
    struct seen all = read_until(start, last), some = read_until(middle, last);
    EXPECT(all.count == 20 && some.count == 5 && some.first == last - 4);
    EXPECT(next_within(now, 10).length == 0);
    last = add(TENANT_DEFAULT, "alert.opened", 1);
    EXPECT(read_until(now, last).count == 1 && read_until(start, last).count == 1);
    event_reader_close(now);
    event_reader_close(start);
    event_reader_close(middle);
}

static void a_reader_begins_where_it_says(void)
{
    run(begin_anywhere);
}

static void refuse_the_future(void)
{
    struct event_reader *reader = NULL;
    struct error err;
    int64_t last = add(TENANT_DEFAULT, "feedback.created", 1);
    struct event_place place = {.tenant_id = TENANT_DEFAULT, .after = last + 1};
    EXPECT(event_reader_open(&reader, events, &place, &err) == STATUS_INVALID);
    EXPECT(strcmp(err.field, "#/after") == 0 && reader == NULL);
}

static void a_place_in_the_future_is_refused(void)
{
    run(refuse_the_future);
}

/* The ring holds 64. */
static void fall_behind(void)
{
    struct event_reader *quick = reader_of(TENANT_DEFAULT, EVENTS_FROM_NOW, EVENT_AS_LINES);
    struct event_reader *slow = reader_of(TENANT_DEFAULT, EVENTS_FROM_NOW, EVENT_AS_LINES);
    struct seen seen = {0};
    int64_t last = 0;
    for (int i = 0; i < 20; i++) {
        last = add(TENANT_DEFAULT, "feedback.created", 17);
        while (seen.last < last)
            see(&seen, next_of(quick));
    }
    EXPECT(seen.count == 340);
    EXPECT(read_until(slow, last).count == 340);
    last = add(TENANT_DEFAULT, "feedback.created", 1);
    EXPECT(read_until(slow, last).count == 1);
    event_reader_close(quick);
    event_reader_close(slow);
}

static void who_is_behind_the_ring_loses_nothing(void)
{
    run(fall_behind);
}

static void mix_tenants(void)
{
    struct event_reader *mine = reader_of(TENANT_DEFAULT, EVENTS_FROM_NOW, EVENT_AS_LINES);
    struct event_reader *late = reader_of(TENANT_DEFAULT, 0, EVENT_AS_LINES);
    struct event_reader *theirs = reader_of(OTHER_TENANT, 0, EVENT_AS_LINES);
    int64_t last = 0;
    for (int i = 0; i < 10; i++) {
        add(OTHER_TENANT, "feedback.deleted", 30);
        last = add(TENANT_DEFAULT, "feedback.created", 1);
    }
    EXPECT(read_until(mine, last).count == 10);
    EXPECT(read_until(late, last).count == 10);
    EXPECT(read_until(theirs, last - 1).count == 300);
    EXPECT(next_within(theirs, 10).length == 0);
    EXPECT(event_reader_place(theirs)->after == last); /* others' events are passed over */
    event_reader_close(mine);
    event_reader_close(late);
    event_reader_close(theirs);
}

static void no_tenant_sees_anothers_events(void)
{
    run(mix_tenants);
}

static void filter_events(void)
{
    struct event_filter *alerts;
    struct event_reader *live = reader_of(TENANT_DEFAULT, EVENTS_FROM_NOW, EVENT_AS_SSE);
    struct event_reader *late = reader_of(TENANT_DEFAULT, 0, EVENT_AS_SSE);
    EXPECT(event_filter_make(&alerts, &arena, STR("alert.*"), NULL, NULL) == STATUS_OK);
    event_reader_place(live)->filter = event_reader_place(late)->filter = alerts;
    add(TENANT_DEFAULT, "feedback.created", 200);
    int64_t last = add(TENANT_DEFAULT, "alert.opened", 1);
    add(TENANT_DEFAULT, "feedback.created", 3);
    str expected = str_format(&arena, "id: %lld\nevent: alert.opened\ndata: {", (long long)last);
    str text = next_of(live);
    EXPECT(str_starts_with(text, expected) && str_ends_with(text, STR("}}\n\n")));
    EXPECT(str_equal(next_of(late), text));
    EXPECT(next_within(live, 10).length == 0);
    event_reader_place(live)->filter = NULL; /* from here on */
    add(TENANT_DEFAULT, "feedback.deleted", 1);
    EXPECT(str_find_str(next_of(live), STR("event: feedback.deleted")) != STR_NONE);
    event_reader_close(live);
    event_reader_close(late);
}

static void a_reader_gets_what_fits_its_filter(void)
{
    run(filter_events);
}

static void outpace_a_reader(void)
{
    struct event_reader *reader = reader_of(TENANT_DEFAULT, EVENTS_FROM_NOW, EVENT_AS_SSE);
    add(TENANT_DEFAULT, "feedback.created", 10);
    next_of(reader);
    int64_t place = event_reader_place(reader)->after;
    int64_t last = 0;
    for (int i = 0; i < 10; i++)
        last = add(TENANT_DEFAULT, "feedback.created", 30);
    forget_until(last - 5);
    fiber_wait_until(fiber_now_ms() + 50); /* the ring has moved on meanwhile */
    str expected =
        str_format(&arena, "event: gone\ndata: {\"gone\":{\"after\":%lld,\"before\":%lld}}\n\n",
                   (long long)place, (long long)last - 4);
    str text = next_of(reader);
    EXPECT(str_starts_with(text, expected));
    EXPECT(event_reader_place(reader)->after == last);
    event_reader_close(reader);

    reader = reader_of(TENANT_DEFAULT, 0, EVENT_AS_LINES); /* it asks for what there is */
    EXPECT(read_until(reader, last).count == 5);
    event_reader_close(reader);
}

static void retention_that_was_faster_is_told(void)
{
    run(outpace_a_reader);
}

static void empty_the_log(void)
{
    struct event_reader *reader = reader_of(TENANT_DEFAULT, EVENTS_FROM_NOW, EVENT_AS_LINES);
    add(TENANT_DEFAULT, "feedback.created", 1);
    next_of(reader);
    int64_t last = add(TENANT_DEFAULT, "feedback.created", 10);
    for (int i = 0; i < 10; i++)
        last = add(TENANT_DEFAULT, "feedback.created", 30);
    fiber_wait_until(fiber_now_ms() + 50);
    forget_until(last);
    EXPECT(str_starts_with(next_of(reader), STR("{\"gone\":{\"after\":1,\"before\":")));
    last = add(TENANT_DEFAULT, "feedback.created", 1);
    struct seen seen = {0};
    while (seen.last < last)
        see(&seen, next_of(reader));
    event_reader_close(reader);
}

static void a_log_that_was_emptied_holds_nobody_up(void)
{
    run(empty_the_log);
}

static void fill_the_seats(void)
{
    struct event_reader *mine[2], *theirs, *none = NULL;
    struct event_place place = {.tenant_id = TENANT_DEFAULT};
    struct error err;
    mine[0] = reader_of(TENANT_DEFAULT, 0, EVENT_AS_SSE);
    mine[1] = reader_of(TENANT_DEFAULT, 0, EVENT_AS_SSE);
    EXPECT(event_reader_open(&none, events, &place, &err) == STATUS_UNAVAILABLE);
    theirs = reader_of(OTHER_TENANT, 0, EVENT_AS_SSE);
    place.tenant_id = 3;
    EXPECT(event_reader_open(&none, events, &place, &err) == STATUS_UNAVAILABLE);
    event_reader_close(mine[0]);
    EXPECT(event_reader_open(&none, events, &place, &err) == STATUS_OK);
    event_reader_close(none);
    event_reader_close(mine[1]);
    event_reader_close(theirs);
    event_reader_close(reader_of(TENANT_DEFAULT, 0, EVENT_AS_SSE));
}

static void seats_are_limited_and_shared_among_tenants(void)
{
    struct event_log_options options = usual_options();
    options.most_readers = 3;
    options.most_per_tenant = 2;
    run_with(options, fill_the_seats);
}

static bool was_cancelled;

static void wait_for_nothing(void *argument)
{
    struct event_reader *reader = reader_of(TENANT_DEFAULT, EVENTS_FROM_NOW, EVENT_AS_SSE);
    struct buf out;
    struct error err;
    buf_init(&out, &arena, 1000);
    *(struct fiber **)argument = fiber_self();
    was_cancelled =
        event_reader_next(reader, fiber_now_ms() + PATIENCE_MS, &out, &err) == STATUS_CANCELLED;
    event_reader_close(reader);
}

static void cancel_a_reader(void)
{
    static struct fiber *waiting;
    was_cancelled = false;
    EXPECT(fiber_start(wait_for_nothing, &waiting));
    fiber_wait_until(fiber_now_ms() + 10);
    fiber_cancel(waiting);
    fiber_wait_until(fiber_now_ms() + 10);
    EXPECT(was_cancelled);
}

static void a_reader_ends_when_its_fiber_is_cancelled(void)
{
    run(cancel_a_reader);
}

/* --- many readers on two loops, while others write --- */

static struct loops *loops;
static atomic_int reading, done;
static atomic_llong last_written;

static void *write_many(void *unused)
{
    (void)unused;
    while (atomic_load(&reading) < READERS)
        usleep(1000);
    for (int i = 0; i < WRITTEN; i++) {
        add(OTHER_TENANT, "alert.opened", i % 3);
        int64_t last = add(TENANT_DEFAULT, "feedback.created", 1 + i % 5);
        if (i == WRITTEN - 1)
            atomic_store(&last_written, last);
    }
    return NULL;
}

/* Leaves now and then, and comes back to its place, as a client does that was cut off. */
static void read_all(void *argument)
{
    unsigned number = (unsigned)(uintptr_t)argument;
    struct event_reader *reader = reader_of(TENANT_DEFAULT, 0, EVENT_AS_LINES);
    struct seen seen = {0};
    struct arena own = {0};
    struct error err;
    atomic_fetch_add(&reading, 1);
    int64_t last = 0;
    for (unsigned turn = 0; last == 0 || seen.last < last; turn++) {
        struct buf out;
        buf_init(&out, &own, 1 << 20);
        enum status status = event_reader_next(reader, fiber_now_ms() + 100, &out, &err);
        EXPECT(status == STATUS_OK || status == STATUS_TIMED_OUT);
        see(&seen, buf_str(&out));
        arena_reset(&own);
        if (turn % 16 == number % 16) {
            event_reader_close(reader);
            fiber_wait_until(fiber_now_ms() + number % 7);
            reader = reader_of(TENANT_DEFAULT, seen.last, EVENT_AS_LINES);
        }
        last = atomic_load(&last_written);
    }
    EXPECT(seen.count == INT64_C(3) * WRITTEN);
    event_reader_close(reader);
    if (atomic_fetch_add(&done, 1) == READERS - 1)
        loops_stop(loops);
}

static void start(void *unused, uv_loop_t *loop, unsigned index)
{
    (void)unused, (void)loop;
    event_log_start(events);
    for (unsigned i = 0; i < READERS / 2; i++)
        EXPECT(fiber_start(read_all, (void *)(uintptr_t)(index * (READERS / 2) + i)));
}

static void stop(void *unused, uv_loop_t *loop, unsigned index)
{
    (void)unused, (void)loop, (void)index;
    event_log_stop(events);
}

static void many_readers_lose_and_repeat_nothing(void)
{
    struct loops_options options = {.count = 2, .max_fibers = 100, .stack_bytes = STACK};
    struct error err;
    pthread_t writer;
    open_store();
    struct event_log_options log = usual_options();
    log.store = store;
    events = event_log_open(&log);
    EXPECT(loops_open(&loops, &options, &err) == STATUS_OK);
    EXPECT(pthread_create(&writer, NULL, write_many, NULL) == 0);
    loops_run(loops, start, stop, NULL);
    pthread_join(writer, NULL);
    loops_close(loops);
    event_log_close(events);
    close_store();
}

int main(void)
{
    RUN(a_reader_hears_of_each_commit);
    RUN(a_reader_begins_where_it_says);
    RUN(a_place_in_the_future_is_refused);
    RUN(who_is_behind_the_ring_loses_nothing);
    RUN(no_tenant_sees_anothers_events);
    RUN(a_reader_gets_what_fits_its_filter);
    RUN(retention_that_was_faster_is_told);
    RUN(a_log_that_was_emptied_holds_nobody_up);
    RUN(seats_are_limited_and_shared_among_tenants);
    RUN(a_reader_ends_when_its_fiber_is_cancelled);
    RUN(many_readers_lose_and_repeat_nothing);
    arena_reset(&arena);
    return 0;
}
