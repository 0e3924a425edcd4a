/* store.h - the data Hark keeps: one file per noun, each holding that noun's SQL, for every
 * database.
 *
 * struct store owns the database. The functions of the nouns run inside a transaction: they take
 * the session that db_write() or db_read() gave to a piece of work, and leave composing several of
 * them into one commit to the caller. Everything names its tenant. Any thread. */
#pragma once

#include "db/db.h"

struct store;
struct rollups;

/* Who waits for what others commit: `told` is called after each commit that brings some of what is
 * `wanted` (model/news.h), on the database's own thread: it only wakes who waits. */
struct store_watcher {
    unsigned wanted;
    void (*told)(struct store_watcher *watcher);
    struct store_watcher *next;
};

/* Opens the database and brings its schema up to date. */
enum status store_open(struct store **store, str url, struct error *err) MUST_CHECK;
void store_close(struct store *store); /* NULL is fine */

struct db *store_db(const struct store *store);
struct rollups *store_rollups(const struct store *store); /* for work inside db_write only */
int store_schema_version(void);

void store_watch(struct store *store, struct store_watcher *watcher);
void store_unwatch(struct store *store, struct store_watcher *watcher); /* then it is not called */

/* Work: shows that rows can be read. */
enum status store_read_anything(struct db_session *session, void *argument,
                                struct error *err) MUST_CHECK;

/* A whole number or time that may be FIELD_UNSET (model/field.h), which is NULL in the database. */
void store_bind_optional(struct db_statement *statement, int at, int64_t value);
int64_t store_read_optional(struct db_statement *statement, int column);

enum {
    TENANT_DEFAULT = 1 /* made by the first migration */
};
