/* raw_sqlite.c - the limit of row 1: SQLite itself, one thread, no HTTP, no JSON, no thought.
 *
 *     raw_sqlite DATABASE SCHEMA TEXTS SECONDS ROWS_PER_COMMIT
 *
 * Writes the rows of peers/schema.sql (a feedback under four indexes, an event) in groups, WAL and
 * synchronous=FULL, each group durable before the next begins. Prints one line of JSON; a latency
 * is that of a whole group. */
#include "latency.h"

#include <err.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_TEXTS = 4096
};

static sqlite3 *db;
static sqlite3_stmt *add_feedback, *add_event;
static char *texts[MAX_TEXTS];
static size_t text_count;

static void check(int status)
{
    if (status != SQLITE_OK && status != SQLITE_DONE && status != SQLITE_ROW)
        errx(1, "%s", sqlite3_errmsg(db));
}

static void run(const char *sql)
{
    check(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static void read_texts(const char *path)
{
    size_t room = 0;
    FILE *in = fopen(path, "r");
    if (!in)
        err(1, "%s", path);
    while (text_count < MAX_TEXTS && getline(&texts[text_count], &room, in) > 0) {
        room = 0;
        text_count++;
    }
    fclose(in);
    if (text_count == 0)
        errx(1, "%s: no text", path);
}

static void create_schema(const char *path)
{
    char *sql = NULL;
    size_t room = 0;
    FILE *in = fopen(path, "r");
    if (!in || getdelim(&sql, &room, '\0', in) < 0)
        err(1, "%s", path);
    fclose(in);
    run(sql);
    free(sql);
}

static void open_database(const char *path, const char *schema_path)
{
    if (sqlite3_open(path, &db) != SQLITE_OK)
        errx(1, "%s: %s", path, sqlite3_errmsg(db));
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    create_schema(schema_path);
    check(sqlite3_prepare_v2(
        db,
        "INSERT INTO feedback (tenant_id, text, source, rating, customer, sentiment, topic,"
        " created_at) VALUES (1, ?1, 'bench', ?2 % 5 + 1, 'c-' || ?2 % 1000, 'positive', 'general',"
        " ?3)",
        -1, &add_feedback, NULL));
    check(sqlite3_prepare_v2(db,
                             "INSERT INTO events (tenant_id, kind, feedback_id, body, created_at)"
                             " VALUES (1, 'feedback.created', last_insert_rowid(), '{}', ?1)",
                             -1, &add_event, NULL));
}

static void add_row(uint64_t row, int64_t at_us)
{
    check(sqlite3_bind_text(add_feedback, 1, texts[row % text_count], -1, SQLITE_STATIC));
    check(sqlite3_bind_int64(add_feedback, 2, (int64_t)row));
    check(sqlite3_bind_int64(add_feedback, 3, at_us));
    check(sqlite3_step(add_feedback));
    check(sqlite3_reset(add_feedback));
    check(sqlite3_bind_int64(add_event, 1, at_us));
    check(sqlite3_step(add_event));
    check(sqlite3_reset(add_event));
}

int main(int count, char **words)
{
    static struct latency latency;
    if (count != 6)
        errx(2, "usage: raw_sqlite DATABASE SCHEMA TEXTS SECONDS ROWS_PER_COMMIT");
    open_database(words[1], words[2]);
    read_texts(words[3]);
    uint64_t group = strtoull(words[5], NULL, 10), rows = 0, start = now_ns(), now = start;
    uint64_t end = start + (uint64_t)(strtod(words[4], NULL) * 1e9);

    while (now < end) {
        uint64_t from = now;
        run("BEGIN IMMEDIATE");
        for (uint64_t i = 0; i < group; i++, rows++)
            add_row(rows, (int64_t)(now / 1000));
        run("COMMIT");
        now = now_ns();
        latency_record(&latency, from, now);
    }
    printf("{\"requests\": %" PRIu64 ", \"errors\": 0, \"rps\": %.1f, \"p50_us\": %" PRIu64
           ", \"p99_us\": %" PRIu64 ", \"p999_us\": %" PRIu64 ", \"max_us\": %" PRIu64 "}\n",
           rows, (double)rows * 1e9 / (double)(now - start), latency_quantile(&latency, 0.5),
           latency_quantile(&latency, 0.99), latency_quantile(&latency, 0.999), latency.max_us);
    sqlite3_finalize(add_feedback);
    sqlite3_finalize(add_event);
    return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
