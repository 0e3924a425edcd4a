/* The jobs and dead letters themselves: listed page by page, looked at, put back, removed. */
#include "api/cursor.h"
#include "api/job_view.h"
#include "api/queue_api.h"
#include "queue/queue.h"
#include "store/store_event.h"

#include <stddef.h>

enum {
    DEFAULT_LIMIT = 50,
    MOST_LIMIT = 200,
    BITE = 1000 /* jobs that are put back or removed in one transaction */
};

struct asked {
    struct job_filter filter;
    str cursor;
    int64_t limit;
    bool dead, confirm;
};

/* clang-format off */
#define AT(member) offsetof(struct asked, member)
#define KIND {"kind", FIELD_TEXT, AT(filter.kind), 0, 1, 64, .doc = "Only of this kind."}
#define LANE {"lane", FIELD_TEXT, AT(filter.lane), 0, 1, 200, .doc = "Only of this lane."}
#define STATE {"state", FIELD_LABEL, AT(filter.state), .names = job_state_names, .doc = "Only in this state."}
#define PAGE \
    {"limit", FIELD_INTEGER, AT(limit), 0, 1, MOST_LIMIT, .doc = "How many at most; 50 when not given."}, \
    {"cursor", FIELD_TEXT, AT(cursor), 0, 1, 512, .doc = "The next_cursor of the page before."}

static const struct field list_items[] = {KIND, STATE, LANE, PAGE};
const struct fields queue_list_fields = FIELDS("QueueFilter", "Which jobs.", list_items);

static const struct field letter_items[] = {KIND, LANE, PAGE};
const struct fields dead_letter_list_fields = FIELDS("DeadLetterFilter", "Which dead letters.", letter_items);

static const struct field redrive_items[] = {KIND};
const struct fields redrive_fields = FIELDS("Redrive", "Which dead letters to put back; all when nothing is said.", redrive_items);

static const struct field purge_items[] = {
    KIND, STATE, LANE,
    {"dead", FIELD_BOOLEAN, AT(dead), .doc = "The dead letters, rather than what waits."},
    {"confirm", FIELD_BOOLEAN, AT(confirm), FIELD_REQUIRED, .doc = "Must be true: what is purged cannot be had back."},
};
const struct fields queue_purge_fields = FIELDS("Purge", "What to remove for good.", purge_items);
#undef AT
/* clang-format on */

struct reading {
    struct call *call;
    struct job_page jobs;
    struct letter_page letters;
};

static struct db *database(const struct call *call)
{
    return store_db(call->services->intake->store);
}

static enum status read_jobs(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    struct call *call = reading->call;
    return queue_list(call->services->queue, session, call->arena, &reading->jobs, err);
}

static enum status read_letters(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    struct call *call = reading->call;
    return queue_list_dead(call->services->queue, session, call->arena, &reading->letters, err);
}

/* Under which the cursors of this list are sealed. */
static str filters_of(const struct call *call, const char *list, const struct job_filter *filter)
{
    return str_format(call->arena, "%s|%lld|%d|%zu:" STR_FORMAT "|" STR_FORMAT, list,
                      (long long)filter->tenant_id, filter->state, filter->kind.length,
                      STR_ARG(filter->kind), STR_ARG(filter->lane));
}

/* Dead letters have no state, so their table of fields says nothing of it. */
static enum status read_filter(struct call *call, const struct fields *fields, const char *list,
                               struct asked *asked, struct error *err)
{
    int64_t unused;
    asked->filter.state = LABEL_NONE;
    enum status status = call_read_query(call, fields, asked, err);
    if (status != STATUS_OK)
        return status;
    asked->filter.tenant_id = queue_tenant(call);
    if (asked->limit == FIELD_UNSET)
        asked->limit = DEFAULT_LIMIT;
    asked->filter.limit = (size_t)asked->limit + 1; /* one more tells whether there is a next */
    if (str_is_absent(asked->cursor))
        return STATUS_OK;
    return cursor_open(call, filters_of(call, list, &asked->filter), asked->cursor, &unused,
                       &asked->filter.after, err);
}

/* A list whose items are yet to be written: how many of those found, and where the next begins. */
struct page {
    const char *list;
    size_t found, shown;
};

static struct page page_of(const char *list, const struct asked *asked, size_t found)
{
    size_t most = (size_t)asked->limit;
    return (struct page){list, found, found > most ? most : found};
}

static void open_page(struct json_writer *writer)
{
    json_open(writer, '{');
    json_key(writer, "data");
    json_open(writer, '[');
}

