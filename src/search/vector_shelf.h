/* vector_shelf.h - the vectors of tenants, rounded to 8 bits, in memory while they are searched.
 *
 * A tenant's are read from the database when they are first needed, and what came since each time
 * after; all tenants together keep no more than `most`, and those longest unused go first. When one
 * tenant alone has more, its newest are kept. 144 bytes a vector. Any thread. */
#pragma once

#include "search/vector_scan.h"
#include "store/store_search.h"

struct vector_shelves;

struct vector_shelves *vector_shelves_open(size_t most);
void vector_shelves_close(struct vector_shelves *shelves); /* NULL is fine */

/* Whatever may be among what is found; NULL: all. Growing. */
struct allowed_ids {
    int64_t *ids;
    size_t count, capacity;
};

struct shelf_search {
    int64_t tenant_id;
    str model;     /* that the vectors are of */
    int64_t until; /* the last feedback that has its vector by it, if it has one */
    const struct vector *query;
    const struct allowed_ids *allowed;
    struct shelf_hit {
        int64_t feedback_id;
        double score; /* by 8-bit values: near, and to be looked at again */
    } * hits;
    size_t room, count;
    bool is_partial; /* the oldest were left out, for there is no room for all */
};

/* Brings the tenant's shelf up to date from `session` and scans it. */
enum status vector_shelves_search(struct vector_shelves *shelves, struct db_session *session,
                                  struct shelf_search *search, struct error *err) MUST_CHECK;

/* Notes that a feedback is gone, without waiting; vector_shelves_tidy(), and each search, takes
 * what was noted out of memory. */
void vector_shelves_forget(struct vector_shelves *shelves, int64_t tenant_id, int64_t feedback_id);
void vector_shelves_tidy(struct vector_shelves *shelves);
