#include "search/vector_shelf.h"

#include "base/heap.h"
#include "infer/embedder.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_ROOM = 1024,
    MODEL_ROOM = EMBEDDER_NAME_SIZE
};

/* A tenant's vectors, by id. */
struct shelf {
    struct shelf *next;
    int64_t tenant_id;
    char model[MODEL_ROOM];
    int64_t read_until; /* the last feedback that was looked for in the database */
    _Atomic uint64_t used_at;
    size_t count, capacity, most;
    int64_t *ids;
    float *scales, *tail_lengths;
    struct half_vector *heads, *tails;
    bool is_partial;
};

struct forgotten {
    int64_t tenant_id, feedback_id;
};

/* Scans hold `lock` for reading, changes for writing. What is to be forgotten waits apart, so that
 * whoever removes a feedback never waits for a scan. */
struct vector_shelves {
    pthread_rwlock_t lock;
    struct shelf *first;
    size_t most;
    _Atomic uint64_t clock;

    pthread_mutex_t forgetting;
    struct forgotten *forgotten;
    size_t forgotten_count, forgotten_capacity;
};

struct vector_shelves *vector_shelves_open(size_t most)
{
    struct vector_shelves *shelves = heap_new(struct vector_shelves);
    shelves->most = most;
    pthread_rwlock_init(&shelves->lock, NULL);
    pthread_mutex_init(&shelves->forgetting, NULL);
    return shelves;
}

static void free_shelf(struct shelf *shelf)
{
    free(shelf->ids);
    free(shelf->scales);
    free(shelf->tail_lengths);
    free(shelf->heads);
    free(shelf->tails);
    free(shelf);
}

void vector_shelves_close(struct vector_shelves *shelves)
{
    if (shelves == NULL)
        return;
    for (struct shelf *next, *shelf = shelves->first; shelf != NULL; shelf = next) {
        next = shelf->next;
        free_shelf(shelf);
    }
    free(shelves->forgotten);
    pthread_rwlock_destroy(&shelves->lock);
    pthread_mutex_destroy(&shelves->forgetting);
    free(shelves);
}

static struct shelf *find_shelf(const struct vector_shelves *shelves, int64_t tenant_id)
{
    for (struct shelf *shelf = shelves->first; shelf != NULL; shelf = shelf->next)
        if (shelf->tenant_id == tenant_id)
            return shelf;
    return NULL;
}

static struct half_vector *grown(struct half_vector *halves, size_t count, size_t capacity)
{
    struct half_vector *larger =
        heap_alloc_aligned(capacity * sizeof *larger, _Alignof(struct half_vector));
    if (count > 0)
        memcpy(larger, halves, count * sizeof *larger);
    free(halves);
    return larger;
}

static void grow(struct shelf *shelf)
{
    size_t capacity = shelf->capacity == 0 ? FIRST_ROOM : shelf->capacity + shelf->capacity / 2;
    shelf->heads = grown(shelf->heads, shelf->count, capacity);
    shelf->tails = grown(shelf->tails, shelf->count, capacity);
    shelf->ids = heap_resize(shelf->ids, capacity * sizeof *shelf->ids);
    shelf->scales = heap_resize(shelf->scales, capacity * sizeof *shelf->scales);
    shelf->tail_lengths = heap_resize(shelf->tail_lengths, capacity * sizeof *shelf->tail_lengths);
    shelf->capacity = capacity;
}

/* Closes a gap of `count` vectors at `at`; what is left behind the end is wiped. */
static void take_out(struct shelf *shelf, size_t at, size_t count)
{
    size_t after = shelf->count - at - count;
    memmove(shelf->ids + at, shelf->ids + at + count, after * sizeof *shelf->ids);
    memmove(shelf->scales + at, shelf->scales + at + count, after * sizeof *shelf->scales);
    memmove(shelf->tail_lengths + at, shelf->tail_lengths + at + count,
            after * sizeof *shelf->tail_lengths);
    memmove(shelf->heads + at, shelf->heads + at + count, after * sizeof *shelf->heads);
    memmove(shelf->tails + at, shelf->tails + at + count, after * sizeof *shelf->tails);
    shelf->count -= count;
    memset(shelf->heads + shelf->count, 0, count * sizeof *shelf->heads);
    memset(shelf->tails + shelf->count, 0, count * sizeof *shelf->tails);
}

