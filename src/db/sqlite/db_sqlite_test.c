/* What is SQLite's own: the file, its lock, its disk. The disk fails on demand: fdatasync() is
 * ours here, and SQLite is given our pwrite(). */
#include "db/db_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static atomic_int sync_error, write_error; /* an errno; 0: all is well */

/* Comes before the C library's, for SQLite too. */
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
__attribute__((visibility("default"))) int fdatasync(int fd)
{
    if (sync_error != 0) {
        errno = sync_error;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

static ssize_t write_or_fail(int fd, const void *bytes, size_t size, off_t at)
{
    if (write_error != 0) {
        errno = write_error;
        return -1;
    }
    return pwrite(fd, bytes, size, at);
}

static void own_the_disk(void)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    sqlite3_syscall_ptr ours = (sqlite3_syscall_ptr)(void (*)(void))write_or_fail;
    vfs->xSetSystemCall(vfs, "pwrite", ours);
    vfs->xSetSystemCall(vfs, "pwrite64", ours);
}

static struct fixture open_fixture(void)
{
    struct fixture fixture = {0};
    fixture_make(&fixture);
    EXPECT(fixture_open(&fixture) == STATUS_OK);
    return fixture;
}

static enum status add(struct fixture *fixture, const char *name)
{
    struct note note = {name, 0};
    return db_write(fixture->db, add_note, &note, &fixture->err);
}

/* The URL. */

static enum status try_url(const char *url, struct error *err)
{
    struct db *db = NULL;
    struct db_options options = {.url = str_from_z(url)};
    enum status status = db_open(&db, &options, err);
    db_close(db);
    return status;
}

static void understands_the_forms_of_a_url(void)
{
    struct fixture fixture = {0};
    struct error err;
    char back[256];
    char url[160];
    fixture_make(&fixture);
    EXPECT(getcwd(back, sizeof back) != NULL && chdir(fixture.directory) == 0);
    EXPECT(try_url("sqlite:one.db", &err) == STATUS_OK && access("one.db", F_OK) == 0);
    EXPECT(try_url("sqlite:///./two.db", &err) == STATUS_OK && access("two.db", F_OK) == 0);
    EXPECT(try_url("sqlite+aiosqlite:///./three.db", &err) == STATUS_OK);
    EXPECT(access("three.db", F_OK) == 0);
    snprintf(url, sizeof url, "sqlite:///%s/four.db", fixture.directory);
    EXPECT(try_url(url, &err) == STATUS_OK && access("four.db", F_OK) == 0);
    EXPECT(chdir(back) == 0);
    fixture_remove(&fixture);
}

static void knows_the_file_of_a_url_without_opening_it(void)
{
    struct arena arena = {0};
    str path = {0};
    EXPECT(db_find_path(&arena, STR("sqlite:///./a.db"), &path, NULL) == STATUS_OK);
    EXPECT(str_equal_z(path, "./a.db"));
    EXPECT(db_find_path(&arena, STR("sqlite:"), &path, NULL) == STATUS_INVALID);
    arena_reset(&arena);
}

static void refuses_other_urls_by_the_name_of_the_setting(void)
{
    static const char *const urls[] = {"", "hark.db", "sqlite:", "sqlite://host/a.db", "mysql://x"};
    struct error err;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        EXPECT(try_url(urls[i], &err) == STATUS_INVALID);
        EXPECT(strstr(err.message, "DATABASE_URL") != NULL);
    }
    EXPECT(try_url("postgres://u:secret@h/d", &err) == STATUS_UNSUPPORTED);
    EXPECT(strstr(err.message, "PostgreSQL") != NULL && strstr(err.message, "secret") == NULL);
    EXPECT(try_url("postgresql://h/d", &err) == STATUS_UNSUPPORTED);
    EXPECT(try_url("mysql://u:secret@h/d", &err) == STATUS_INVALID);
    EXPECT(strstr(err.message, "secret") == NULL);
}

