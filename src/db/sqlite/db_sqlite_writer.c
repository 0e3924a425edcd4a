/* The writing thread. What has queued up while one transaction was made durable goes into the next
 * one together, so that a busy server pays one fsync for many writes and an idle one never waits
 * for company (group commit: DeWitt et al., 1984). */
#include "base/clock.h"
#include "base/condition.h"
#include "base/heap.h"
#include "db/sqlite/db_sqlite.h"
#include "fiber/fiber.h"
#include "fiber/inbox.h"
#include "telemetry/log.h"

#include <assert.h>
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

enum {
    GROUP_MAX = 512,
    CHECKPOINT_PAGES = 8000, /* of 4 KiB: less than journal_size_limit */
    CROWD = 8,               /* so many in one group: they will be back together */
    PATIENCE_US = 400        /* waiting for them: more saves some CPU and costs rate and latency */
};

/* One call of db_write. It lives on the stack of who waits for it, and is gone once that is woken.
 */
struct write {
    struct letter letter; /* first: wakes a fiber on its own loop */
    struct write *next;
    db_work *work;
    void *argument;
    struct error *err;
    enum status status;
    struct fiber *fiber; /* NULL: a thread waits, for `done` */
    struct inbox *inbox;
    sem_t done;
};

struct sqlite_writer {
    const struct db_options *options;
    const char *path;
    pthread_t thread;

    pthread_mutex_t lock; /* for these */
    pthread_cond_t arrived;
    struct write *first, **last;
    size_t waiting, wanted; /* how many there are; how many ring the bell */
    bool is_stopping;

    struct sqlite_session session; /* and all below: the thread's own */
    struct write *group[GROUP_MAX];
    size_t crowd;      /* how many come together, lately */
    int log_pages;     /* in the write-ahead log, after the last commit */
    int checkpoint_at; /* so many of them */
};

/* Waiting, and being woken. */

static void wake_fiber(struct letter *letter)
{
    fiber_wake(((struct write *)letter)->fiber);
}

static void wake(struct write *write)
{
    if (write->fiber != NULL)
        inbox_post(write->inbox, &write->letter);
    else
        sem_post(&write->done);
}

static void submit(struct sqlite_writer *writer, struct write *write)
{
    pthread_mutex_lock(&writer->lock);
    *writer->last = write;
    writer->last = &write->next;
    bool must_ring = ++writer->waiting == writer->wanted;
    pthread_mutex_unlock(&writer->lock);
    if (must_ring)
        pthread_cond_signal(&writer->arrived);
}

static void wait_on_thread(struct sqlite_writer *writer, struct write *write)
{
    sem_init(&write->done, 0, 0);
    submit(writer, write);
    while (sem_wait(&write->done) != 0)
        assert(errno == EINTR);
    sem_destroy(&write->done);
}

enum status sqlite_write(struct sqlite_writer *writer, db_work *work, void *argument,
                         struct error *err)
{
    assert(!pthread_equal(pthread_self(), writer->thread) && "work may not wait on other work");
    struct write write = {
        .letter.open = wake_fiber, .work = work, .argument = argument, .err = err};
    write.fiber = fiber_self();
    if (write.fiber != NULL) {
        write.inbox = inbox_of_thread();
        submit(writer, &write);
        fiber_wait();
    } else {
        wait_on_thread(writer, &write);
    }
    return write.status;
}

/* One transaction. */

static void forget_gathered(struct sqlite_writer *writer)
{
    if (writer->options->after_rollback != NULL)
        writer->options->after_rollback(writer->options->argument);
}

static void roll_back(struct sqlite_writer *writer)
{
    sqlite_roll_back(&writer->session);
    writer->session.base.news = 0;
    forget_gathered(writer);
}

/* True: it failed after it had changed something, which the others must not be left with. */
static bool run_work(struct sqlite_writer *writer, struct write *write)
{
    struct sqlite_session *session = &writer->session;
    sqlite3_int64 changes = sqlite3_total_changes64(session->connection);
    session->has_run_script = false;
    write->status = write->work(&session->base, write->argument, write->err);
    sqlite_end_all(session);
    bool has_changed =
        sqlite3_total_changes64(session->connection) != changes || session->has_run_script;
    return write->status != STATUS_OK && has_changed;
}

static void fail_group(struct sqlite_writer *writer, struct write **group, size_t count,
                       const struct error *why)
{
    LOG(ERROR, "db_commit_failed", LOG_Z("error", why->message), LOG_INT("writes", (int64_t)count));
    roll_back(writer);
    for (size_t i = 0; i < count; i++) {
        if (group[i]->status != STATUS_OK)
            continue; /* it has a reason of its own */
        group[i]->status = why->status;
        *group[i]->err = *why;
    }
}

