/* What becomes of records and documents with time, and when their job dies. */
#include "base/clock.h"
#include "base/test.h"
#include "blob/blob.h"
#include "fiber/loop.h"
#include "intake/intake_job.h"
#include "queue/queue_death.h"
#include "store/store_event.h"
#include "work/work_record.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

static struct arena arena;
static struct intake_options intake;
static struct work_services services;
static char folder[] = "/tmp/hark-work-record-XXXXXX";

static void open_all(void)
{
    EXPECT(mkdtemp(folder) != NULL);
    EXPECT(store_open(&intake.store, str_format(&arena, "sqlite:%s/test.db", folder), NULL) ==
           STATUS_OK);
    EXPECT(blob_open(&services.blob, str_format(&arena, "file:%s/blobs", folder), NULL) ==
           STATUS_OK);
    services.store = intake.store;
    services.intake = &intake;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

static void close_all(void)
{
    store_close(intake.store);
    blob_close(services.blob);
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static enum status add(struct db_session *session, void *argument, struct error *err)
{
    return store_add_job(session, argument, err);
}

static void put(const char *id, int64_t created_at)
{
    struct job_record record;
    job_record_init(&record);
    record.id = str_from_z(id);
    record.tenant_id = TENANT_DEFAULT;
    record.kind = RECORD_ANALYZE;
    record.status = RECORD_PENDING;
    record.created_at = created_at;
    EXPECT(db_write(store_db(intake.store), add, &record, NULL) == STATUS_OK);
    EXPECT(blob_put(services.blob, job_document_name(&arena, record.id), STR("text"), NULL) ==
           STATUS_OK);
}

static enum status get(struct db_session *session, void *argument, struct error *err)
{
    struct job_record *record = argument;
    return store_get_job(session, &arena, TENANT_DEFAULT, record->id, record, err);
}

static enum status got(const char *id, struct job_record *record)
{
    record->id = str_from_z(id);
    return db_read(store_db(intake.store), DB_SHORT, get, record, NULL);
}

static void sweep_now(void *argument)
{
    struct work_call call = {.services = &services, .arena = &arena};
    EXPECT(records_sweep(&call, argument, NULL) == STATUS_OK);
}

static void sweeps_what_has_had_its_time(void)
{
    struct job_record record;
    struct record_sweep sweep = {.before_us = clock_now_us() - HOUR_US};
    put("old", clock_now_us() - DAY_US);
    put("new", clock_now_us());
    loop_run_alone(sweep_now, &sweep);
    EXPECT(sweep.records == 1 && sweep.documents == 0);
    EXPECT(got("old", &record) == STATUS_NOT_FOUND && got("new", &record) == STATUS_OK);
    sweep.before_us = clock_now_us() + HOUR_US;
    loop_run_alone(sweep_now, &sweep);
    EXPECT(sweep.records == 1 && sweep.documents == 2);
}

static enum status die(struct db_session *session, void *argument, struct error *err)
{
    return record_died(&services, session, argument, err);
}

static struct dead_letter letter_of(const char *id)
{
    struct dead_letter letter = {.job = {.tenant_id = TENANT_DEFAULT, .attempts = 3},
                                 .error = STR("cannot open '/somewhere': no")};
    snprintf(letter.job.id, sizeof letter.job.id, "%s", id);
    return letter;
}

static void a_record_fails_with_the_last_attempt_and_names_no_file(void)
{
    struct job_record record;
    struct dead_letter letter = letter_of("dying"), unknown = letter_of("unknown");
    put("dying", clock_now_us());
    for (int i = 0; i < 2; i++) /* what is over stays as it is */
        EXPECT(db_write(store_db(intake.store), die, &letter, NULL) == STATUS_OK);
    EXPECT(got("dying", &record) == STATUS_OK && record.status == RECORD_FAILED);
    EXPECT(str_equal(record.error.code, STR("PROCESSING_ERROR")));
    EXPECT(str_find(record.error.message, '/') == STR_NONE);
    EXPECT(db_write(store_db(intake.store), die, &unknown, NULL) == STATUS_OK);
}

static void a_record_of_what_is_purged_is_cancelled(void)
{
    struct job_record record;
    struct dead_letter letter = letter_of("purged");
    letter.error = str_from_z(queue_purged);
    put("purged", clock_now_us());
    EXPECT(db_write(store_db(intake.store), die, &letter, NULL) == STATUS_OK);
    EXPECT(got("purged", &record) == STATUS_OK && record.status == RECORD_FAILED);
    EXPECT(str_equal(record.error.code, STR("CANCELLED")));
}

static enum status count_events(struct db_session *session, void *argument, struct error *err)
{
    struct event_page *page = argument;
    return store_list_events(session, &arena, page, err);
}

static void its_end_is_told_once(void)
{
    struct event events[8];
    struct event_page page = {.items = events, .room = 8};
    EXPECT(db_read(store_db(intake.store), DB_SHORT, count_events, &page, NULL) == STATUS_OK);
    EXPECT(page.count == 2 && str_equal_z(STR("job.failed"), events[0].type));
}

int main(void)
{
    open_all();
    RUN(sweeps_what_has_had_its_time);
    RUN(a_record_fails_with_the_last_attempt_and_names_no_file);
    RUN(a_record_of_what_is_purged_is_cancelled);
    RUN(its_end_is_told_once);
    close_all();
    arena_reset(&arena);
    return 0;
}
