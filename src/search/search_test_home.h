/* search_test_home.h - for tests: a store of feedback, in a folder that goes again with it.
 * Included by one file of a test. */
#pragma once

#include "base/clock.h"
#include "base/test.h"
#include "store/store_feedback.h"

#include <unistd.h>

static struct arena arena;
static struct store *store;
static char folder[32];

static inline void open_home(void)
{
    snprintf(folder, sizeof folder, "/tmp/hark-search-XXXXXX");
    EXPECT(mkdtemp(folder) != NULL);
    EXPECT(store_open(&store, str_format(&arena, "sqlite:%s/test.db", folder), NULL) == STATUS_OK);
}

static inline void close_home(void)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    store_close(store);
    for (size_t i = 0; i < 4; i++)
        unlink(str_format(&arena, "%s/test.db%s", folder, endings[i]).bytes);
    rmdir(folder);
    arena_reset(&arena);
}

/* As it stands in the database, before anybody said anything of it. */
static inline struct feedback home_feedback(int64_t tenant_id, const char *text)
{
    return (struct feedback){.tenant_id = tenant_id,
                             .status = FEEDBACK_COMPLETED,
                             .text = str_from_z(text),
                             .source = STR("test"),
                             .created_at = clock_now_us(),
                             .received_at = clock_now_us(),
                             .rating = FIELD_UNSET};
}