static void close_page(struct call *call, struct json_writer *writer, const struct page *page,
                       const struct job_filter *filter, int64_t last_seq)
{
    json_close(writer, ']');
    if (page->found > page->shown) {
        str cursor = cursor_seal(call, filters_of(call, page->list, filter), 0, last_seq);
        json_key(writer, "next_cursor");
        json_string(writer, cursor);
        call_link_next(call, "cursor", cursor);
    }
    json_close(writer, '}');
    call_answer(call, 200, writer->out);
}

enum status queue_job_list(struct call *call, struct error *err)
{
    static const char list[] = "jobs";
    struct asked asked = {0};
    enum status status = read_filter(call, &queue_list_fields, list, &asked, err);
    struct reading reading = {.call = call, .jobs.filter = asked.filter};
    if (status == STATUS_OK)
        status = db_read(database(call), DB_LONG, read_jobs, &reading, err);
    if (status != STATUS_OK)
        return status;
    const struct job *jobs = reading.jobs.jobs;
    struct page page = page_of(list, &asked, reading.jobs.count);
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    open_page(&writer);
    for (size_t i = 0; i < page.shown; i++)
        job_write(&writer, call->arena, &jobs[i], false);
    close_page(call, &writer, &page, &asked.filter, page.shown > 0 ? jobs[page.shown - 1].seq : 0);
    return STATUS_OK;
}

enum status dead_letter_list(struct call *call, struct error *err)
{
    static const char list[] = "dead letters";
    struct asked asked = {0};
    enum status status = read_filter(call, &dead_letter_list_fields, list, &asked, err);
    struct reading reading = {.call = call, .letters.filter = asked.filter};
    if (status == STATUS_OK)
        status = db_read(database(call), DB_LONG, read_letters, &reading, err);
    if (status != STATUS_OK)
        return status;
    const struct dead_letter *letters = reading.letters.letters;
    struct page page = page_of(list, &asked, reading.letters.count);
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    open_page(&writer);
    for (size_t i = 0; i < page.shown; i++)
        dead_letter_write(&writer, call->arena, &letters[i], false);
    close_page(call, &writer, &page, &asked.filter,
               page.shown > 0 ? letters[page.shown - 1].job.seq : 0);
    return STATUS_OK;
}

struct getting {
    struct call *call;
    struct job job;
    struct dead_letter letter;
};

static enum status read_job(struct db_session *session, void *argument, struct error *err)
{
    struct getting *getting = argument;
    struct call *call = getting->call;
    struct job_key key = {queue_tenant(call), call->value};
    return queue_get(call->services->queue, session, call->arena, &key, &getting->job, err);
}

static enum status read_letter(struct db_session *session, void *argument, struct error *err)
{
    struct getting *getting = argument;
    struct call *call = getting->call;
    struct job_key key = {queue_tenant(call), call->value};
    return queue_get_dead(call->services->queue, session, call->arena, &key, &getting->letter, err);
}

enum status queue_job_get(struct call *call, struct error *err)
{
    struct getting getting = {.call = call};
    enum status status = db_read(database(call), DB_SHORT, read_job, &getting, err);
    if (status != STATUS_OK)
        return status;
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    job_write(&writer, call->arena, &getting.job, true);
    call_answer(call, 200, &body);
    return STATUS_OK;
}

enum status dead_letter_get(struct call *call, struct error *err)
{
    struct getting getting = {.call = call};
    enum status status = db_read(database(call), DB_SHORT, read_letter, &getting, err);
    if (status != STATUS_OK)
        return status;
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    dead_letter_write(&writer, call->arena, &getting.letter, true);
    call_answer(call, 200, &body);
    return STATUS_OK;
}

/* What is to be changed, and how many it was. */
struct mending {
    struct call *call;
    struct asked asked;
    str id; /* absent: all that the filter lets through */
    int64_t count;
    int64_t before; /* in transactions before this one */
};

static enum status add_audit(struct mending *mending, struct db_session *session,
                             const char *action, struct error *err)
{
    struct call *call = mending->call;
    const struct job_filter *filter = &mending->asked.filter;
    struct buf detail;
    if (mending->count == 0 && mending->before > 0)
        return STATUS_OK; /* that was all */
    buf_init(&detail, call->arena, 1024);
    struct json_writer writer = {.out = &detail};
    json_open(&writer, '{');
    json_key(&writer, "kind");
    json_string(&writer, filter->kind);
    json_key(&writer, "lane");
    json_string(&writer, filter->lane);
    json_key(&writer, "state");
    json_string_z(&writer, filter->state == LABEL_NONE ? NULL : job_state_names[filter->state]);
    json_key(&writer, "count");
    json_integer(&writer, mending->count);
    json_close(&writer, '}');
    struct audit_entry entry = {
        .tenant_id = call->identity.tenant_id,
        .actor = str_from_z(call->identity.actor),
        .action = action,
        .subject = str_is_absent(mending->id)
                       ? STR("queue")
                       : str_format(call->arena, "job " STR_FORMAT, STR_ARG(mending->id)),
        .detail = buf_str(&detail),
    };
    return store_add_audit(session, &entry, err);
}