static void makes_files_that_only_their_owner_reads(void)
{
    struct fixture fixture = open_fixture();
    struct stat about;
    char log[96];
    EXPECT(strcmp(db_path(fixture.db), fixture.path) == 0);
    EXPECT(stat(fixture.path, &about) == 0 && (about.st_mode & 0777) == 0600);
    snprintf(log, sizeof log, "%s-wal", fixture.path);
    EXPECT(stat(log, &about) == 0 && (about.st_mode & 0777) == 0600);
    fixture_close(&fixture);
    EXPECT(stat(log, &about) != 0); /* all of it is in the one file again */
    fixture_remove(&fixture);
}

/* Who owns the file. */

static void belongs_to_one_owner_at_a_time(void)
{
    struct fixture fixture = open_fixture();
    struct fixture second = fixture;
    char expected[40];
    snprintf(expected, sizeof expected, "in use by process %ld", (long)getpid());
    EXPECT(fixture_open(&second) == STATUS_CONFLICT);
    EXPECT(strstr(second.err.message, expected) != NULL);
    EXPECT(add(&fixture, "still mine") == STATUS_OK);
    fixture_close(&fixture);
    EXPECT(fixture_open(&second) == STATUS_OK);
    fixture_remove(&second);
}

/* A child that writes until it is killed, and counts in shared memory what was acknowledged. */
static _Noreturn void write_until_killed(struct fixture *fixture, atomic_int *acknowledged,
                                         int life)
{
    if (fixture_open(fixture) != STATUS_OK)
        _exit(EXIT_FAILURE);
    for (int i = 0;; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d-%d", life, i);
        if (add(fixture, name) != STATUS_OK)
            _exit(EXIT_FAILURE);
        atomic_fetch_add(acknowledged, 1);
    }
}

