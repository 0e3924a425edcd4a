/* store_test_home.h - the store of a test, in a folder that goes again with it. */
#pragma once

#include "base/test.h"
#include "store/store.h"

#include <string.h>
#include <unistd.h>

static struct arena arena;
static struct store *store;
static char folder[] = "/tmp/hark-store-XXXXXX";

static inline void open_store(void)
{
    struct error err = {0};
    EXPECT(mkdtemp(folder) != NULL);
    EXPECT(store_open(&store, str_format(&arena, "sqlite:%s/test.db", folder), &err) == STATUS_OK);
}

static inline void close_store(void)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    store_close(store);
    for (size_t i = 0; i < 4; i++)
        unlink(str_format(&arena, "%s/test.db%s", folder, endings[i]).bytes);
    rmdir(folder);
    memcpy(folder + sizeof folder - sizeof "XXXXXX", "XXXXXX", sizeof "XXXXXX"); /* for the next */
}
