#include "work/work_look.h"

#include "action/webhook.h"
#include "analysis/ledger.h"
#include "blob/blob.h"
#include "store/store_event.h"
#include "store/store_schedule.h"
#include "work/work_kinds.h"

static const struct work_kind kinds[] = {
    {{"tick", 1, 60 * SECOND_US, 100, 0, NULL}, "Ticks.", do_effect, NULL},
    {{"tock", 1, 60 * SECOND_US, 100, 0, NULL}, "Tocks.", do_effect, NULL},
};
static const struct scheduled lines[] = {{"0 * * * *", "tick"}, {"30 3 * * *", "tock"}};

static struct schedule *schedule;
static int64_t now;

static int64_t at(const char *text)
{
    int64_t us = 0;
    EXPECT(clock_parse(str_from_z(text), &us));
    return us;
}

static void open_all(void)
{
    fixture_open(kinds, 2, 300 * SECOND_US);
    EXPECT(schedule_open(&schedule, fixture.queue, store_db(fixture.store), lines, 2, &err) ==
           STATUS_OK);
}

static void close_all(void)
{
    schedule_close(schedule);
    fixture_close();
}

static enum status purge(struct db_session *session, void *removed, struct error *why)
{
    struct job_filter filter = {.state = LABEL_NONE};
    return queue_purge(fixture.queue, session, &filter, false, removed, why);
}

/* How many jobs were put at that time; none is left. */
static int put_at(const char *time)
{
    int64_t next_at = 0, removed = 0;
    now = at(time);
    EXPECT(schedule_look(schedule, now, &next_at, &err) == STATUS_OK && next_at > now);
    int found = (int)look().job_count;
    EXPECT(db_write(store_db(fixture.store), purge, &removed, &err) == STATUS_OK);
    return found;
}

static void each_due_time_puts_one_job(void)
{
    int64_t next_at = 0;
    open_all();
    EXPECT(put_at("2026-11-20T02:10:00Z") == 0);
    EXPECT(put_at("2026-11-20T02:59:59.9Z") == 0);
    EXPECT(put_at("2026-11-20T03:00:00Z") == 1);
    EXPECT(put_at("2026-11-20T03:00:01Z") == 0);
    EXPECT(schedule_look(schedule, now, &next_at, &err) == STATUS_OK);
    EXPECT(next_at == at("2026-11-20T03:30:00Z"));
    EXPECT(put_at("2026-11-20T03:30:00.5Z") == 1);
    EXPECT(put_at("2026-11-20T04:00:00Z") == 1);
    close_all();
    fixture_remove();
}

static void a_restart_neither_repeats_nor_forgets(void)
{
    open_all();
    EXPECT(put_at("2026-11-20T02:10:00Z") == 0);
    EXPECT(put_at("2026-11-20T03:00:00Z") == 1);
    close_all();
    open_all();
    EXPECT(put_at("2026-11-20T03:00:10Z") == 0);
    close_all();
    open_all(); /* half past three and four have passed meanwhile */
    EXPECT(put_at("2026-11-20T04:10:00Z") == 2);
    EXPECT(put_at("2026-11-20T04:10:01Z") == 0);
    close_all();
    fixture_remove();
}

static void what_was_missed_many_times_is_done_once(void)
{
    open_all();
    EXPECT(put_at("2026-11-20T02:10:00Z") == 0);
    EXPECT(put_at("2026-11-29T07:45:00Z") == 2);
    EXPECT(put_at("2026-11-29T07:59:00Z") == 0);
    EXPECT(put_at("2026-11-29T08:00:00Z") == 1);
    close_all();
    fixture_remove();
}

static void a_clock_set_back_a_little_repeats_nothing(void)
{
    open_all();
    EXPECT(put_at("2026-11-20T02:10:00Z") == 0);
    EXPECT(put_at("2026-11-20T03:00:00Z") == 1);
    EXPECT(put_at("2026-11-20T02:59:59Z") == 0);
    EXPECT(put_at("2026-11-20T03:00:00Z") == 0);
    EXPECT(put_at("2026-11-20T01:30:00Z") == 0);
    EXPECT(put_at("2026-11-20T02:00:00Z") == 0);
    EXPECT(put_at("2026-11-20T04:00:00Z") == 2);
    close_all();
    fixture_remove();
}

static void a_clock_set_back_a_day_is_followed(void)
{
    open_all();
    EXPECT(put_at("2026-11-20T02:10:00Z") == 0);
    EXPECT(put_at("2026-11-20T05:00:00Z") == 2);
    EXPECT(put_at("2026-11-19T04:30:00Z") == 0);
    EXPECT(put_at("2026-11-19T05:00:00Z") == 1);
    EXPECT(put_at("2026-11-20T03:30:00Z") == 2);
    close_all();
    fixture_remove();
}

static void the_schedule_itself_can_be_read(void)
{
    fixture_open(work_kinds, work_kind_count, 300 * SECOND_US);
    EXPECT(schedule_open(&schedule, fixture.queue, store_db(fixture.store), work_schedule,
                         work_schedule_count, &err) == STATUS_OK);
    for (size_t i = 0; i < work_schedule_count; i++)
        EXPECT(queue_kind(fixture.queue, work_schedule[i].kind) != NULL);
    close_all();
    fixture_remove();
}

static void a_line_that_cannot_be_read_is_refused(void)
{
    static const struct scheduled wrong[] = {{"0 * * *", "tick"}};
    fixture_open(kinds, 2, 300 * SECOND_US);
    EXPECT(schedule_open(&schedule, fixture.queue, store_db(fixture.store), wrong, 1, &err) ==
           STATUS_INVALID);
    fixture_remove();
}

