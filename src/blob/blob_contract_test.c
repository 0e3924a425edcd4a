/* What every place for blobs must do; each test runs against each of them. */
#include "base/clock.h"
#include "base/test.h"
#include "blob/blob.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;
static struct blob *blob;
static char folder[64];

static void put(const char *name, str bytes)
{
    EXPECT(blob_put(blob, str_from_z(name), bytes, NULL) == STATUS_OK);
}

static bool holds(const char *name, str wanted)
{
    str bytes;
    return blob_get(blob, &arena, str_from_z(name), &bytes, NULL) == STATUS_OK &&
           !str_is_absent(bytes) && str_equal(bytes, wanted);
}

static bool is_gone(const char *name)
{
    str bytes = STR("untouched");
    struct error err;
    bool is_missing = blob_get(blob, &arena, str_from_z(name), &bytes, &err) == STATUS_NOT_FOUND;
    return is_missing && str_equal(bytes, STR("untouched"));
}

static void gives_what_was_put(void)
{
    put("documents/one", STR("first"));
    put("two.txt", STR("second"));
    put("deep/er/and/deeper", (str){"\0\xFF\n", 3});
    EXPECT(holds("documents/one", STR("first")));
    EXPECT(holds("two.txt", STR("second")));
    EXPECT(holds("deep/er/and/deeper", (str){"\0\xFF\n", 3}));
}

static void puts_over_what_was_there(void)
{
    put("documents/one", STR("a longer one than what comes"));
    put("documents/one", STR("short"));
    EXPECT(holds("documents/one", STR("short")));
}

static void keeps_an_empty_one(void)
{
    put("nothing", STR(""));
    EXPECT(holds("nothing", STR("")));
}

static void keeps_a_large_one(void)
{
    size_t size = 5 * 1024 * 1024 + 1;
    char *bytes = arena_alloc_raw(&arena, size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 2654435761u >> 13);
    put("large", (str){bytes, size});
    EXPECT(holds("large", (str){bytes, size}));
}

static void says_not_found_of_what_is_not_there(void)
{
    EXPECT(is_gone("documents/one"));
    put("documents", STR("a blob, and no folder"));
    EXPECT(is_gone("documents/one"));
}

static void removes_and_does_so_twice(void)
{
    put("documents/one", STR("first"));
    EXPECT(blob_remove(blob, STR("documents/one"), NULL) == STATUS_OK);
    EXPECT(is_gone("documents/one"));
    EXPECT(blob_remove(blob, STR("documents/one"), NULL) == STATUS_OK);
    EXPECT(blob_remove(blob, STR("no/such/place"), NULL) == STATUS_OK);
}

static void refuses_what_is_no_name(void)
{
    static const char *const names[] = {
        "",
        "/",
        "/etc/passwd",
        "..",
        "../one",
        "documents/../../one",
        ".",
        "./one",
        "documents/",
        "documents//one",
        ".hidden",
        "documents/.put-123456",
        "a b",
        "a\\b",
        "a%2Fb",
        "\xC3\xA9",
        "one\n",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        str bytes, name = {names[i], strlen(names[i])};
        struct error err = {0};
        EXPECT(blob_put(blob, name, STR("x"), &err) == STATUS_INVALID);
        EXPECT(err.message[0] != '\0');
        EXPECT(blob_get(blob, &arena, name, &bytes, &err) == STATUS_INVALID);
        EXPECT(blob_remove(blob, name, &err) == STATUS_INVALID);
    }
    EXPECT(blob_put(blob, (str){"a\0b", 3}, STR("x"), NULL) == STATUS_INVALID);
}

static void takes_names_of_up_to_a_hundred_characters(void)
{
    char name[102];
    memset(name, 'n', sizeof name);
    EXPECT(blob_put(blob, (str){name, 100}, STR("x"), NULL) == STATUS_OK);
    EXPECT(blob_put(blob, (str){name, 101}, STR("x"), NULL) == STATUS_INVALID);
}

static void sweeps_what_is_old_under_its_prefix(void)
{
    int64_t removed = -1, later = clock_now_us() + HOUR_US;
    put("documents/one", STR("1"));
    put("documents/two", STR("2"));
    put("backups/one", STR("3"));
    EXPECT(blob_sweep(blob, STR("documents/"), clock_now_us() - HOUR_US, &removed, NULL) ==
           STATUS_OK);
    EXPECT(removed == 0 && holds("documents/one", STR("1")));
    EXPECT(blob_sweep(blob, STR("documents/t"), later, &removed, NULL) == STATUS_OK);
    EXPECT(removed == 1 && is_gone("documents/two") && holds("documents/one", STR("1")));
    EXPECT(blob_sweep(blob, STR("documents/"), later, &removed, NULL) == STATUS_OK);
    EXPECT(removed == 1 && is_gone("documents/one") && holds("backups/one", STR("3")));
    put("documents/one", STR("again"));
    EXPECT(holds("documents/one", STR("again")));
}

static void sweeps_a_place_that_was_never_used(void)
{
    int64_t removed = -1;
    EXPECT(blob_sweep(blob, STR("documents/"), clock_now_us(), &removed, NULL) == STATUS_OK);
    EXPECT(removed == 0);
}

/* Readers see the one or the other, never half of either. */
enum {
    SHARED_SIZE = 100000,
    ROUNDS = 40
};

