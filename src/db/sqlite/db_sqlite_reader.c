#include "base/heap.h"
#include "db/sqlite/db_sqlite.h"
#include "fiber/fiber.h"

#include <stdlib.h>

/* The connection of one thread. It goes when its thread ends, or with the database. */
struct sqlite_reader {
    struct sqlite_session session;
    struct sqlite_readers *readers;
    struct sqlite_reader *next;
};

static void close_reader(struct sqlite_reader *reader)
{
    sqlite_close_session(&reader->session);
    free(reader);
}

static void on_thread_end(void *argument)
{
    struct sqlite_reader *reader = argument;
    struct sqlite_readers *readers = reader->readers;
    pthread_mutex_lock(&readers->lock);
    struct sqlite_reader **link = &readers->all;
    while (*link != reader)
        link = &(*link)->next;
    *link = reader->next;
    pthread_mutex_unlock(&readers->lock);
    close_reader(reader);
}

enum status sqlite_open_readers(struct sqlite_readers *readers, const char *path, struct error *err)
{
    readers->path = path;
    readers->all = NULL;
    if (pthread_key_create(&readers->of_thread, on_thread_end) != 0)
        return fail(err, STATUS_UNAVAILABLE, "too many databases are open in this process");
    pthread_mutex_init(&readers->lock, NULL);
    return STATUS_OK;
}

void sqlite_close_readers(struct sqlite_readers *readers)
{
    pthread_key_delete(readers->of_thread); /* from here on no thread's end closes one */
    while (readers->all != NULL) {
        struct sqlite_reader *reader = readers->all;
        readers->all = reader->next;
        close_reader(reader);
    }
    pthread_mutex_destroy(&readers->lock);
}

static enum status open_reader(struct sqlite_readers *readers, struct sqlite_reader **reader,
                               struct error *err)
{
    struct sqlite_reader *made = heap_new(struct sqlite_reader);
    made->readers = readers;
    enum status status = sqlite_open_session(&made->session, readers->path, SQLITE_READER, err);
    if (status != STATUS_OK) {
        free(made);
        return status;
    }
    pthread_mutex_lock(&readers->lock);
    made->next = readers->all;
    readers->all = made;
    pthread_mutex_unlock(&readers->lock);
    pthread_setspecific(readers->of_thread, made);
    *reader = made;
    return STATUS_OK;
}

static enum status read_here(struct sqlite_readers *readers, db_work *work, void *argument,
                             struct error *err)
{
    struct sqlite_reader *reader = pthread_getspecific(readers->of_thread);
    enum status status = STATUS_OK;
    if (reader == NULL)
        status = open_reader(readers, &reader, err);
    if (status != STATUS_OK)
        return status;

    struct sqlite_session *session = &reader->session;
    if (sqlite_is_in_transaction(session)) /* a read within a read: one snapshot for both */
        return work(&session->base, argument, err);
    status = sqlite_begin(session, err);
    if (status != STATUS_OK)
        return status;
    status = work(&session->base, argument, err);
    sqlite_roll_back(session); /* there is nothing to keep, and this cannot fail */
    return status;
}

struct long_read {
    struct sqlite_readers *readers;
    db_work *work;
    void *argument;
    struct error *err;
    enum status status;
};

static void read_apart(void *argument)
{
    struct long_read *call = argument;
    call->status = read_here(call->readers, call->work, call->argument, call->err);
}

enum status sqlite_read(struct sqlite_readers *readers, enum db_length length, db_work *work,
                        void *argument, struct error *err)
{
    if (length == DB_SHORT || fiber_self() == NULL)
        return read_here(readers, work, argument, err);
    struct long_read call = {readers, work, argument, err, STATUS_OK};
    fiber_offload(read_apart, &call);
    return call.status;
}
