/* Who is next. Lanes of a kind are found by a loose scan of the index of ready jobs: from one lane
 * the next is one step away, however many jobs lie between. */
#include "base/map.h"
#include "queue/sql/queue_sql.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_AWAKENED = 1000 /* of what was delayed, in one transaction */
};

struct lane {
    str name;
    size_t room; /* 0: it has no more jobs, or no more room */
};

/* One transaction that takes. */
struct take {
    struct sql_queue *queue;
    struct db_session *session;
    struct arena *arena;
    struct taking *taking;
    int64_t now;
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* --- what time brings first --- */

static enum status awaken(struct take *take, struct error *err)
{
    struct db_statement *s =
        db_prepare(take->session, "UPDATE queue_jobs SET state = 'ready' WHERE seq IN (SELECT seq"
                                  " FROM queue_jobs WHERE state = 'delayed' AND run_at <= $1"
                                  " ORDER BY run_at LIMIT $2)");
    db_bind_integer(s, 1, take->now);
    db_bind_integer(s, 2, MOST_AWAKENED);
    return db_run(s, NULL, err);
}

static enum status end_leases(struct take *take, struct error *err)
{
    struct lease_sweep sweep = {take->now, 0};
    return sql_end_leases(&take->queue->base, take->session, &sweep, err);
}

static enum status find_next_time(struct take *take, struct error *err)
{
    struct db_statement *s = db_prepare(
        take->session, "SELECT (SELECT MIN(run_at) FROM queue_jobs WHERE state = 'delayed'),"
                       " (SELECT MIN(leased_until) FROM queue_jobs WHERE state = 'leased')");
    if (db_row(s)) {
        int64_t delay_ends = db_integer(s, 0), lease_ends = db_integer(s, 1);
        bool is_lease = delay_ends == 0 || (lease_ends != 0 && lease_ends < delay_ends);
        take->taking->next_at = is_lease ? lease_ends : delay_ends;
    }
    return db_end(s, err);
}

/* --- lanes --- */

/* How many of a kind are held in each lane; only asked where a lane has a limit. */
static enum status count_held(struct take *take, const struct queue_kind *kind, struct map *held,
                              struct error *err)
{
    struct db_statement *s =
        db_prepare(take->session, "SELECT lane, COUNT(*) FROM queue_jobs"
                                  " WHERE state = 'leased' AND kind = $1 GROUP BY lane");
    db_bind_text(s, 1, str_from_z(kind->name));
    while (db_row(s)) {
        size_t *count = arena_new(take->arena, size_t);
        *count = (size_t)db_integer(s, 1);
        map_put(held, db_text(s, 0, take->arena), count);
    }
    return db_end(s, err);
}

static size_t lane_room(const struct queue_kind *kind, const struct map *held, str lane)
{
    if (kind->lane_concurrency == 0)
        return SIZE_MAX;
    const size_t *count = map_find(held, lane);
    size_t limit = (size_t)kind->lane_concurrency;
    return count == NULL ? limit : *count < limit ? limit - *count : 0;
}

/* The first lane after `*lane` that has a ready job. Absent: there is none. */
static enum status step_lane(struct take *take, const struct queue_kind *kind, str *lane,
                             struct error *err)
{
    struct db_statement *s =
        db_prepare(take->session, "SELECT lane FROM queue_jobs WHERE state = 'ready'"
                                  " AND kind = $1 AND lane > $2 ORDER BY lane LIMIT 1");
    db_bind_text(s, 1, str_from_z(kind->name));
    db_bind_text(s, 2, *lane);
    *lane = db_row(s) ? db_text(s, 0, take->arena) : (str){0};
    return db_end(s, err);
}

struct lanes {
    const struct queue_kind *kind;
    struct map held;
    struct lane *items;
    size_t count, wanted;
};

/* Adds lanes with room after `from`, up to `last` (absent: to the end). */
static enum status gather_lanes(struct take *take, struct lanes *lanes, str from, str last,
                                struct error *err)
{
    enum status status = STATUS_OK;
    str lane = from;
    while (lanes->count < lanes->wanted) {
        status = step_lane(take, lanes->kind, &lane, err);
        if (status != STATUS_OK || str_is_absent(lane) ||
            (!str_is_absent(last) && str_compare(lane, last) > 0))
            break;
        size_t room = lane_room(lanes->kind, &lanes->held, lane);
        if (room > 0)
            lanes->items[lanes->count++] = (struct lane){lane, room};
    }
    return status;
}

static str cursor_of(struct take *take, size_t kind)
{
    struct lane_cursor *cursor = &take->queue->cursors[kind];
    pthread_mutex_lock(&take->queue->lock);
    str lane = str_copy(take->arena, (str){cursor->lane, cursor->length});
    pthread_mutex_unlock(&take->queue->lock);
    return lane;
}

static void move_cursor(struct take *take, size_t kind, str lane)
{
    struct lane_cursor *cursor = &take->queue->cursors[kind];
    pthread_mutex_lock(&take->queue->lock);
    memcpy(cursor->lane, lane.bytes, lane.length);
    cursor->length = lane.length;
    pthread_mutex_unlock(&take->queue->lock);
}

static enum status find_lanes(struct take *take, struct lanes *lanes, size_t kind,
                              struct error *err)
{
    str cursor = cursor_of(take, kind);
    enum status status = STATUS_OK;
    map_init(&lanes->held, take->arena);
    lanes->items = arena_array(take->arena, struct lane, lanes->wanted);
    if (lanes->kind->lane_concurrency > 0)
        status = count_held(take, lanes->kind, &lanes->held, err);
    if (status == STATUS_OK)
        status = gather_lanes(take, lanes, cursor, (str){0}, err);
    if (status == STATUS_OK && cursor.length > 0)
        status = gather_lanes(take, lanes, STR(""), cursor, err);
    return status;
}

/* --- taking --- */

static int by_place(const void *a, const void *b)
{
    const struct job *one = a, *other = b;
    if (one->priority != other->priority)
        return one->priority > other->priority ? -1 : 1;
    return one->seq < other->seq ? -1 : 1;
}

static enum status lease(struct take *take, const struct queue_kind *kind, const struct lane *lane,
                         size_t count, struct error *err)
{
    struct taking *taking = take->taking;
    size_t first = taking->count;
    struct db_statement *s = db_prepare(
        take->session, "UPDATE queue_jobs SET state = 'leased', leased_until = $1,"
                       " attempts = attempts + 1, fence = fence + 1 WHERE seq IN (SELECT seq"
                       " FROM queue_jobs WHERE state = 'ready' AND kind = $2 AND lane = $3"
                       " ORDER BY priority DESC, seq LIMIT $4) AND state = 'ready'"
                       " RETURNING " SQL_JOB_COLUMNS);
    db_bind_integer(s, 1, take->now + take->queue->base.options.visibility_us);
    db_bind_text(s, 2, str_from_z(kind->name));
    db_bind_text(s, 3, lane->name);
    db_bind_integer(s, 4, (int64_t)count);
    while (taking->count - first < count && db_row(s))
        sql_read_job(&take->queue->base, s, take->arena, &taking->jobs[taking->count++]);
    enum status status = db_end(s, err);
    qsort(&taking->jobs[first], taking->count - first, sizeof *taking->jobs, by_place);
    return status;
}

/* Round by round each lane gives the same number, until all that is wanted is there or no lane has
 * more. */
static enum status take_round(struct take *take, struct lanes *lanes, size_t kind, bool *is_over,
                              struct error *err)
{
    size_t open = 0;
    for (size_t i = 0; i < lanes->count; i++)
        open += lanes->items[i].room > 0;
    size_t share = open == 0 ? 0 : lanes->wanted / open > 0 ? lanes->wanted / open : 1;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < lanes->count && lanes->wanted > 0 && status == STATUS_OK; i++) {
        struct lane *lane = &lanes->items[i];
        size_t count = least(least(share, lane->room), lanes->wanted);
        size_t before = take->taking->count;
        if (count == 0)
            continue;
        status = lease(take, lanes->kind, lane, count, err);
        size_t got = take->taking->count - before;
        lane->room = got < count ? 0 : lane->room - got;
        lanes->wanted -= got;
        move_cursor(take, kind, lane->name);
    }
    *is_over = open == 0 || lanes->wanted == 0;
    return status;
}

