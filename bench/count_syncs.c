/* count_syncs.c - counts fsync and fdatasync of the program it is preloaded into.
 *
 * The count is the 8 bytes at the start of the file $SYNC_COUNT, mapped, so that it outlives a
 * kill -9. Used to see that "durable" was: rows per sync say how many share one. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic uint64_t *syncs;

__attribute__((constructor)) static void map_count(void)
{
    const char *path = getenv("SYNC_COUNT");
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return;
    if (ftruncate(fd, sizeof *syncs) == 0) {
        void *map = mmap(NULL, sizeof *syncs, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        syncs = map == MAP_FAILED ? NULL : map;
    }
    close(fd);
}

static int count_and_call(const char *name, int fd)
{
    int (*call)(int);
    *(void **)&call = dlsym(RTLD_NEXT, name);
    if (syncs)
        atomic_fetch_add(syncs, 1);
    return call(fd);
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): glibc's is __fildes */
__attribute__((visibility("default"))) int fdatasync(int fd)
{
    return count_and_call("fdatasync", fd);
}

__attribute__((visibility("default"))) int fsync(int fd)
{
    return count_and_call("fsync", fd);
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