/* On a full disk, and some others, SQLite rolls the whole transaction back by itself. */
static bool has_lost_transaction(struct sqlite_writer *writer, const struct write *write,
                                 struct error *why)
{
    if (sqlite_is_in_transaction(&writer->session))
        return false;
    if (write->status != STATUS_OK)
        *why = *write->err;
    else
        fail(why, STATUS_INTERNAL, "the transaction was lost, and the work did not notice");
    return true;
}

static void pass_on_news(struct sqlite_writer *writer)
{
    const struct db_options *options = writer->options;
    unsigned news = writer->session.base.news;
    writer->session.base.news = 0;
    if (news != 0 && options->after_commit != NULL)
        options->after_commit(options->argument, news);
}

static void make_durable(struct sqlite_writer *writer, struct write **group, size_t count,
                         uint64_t began_us)
{
    const struct db_options *options = writer->options;
    size_t good = 0;
    for (size_t i = 0; i < count; i++)
        good += group[i]->status == STATUS_OK;
    if (good == 0) {
        roll_back(writer);
        return;
    }

    struct error why = {0};
    enum status status = STATUS_OK;
    if (options->before_commit != NULL)
        status = options->before_commit(&writer->session.base, options->argument, &why);
    if (status == STATUS_OK)
        status = sqlite_commit(&writer->session, &why);
    if (status == STATUS_OK) {
        db_count_commit(good, clock_monotonic_us() - began_us);
        pass_on_news(writer);
        return;
    }
    why.status = status;
    fail_group(writer, group, count, &why);
}

/* Runs them in one transaction and gives their number. But if one spoils it, all is as before, and
 * the place of that one is given. */
static size_t run_together(struct sqlite_writer *writer, struct write **group, size_t count)
{
    uint64_t began_us = clock_monotonic_us();
    struct error why;
    if (sqlite_begin(&writer->session, &why) != STATUS_OK) {
        fail_group(writer, group, count, &why);
        return count;
    }
    for (size_t i = 0; i < count; i++) {
        bool has_spoiled = run_work(writer, group[i]);
        if (has_lost_transaction(writer, group[i], &why)) {
            fail_group(writer, group, count, &why);
            return count;
        }
        if (has_spoiled) {
            roll_back(writer);
            return i;
        }
    }
    make_durable(writer, group, count, began_us);
    return count;
}

/* When one spoils the transaction, those before it are known to be good and are run again without
 * it; then it comes first in a transaction of its own, so that its failure is its own; then come
 * those after it. So each runs at most a few times, in order, and no good one pays for a bad. */
static void commit_group(struct sqlite_writer *writer, size_t count)
{
    struct write **group = writer->group;
    size_t tried = count;
    while (count > 0) {
        size_t ended = run_together(writer, group, tried);
        if (ended > 0 && ended < tried) {
            tried = ended;
            continue;
        }
        ended = ended == 0 ? 1 : ended; /* the first one has failed alone */
        for (size_t i = 0; i < ended; i++)
            wake(group[i]);
        group += ended;
        count -= ended;
        tried = count;
    }
}

/* The thread. */

static int note_log_size(void *argument, sqlite3 *connection, const char *name, int pages)
{
    (void)connection, (void)name;
    ((struct sqlite_writer *)argument)->log_pages = pages;
    return SQLITE_OK;
}

static enum status open_session(struct sqlite_writer *writer, struct error *err)
{
    enum status status = sqlite_open_session(&writer->session, writer->path, SQLITE_WRITER, err);
    if (status == STATUS_OK)
        sqlite3_wal_hook(writer->session.connection, note_log_size, writer);
    return status;
}

/* After a failed fsync the kernel may call pages clean that never reached the disk, so a second
 * try can succeed and lie (Rebello et al., USENIX ATC 2020). We let go of all that is in memory and
 * trust only what reads back. */
