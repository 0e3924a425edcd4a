/* A folder, and in it a file for each blob, under the blob's own name. A blob is written beside its
 * place under a name that no blob can have, and moved there once it is on the disk; then the folder
 * is made durable as well, which a new name needs. */
#include "base/heap.h"
#include "base/uuid.h"
#include "blob/blob_backend.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_ROOM = 1024,
    NAME_ROOM = 256
};

struct file_blob {
    struct blob blob;
    char folder[PATH_ROOM - NAME_ROOM];
};

/* A path that is being walked, so that a walk needs no memory. */
struct walk {
    char path[PATH_ROOM];
    size_t root; /* where names begin in `path` */
    str prefix;
    struct timespec before;
    int64_t removed;
};

static struct file_blob *self_of(struct blob *blob)
{
    return (struct file_blob *)blob;
}

static enum status open_folder(struct blob **blob, str folder, struct error *err)
{
    struct file_blob *self = heap_new(struct file_blob);
    if (folder.length == 0 || folder.length >= sizeof self->folder) {
        free(self);
        return fail(err, STATUS_INVALID, "the folder for blobs must be named in 1 to %zu bytes",
                    sizeof self->folder - 1);
    }
    self->blob.backend = &blob_file;
    memcpy(self->folder, folder.bytes, folder.length);
    *blob = &self->blob;
    return STATUS_OK;
}

static void close_folder(struct blob *blob)
{
    free(self_of(blob));
}

static void path_of(const struct file_blob *self, str name, char path[static PATH_ROOM])
{
    snprintf(path, PATH_ROOM, "%s/" STR_FORMAT, self->folder, STR_ARG(name));
}

static bool sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_done = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return is_done;
}

/* The folder that `path` lies in; "." when it names none. */
static void folder_of(const char *path, char folder[static PATH_ROOM])
{
    const char *last = strrchr(path, '/');
    size_t length = last == NULL ? 0 : last == path ? 1 : (size_t)(last - path);
    memcpy(folder, last == NULL ? "." : path, last == NULL ? 1 : length);
    folder[last == NULL ? 1 : length] = '\0';
}

/* Makes one folder, and its name durable in the one above. */
static bool make_folder(const char *path)
{
    char above[PATH_ROOM];
    if (mkdir(path, 0700) != 0)
        return errno == EEXIST;
    folder_of(path, above);
    return sync_folder(above);
}

/* The root and what of `path` lies below it, as far as it is missing. */
static bool make_folders(const struct file_blob *self, char *path)
{
    size_t root = strlen(self->folder);
    if (access(path, F_OK) == 0)
        return true;
    for (char *at = path + root; at != NULL; at = strchr(at + 1, '/')) {
        char kept = *at;
        *at = '\0';
        bool is_made = make_folder(path);
        *at = kept;
        if (!is_made)
            return false;
        if (kept == '\0')
            return true;
    }
    return make_folder(path);
}