static enum status take_kind(struct take *take, size_t kind, size_t wanted, struct error *err)
{
    struct lanes lanes = {.kind = &take->queue->base.options.kinds[kind], .wanted = wanted};
    bool is_over = wanted == 0;
    enum status status = is_over ? STATUS_OK : find_lanes(take, &lanes, kind, err);
    while (status == STATUS_OK && !is_over)
        status = take_round(take, &lanes, kind, &is_over, err);
    return status;
}

/* How many more of a kind may run, after those that are taken already. */
static size_t kind_room(const struct take *take, const struct queue_kind *kind, int running)
{
    int taken = 0;
    for (size_t i = 0; i < take->taking->count; i++)
        taken += take->taking->jobs[i].kind == kind->name;
    return running + taken < kind->concurrency ? (size_t)(kind->concurrency - running - taken) : 0;
}

/* First each kind gets its share; what others leave is for who has more, on a second round. */
static enum status take_kinds(struct take *take, struct error *err)
{
    const struct queue_options *options = &take->queue->base.options;
    struct taking *taking = take->taking;
    size_t kinds = options->kind_count;
    bool *is_empty = arena_array(take->arena, bool, kinds);
    assert(kinds > 0);
    pthread_mutex_lock(&take->queue->lock);
    size_t turn = take->queue->turn++;
    pthread_mutex_unlock(&take->queue->lock);

    for (size_t i = 0; i < 2 * kinds && taking->count < taking->room; i++) {
        size_t kind = (turn + i) % kinds;
        size_t room = kind_room(take, &options->kinds[kind], taking->running[kind]);
        size_t left = taking->room - taking->count, before = taking->count;
        size_t share = i < kinds ? (left + kinds - i - 1) / (kinds - i) : left;
        size_t wanted = is_empty[kind] ? 0 : least(room, share);
        enum status status = take_kind(take, kind, wanted, err);
        if (status != STATUS_OK)
            return status;
        is_empty[kind] = taking->count - before < wanted;
    }
    return STATUS_OK;
}

static enum status take(struct db_session *session, void *argument, struct error *err)
{
    struct take *take = argument;
    take->session = session;
    take->now = queue_now(&take->queue->base);
    take->taking->count = 0;
    take->taking->next_at = 0;
    enum status status = end_leases(take, err);
    if (status == STATUS_OK)
        status = awaken(take, err);
    if (status == STATUS_OK)
        status = take_kinds(take, err);
    return status == STATUS_OK ? find_next_time(take, err) : status;
}

enum status sql_take(struct queue *queue, struct arena *arena, struct taking *taking,
                     struct error *err)
{
    struct take work = {.queue = sql_queue_of(queue), .arena = arena, .taking = taking};
    return db_write(queue->options.db, take, &work, err);
}
