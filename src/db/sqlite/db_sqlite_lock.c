#include "db/sqlite/db_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static enum status fail_taken(int fd, const char *path, struct error *err)
{
    char text[24];
    ssize_t length = pread(fd, text, sizeof text, 0);
    str owner = str_trim((str){text, length > 0 ? (size_t)length : 0});
    int64_t pid;
    if (!str_to_integer(owner, &pid)) /* it has the lock, and has not yet written its name */
        return fail(err, STATUS_CONFLICT, "%s is in use by another process", path);
    return fail(err, STATUS_CONFLICT, "%s is in use by process %lld", path, (long long)pid);
}

static bool write_owner(int fd)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)length, 0) == length;
}

static enum status fail_lock(const char *path, int cause, struct error *err)
{
    if (cause == ENOSPC || cause == EDQUOT)
        return sqlite_explain(NULL, path, SQLITE_FULL, err);
    return fail(err, STATUS_UNAVAILABLE,
                "%s.lock cannot be written (%s): check the owner and permissions of its directory",
                path, strerror(cause));
}

enum status sqlite_lock_file(const char *path, int *fd, struct error *err)
{
    struct arena arena = {0};
    str name = str_format(&arena, "%s.lock", path);
    int opened = open(str_z(&arena, name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int cause = errno;
    arena_reset(&arena);
    if (opened < 0)
        return fail_lock(path, cause, err);

    enum status status = STATUS_OK;
    if (flock(opened, LOCK_EX | LOCK_NB) != 0)
        status = errno == EWOULDBLOCK ? fail_taken(opened, path, err) : fail_lock(path, errno, err);
    else if (!write_owner(opened))
        status = fail_lock(path, errno, err);
    if (status != STATUS_OK)
        close(opened);
    else
        *fd = opened;
    return status;
}

void sqlite_unlock_file(int fd)
{
    close(fd);
}
