#include "base/heap.h"
#include "db/sqlite/db_sqlite.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CAPACITY = 64
};

struct sqlite_statement {
    struct db_statement base;
    struct sqlite_session *session;
    sqlite3_stmt *compiled; /* NULL: it could not be prepared */
    const char *sql;        /* the constant it is kept under; NULL: it goes when it ends */
    bool is_over;           /* no more rows: another step would start again */
    bool is_in_use;
    struct sqlite_statement *next; /* in use before it */
};

static struct sqlite_statement *self_of(struct db_statement *statement)
{
    assert(statement->backend == &db_sqlite);
    return (struct sqlite_statement *)statement;
}

static struct sqlite_session *session_of(struct db_session *session)
{
    assert(session->backend == &db_sqlite);
    return (struct sqlite_session *)session;
}

static void note_failure(struct sqlite_statement *self, int code)
{
    sqlite_fail(self->session, code, &self->base.failure);
}

/* Finding kept statements. */

static size_t place_of(const struct sqlite_session *session, const char *sql)
{
    size_t mask = session->kept_capacity - 1;
    size_t at = (size_t)(((uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & mask;
    while (session->kept[at] != NULL && session->kept[at]->sql != sql)
        at = (at + 1) & mask;
    return at;
}

static void grow(struct sqlite_session *session)
{
    struct sqlite_statement **old = session->kept;
    size_t old_capacity = session->kept_capacity;
    session->kept_capacity = old_capacity > 0 ? old_capacity * 2 : FIRST_CAPACITY;
    session->kept = heap_alloc(session->kept_capacity * sizeof(struct sqlite_statement *));
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i] != NULL)
            session->kept[place_of(session, old[i]->sql)] = old[i];
    free(old);
}

static struct sqlite_statement *find_kept(const struct sqlite_session *session, const char *sql)
{
    return session->kept_capacity > 0 ? session->kept[place_of(session, sql)] : NULL;
}

static void keep(struct sqlite_session *session, struct sqlite_statement *statement,
                 const char *sql)
{
    if ((session->kept_count + 1) * 2 > session->kept_capacity)
        grow(session);
    statement->sql = sql;
    session->kept[place_of(session, sql)] = statement;
    session->kept_count++;
}

/* Preparing. */

/* SQLite numbers "$2" by where it first stands; PostgreSQL by what it says. They must agree. */
static bool has_numbers_in_order(struct sqlite_statement *self)
{
    int count = sqlite3_bind_parameter_count(self->compiled);
    for (int at = 1; at <= count; at++) {
        char expected[16];
        snprintf(expected, sizeof expected, "$%d", at);
        const char *name = sqlite3_bind_parameter_name(self->compiled, at);
        if (name != NULL && strcmp(name, expected) == 0)
            continue;
        fail(&self->base.failure, STATUS_INTERNAL,
             "parameter %d of a statement is called %s: parameters are $1, $2, ... in the order "
             "of their first use",
             at, name != NULL ? name : "?");
        return false;
    }
    return true;
}

/* Changes to the schema are not counted by SQLite, so a group of works could not tell that one of
 * them has left some behind. */
static bool is_for_work(struct sqlite_statement *self, str sql)
{
    static const char *const openings[] = {"INSERT", "UPDATE", "DELETE", "WITH", "REPLACE"};
    if (sqlite3_stmt_readonly(self->compiled))
        return true;
    str trimmed = str_trim(sql);
    for (size_t i = 0; i < sizeof openings / sizeof openings[0]; i++) {
        str opening = str_from_z(openings[i]);
        if (str_equal_ignoring_case(str_slice(trimmed, 0, opening.length), opening))
            return true;
    }
    fail(&self->base.failure, STATUS_INTERNAL, "the schema is changed by db_migrate only");
    return false;
}

static struct sqlite_statement *make(struct sqlite_session *session, str sql, unsigned flags)
{
    struct sqlite_statement *made = heap_new(struct sqlite_statement);
    made->base.backend = &db_sqlite;
    made->session = session;
    int code = sqlite3_prepare_v3(session->connection, sql.bytes, (int)sql.length, flags,
                                  &made->compiled, NULL);
    if (code != SQLITE_OK)
        note_failure(made, code);
    else if (made->compiled == NULL)
        fail(&made->base.failure, STATUS_INTERNAL, "a statement without any SQL in it");
    else if (has_numbers_in_order(made))
        (void)is_for_work(made, sql);
    return made;
}

static void take_into_use(struct sqlite_session *session, struct sqlite_statement *statement)
{
    statement->is_in_use = true;
    statement->is_over = false;
    statement->next = session->in_use;
    session->in_use = statement;
}

struct db_statement *sqlite_prepare(struct db_session *session, str sql, bool is_constant)
{
    struct sqlite_session *self = session_of(session);
    struct sqlite_statement *kept = is_constant ? find_kept(self, sql.bytes) : NULL;
    bool is_free = kept != NULL && !kept->is_in_use;
    struct sqlite_statement *statement =
        is_free ? kept : make(self, sql, is_constant ? SQLITE_PREPARE_PERSISTENT : 0);
    /* One that failed is not kept, nor is the second copy of one that is in use. */
    if (is_constant && kept == NULL && statement->base.failure.status == STATUS_OK)
        keep(self, statement, sql.bytes);
    take_into_use(self, statement);
    return &statement->base;
}

/* Schema scripts, by db_migrate. */

enum status sqlite_run_script(struct db_session *session, const char *sql, struct error *err)
{
    struct sqlite_session *self = session_of(session);
    self->has_run_script = true;
    int code = sqlite3_exec(self->connection, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? STATUS_OK : sqlite_fail(self, code, err);
}

/* Using. */

static int bind_value(sqlite3_stmt *compiled, int at, const struct db_value *value)
{
    switch (value->kind) {
    case DB_INTEGER:
        return sqlite3_bind_int64(compiled, at, value->integer);
    case DB_REAL:
        return sqlite3_bind_double(compiled, at, value->real);
    case DB_TEXT:
        return sqlite3_bind_text64(compiled, at, value->bytes.bytes, value->bytes.length,
                                   SQLITE_STATIC, SQLITE_UTF8);
    case DB_BYTES:
        return sqlite3_bind_blob64(compiled, at, value->bytes.bytes, value->bytes.length,
                                   SQLITE_STATIC);
    case DB_NULL:
        break;
    }
    return sqlite3_bind_null(compiled, at);
}

void sqlite_bind(struct db_statement *statement, int at, const struct db_value *value)
{
    struct sqlite_statement *self = self_of(statement);
    int code = bind_value(self->compiled, at, value);
    if (code != SQLITE_OK)
        note_failure(self, code);
}

bool sqlite_step(struct db_statement *statement)
{
    struct sqlite_statement *self = self_of(statement);
    if (self->is_over)
        return false;
    int code = sqlite3_step(self->compiled);
    self->is_over = code != SQLITE_ROW;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        note_failure(self, code);
    return code == SQLITE_ROW;
}

static str column_bytes(sqlite3_stmt *compiled, int column)
{
    bool is_blob = sqlite3_column_type(compiled, column) == SQLITE_BLOB;
    const void *bytes = is_blob ? sqlite3_column_blob(compiled, column)
                                : (const void *)sqlite3_column_text(compiled, column);
    int length = sqlite3_column_bytes(compiled, column);
    return (str){bytes != NULL ? bytes : "", (size_t)length};
}

struct db_value sqlite_column(struct db_statement *statement, int column, enum db_kind wanted)
{
    sqlite3_stmt *compiled = self_of(statement)->compiled;
    if (compiled == NULL || sqlite3_column_type(compiled, column) == SQLITE_NULL)
        return (struct db_value){.kind = DB_NULL};
    switch (wanted) {
    case DB_INTEGER:
        return (struct db_value){wanted, .integer = sqlite3_column_int64(compiled, column)};
    case DB_REAL:
        return (struct db_value){wanted, .real = sqlite3_column_double(compiled, column)};
    case DB_TEXT:
    case DB_BYTES:
        return (struct db_value){wanted, .bytes = column_bytes(compiled, column)};
    case DB_NULL:
        break; /* only whether there is something was asked */
    }
    return (struct db_value){.kind = DB_BYTES};
}

void sqlite_run(struct db_statement *statement, int64_t *changed, int64_t *id)
{
    struct sqlite_statement *self = self_of(statement);
    sqlite3 *connection = self->session->connection;
    while (sqlite_step(statement))
        continue;
    if (statement->failure.status != STATUS_OK)
        return;
    *changed = sqlite3_stmt_readonly(self->compiled) ? 0 : sqlite3_changes64(connection);
    if (id != NULL && *changed == 0)
        fail(&statement->failure, STATUS_CONFLICT, "there is such a row already");
    else if (id != NULL)
        *id = sqlite3_last_insert_rowid(connection);
}

/* Ending. */

static void discard(struct sqlite_statement *statement)
{
    sqlite3_finalize(statement->compiled);
    free(statement);
}

static void put_back(struct sqlite_statement *statement)
{
    if (statement->sql == NULL) {
        discard(statement);
        return;
    }
    sqlite3_reset(statement->compiled);
    sqlite3_clear_bindings(statement->compiled); /* what they pointed at is going */
    statement->base.failure.status = STATUS_OK;
    statement->is_in_use = false;
}

void sqlite_end(struct db_statement *statement)
{
    struct sqlite_statement *self = self_of(statement);
    struct sqlite_statement **link = &self->session->in_use;
    while (*link != self)
        link = &(*link)->next;
    *link = self->next;
    put_back(self);
}

void sqlite_end_all(struct sqlite_session *session)
{
    struct sqlite_statement *statement = session->in_use;
    session->in_use = NULL;
    while (statement != NULL) {
        struct sqlite_statement *next = statement->next;
        put_back(statement);
        statement = next;
    }
}

void sqlite_forget_all(struct sqlite_session *session)
{
    sqlite_end_all(session);
    for (size_t i = 0; i < session->kept_capacity; i++)
        if (session->kept[i] != NULL)
            discard(session->kept[i]);
    free(session->kept);
    session->kept = NULL;
    session->kept_count = session->kept_capacity = 0;
}