/* --- the job that comes back: sweep --- */

enum {
    EVENTS = 2500
};

static enum status add_events(struct db_session *session, void *unused, struct error *why)
{
    (void)unused;
    enum status status = STATUS_OK;
    for (int i = 0; i < EVENTS && status == STATUS_OK; i++) {
        struct event event = {
            .tenant_id = TENANT_DEFAULT, .type = "feedback.created", .data = STR("{}")};
        status = store_add_event(session, &event, why);
    }
    struct db_statement *s =
        db_prepare(session, "UPDATE events SET created_at = created_at - $1 WHERE seq <= $2");
    db_bind_integer(s, 1, 91 * DAY_US);
    db_bind_integer(s, 2, EVENTS - 100);
    return status == STATUS_OK ? db_run(s, NULL, why) : status;
}

static void open_services(const struct work_services *retention)
{
    static const char key[32] = {1};
    str url = str_format(&fixture.arena, "file:%s/blobs", fixture.folder);
    EXPECT(blob_open(&fixture.services.blob, url, &err) == STATUS_OK);
    fixture.services.webhooks =
        webhooks_open(&(struct webhooks_options){.store = fixture.store,
                                                 .queue = fixture.queue,
                                                 .key = {key, sizeof key},
                                                 .retention_us = 30 * DAY_US});
    fixture.services.ledger =
        ledger_open(&(struct ledger_options){.store = fixture.store, .one_in = 1});
    fixture.services.events_retention_us = retention->events_retention_us;
    fixture.services.usage_retention_us = retention->usage_retention_us;
    fixture.services.jobs_retention_us = 30 * DAY_US;
}

static void sweep_once(void)
{
    PUT(.kind = "sweep");
    AWAIT(look().job_count == 0);
}

static void run_a_sweep(db_work *prepare, const struct work_services *retention)
{
    fixture_open(work_kinds, work_kind_count, 300 * SECOND_US);
    EXPECT(db_write(store_db(fixture.store), prepare, NULL, &err) == STATUS_OK);
    open_services(retention);
    fixture_run(sweep_once);
    ledger_close(fixture.services.ledger);
    webhooks_close(fixture.services.webhooks);
    blob_close(fixture.services.blob);
    EXPECT(look().letter_count == 0);
}

static int64_t events_after_sweep(int64_t retention_us)
{
    run_a_sweep(add_events, &(struct work_services){.events_retention_us = retention_us});
    int64_t left = count("SELECT COUNT(*) FROM events");
    EXPECT(count("SELECT MAX(seq) FROM events") == EVENTS);
    fixture_remove();
    return left;
}

static void events_go_when_their_retention_ends(void)
{
    EXPECT(events_after_sweep(90 * DAY_US) == 100);
    EXPECT(events_after_sweep(92 * DAY_US) == EVENTS);
    EXPECT(events_after_sweep(0) == EVENTS);
}

static void the_newest_event_stays(void)
{
    EXPECT(events_after_sweep(-DAY_US) == 1); /* all of them are older than tomorrow */
}

/* Of a hundred days one call an hour, and one of a hundred days ago that never ended. */
static enum status add_calls(struct db_session *session, void *unused, struct error *why)
{
    (void)unused;
    struct db_statement *s = db_prepare(
        session,
        "WITH RECURSIVE hours (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM hours WHERE n < 2400)"
        " INSERT INTO usage (tenant_id, job, provider, model, prompt_version, reserved_nano_usd,"
        " outcome, cost_nano_usd, created_at) SELECT 1, 'classify', 'p', 'm', 'v1', 5,"
        " CASE n WHEN 0 THEN 'reserved' ELSE 'ok' END, 5, $1 + n * 3600000000 FROM hours");
    db_bind_integer(s, 1, clock_floor(clock_now_us(), DAY_US) - 100 * DAY_US);
    return db_run(s, NULL, why);
}

static int64_t calls_after_sweep(int64_t retention_us)
{
    run_a_sweep(add_calls, &(struct work_services){.usage_retention_us = retention_us});
    EXPECT(count("SELECT COUNT(*) FROM usage WHERE outcome = 'reserved'") == 0);
    EXPECT(count("SELECT SUM(lost) FROM usage_days") == 1);
    int64_t left = count("SELECT COUNT(*) FROM usage");
    fixture_remove();
    return left;
}

/* By whole days, and what was never settled not before it is. */
static void calls_go_when_their_retention_ends(void)
{
    int64_t left = calls_after_sweep(30 * DAY_US);
    EXPECT(left == 30 * 24 + 1 || left == 31 * 24 + 1); /* where midnight has come meanwhile */
    EXPECT(calls_after_sweep(200 * DAY_US) == 2401);
    EXPECT(calls_after_sweep(0) == 2401);
}

int main(void)
{
    RUN(each_due_time_puts_one_job);
    RUN(a_restart_neither_repeats_nor_forgets);
    RUN(what_was_missed_many_times_is_done_once);
    RUN(a_clock_set_back_a_little_repeats_nothing);
    RUN(a_clock_set_back_a_day_is_followed);
    RUN(the_schedule_itself_can_be_read);
    RUN(a_line_that_cannot_be_read_is_refused);
    RUN(events_go_when_their_retention_ends);
    RUN(the_newest_event_stays);
    RUN(calls_go_when_their_retention_ends);
    return 0;
}