static bool write_all(int fd, str bytes)
{
    for (size_t done = 0; done < bytes.length;) {
        ssize_t wrote = write(fd, bytes.bytes + done, bytes.length - done);
        if (wrote < 0 && errno != EINTR)
            return false;
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return fsync(fd) == 0;
}

/* Durable under the draft's name, which is nobody else's, then moved. */
static enum status put(struct blob *blob, str name, str bytes, struct error *err)
{
    char path[PATH_ROOM], folder[PATH_ROOM], draft[PATH_ROOM + 64], id[UUID_TEXT_SIZE];
    path_of(self_of(blob), name, path);
    folder_of(path, folder);
    if (!make_folders(self_of(blob), folder))
        return fail(err, STATUS_UNAVAILABLE, "cannot make the folder '%s': %s", folder,
                    strerror(errno));
    uuid_make(id);
    snprintf(draft, sizeof draft, "%s/.put-%s", folder, id);
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(err, STATUS_UNAVAILABLE, "cannot write in '%s': %s", folder, strerror(errno));
    bool is_written = write_all(fd, bytes);
    is_written = close(fd) == 0 && is_written;
    if (is_written && rename(draft, path) == 0 && sync_folder(folder))
        return STATUS_OK;
    enum status status = fail(err, STATUS_FULL, "cannot write '%s': %s", path, strerror(errno));
    unlink(draft);
    return status;
}

static bool read_all(int fd, char *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t got = read(fd, bytes + done, size - done);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static enum status get(struct blob *blob, struct arena *arena, str name, str *bytes,
                       struct error *err)
{
    char path[PATH_ROOM];
    path_of(self_of(blob), name, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return fail(err,
                    errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND : STATUS_UNAVAILABLE,
                    "cannot open '%s': %s", path, strerror(errno));
    struct stat about;
    bool is_file = fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
    size_t size = is_file ? (size_t)about.st_size : 0;
    char *memory = arena_alloc_raw(arena, size + 1); /* so that an empty blob is not absent */
    bool is_read = is_file && read_all(fd, memory, size);
    close(fd);
    if (!is_file)
        return fail(err, STATUS_CORRUPT, "'%s' is not a file", path);
    if (!is_read)
        return fail(err, STATUS_UNAVAILABLE, "cannot read '%s': %s", path, strerror(errno));
    *bytes = (str){memory, size};
    return STATUS_OK;
}

static enum status take_away(struct blob *blob, str name, struct error *err)
{
    char path[PATH_ROOM];
    path_of(self_of(blob), name, path);
    if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR)
        return STATUS_OK;
    return fail(err, STATUS_UNAVAILABLE, "cannot remove '%s': %s", path, strerror(errno));
}

static bool is_older(const struct stat *about, struct timespec before)
{
    return about->st_mtim.tv_sec < before.tv_sec ||
           (about->st_mtim.tv_sec == before.tv_sec && about->st_mtim.tv_nsec < before.tv_nsec);
}

/* Whether names with the prefix may lie at or below this one. */
static bool is_wanted(const struct walk *walk, bool is_folder)
{
    str name = str_from_z(walk->path + walk->root);
    return str_starts_with(name, walk->prefix) ||
           (is_folder && str_starts_with(walk->prefix, name));
}

static void sweep_entry(struct walk *walk, const struct stat *about)
{
    if (S_ISREG(about->st_mode) && is_older(about, walk->before) && unlink(walk->path) == 0)
        walk->removed++;
}

/* One folder below another, as deep as a name has parts; each call puts back the path it found. */
static enum status sweep_folder(struct walk *walk, struct error *err)
{
    DIR *folder = opendir(walk->path);
    size_t end = strlen(walk->path);
    enum status status = STATUS_OK;
    if (folder == NULL)
        return errno == ENOENT ? STATUS_OK
                               : fail(err, STATUS_UNAVAILABLE, "cannot read the folder '%s': %s",
                                      walk->path, strerror(errno));
    for (struct dirent *entry; status == STATUS_OK && (entry = readdir(folder)) != NULL;) {
        struct stat about;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(walk->path + end, sizeof walk->path - end, "/%s", entry->d_name);
        bool is_there = lstat(walk->path, &about) == 0;
        bool is_folder = is_there && S_ISDIR(about.st_mode);
        if (is_there && is_wanted(walk, is_folder)) {
            if (is_folder)
                status = sweep_folder(walk, err);
            else
                sweep_entry(walk, &about);
        }
        walk->path[end] = '\0';
    }
    closedir(folder);
    return status;
}

static enum status sweep(struct blob *blob, str prefix, int64_t before_us, int64_t *removed,
                         struct error *err)
{
    struct walk walk = {.prefix = prefix,
                        .before = {before_us / 1000000, (before_us % 1000000) * 1000}};
    walk.root = strlen(self_of(blob)->folder) + 1;
    snprintf(walk.path, sizeof walk.path, "%s", self_of(blob)->folder);
    enum status status = sweep_folder(&walk, err);
    *removed = walk.removed;
    return status;
}

const struct blob_backend blob_file = {
    .scheme = "file",
    .open = open_folder,
    .close = close_folder,
    .put = put,
    .get = get,
    .remove = take_away,
    .sweep = sweep,
};
