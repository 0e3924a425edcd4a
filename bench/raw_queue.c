/* raw_queue.c - the limit of row 3: the cycle of a queue in SQLite itself, one thread, no thought.
 *
 *     raw_queue DATABASE JOBS JOBS_PER_COMMIT
 *
 * Puts, takes and finishes jobs in groups, each of the three steps durable before the next begins
 * (WAL, synchronous=FULL): a row under one index, then a lease on it, then its end. Counts what is
 * finished, and finishes only what is leased. Prints one line of JSON; a latency is the time from
 * the put of a single job to its lease, both durable. */
#include "latency.h"

#include <err.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SINGLE_JOBS = 300
};

static sqlite3 *db;
static sqlite3_stmt *put, *take, *finish;

static void check(int status)
{
    if (status != SQLITE_OK && status != SQLITE_DONE && status != SQLITE_ROW)
        errx(1, "%s", sqlite3_errmsg(db));
}

static void run(const char *sql)
{
    check(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v2(db, sql, -1, &statement, NULL));
    return statement;
}

static void open_database(const char *path)
{
    if (sqlite3_open(path, &db) != SQLITE_OK)
        errx(1, "%s: %s", path, sqlite3_errmsg(db));
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE jobs (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,"
        " payload TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,"
        " fence INTEGER NOT NULL DEFAULT 0, leased_until INTEGER NOT NULL DEFAULT 0,"
        " created_at INTEGER NOT NULL);"
        "CREATE INDEX jobs_ready ON jobs (kind, leased_until, seq)");
    put = prepare("INSERT INTO jobs (kind, payload, created_at)"
                  " VALUES ('noop', '{\"feedback_id\":' || ?1 || '}', ?2)");
    take = prepare("UPDATE jobs SET leased_until = ?1 + 300000000, attempts = attempts + 1,"
                   " fence = fence + 1 WHERE seq IN (SELECT seq FROM jobs WHERE kind = 'noop'"
                   " AND leased_until = 0 ORDER BY seq LIMIT ?2) RETURNING seq, fence");
    finish = prepare("DELETE FROM jobs WHERE seq = ?1 AND fence = ?2");
}

static void put_jobs(uint64_t from, uint64_t count, int64_t now_us)
{
    run("BEGIN IMMEDIATE");
    for (uint64_t i = 0; i < count; i++) {
        check(sqlite3_bind_int64(put, 1, (int64_t)(from + i)));
        check(sqlite3_bind_int64(put, 2, now_us));
        check(sqlite3_step(put));
        check(sqlite3_reset(put));
    }
    run("COMMIT");
}

/* Takes `count` into `holds`, pairs of place and fence. */
static uint64_t take_jobs(uint64_t count, int64_t now_us, int64_t (*holds)[2])
{
    uint64_t taken = 0;
    run("BEGIN IMMEDIATE");
    check(sqlite3_bind_int64(take, 1, now_us));
    check(sqlite3_bind_int64(take, 2, (int64_t)count));
    while (sqlite3_step(take) == SQLITE_ROW && taken < count) {
        holds[taken][0] = sqlite3_column_int64(take, 0);
        holds[taken++][1] = sqlite3_column_int64(take, 1);
    }
    check(sqlite3_reset(take));
    run("COMMIT");
    return taken;
}

static uint64_t finish_jobs(uint64_t count, int64_t (*holds)[2])
{
    uint64_t finished = 0;
    run("BEGIN IMMEDIATE");
    for (uint64_t i = 0; i < count; i++) {
        check(sqlite3_bind_int64(finish, 1, holds[i][0]));
        check(sqlite3_bind_int64(finish, 2, holds[i][1]));
        check(sqlite3_step(finish));
        finished += (uint64_t)sqlite3_changes(db);
        check(sqlite3_reset(finish));
    }
    run("COMMIT");
    return finished;
}

static uint64_t cycle(uint64_t jobs, uint64_t group, int64_t (*holds)[2])
{
    uint64_t finished = 0;
    for (uint64_t at = 0; at < jobs; at += group) {
        uint64_t count = jobs - at < group ? jobs - at : group;
        int64_t now_us = (int64_t)(now_ns() / 1000);
        put_jobs(at, count, now_us);
        finished += finish_jobs(take_jobs(count, now_us, holds), holds);
    }
    return finished;
}

int main(int count, char **words)
{
    static struct latency latency;
    if (count != 4)
        errx(2, "usage: raw_queue DATABASE JOBS JOBS_PER_COMMIT");
    uint64_t jobs = strtoull(words[2], NULL, 10), group = strtoull(words[3], NULL, 10);
    int64_t(*holds)[2] = calloc(group, sizeof *holds);
    if (jobs == 0 || group == 0 || holds == NULL)
        errx(2, "JOBS and JOBS_PER_COMMIT are numbers from 1 on");
    open_database(words[1]);

    uint64_t from = now_ns(), finished = cycle(jobs, group, holds);
    double seconds = (double)(now_ns() - from) / 1e9;
    for (uint64_t i = 0; i < SINGLE_JOBS; i++) {
        from = now_ns();
        put_jobs(i, 1, (int64_t)(from / 1000));
        uint64_t taken = take_jobs(1, (int64_t)(from / 1000), holds);
        latency_record(&latency, from, now_ns());
        finished += finish_jobs(taken, holds);
    }
    printf("{\"jobs\": %" PRIu64 ", \"rate\": %.1f, \"p50_us\": %" PRIu64 ", \"p99_us\": %" PRIu64
           ", \"each_once\": %s}\n",
           jobs, (double)jobs / seconds, latency_quantile(&latency, 0.5),
           latency_quantile(&latency, 0.99), finished == jobs + SINGLE_JOBS ? "true" : "false");
    sqlite3_finalize(put);
    sqlite3_finalize(take);
    sqlite3_finalize(finish);
    free(holds);
    return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
