#include "api/jobs_api.h"

#include "api/cursor.h"
#include "api/job_estimate.h"
#include "base/clock.h"
#include "intake/intake_job.h"
#include "model/access.h"
#include "queue/queue.h"
#include "store/store_job.h"

enum {
    DEFAULT_LIMIT = 50
};

/* Any of them: who may ask for such a job, or read what it is about, may ask how it is. */
static const unsigned scopes_of[RECORD_KIND_COUNT] = {
    [RECORD_ANALYZE] = SCOPE_ANALYZE,
    [RECORD_FEEDBACK] = SCOPE_FEEDBACK_READ | SCOPE_FEEDBACK_WRITE,
};

struct looking {
    struct call *call;
    struct job_record record;
    struct jobs_before before;
    int64_t run_at; /* of the job: not before; 0: at once */
    struct job_record_filter filter;
    struct job_record_page page;
};

static bool may_see(const struct call *call, int kind)
{
    return (call->identity.scopes & (scopes_of[kind] | SCOPE_ADMIN)) != 0;
}

static bool may_give_up(const struct call *call, int kind)
{
    unsigned needed = scopes_of[kind] & ~(unsigned)SCOPE_FEEDBACK_READ;
    return (call->identity.scopes & (needed | SCOPE_ADMIN)) != 0;
}

static enum status get_record(struct db_session *session, struct looking *looking,
                              struct error *err)
{
    const struct call *call = looking->call;
    enum status status = store_get_job(session, call->arena, call->identity.tenant_id, call->value,
                                       &looking->record, err);
    if (status == STATUS_OK && !may_see(call, looking->record.kind))
        return fail(err, STATUS_NOT_FOUND, "there is no such job");
    return status;
}

static struct db *database(const struct call *call)
{
    return store_db(call->services->intake->store);
}

/* A job that failed and waits for its next attempt is not begun before that. */
static enum status read_run_at(struct db_session *session, struct looking *looking,
                               struct error *err)
{
    const struct call *call = looking->call;
    struct job job;
    struct job_key key = {call->identity.tenant_id, call->value};
    enum status status =
        queue_get(call->services->intake->queue, session, call->arena, &key, &job, err);
    if (status == STATUS_OK && job.state == JOB_DELAYED)
        looking->run_at = job.run_at;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status; /* it is just being ended */
}

static enum status read_one(struct db_session *session, void *argument, struct error *err)
{
    struct looking *looking = argument;
    enum status status = get_record(session, looking, err);
    if (status != STATUS_OK || job_record_is_over(&looking->record))
        return status;
    status = store_sum_jobs_before(session, &looking->record, &looking->before, err);
    return status == STATUS_OK ? read_run_at(session, looking, err) : status;
}

static enum status read_record(struct looking *looking, struct error *err)
{
    struct call *call = looking->call;
    struct job_record *record = &looking->record;
    enum status status = db_read(database(call), DB_SHORT, read_one, looking, err);
    if (status != STATUS_OK || job_record_is_over(record))
        return status;
    job_estimate(call->services, record, &looking->before);
    int64_t now = clock_now_us();
    if (looking->run_at > now)
        record->estimated_completion += looking->run_at - now;
    return STATUS_OK;
}

enum status job_status(struct call *call, struct error *err)
{
    struct looking looking = {.call = call};
    struct job_record *record = &looking.record;
    enum status status = read_record(&looking, err);
    if (status != STATUS_OK)
        return status;
    if (record->status == RECORD_COMPLETED)
        record->completed_at = record->finished_at;
    else if (record->status == RECORD_FAILED)
        record->failed_at = record->finished_at;
    else
        record->answered_created_at = record->created_at;
    call_answer_fields(call, 200, &job_status_fields, record);
    return STATUS_OK;
}

