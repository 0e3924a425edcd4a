#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_ROOM = 4096
};

enum status file_map(struct file_map *map, const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail(err, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_UNAVAILABLE,
                    "cannot open '%s': %s", path, strerror(errno));
    struct stat about;
    bool is_file = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0;
    size_t size = is_file ? (size_t)about.st_size : 0;
    void *memory = is_file ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    close(fd);
    if (!is_file)
        return fail(err, STATUS_CORRUPT, "'%s' is empty, or is not a file", path);
    if (memory == MAP_FAILED)
        return fail(err, STATUS_UNAVAILABLE, "cannot map '%s': %s", path, strerror(errno));
    *map = (struct file_map){memory, size};
    return STATUS_OK;
}

void file_forget(const struct file_map *map)
{
    madvise((void *)(uintptr_t)map->bytes, map->size, MADV_DONTNEED);
}

void file_unmap(struct file_map *map)
{
    if (map->bytes != NULL)
        munmap((void *)(uintptr_t)map->bytes, map->size);
    *map = (struct file_map){0};
}

enum status file_write(const char *path, const void *bytes, size_t size, struct error *err)
{
    char draft[PATH_ROOM];
    int length = snprintf(draft, sizeof draft, "%s.new", path);
    if (length < 0 || (size_t)length >= sizeof draft)
        return fail(err, STATUS_TOO_LARGE, "the name '%s' is too long", path);
    FILE *file = fopen(draft, "wbe");
    if (file == NULL)
        return fail(err, STATUS_UNAVAILABLE, "cannot write '%s': %s", draft, strerror(errno));
    bool is_written =
        fwrite(bytes, size, 1, file) == 1 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    is_written = fclose(file) == 0 && is_written;
    if (is_written && rename(draft, path) == 0)
        return STATUS_OK;
    enum status status = fail(err, STATUS_FULL, "cannot write '%s': %s", path, strerror(errno));
    unlink(draft);
    return status;
}