static enum status redrive(struct db_session *session, void *argument, struct error *err)
{
    struct mending *mending = argument;
    enum status status = queue_redrive(mending->call->services->queue, session,
                                       &mending->asked.filter, mending->id, &mending->count, err);
    return status == STATUS_OK ? add_audit(mending, session, "dead_letters.redriven", err) : status;
}

static enum status purge(struct db_session *session, void *argument, struct error *err)
{
    struct mending *mending = argument;
    bool dead = mending->asked.dead;
    enum status status = queue_purge(mending->call->services->queue, session,
                                     &mending->asked.filter, dead, &mending->count, err);
    return status == STATUS_OK
               ? add_audit(mending, session, dead ? "dead_letters.purged" : "queue.purged", err)
               : status;
}

/* Back into the queue and out of it at once: nobody sees it there, for it is one transaction. */
static enum status remove_letter(struct db_session *session, void *argument, struct error *err)
{
    struct mending *mending = argument;
    struct queue *queue = mending->call->services->queue;
    const struct job_filter *filter = &mending->asked.filter;
    enum status status = queue_redrive(queue, session, filter, mending->id, &mending->count, err);
    if (status == STATUS_OK)
        status = queue_cancel(queue, session, filter->tenant_id, mending->id, err);
    return status == STATUS_OK ? add_audit(mending, session, "dead_letters.purged", err) : status;
}

/* In transactions of a bounded size, each with its entry in the audit log, so that however much it
 * is other writes go in between. What fails leaves whole ones done; asking again does the rest. */
static enum status mend_all(struct mending *mending, db_work *work, struct error *err)
{
    mending->asked.filter.limit = BITE;
    enum status status;
    do {
        mending->before += mending->count;
        mending->count = 0;
        status = db_write(database(mending->call), work, mending, err);
    } while (status == STATUS_OK && mending->count == BITE);
    mending->count += mending->before;
    return status;
}

static void answer_count(struct call *call, int64_t count)
{
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    json_open(&writer, '{');
    json_key(&writer, "count");
    json_integer(&writer, count);
    json_close(&writer, '}');
    call_answer(call, 200, &body);
}

/* `fields` is NULL where there is no body; it may be left out where there is one. */
static enum status read_asked(struct mending *mending, const struct fields *fields,
                              struct error *err)
{
    struct call *call = mending->call;
    enum status status = STATUS_OK;
    mending->asked.filter.state = LABEL_NONE;
    if (fields != NULL && call->request->body.length > 0)
        status = call_read_body(call, fields, &mending->asked, err);
    mending->asked.filter.tenant_id = queue_tenant(call);
    return status;
}

enum status dead_letter_redrive_all(struct call *call, struct error *err)
{
    struct mending mending = {.call = call};
    enum status status = read_asked(&mending, &redrive_fields, err);
    if (status == STATUS_OK)
        status = mend_all(&mending, redrive, err);
    if (status == STATUS_OK)
        answer_count(call, mending.count);
    return status;
}

enum status dead_letter_redrive(struct call *call, struct error *err)
{
    struct mending mending = {.call = call, .id = call->value};
    enum status status = read_asked(&mending, NULL, err);
    if (status == STATUS_OK)
        status = db_write(database(call), redrive, &mending, err);
    if (status == STATUS_OK)
        answer_count(call, mending.count);
    return status;
}

enum status dead_letter_remove(struct call *call, struct error *err)
{
    struct mending mending = {.call = call, .id = call->value};
    enum status status = read_asked(&mending, NULL, err);
    if (status == STATUS_OK)
        status = db_write(database(call), remove_letter, &mending, err);
    if (status == STATUS_OK)
        call_answer_nothing(call);
    return status;
}

static enum status check_purge(const struct asked *asked, struct error *err)
{
    if (!asked->confirm)
        return fail_field(err, "confirm", "must be true: what is purged cannot be had back");
    if (asked->filter.state == JOB_LEASED)
        return fail_field(err, "state", "must not be leased: who works at a job is left in peace");
    if (asked->dead && asked->filter.state != LABEL_NONE)
        return fail_field(err, "state", "is nothing that dead letters have");
    return STATUS_OK;
}

enum status queue_purge_jobs(struct call *call, struct error *err)
{
    struct mending mending = {.call = call};
    enum status status = read_asked(&mending, &queue_purge_fields, err);
    if (status == STATUS_OK)
        status = check_purge(&mending.asked, err);
    if (status == STATUS_OK)
        status = mend_all(&mending, purge, err);
    if (status == STATUS_OK)
        answer_count(call, mending.count);
    return status;
}
