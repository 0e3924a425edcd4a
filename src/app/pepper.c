#include "app/pepper.h"

#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    PEPPER_BYTES = 32,
    PEPPER_TEXT = PEPPER_BYTES * 2
};

static enum status make_pepper(struct arena *arena, const char *path, str *pepper,
                               struct error *err)
{
    unsigned char bytes[PEPPER_BYTES];
    hash_random(bytes, sizeof bytes);
    *pepper = hash_hex(arena, bytes, sizeof bytes);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_written =
        fd >= 0 && write(fd, pepper->bytes, PEPPER_TEXT) == PEPPER_TEXT && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return is_written
               ? STATUS_OK
               : fail(err, STATUS_UNAVAILABLE, "%s cannot be made: %s", path, strerror(errno));
}

static enum status read_pepper(struct arena *arena, const char *path, int fd, str *pepper,
                               struct error *err)
{
    char text[PEPPER_TEXT];
    ssize_t got = read(fd, text, sizeof text);
    close(fd);
    if (got != PEPPER_TEXT)
        return fail(
            err, STATUS_CORRUPT,
            "%s is cut short: put it back from a backup, or remove it and make all API keys "
            "anew",
            path);
    *pepper = str_copy(arena, (str){text, sizeof text});
    return STATUS_OK;
}

enum status pepper_find(struct arena *arena, const struct config *config, const char *database_path,
                        str *pepper, struct error *err)
{
    *pepper = config->key_pepper;
    if (pepper->length > 0)
        return STATUS_OK;
    if (database_path == NULL)
        return fail(err, STATUS_INVALID, "HARK_KEY_PEPPER must be set for this kind of database");
    const char *path = str_format(arena, "%s.pepper", database_path).bytes;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        return read_pepper(arena, path, fd, pepper, err);
    if (errno != ENOENT)
        return fail(err, STATUS_UNAVAILABLE, "%s cannot be read: %s", path, strerror(errno));
    return make_pepper(arena, path, pepper, err);
}