static void loses_nothing_acknowledged_when_it_is_killed(void)
{
    struct fixture fixture = {0};
    fixture_make(&fixture);
    atomic_int *acknowledged =
        mmap(NULL, sizeof *acknowledged, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    EXPECT(acknowledged != MAP_FAILED);
    for (int life = 0; life < 20; life++) {
        int before = *acknowledged;
        pid_t child = fork();
        if (child == 0)
            write_until_killed(&fixture, acknowledged, life);
        int status = 0;
        while (*acknowledged < before + 3 + life && waitpid(child, &status, WNOHANG) == 0)
            usleep(200);
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        EXPECT(WIFSIGNALED(status));
    }
    EXPECT(fixture_open(&fixture) == STATUS_OK); /* and the lock is free */
    int64_t kept = count_notes(fixture.db);
    EXPECT(kept >= *acknowledged && kept <= *acknowledged + 20);
    EXPECT(db_check(fixture.db, NULL) == STATUS_OK);
    munmap(acknowledged, sizeof *acknowledged);
    fixture_remove(&fixture);
}

static void says_who_else_may_hold_the_file(void)
{
    struct fixture fixture = open_fixture();
    sqlite3 *other = NULL;
    EXPECT(sqlite3_open(fixture.path, &other) == SQLITE_OK);
    EXPECT(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK);
    EXPECT(add(&fixture, "waits") == STATUS_UNAVAILABLE);
    EXPECT(strstr(fixture.err.message, "fuser") != NULL);
    EXPECT(sqlite3_close(other) == SQLITE_OK);
    EXPECT(add(&fixture, "goes") == STATUS_OK);
    fixture_remove(&fixture);
}

/* Runs `test` as a user who may not write everywhere. */
static void as_nobody(struct fixture *fixture, void (*test)(struct fixture *fixture))
{
    enum {
        NOBODY = 65534
    };
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
            _exit(EXIT_FAILURE);
        test(fixture);
        _exit(EXIT_SUCCESS);
    }
    int status = 0;
    EXPECT(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void expect_unwritable(struct fixture *fixture)
{
    EXPECT(fixture_open(fixture) == STATUS_UNAVAILABLE);
    EXPECT(strstr(fixture->err.message, "cannot be written") != NULL);
    EXPECT(strstr(fixture->err.message, "permissions") != NULL);
}

static void says_so_when_it_may_not_write(void)
{
    struct fixture fixture = open_fixture();
    char lock[96];
    snprintf(lock, sizeof lock, "%s.lock", fixture.path);
    fixture_close(&fixture);
    EXPECT(chmod(fixture.path, 0444) == 0 && unlink(lock) == 0);
    EXPECT(chmod(fixture.directory, 0777) == 0);
    as_nobody(&fixture, expect_unwritable); /* the file */
    EXPECT(unlink(lock) == 0 && chmod(fixture.directory, 0555) == 0);
    as_nobody(&fixture, expect_unwritable); /* its directory */
    EXPECT(chmod(fixture.directory, 0700) == 0);
    snprintf(fixture.path, sizeof fixture.path, "%s/not/there.db", fixture.directory);
    expect_unwritable(&fixture);
    fixture_remove(&fixture);
}

/* Failing disks. */

static void waits_for_room_on_a_full_disk(void)
{
    struct fixture fixture = open_fixture();
    EXPECT(add(&fixture, "before") == STATUS_OK);
    write_error = ENOSPC;
    EXPECT(add(&fixture, "lost") == STATUS_FULL);
    EXPECT(strstr(fixture.err.message, "full") != NULL);
    EXPECT(add(&fixture, "lost again") == STATUS_FULL);
    EXPECT(count_notes(fixture.db) == 1); /* reading goes on */
    write_error = 0;
    EXPECT(add(&fixture, "after") == STATUS_OK);
    EXPECT(count_notes(fixture.db) == 2);
    fixture_remove(&fixture);
}

static void acknowledges_nothing_that_may_not_be_on_disk(void)
{
    struct fixture fixture = open_fixture();
    EXPECT(add(&fixture, "before") == STATUS_OK);
    sync_error = EIO;
    EXPECT(add(&fixture, "lost") == STATUS_UNAVAILABLE);
    EXPECT(strstr(fixture.err.message, "disk") != NULL);
    EXPECT(add(&fixture, "lost too") == STATUS_UNAVAILABLE);
    EXPECT(count_notes(fixture.db) == 1);
    sync_error = 0;
    EXPECT(add(&fixture, "after") == STATUS_OK); /* on a new connection */
    fixture_close(&fixture);
    EXPECT(fixture_open(&fixture) == STATUS_OK);
    EXPECT(count_notes(fixture.db) == 2);
    EXPECT(db_check(fixture.db, NULL) == STATUS_OK);
    fixture_remove(&fixture);
}

/* Damage. */

static void overwrite(const char *path, off_t at, const char *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    EXPECT(fd >= 0 && pwrite(fd, bytes, size, at) == (ssize_t)size);
    close(fd);
}

static void refuses_a_file_that_is_no_database(void)
{
    static const char text[2048] = "This is a letter, and not a database at all.";
    struct fixture fixture = {0};
    fixture_make(&fixture);
    overwrite(fixture.path, 0, text, sizeof text);
    EXPECT(fixture_open(&fixture) == STATUS_CORRUPT);
    EXPECT(strstr(fixture.err.message, "hark doctor") != NULL);
    fixture_remove(&fixture);
}

static void finds_damage_inside_a_database(void)
{
    enum {
        PAGE = 4096
    };
    static const char rubbish[PAGE] = {0x55, 0x55, 0x55, 0x55};
    struct fixture fixture = open_fixture();
    for (int i = 0; i < 300; i++) {
        char name[64];
        snprintf(name, sizeof name, "a note whose name is rather long, number %d", i);
        EXPECT(add(&fixture, name) == STATUS_OK);
    }
    EXPECT(db_check(fixture.db, NULL) == STATUS_OK);
    fixture_close(&fixture);
    struct stat about;
    EXPECT(stat(fixture.path, &about) == 0 && about.st_size > (off_t)8 * PAGE);
    for (off_t at = (off_t)6 * PAGE; at < about.st_size; at += PAGE)
        overwrite(fixture.path, at, rubbish, sizeof rubbish);

    enum status status = fixture_open(&fixture);
    if (status == STATUS_OK)
        status = db_check(fixture.db, &fixture.err);
    EXPECT(status == STATUS_CORRUPT && strstr(fixture.err.message, "damaged") != NULL);
    fixture_remove(&fixture);
}

/* The log. */

static enum status add_large(struct db_session *session, void *argument, struct error *err)
{
    struct db_statement *s = db_prepare(session, "INSERT INTO note(body) VALUES(zeroblob($1))");
    db_bind_integer(s, 1, *(int *)argument);
    return db_run(s, NULL, err);
}

static void keeps_the_log_short(void)
{
    struct fixture fixture = open_fixture();
    int size = 1 << 20;
    for (int i = 0; i < 120; i++)
        EXPECT(db_write(fixture.db, add_large, &size, NULL) == STATUS_OK);
    char log[96];
    struct stat about;
    snprintf(log, sizeof log, "%s-wal", fixture.path);
    EXPECT(stat(log, &about) == 0 && about.st_size < 40 << 20);
    EXPECT(stat(fixture.path, &about) == 0 && about.st_size > 80 << 20);
    EXPECT(count_notes(fixture.db) == 120);
    fixture_remove(&fixture);
}

static int64_t sum_of(struct db_session *session, const char *sql)
{
    struct db_statement *s = db_prepare(session, sql);
    int64_t sum = db_row(s) ? db_integer(s, 0) : -1;
    EXPECT(db_end(s, NULL) == STATUS_OK);
    return sum;
}

/* Pages go to the log long before the commit, are read back from there, and are written again. */
static enum status add_more_than_fits(struct db_session *session, void *argument, struct error *err)
{
    static const char mark[] = "UPDATE note SET size = 1, body = zeroblob(length(body))";
    static const char count[] = "SELECT SUM(length(body)) FROM note WHERE size = 1";
    bool must_fail = *(bool *)argument;
    int size = 1 << 20;
    enum status status = STATUS_OK;
    for (int i = 0; i < 24 && status == STATUS_OK; i++)
        status = add_large(session, &size, err);
    for (int i = 0; i < 2 && status == STATUS_OK; i++)
        status = db_run(db_prepare(session, mark), NULL, err);
    EXPECT(status != STATUS_OK || sum_of(session, count) == (int64_t)24 << 20);
    return status == STATUS_OK && must_fail ? fail(err, STATUS_INVALID, "on purpose") : status;
}

static void keeps_or_takes_back_what_does_not_fit_in_memory(void)
{
    struct fixture fixture = open_fixture();
    bool must_fail = true;
    EXPECT(db_write(fixture.db, add_more_than_fits, &must_fail, NULL) == STATUS_INVALID);
    EXPECT(count_notes(fixture.db) == 0);
    must_fail = false;
    EXPECT(db_write(fixture.db, add_more_than_fits, &must_fail, NULL) == STATUS_OK);
    EXPECT(count_notes(fixture.db) == 24);
    EXPECT(db_check(fixture.db, NULL) == STATUS_OK);
    fixture_close(&fixture);
    EXPECT(fixture_open(&fixture) == STATUS_OK);
    EXPECT(count_notes(fixture.db) == 24 && db_check(fixture.db, NULL) == STATUS_OK);
    fixture_remove(&fixture);
}

int main(void)
{
    RUN(loses_nothing_acknowledged_when_it_is_killed); /* first: it forks */
    RUN(says_so_when_it_may_not_write);
    RUN(understands_the_forms_of_a_url);
    RUN(knows_the_file_of_a_url_without_opening_it);
    RUN(refuses_other_urls_by_the_name_of_the_setting);
    RUN(makes_files_that_only_their_owner_reads);
    RUN(belongs_to_one_owner_at_a_time);
    RUN(says_who_else_may_hold_the_file);
    own_the_disk();
    RUN(waits_for_room_on_a_full_disk);
    RUN(acknowledges_nothing_that_may_not_be_on_disk);
    RUN(refuses_a_file_that_is_no_database);
    RUN(finds_damage_inside_a_database);
    RUN(keeps_the_log_short);
    RUN(keeps_or_takes_back_what_does_not_fit_in_memory);
    return EXIT_SUCCESS;
}
