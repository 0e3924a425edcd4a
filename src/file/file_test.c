#include "base/test.h"
#include "file/file.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/hark-file-test-XXXXXX";

static void what_is_written_is_what_is_mapped(void)
{
    struct error err;
    struct file_map map = {0};
    EXPECT(file_write(path, "one", 3, &err) == STATUS_OK);
    EXPECT(file_map(&map, path, &err) == STATUS_OK);
    EXPECT(map.size == 3 && memcmp(map.bytes, "one", 3) == 0);
    file_unmap(&map);
    EXPECT(map.bytes == NULL);
    file_unmap(&map);
}

/* Who has the file mapped keeps what it was. */
static void a_file_is_replaced_and_not_changed(void)
{
    struct error err;
    struct file_map before = {0}, after = {0};
    EXPECT(file_map(&before, path, &err) == STATUS_OK);
    EXPECT(file_write(path, "other", 5, &err) == STATUS_OK);
    EXPECT(file_map(&after, path, &err) == STATUS_OK);
    EXPECT(before.size == 3 && memcmp(before.bytes, "one", 3) == 0);
    EXPECT(after.size == 5 && memcmp(after.bytes, "other", 5) == 0);
    file_unmap(&before);
    file_unmap(&after);
}

static void says_what_cannot_be_read_or_written(void)
{
    struct error err;
    struct file_map map = {0};
    EXPECT(file_map(&map, "/tmp/no such file of hark", &err) == STATUS_NOT_FOUND);
    EXPECT(file_map(&map, "/tmp", &err) == STATUS_CORRUPT);
    EXPECT(file_map(&map, "/dev/null", &err) == STATUS_CORRUPT);
    EXPECT(file_write("/tmp/no such folder of hark/file", "x", 1, &err) == STATUS_UNAVAILABLE);
    EXPECT(map.bytes == NULL);
}

/* A folder cannot be replaced by a file; nothing is left lying about. */
static void what_fails_leaves_nothing_behind(void)
{
    struct error err;
    char folder[] = "/tmp/hark-folder-test-XXXXXX", draft[64];
    EXPECT(mkdtemp(folder) != NULL);
    snprintf(draft, sizeof draft, "%s.new", folder);
    EXPECT(file_write(folder, "x", 1, &err) == STATUS_FULL);
    EXPECT(access(draft, F_OK) != 0);
    EXPECT(rmdir(folder) == 0);
}

int main(void)
{
    int fd = mkstemp(path);
    EXPECT(fd >= 0 && close(fd) == 0);
    RUN(what_is_written_is_what_is_mapped);
    RUN(a_file_is_replaced_and_not_changed);
    RUN(says_what_cannot_be_read_or_written);
    RUN(what_fails_leaves_nothing_behind);
    EXPECT(unlink(path) == 0);
    return 0;
}
