/* What every backend must do for writers side by side: works that queue up together are committed
 * together, and the failure of one costs none of the others. */
#include "db/db_contract.h"
#include "fiber/fiber.h"
#include "fiber/loop.h"

#include <pthread.h>
#include <semaphore.h>

/* The writer is held at a gate until all of a group have queued up. */

enum {
    GROUP = 50,
    BAD = 20 /* its place in the group */
};

static struct {
    sem_t held, gate;
    db_work *bad_work;
    int places[GROUP];
    int runs[GROUP];
    enum status statuses[GROUP];
    int left;
    int gathered, commits, rollbacks; /* of before_commit */
    unsigned news;                    /* of after_commit */
    enum status commit_status;
} group;

static enum status hold_writer(struct db_session *session, void *argument, struct error *err)
{
    (void)session, (void)argument, (void)err;
    sem_post(&group.held);
    sem_wait(&group.gate);
    return STATUS_OK;
}

static enum status count_run_and_add(struct db_session *session, void *argument, struct error *err)
{
    int at = *(int *)argument;
    char name[16];
    snprintf(name, sizeof name, "note %d", at);
    struct note note = {name, 0};
    group.runs[at]++;
    db_work *work = at == BAD && group.bad_work != NULL ? group.bad_work : add_note;
    enum status status = work(session, &note, err);
    db_tell(session, 1U << (at % 2));
    if (status == STATUS_OK)
        group.gathered++;
    return status;
}

static void write_on_fiber(void *argument)
{
    int at = *(int *)argument;
    group.statuses[at] = db_write(fixture.db, count_run_and_add, &at, NULL);
    group.left--;
}

static void hold_on_fiber(void *unused)
{
    (void)unused;
    EXPECT(db_write(fixture.db, hold_writer, NULL, NULL) == group.commit_status);
}

static void start_group(void *unused)
{
    (void)unused;
    EXPECT(fiber_start(hold_on_fiber, NULL));
    fiber_wait_until(fiber_now_ms() + 1); /* it runs now, and waits for its work */
    sem_wait(&group.held);
    for (int i = 0; i < GROUP; i++) {
        group.places[i] = i;
        EXPECT(fiber_start(write_on_fiber, &group.places[i]));
    }
    fiber_wait_until(fiber_now_ms() + 1); /* they all queue up */
    sem_post(&group.gate);
    while (group.left > 0)
        fiber_wait_until(fiber_now_ms() + 1);
}

static enum status save_gathered(struct db_session *session, void *argument, struct error *err)
{
    (void)argument;
    group.commits++;
    if (group.commit_status != STATUS_OK)
        return fail(err, group.commit_status, "not now");
    struct db_statement *s =
        db_prepare(session, "INSERT INTO total(id, notes) VALUES(1, $1) "
                            "ON CONFLICT(id) DO UPDATE SET notes = total.notes + excluded.notes");
    db_bind_integer(s, 1, group.gathered);
    group.gathered = 0;
    return db_run(s, NULL, err);
}

static void forget_gathered(void *argument)
{
    (void)argument;
    group.rollbacks++;
    group.gathered = 0;
}

static void take_news(void *argument, unsigned news)
{
    (void)argument;
    group.news |= news;
}

static void run_group(db_work *bad_work, enum status commit_status)
{
    fixture_close(&fixture);
    fixture.options.before_commit = save_gathered;
    fixture.options.after_rollback = forget_gathered;
    fixture.options.after_commit = take_news;
    group.commit_status = STATUS_OK;
    EXPECT(fixture_open(&fixture) == STATUS_OK);

    memset(&group, 0, sizeof group);
    group.bad_work = bad_work;
    group.left = GROUP;
    group.commit_status = commit_status;
    sem_init(&group.held, 0, 0);
    sem_init(&group.gate, 0, 0);
    loop_run_alone(start_group, NULL);
    sem_destroy(&group.held);
    sem_destroy(&group.gate);
}

static enum status read_total(struct db_session *session, void *argument, struct error *err)
{
    struct db_statement *s = db_prepare(session, "SELECT notes FROM total");
    if (db_row(s))
        *(int64_t *)argument = db_integer(s, 0);
    return db_end(s, err);
}

static int64_t total_notes(void)
{
    int64_t total = 0;
    EXPECT(db_read(fixture.db, DB_SHORT, read_total, &total, NULL) == STATUS_OK);
    return total;
}

static void commits_what_queued_up_together(struct db *db)
{
    (void)db;
    run_group(NULL, STATUS_OK);
    for (int i = 0; i < GROUP; i++)
        EXPECT(group.statuses[i] == STATUS_OK && group.runs[i] == 1);
    EXPECT(group.news == 3);
    EXPECT(group.commits == 2); /* of the one that held the gate, and of the group */
    EXPECT(count_notes(fixture.db) == GROUP && total_notes() == GROUP);
}

static void saves_the_others_from_work_that_fails_after_a_change(struct db *db)
{
    (void)db;
    run_group(add_and_fail, STATUS_OK);
    for (int i = 0; i < GROUP; i++) {
        EXPECT(group.statuses[i] == (i == BAD ? STATUS_NOT_FOUND : STATUS_OK));
        EXPECT(group.runs[i] == (i <= BAD ? 2 : 1));
    }
    EXPECT(group.rollbacks == 2);
    EXPECT(count_notes(fixture.db) == GROUP - 1 && total_notes() == GROUP - 1);
}

static enum status fail_at_once(struct db_session *session, void *argument, struct error *err)
{
    (void)session, (void)argument;
    return fail(err, STATUS_DENIED, "no");
}

static void goes_on_past_work_that_fails_without_a_change(struct db *db)
{
    (void)db;
    run_group(fail_at_once, STATUS_OK);
    for (int i = 0; i < GROUP; i++)
        EXPECT(group.statuses[i] == (i == BAD ? STATUS_DENIED : STATUS_OK) && group.runs[i] == 1);
    EXPECT(group.rollbacks == 0);
    EXPECT(count_notes(fixture.db) == GROUP - 1 && total_notes() == GROUP - 1);
}

static void tells_all_when_the_group_cannot_be_committed(struct db *db)
{
    (void)db;
    run_group(NULL, STATUS_UNAVAILABLE);
    for (int i = 0; i < GROUP; i++)
        EXPECT(group.statuses[i] == STATUS_UNAVAILABLE);
    EXPECT(group.gathered == 0 && group.news == 0);
    EXPECT(count_notes(fixture.db) == 0 && total_notes() == 0);
}

/* Threads that are no fibers. */

static void *add_many(void *argument)
{
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s %d", (const char *)argument, i);
        struct note note = {name, 0};
        EXPECT(db_write(fixture.db, add_note, &note, NULL) == STATUS_OK);
        EXPECT(count_notes(fixture.db) > i);
    }
    return NULL;
}

static void serves_threads_side_by_side(struct db *db)
{
    static const char *const names[] = {"red", "green", "blue", "grey"};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        EXPECT(pthread_create(&threads[i], NULL, add_many, (void *)names[i]) == 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    EXPECT(count_notes(db) == 80);
}

int main(void)
{
    RUN_DB(commits_what_queued_up_together);
    RUN_DB(saves_the_others_from_work_that_fails_after_a_change);
    RUN_DB(goes_on_past_work_that_fails_without_a_change);
    RUN_DB(tells_all_when_the_group_cannot_be_committed);
    RUN_DB(serves_threads_side_by_side);
    return EXIT_SUCCESS;
}
