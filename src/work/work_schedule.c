#include "work/work_schedule.h"

#include "base/clock.h"
#include "base/heap.h"
#include "store/store_schedule.h"

#include <stdlib.h>

/* A clock that was set back by less is waited for, as cron(8) does: else what was done at three
 * would be done again when it strikes three once more. */
#define BACKWARDS_US (3 * HOUR_US)

struct line {
    const struct scheduled *scheduled;
    struct cron cron;
    bool is_known;   /* last_at is */
    int64_t last_at; /* all that was due until then has been put */
};

struct schedule {
    struct queue *queue;
    struct db *db;
    size_t count;
    struct line lines[];
};

enum status schedule_open(struct schedule **schedule, struct queue *queue, struct db *db,
                          const struct scheduled *lines, size_t count, struct error *err)
{
    struct schedule *self = heap_alloc(sizeof *self + count * sizeof self->lines[0]);
    self->queue = queue;
    self->db = db;
    self->count = count;
    for (size_t i = 0; i < count; i++) {
        self->lines[i].scheduled = &lines[i];
        enum status status = cron_parse(&self->lines[i].cron, str_from_z(lines[i].cron), err);
        if (status != STATUS_OK) {
            schedule_close(self);
            return status;
        }
    }
    *schedule = self;
    return STATUS_OK;
}

void schedule_close(struct schedule *schedule)
{
    free(schedule);
}

static bool was_set_back(const struct line *line, int64_t now_us)
{
    return line->last_at > now_us + BACKWARDS_US;
}

static bool is_due(const struct line *line, int64_t now_us)
{
    return cron_next(&line->cron, line->last_at) <= now_us;
}

struct putting {
    struct schedule *schedule;
    struct line line; /* a copy, that becomes what the commit says */
    int64_t now_us;
};

static enum status put_job(struct db_session *session, const struct putting *putting,
                           struct error *err)
{
    const char *kind = putting->line.scheduled->kind;
    struct job job = {.tenant_id = TENANT_DEFAULT,
                      .kind = kind,
                      .order_key = str_from_z(kind),
                      .payload = STR("{}")};
    return queue_put(putting->schedule->queue, session, &job, err);
}

static enum status put_if_due(struct db_session *session, void *argument, struct error *err)
{
    struct putting *putting = argument;
    struct line *line = &putting->line;
    str kind = str_from_z(line->scheduled->kind);
    enum status status = store_get_schedule(session, kind, &line->last_at, err);
    bool is_new = status == STATUS_NOT_FOUND; /* then it counts from now on */
    if (status != STATUS_OK && !is_new)
        return status;
    line->is_known = true;
    if (!is_new && !was_set_back(line, putting->now_us)) {
        if (!is_due(line, putting->now_us))
            return STATUS_OK;
        status = put_job(session, putting, err);
        if (status != STATUS_OK)
            return status;
    }
    line->last_at = putting->now_us;
    return store_put_schedule(session, kind, line->last_at, err);
}

enum status schedule_look(struct schedule *schedule, int64_t now_us, int64_t *next_at,
                          struct error *err)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < schedule->count; i++) {
        struct line *line = &schedule->lines[i];
        if (!line->is_known || is_due(line, now_us) || was_set_back(line, now_us)) {
            struct putting putting = {schedule, *line, now_us};
            enum status status = db_write(schedule->db, put_if_due, &putting, err);
            if (status != STATUS_OK)
                return status;
            *line = putting.line;
        }
        int64_t at = cron_next(&line->cron, line->last_at);
        next = at < next ? at : next;
    }
    *next_at = next;
    return STATUS_OK;
}
