/* SQLite's own cache of pages, told less. Where a tree splits, SQLite parks a page for a moment
 * under the number of the page at 1 GiB. From then on its cache believes to hold pages beyond the
 * end of a smaller file, and looks through all of itself at the end of each commit to drop them:
 * thousands of looks at memory that is far away. Here the highest number that is really in a cache
 * is known, and that look is left out when nothing would be found.
 *
 * A page cache as sqlite.org/c3ref/pcache_methods2.html has it, which hands all else on. */
#include "base/heap.h"
#include "db/sqlite/db_sqlite.h"

#include <assert.h>
#include <stdlib.h>

struct cache {
    sqlite3_pcache *real;
    unsigned highest; /* no page has a higher number, but for the one that is parked */
    unsigned parked;  /* 0: none is */
};

static sqlite3_pcache_methods2 theirs;

static struct cache *self_of(sqlite3_pcache *cache)
{
    return (struct cache *)cache;
}

static sqlite3_pcache *create(int page_size, int extra_size, int may_purge)
{
    struct cache *made = heap_new(struct cache);
    made->real = theirs.xCreate(page_size, extra_size, may_purge);
    if (made->real != NULL)
        return (sqlite3_pcache *)made;
    free(made);
    return NULL;
}

static void set_size(sqlite3_pcache *cache, int pages)
{
    theirs.xCachesize(self_of(cache)->real, pages);
}

static int count_pages(sqlite3_pcache *cache)
{
    return theirs.xPagecount(self_of(cache)->real);
}

static sqlite3_pcache_page *fetch(sqlite3_pcache *cache, unsigned number, int may_create)
{
    struct cache *self = self_of(cache);
    if (may_create != 0 && number > self->highest)
        self->highest = number;
    return theirs.xFetch(self->real, number, may_create);
}

static void unpin(sqlite3_pcache *cache, sqlite3_pcache_page *page, int must_discard)
{
    theirs.xUnpin(self_of(cache)->real, page, must_discard);
}

static void renumber(sqlite3_pcache *cache, sqlite3_pcache_page *page, unsigned before,
                     unsigned after)
{
    struct cache *self = self_of(cache);
    if (before == self->parked)
        self->parked = 0;
    if (after > self->highest && self->parked == 0)
        self->parked = after;
    else if (after > self->highest)
        self->highest = after;
    theirs.xRekey(self->real, page, before, after);
}

static void truncate_at(sqlite3_pcache *cache, unsigned limit)
{
    struct cache *self = self_of(cache);
    if (limit > self->highest && self->parked == 0)
        return;
    theirs.xTruncate(self->real, limit);
    if (self->parked >= limit)
        self->parked = 0;
    if (self->highest >= limit)
        self->highest = limit - 1;
}

static void destroy(sqlite3_pcache *cache)
{
    theirs.xDestroy(self_of(cache)->real);
    free(self_of(cache));
}

static void shrink(sqlite3_pcache *cache)
{
    theirs.xShrink(self_of(cache)->real);
}

void sqlite_use_our_cache(void)
{
    int code = sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &theirs);
    assert(code == SQLITE_OK && "before SQLite is used");
    sqlite3_pcache_methods2 ours = theirs;
    ours.xCreate = create;
    ours.xCachesize = set_size;
    ours.xPagecount = count_pages;
    ours.xFetch = fetch;
    ours.xUnpin = unpin;
    ours.xRekey = renumber;
    ours.xTruncate = truncate_at;
    ours.xDestroy = destroy;
    ours.xShrink = shrink;
    code = sqlite3_config(SQLITE_CONFIG_PCACHE2, &ours);
    assert(code == SQLITE_OK && "before SQLite is used");
    (void)code;
}
