#include "infer/encoder/folder_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_ROOM = 4096
};

/* A vocabulary has a value for each token, and twice as many for its merges. */
static const struct json_limits limits = {.values = 4 * 1000 * 1000, .keys = 1000 * 1000};

static bool make_path(char path[static PATH_ROOM], const char *folder, const char *name)
{
    int length = snprintf(path, PATH_ROOM, "%s/%s", folder, name);
    return length > 0 && length < PATH_ROOM;
}

bool folder_has_file(const char *folder, const char *name)
{
    char path[PATH_ROOM];
    return make_path(path, folder, name) && access(path, F_OK) == 0;
}

enum status folder_blame(const char *name, enum status status, struct error *err)
{
    if (err == NULL)
        return status;
    struct error inner = *err;
    if (inner.field[0] != '\0')
        return fail(err, status, "%s: %.80s %.140s", name, inner.field, inner.message);
    return fail(err, status, "%s: %.220s", name, inner.message);
}

static enum status read_open_file(struct arena *arena, int fd, const char *name, str *text,
                                  struct error *err)
{
    struct stat about;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        return fail(err, STATUS_INVALID, "%s is not a file", name);
    if (about.st_size > FOLDER_FILE_MOST)
        return fail(err, STATUS_TOO_LARGE, "%s is longer than 64 MB", name);
    size_t size = (size_t)about.st_size, have = 0;
    char *bytes = arena_alloc_raw(arena, size + 1);
    while (have < size) {
        ssize_t got = read(fd, bytes + have, size - have);
        if (got <= 0)
            return fail(err, STATUS_UNAVAILABLE, "%s cannot be read to its end", name);
        have += (size_t)got;
    }
    *text = (str){bytes, size};
    return STATUS_OK;
}

enum status folder_read_text(struct arena *arena, const char *folder, const char *name, str *text,
                             struct error *err)
{
    char path[PATH_ROOM];
    if (!make_path(path, folder, name))
        return fail(err, STATUS_INVALID, "the path of the folder is too long");
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail(err, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_UNAVAILABLE,
                    "cannot open '%.160s': %s", path, strerror(errno));
    enum status status = read_open_file(arena, fd, name, text, err);
    close(fd);
    return status;
}

enum status folder_read_json(struct arena *arena, const char *folder, const char *name,
                             const struct json **value, struct error *err)
{
    str text;
    enum status status = folder_read_text(arena, folder, name, &text, err);
    if (status != STATUS_OK)
        return status;
    const struct json *parsed;
    status = json_parse_within(arena, text, &limits, &parsed, err);
    if (status != STATUS_OK)
        return folder_blame(name, status, err);
    if (parsed->type != JSON_OBJECT)
        return fail(err, STATUS_INVALID, "%s: it is %s, not an object", name,
                    json_type_name(parsed->type));
    *value = parsed;
    return STATUS_OK;
}