enum status job_get(struct call *call, struct error *err)
{
    struct looking looking = {.call = call};
    enum status status = read_record(&looking, err);
    if (status == STATUS_OK)
        call_answer_fields(call, 200, &job_record_fields, &looking.record);
    return status;
}

static enum status give_up(struct db_session *session, void *argument, struct error *err)
{
    struct looking *looking = argument;
    const struct call *call = looking->call;
    enum status status = get_record(session, looking, err);
    if (status == STATUS_OK && !may_give_up(call, looking->record.kind))
        return fail(err, STATUS_DENIED, "this key may only see jobs of that kind");
    if (status == STATUS_OK && job_record_is_over(&looking->record))
        return fail(err, STATUS_CONFLICT, "the job is over already");
    return status == STATUS_OK
               ? job_cancel(call->services->intake, session, call->arena, &looking->record, err)
               : status;
}

enum status job_give_up(struct call *call, struct error *err)
{
    struct looking looking = {.call = call};
    enum status status = db_write(database(call), give_up, &looking, err);
    if (status == STATUS_OK)
        call_answer_fields(call, 200, &job_record_fields, &looking.record);
    return status;
}

static enum status read_page(struct db_session *session, void *argument, struct error *err)
{
    struct looking *looking = argument;
    return store_list_jobs(session, looking->call->arena, &looking->filter, &looking->page, err);
}

/* For the cursor: which list it is of. */
static str filters_of(const struct call *call, const struct job_record_filter *filter)
{
    return str_format(call->arena, "jobs|%lld|%d|%d|%lld|%lld|" STR_FORMAT,
                      (long long)filter->tenant_id, filter->status, filter->kind,
                      (long long)filter->since, (long long)filter->until,
                      STR_ARG(filter->source_id));
}

static void answer_page(struct looking *looking, bool has_more)
{
    struct call *call = looking->call;
    const struct job_record_page *page = &looking->page;
    struct call_page answer = {.fields = &job_record_fields,
                               .items = page->items,
                               .count = page->count,
                               .size = sizeof *page->items};
    if (has_more)
        answer.next_cursor = cursor_seal(call, filters_of(call, &looking->filter), 0,
                                         page->items[page->count - 1].seq);
    call_answer_page(call, &answer);
}

/* A key that may see one kind alone gets a list of that kind. */
static enum status narrow(const struct call *call, struct job_record_filter *filter,
                          struct error *err)
{
    for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        if (may_see(call, kind))
            continue;
        if (filter->kind == kind)
            return fail(err, STATUS_DENIED, "this key may not see jobs of that kind");
        filter->kind = RECORD_KIND_COUNT - 1 - kind;
    }
    return STATUS_OK;
}

enum status job_list(struct call *call, struct error *err)
{
    struct looking looking = {.call = call};
    struct job_record_filter *filter = &looking.filter;
    int64_t unused;
    enum status status = call_read_query(call, &job_record_filter_fields, filter, err);
    if (status == STATUS_OK)
        status = call_check_range(filter->since, filter->until, err);
    if (status != STATUS_OK)
        return status;
    status = narrow(call, filter, err);
    if (status != STATUS_OK)
        return status;
    filter->tenant_id = call->identity.tenant_id;
    if (filter->limit == FIELD_UNSET)
        filter->limit = DEFAULT_LIMIT;
    if (!str_is_absent(filter->cursor))
        status = cursor_open(call, filters_of(call, filter), filter->cursor, &unused,
                             &looking.page.before_seq, err);
    if (status != STATUS_OK)
        return status;

    /* One more than asked for tells whether there is a next page. */
    int64_t asked = filter->limit++;
    looking.page.items = arena_array(call->arena, struct job_record, (size_t)filter->limit);
    status = db_read(database(call), DB_SHORT, read_page, &looking, err);
    if (status != STATUS_OK)
        return status;
    bool is_over = (int64_t)looking.page.count > asked;
    looking.page.count -= is_over;
    answer_page(&looking, is_over);
    return STATUS_OK;
}