static void open_again(struct sqlite_writer *writer)
{
    struct error why;
    if (writer->session.connection != NULL)
        sqlite3_db_config(writer->session.connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite_close_session(&writer->session);
    if (open_session(writer, &why) == STATUS_OK)
        LOG(WARN, "db_reopened", LOG_Z("path", writer->path));
}

static void write_group(struct sqlite_writer *writer, size_t count)
{
    struct error why;
    if (writer->session.connection == NULL && open_session(writer, &why) != STATUS_OK) {
        fail_group(writer, writer->group, count, &why);
        for (size_t i = 0; i < count; i++)
            wake(writer->group[i]);
        return;
    }
    commit_group(writer, count);
}

/* Readers may hold a part of the log back; then much more of it must come before the next try. */
static void checkpoint(struct sqlite_writer *writer)
{
    struct sqlite_session *session = &writer->session;
    int in_log = 0;
    int moved = 0;
    int code = sqlite3_wal_checkpoint_v2(session->connection, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                         &in_log, &moved);
    if (code != SQLITE_OK && code != SQLITE_BUSY) {
        struct error why;
        sqlite_fail(session, code, &why);
        LOG(WARN, "db_checkpoint_failed", LOG_Z("error", why.message));
    }
    bool is_all = code == SQLITE_OK && moved == in_log;
    writer->checkpoint_at = CHECKPOINT_PAGES + (is_all ? 0 : writer->log_pages);
    writer->log_pages = 0;
}

/* Waits, under the lock, until so many wait or the time is over. */
static void wait_for(struct sqlite_writer *writer, size_t wanted, uint64_t until_us)
{
    writer->wanted = wanted;
    while (writer->waiting < wanted && !writer->is_stopping &&
           condition_wait_until(&writer->arrived, &writer->lock, until_us))
        ;
}

/* Clients that were answered together ask again together, but the first of them is here before the
 * others: alone it would buy an fsync, and pages written, that they could have shared. So most of a
 * crowd is waited for, but not for long (the idea of PostgreSQL's commit_delay). */
static void wait_for_company(struct sqlite_writer *writer)
{
    if (writer->crowd >= CROWD)
        wait_for(writer, writer->crowd * 15 / 16, clock_monotonic_us() + PATIENCE_US);
}

/* A larger group is a larger crowd at once. A smaller one may be a part of it that came apart, and
 * will be with the rest again if that is waited for; less than half says that the crowd is gone. */
static void note_crowd(struct sqlite_writer *writer, size_t count)
{
    if (count >= writer->crowd)
        writer->crowd = count;
    else if (count >= writer->crowd / 2)
        writer->crowd -= (writer->crowd - count + 7) / 8;
    else
        writer->crowd /= 2;
}

static size_t take_group(struct sqlite_writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    wait_for(writer, 1, UINT64_MAX);
    wait_for_company(writer);
    size_t count = 0;
    while (writer->first != NULL && count < GROUP_MAX) {
        writer->group[count++] = writer->first;
        writer->first = writer->first->next;
    }
    if (writer->first == NULL)
        writer->last = &writer->first;
    writer->waiting -= count;
    pthread_mutex_unlock(&writer->lock);
    return count;
}

static void *write_groups(void *argument)
{
    struct sqlite_writer *writer = argument;
    for (size_t count; (count = take_group(writer)) > 0;) {
        write_group(writer, count);
        note_crowd(writer, count);
        if (writer->log_pages >= writer->checkpoint_at)
            checkpoint(writer);
        if (writer->session.is_suspect)
            open_again(writer);
    }
    return NULL;
}

enum status sqlite_start_writer(struct sqlite_writer **writer, const char *path,
                                const struct db_options *options, struct error *err)
{
    struct sqlite_writer *made = heap_new(struct sqlite_writer);
    made->options = options;
    made->path = path;
    made->last = &made->first;
    made->checkpoint_at = CHECKPOINT_PAGES;
    enum status status = open_session(made, err);
    if (status != STATUS_OK) {
        free(made);
        return status;
    }
    pthread_mutex_init(&made->lock, NULL);
    condition_init(&made->arrived);
    int failure = pthread_create(&made->thread, NULL, write_groups, made);
    assert(failure == 0 && "no thread can be made for the database");
    pthread_setname_np(made->thread, "db-writer");
    *writer = made;
    return STATUS_OK;
}

static void empty_log(struct sqlite_session *session)
{
    if (session->connection != NULL)
        sqlite3_wal_checkpoint_v2(session->connection, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                  NULL);
}

void sqlite_stop_writer(struct sqlite_writer *writer)
{
    if (writer == NULL)
        return;
    pthread_mutex_lock(&writer->lock);
    writer->is_stopping = true;
    pthread_mutex_unlock(&writer->lock);
    pthread_cond_signal(&writer->arrived);
    pthread_join(writer->thread, NULL);

    empty_log(&writer->session);
    sqlite_close_session(&writer->session);
    pthread_cond_destroy(&writer->arrived);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
}
