/* The write-ahead log, written in large pieces. SQLite writes each page of a commit by itself, and
 * a few bytes about it before; two calls of the kernel a page cost more than all else that is done
 * with it. Here what is written one after the other is gathered, and goes to the file when SQLite
 * asks for it to be on disk, or for anything else of the file. Nobody can miss it before: what a
 * commit wrote counts once it has been synced (synchronous = FULL), and until then only the
 * connection that writes may read it.
 *
 * A VFS of SQLite's (sqlite.org/vfs.html) that hands all to the default one. A write that fails is
 * thus told a little later, by the sync or by the next write, which fails the same commit. */
#include "base/heap.h"
#include "db/sqlite/db_sqlite.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    GATHERED = 0x1ffff /* the default VFS writes no more at once */
};

struct log_file {
    sqlite3_file base;
    char *bytes; /* gathered, to be written at `at` */
    int length;
    sqlite3_int64 at;
    sqlite3_file real[]; /* the default VFS's own, which is larger than what it begins with */
};

static sqlite3_vfs ours;
static sqlite3_vfs *theirs;

static struct log_file *self_of(sqlite3_file *file)
{
    return (struct log_file *)file;
}

/* After a failure SQLite takes back the whole transaction: what was gathered is of no use. */
static int write_gathered(struct log_file *self)
{
    int length = self->length;
    self->length = 0;
    if (length == 0)
        return SQLITE_OK;
    return self->real->pMethods->xWrite(self->real, self->bytes, length, self->at);
}

static bool fits_on(const struct log_file *self, int length, sqlite3_int64 at)
{
    return at == self->at + self->length && length <= GATHERED - self->length;
}

static int log_write(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 at)
{
    struct log_file *self = self_of(file);
    if (!fits_on(self, length, at)) {
        int code = write_gathered(self);
        if (code != SQLITE_OK)
            return code;
        self->at = at;
    }
    assert(length <= GATHERED && "a page has at most 64 KiB");
    memcpy(self->bytes + self->length, bytes, (size_t)length);
    self->length += length;
    return SQLITE_OK;
}

static int log_read(sqlite3_file *file, void *bytes, int length, sqlite3_int64 at)
{
    struct log_file *self = self_of(file);
    int code = write_gathered(self);
    return code == SQLITE_OK ? self->real->pMethods->xRead(self->real, bytes, length, at) : code;
}

static int log_sync(sqlite3_file *file, int flags)
{
    struct log_file *self = self_of(file);
    int code = write_gathered(self);
    return code == SQLITE_OK ? self->real->pMethods->xSync(self->real, flags) : code;
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct log_file *self = self_of(file);
    int code = write_gathered(self);
    return code == SQLITE_OK ? self->real->pMethods->xTruncate(self->real, size) : code;
}

static int log_size(sqlite3_file *file, sqlite3_int64 *size)
{
    struct log_file *self = self_of(file);
    int code = write_gathered(self);
    return code == SQLITE_OK ? self->real->pMethods->xFileSize(self->real, size) : code;
}

static int log_close(sqlite3_file *file)
{
    struct log_file *self = self_of(file);
    int code = write_gathered(self);
    int closed = self->real->pMethods->xClose(self->real);
    free(self->bytes);
    return code == SQLITE_OK ? closed : code;
}

static int log_lock(sqlite3_file *file, int level)
{
    return self_of(file)->real->pMethods->xLock(self_of(file)->real, level);
}

static int log_unlock(sqlite3_file *file, int level)
{
    return self_of(file)->real->pMethods->xUnlock(self_of(file)->real, level);
}

static int log_check_lock(sqlite3_file *file, int *is_locked)
{
    return self_of(file)->real->pMethods->xCheckReservedLock(self_of(file)->real, is_locked);
}

static int log_control(sqlite3_file *file, int what, void *argument)
{
    return self_of(file)->real->pMethods->xFileControl(self_of(file)->real, what, argument);
}

static int log_sector_size(sqlite3_file *file)
{
    return self_of(file)->real->pMethods->xSectorSize(self_of(file)->real);
}

static int log_characteristics(sqlite3_file *file)
{
    return self_of(file)->real->pMethods->xDeviceCharacteristics(self_of(file)->real);
}

static const sqlite3_io_methods methods = {
    .iVersion = 1, /* the rest is not asked of a log */
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_check_lock,
    .xFileControl = log_control,
    .xSectorSize = log_sector_size,
    .xDeviceCharacteristics = log_characteristics,
};

/* Any other file is the default VFS's, and this one has no part in it. */
static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *given)
{
    (void)vfs;
    if ((flags & SQLITE_OPEN_WAL) == 0)
        return theirs->xOpen(theirs, name, file, flags, given);
    struct log_file *self = self_of(file);
    memset(self, 0, sizeof *self);
    int code = theirs->xOpen(theirs, name, self->real, flags, given);
    if (code != SQLITE_OK)
        return code; /* without methods it is not closed */
    self->bytes = heap_alloc_raw(GATHERED);
    self->base.pMethods = &methods;
    return SQLITE_OK;
}

void sqlite_add_log_vfs(void)
{
    theirs = sqlite3_vfs_find(NULL);
    ours = *theirs;
    ours.zName = SQLITE_LOG_VFS;
    ours.szOsFile += (int)sizeof(struct log_file);
    ours.xOpen = open_file;
    int code = sqlite3_vfs_register(&ours, 0);
    assert(code == SQLITE_OK && "SQLite takes a VFS at any time");
    (void)code;
}