/* Makes room by leaving out the oldest. */
static void drop_oldest(struct shelf *shelf)
{
    take_out(shelf, 0, shelf->most / 8 + 1);
    shelf->is_partial = true;
}

static void add_vector(void *context, int64_t feedback_id, const int16_t *values)
{
    struct shelf *shelf = context;
    struct vector vector;
    struct coarse_vector coarse;
    shelf->read_until = feedback_id;
    if (shelf->most == 0) {
        shelf->is_partial = true;
        return;
    }
    if (shelf->count == shelf->most)
        drop_oldest(shelf);
    if (shelf->count == shelf->capacity)
        grow(shelf);
    size_t at = shelf->count++;
    memcpy(vector.values, values, sizeof vector.values);
    vector_scan_coarsen(&vector, &coarse);
    shelf->ids[at] = feedback_id;
    shelf->scales[at] = coarse.scale;
    shelf->tail_lengths[at] = coarse.tail;
    shelf->heads[at] = coarse.halves[0];
    shelf->tails[at] = coarse.halves[1];
}

/* The place of the first id that is not smaller. */
static size_t place_of(const struct shelf *shelf, int64_t id)
{
    size_t low = 0;
    size_t high = shelf->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (shelf->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void remove_vector(struct shelf *shelf, int64_t id)
{
    size_t at = place_of(shelf, id);
    if (at < shelf->count && shelf->ids[at] == id)
        take_out(shelf, at, 1);
}

void vector_shelves_forget(struct vector_shelves *shelves, int64_t tenant_id, int64_t feedback_id)
{
    pthread_mutex_lock(&shelves->forgetting);
    if (shelves->forgotten_count == shelves->forgotten_capacity) {
        shelves->forgotten_capacity = 2 * shelves->forgotten_capacity + 16;
        shelves->forgotten = heap_resize(shelves->forgotten,
                                         shelves->forgotten_capacity * sizeof *shelves->forgotten);
    }
    shelves->forgotten[shelves->forgotten_count++] = (struct forgotten){tenant_id, feedback_id};
    pthread_mutex_unlock(&shelves->forgetting);
}

/* Under the lock for writing. */
static void apply_forgotten(struct vector_shelves *shelves)
{
    pthread_mutex_lock(&shelves->forgetting);
    for (size_t i = 0; i < shelves->forgotten_count; i++) {
        struct shelf *shelf = find_shelf(shelves, shelves->forgotten[i].tenant_id);
        if (shelf != NULL)
            remove_vector(shelf, shelves->forgotten[i].feedback_id);
    }
    shelves->forgotten_count = 0;
    pthread_mutex_unlock(&shelves->forgetting);
}

static struct shelf *make_shelf(struct vector_shelves *shelves, const struct shelf_search *search)
{
    struct shelf *shelf = heap_new(struct shelf);
    shelf->tenant_id = search->tenant_id;
    shelf->most = shelves->most;
    size_t length =
        search->model.length < MODEL_ROOM ? search->model.length : (size_t)MODEL_ROOM - 1;
    memcpy(shelf->model, search->model.bytes, length);
    shelf->next = shelves->first;
    shelves->first = shelf;
    return shelf;
}

static void remove_shelf(struct vector_shelves *shelves, struct shelf *gone)
{
    struct shelf **at = &shelves->first;
    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    free_shelf(gone);
}

/* Shelves longest unused go, until what is left fits. */
static void make_room(struct vector_shelves *shelves, const struct shelf *keep)
{
    for (;;) {
        size_t total = 0;
        struct shelf *oldest = NULL;
        for (struct shelf *shelf = shelves->first; shelf != NULL; shelf = shelf->next) {
            total += shelf->count;
            if (shelf != keep && (oldest == NULL || shelf->used_at < oldest->used_at))
                oldest = shelf;
        }
        if (total <= shelves->most || oldest == NULL)
            return;
        remove_shelf(shelves, oldest);
    }
}

/* Under the lock for writing. */
static enum status bring_up_to_date(struct vector_shelves *shelves, struct db_session *session,
                                    const struct shelf_search *search, struct error *err)
{
    struct shelf *shelf = find_shelf(shelves, search->tenant_id);
    if (shelf != NULL && !str_equal_z(search->model, shelf->model)) {
        remove_shelf(shelves, shelf);
        shelf = NULL;
    }
    if (shelf == NULL)
        shelf = make_shelf(shelves, search);
    struct vector_reading reading = {.tenant_id = search->tenant_id,
                                     .after = shelf->read_until,
                                     .until = search->until,
                                     .model = search->model,
                                     .take = add_vector,
                                     .context = shelf};
    enum status status = store_read_vectors(session, &reading, err);
    if (status == STATUS_OK && shelf->read_until < search->until)
        shelf->read_until = search->until;
    apply_forgotten(shelves);
    make_room(shelves, shelf);
    return status;
}

/* Of each vector, whether its feedback is among the allowed; NULL: all are. */
static bool *allowed_places(const struct shelf *shelf, const struct allowed_ids *allowed)
{
    if (allowed == NULL)
        return NULL;
    bool *places = heap_alloc(shelf->count * sizeof *places);
    for (size_t i = 0, j = 0; i < shelf->count; i++) {
        while (j < allowed->count && allowed->ids[j] < shelf->ids[i])
            j++;
        places[i] = j < allowed->count && allowed->ids[j] == shelf->ids[i];
    }
    return places;
}

/* Under the lock for reading. */
static void scan(const struct shelf *shelf, struct shelf_search *search)
{
    struct coarse_vector query;
    struct scan_way way;
    bool *allowed = allowed_places(shelf, search->allowed);
    struct scan_rows rows = {shelf->heads,        shelf->tails, shelf->scales,
                             shelf->tail_lengths, allowed,      shelf->count};
    struct scan_hit *hits = heap_alloc(search->room * sizeof *hits);
    vector_scan_ways(&way, 1);
    vector_scan_coarsen(search->query, &query);
    search->count = vector_scan(&way, &rows, &query, hits, search->room);
    search->is_partial = shelf->is_partial;
    for (size_t i = 0; i < search->count; i++)
        search->hits[i] = (struct shelf_hit){shelf->ids[hits[i].place],
                                             (double)hits[i].score * (double)query.scale};
    free(hits);
    free(allowed);
}

/* Whether the shelf has all that the database has: then nobody need be kept out. */
static enum status find_whether_current(struct vector_shelves *shelves, struct db_session *session,
                                        const struct shelf_search *search, bool *is_current,
                                        struct error *err)
{
    int64_t newest = 0;
    enum status status = store_find_newest_vector(session, search->tenant_id, &newest, err);
    if (status != STATUS_OK)
        return status;
    if (newest > search->until)
        newest = search->until; /* what is behind it is another model's */
    pthread_rwlock_rdlock(&shelves->lock);
    const struct shelf *shelf = find_shelf(shelves, search->tenant_id);
    *is_current =
        shelf != NULL && str_equal_z(search->model, shelf->model) && shelf->read_until >= newest;
    pthread_rwlock_unlock(&shelves->lock);
    pthread_mutex_lock(&shelves->forgetting);
    *is_current = *is_current && shelves->forgotten_count == 0;
    pthread_mutex_unlock(&shelves->forgetting);
    return STATUS_OK;
}

enum status vector_shelves_search(struct vector_shelves *shelves, struct db_session *session,
                                  struct shelf_search *search, struct error *err)
{
    bool is_current;
    enum status status = find_whether_current(shelves, session, search, &is_current, err);
    if (status == STATUS_OK && !is_current) {
        pthread_rwlock_wrlock(&shelves->lock);
        status = bring_up_to_date(shelves, session, search, err);
        pthread_rwlock_unlock(&shelves->lock);
    }
    if (status != STATUS_OK)
        return status;

    search->count = 0;
    pthread_rwlock_rdlock(&shelves->lock);
    struct shelf *shelf = find_shelf(shelves, search->tenant_id);
    if (shelf != NULL) {
        shelf->used_at = ++shelves->clock;
        scan(shelf, search);
    }
    pthread_rwlock_unlock(&shelves->lock);
    return STATUS_OK;
}

void vector_shelves_tidy(struct vector_shelves *shelves)
{
    pthread_rwlock_wrlock(&shelves->lock);
    apply_forgotten(shelves);
    pthread_rwlock_unlock(&shelves->lock);
}
