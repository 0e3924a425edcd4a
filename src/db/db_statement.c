#include "db/db_backend.h"

#include <assert.h>
#include <math.h>

struct db_statement *db_prepare(struct db_session *session, const char *sql)
{
    return session->backend->prepare(session, str_from_z(sql), true);
}

struct db_statement *db_prepare_text(struct db_session *session, str sql)
{
    return session->backend->prepare(session, sql, false);
}

static bool has_failed(const struct db_statement *statement)
{
    return statement->failure.status != STATUS_OK;
}

static void bind(struct db_statement *statement, int at, struct db_value value)
{
    assert(at >= 1);
    if (!has_failed(statement))
        statement->backend->bind(statement, at, &value);
}

void db_bind_integer(struct db_statement *statement, int at, int64_t value)
{
    bind(statement, at, (struct db_value){.kind = DB_INTEGER, .integer = value});
}

void db_bind_real(struct db_statement *statement, int at, double value)
{
    enum db_kind kind = isnan(value) ? DB_NULL : DB_REAL;
    bind(statement, at, (struct db_value){.kind = kind, .real = value});
}

void db_bind_text(struct db_statement *statement, int at, str value)
{
    enum db_kind kind = str_is_absent(value) ? DB_NULL : DB_TEXT;
    bind(statement, at, (struct db_value){.kind = kind, .bytes = value});
}

void db_bind_bytes(struct db_statement *statement, int at, str value)
{
    enum db_kind kind = str_is_absent(value) ? DB_NULL : DB_BYTES;
    bind(statement, at, (struct db_value){.kind = kind, .bytes = value});
}

void db_bind_null(struct db_statement *statement, int at)
{
    bind(statement, at, (struct db_value){.kind = DB_NULL});
}

bool db_row(struct db_statement *statement)
{
    return !has_failed(statement) && statement->backend->step(statement);
}

enum status db_end(struct db_statement *statement, struct error *err)
{
    enum status status = statement->failure.status;
    if (status != STATUS_OK && err != NULL)
        *err = statement->failure;
    statement->backend->end(statement);
    return status;
}

static enum status run(struct db_statement *statement, int64_t *changed, int64_t *id,
                       struct error *err)
{
    int64_t unread;
    if (!has_failed(statement))
        statement->backend->run(statement, changed != NULL ? changed : &unread, id);
    return db_end(statement, err);
}

enum status db_run(struct db_statement *statement, int64_t *changed, struct error *err)
{
    return run(statement, changed, NULL, err);
}

enum status db_insert(struct db_statement *statement, int64_t *id, struct error *err)
{
    return run(statement, NULL, id, err);
}

static struct db_value column_as(struct db_statement *statement, int column, enum db_kind wanted)
{
    assert(column >= 0);
    return statement->backend->column(statement, column, wanted);
}

bool db_is_null(struct db_statement *statement, int column)
{
    return column_as(statement, column, DB_NULL).kind == DB_NULL;
}

int64_t db_integer(struct db_statement *statement, int column)
{
    return column_as(statement, column, DB_INTEGER).integer;
}

double db_real(struct db_statement *statement, int column)
{
    struct db_value value = column_as(statement, column, DB_REAL);
    return value.kind == DB_NULL ? (double)NAN : value.real;
}

str db_text(struct db_statement *statement, int column, struct arena *arena)
{
    return str_copy(arena, db_peek(statement, column));
}

str db_peek(struct db_statement *statement, int column)
{
    struct db_value value = column_as(statement, column, DB_TEXT);
    return value.kind == DB_NULL ? (str){0} : value.bytes;
}