static void *put_often(void *argument)
{
    struct arena own = {0};
    char *bytes = arena_alloc_raw(&own, SHARED_SIZE);
    const char *letters = argument;
    for (int i = 0; i < ROUNDS; i++) {
        memset(bytes, letters[i % 2], SHARED_SIZE);
        EXPECT(blob_put(blob, STR("shared"), (str){bytes, SHARED_SIZE}, NULL) == STATUS_OK);
    }
    arena_reset(&own);
    return NULL;
}

static void is_whole_whenever_it_is_read(void)
{
    pthread_t one, other;
    char letters[] = "abcd";
    put_often(letters);
    pthread_create(&one, NULL, put_often, letters);
    pthread_create(&other, NULL, put_often, letters + 2);
    for (int i = 0; i < ROUNDS; i++) {
        str bytes;
        EXPECT(blob_get(blob, &arena, STR("shared"), &bytes, NULL) == STATUS_OK);
        EXPECT(bytes.length == SHARED_SIZE);
        for (size_t at = 1; at < bytes.length; at++)
            EXPECT(bytes.bytes[at] == bytes.bytes[0]);
        arena_reset(&arena);
    }
    pthread_join(one, NULL);
    pthread_join(other, NULL);
}

static void refuses_a_url_it_does_not_know(void)
{
    struct blob *none;
    struct error err = {0};
    EXPECT(blob_open(&none, STR("gopher://x"), &err) == STATUS_UNSUPPORTED);
    EXPECT(strstr(err.message, "file:") != NULL);
    EXPECT(blob_open(&none, STR(""), &err) == STATUS_UNSUPPORTED);
    EXPECT(blob_open(&none, STR("file:"), &err) == STATUS_INVALID);
}

/* Of files alone: who may read them, and what a crash leaves. */

static void is_for_its_owner_only(void)
{
    struct stat about;
    put("documents/one", STR("first"));
    EXPECT(stat(str_format(&arena, "%s/blobs", folder).bytes, &about) == 0);
    EXPECT((about.st_mode & 07777) == 0700);
    EXPECT(stat(str_format(&arena, "%s/blobs/documents", folder).bytes, &about) == 0);
    EXPECT((about.st_mode & 07777) == 0700);
    EXPECT(stat(str_format(&arena, "%s/blobs/documents/one", folder).bytes, &about) == 0);
    EXPECT((about.st_mode & 07777) == 0600);
}

static void follows_no_link(void)
{
    str bytes;
    put("documents/one", STR("first"));
    EXPECT(symlink("/etc/passwd", str_format(&arena, "%s/blobs/link", folder).bytes) == 0);
    EXPECT(blob_get(blob, &arena, STR("link"), &bytes, NULL) == STATUS_UNAVAILABLE);
    put("link", STR("a blob"));
    EXPECT(holds("link", STR("a blob")));
}

static void sweeps_drafts_that_a_crash_left(void)
{
    int64_t removed;
    put("documents/one", STR("first"));
    const char *draft = str_format(&arena, "%s/blobs/documents/.put-abcdef", folder).bytes;
    int fd = open(draft, O_CREAT | O_WRONLY, 0600);
    EXPECT(fd >= 0 && close(fd) == 0);
    EXPECT(blob_sweep(blob, STR("documents/"), clock_now_us() + HOUR_US, &removed, NULL) ==
           STATUS_OK);
    EXPECT(removed == 2 && access(draft, F_OK) != 0);
}

static void says_unavailable_where_nothing_can_be_written(void)
{
    struct error err = {0};
    put("documents", STR("in the way of a folder"));
    EXPECT(blob_put(blob, STR("documents/one"), STR("x"), &err) == STATUS_UNAVAILABLE);
    EXPECT(strstr(err.message, "documents") != NULL);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

static void with_folder(void (*test)(void))
{
    snprintf(folder, sizeof folder, "/tmp/hark-blob-test-XXXXXX");
    EXPECT(mkdtemp(folder) != NULL);
    EXPECT(blob_open(&blob, str_format(&arena, "file:%s/blobs", folder), NULL) == STATUS_OK);
    test();
    blob_close(blob);
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    arena_reset(&arena);
}

#define RUN_BLOB(test) (with_folder(test), printf("ok %s\n", #test))

int main(void)
{
    blob_close(NULL);
    RUN_BLOB(gives_what_was_put);
    RUN_BLOB(puts_over_what_was_there);
    RUN_BLOB(keeps_an_empty_one);
    RUN_BLOB(keeps_a_large_one);
    RUN_BLOB(says_not_found_of_what_is_not_there);
    RUN_BLOB(removes_and_does_so_twice);
    RUN_BLOB(refuses_what_is_no_name);
    RUN_BLOB(takes_names_of_up_to_a_hundred_characters);
    RUN_BLOB(sweeps_what_is_old_under_its_prefix);
    RUN_BLOB(sweeps_a_place_that_was_never_used);
    RUN_BLOB(is_whole_whenever_it_is_read);
    RUN_BLOB(refuses_a_url_it_does_not_know);
    RUN_BLOB(is_for_its_owner_only);
    RUN_BLOB(follows_no_link);
    RUN_BLOB(sweeps_drafts_that_a_crash_left);
    RUN_BLOB(says_unavailable_where_nothing_can_be_written);
    return 0;
}
