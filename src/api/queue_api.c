#include "api/queue_api.h"

#include "base/clock.h"
#include "queue/queue.h"
#include "telemetry/metrics.h"

#include <assert.h>

enum {
    MOST_KINDS = 64
};

#define COUNTS                                                                                     \
    "\"ready\":{\"type\":\"integer\"},\"delayed\":{\"type\":\"integer\"},"                         \
    "\"blocked\":{\"type\":\"integer\"},\"leased\":{\"type\":\"integer\"},"
#define PACE                                                                                       \
    "\"dead\":{\"type\":\"integer\"},\"oldest_age_seconds\":{\"type\":[\"number\",\"null\"]},"     \
    "\"rate\":{\"type\":\"number\"}"

const char queue_overview_schema[] =
    "{\"type\":\"object\",\"properties\":{\"depth\":{\"type\":\"integer\"}," PACE
    ",\"workers\":{\"type\":\"object\",\"properties\":{\"running\":{\"type\":\"integer\"},"
    "\"most\":{\"type\":\"integer\"}},\"required\":[\"running\",\"most\"],"
    "\"additionalProperties\":false},\"kinds\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
    "\"properties\":{\"kind\":{\"type\":\"string\"}," COUNTS PACE
    ",\"running\":{\"type\":\"integer\"},\"concurrency\":{\"type\":\"integer\"}},"
    "\"required\":[\"kind\",\"ready\",\"delayed\",\"blocked\",\"leased\",\"dead\","
    "\"oldest_age_seconds\",\"rate\",\"running\",\"concurrency\"],"
    "\"additionalProperties\":false}}},\"required\":[\"depth\",\"dead\",\"oldest_age_seconds\","
    "\"rate\",\"workers\",\"kinds\"],\"additionalProperties\":false}";

int64_t queue_tenant(const struct call *call)
{
    return call->request->is_local ? 0 : call->identity.tenant_id;
}

struct overview {
    const struct services *services;
    int64_t tenant_id; /* 0: of all */
    struct kind_depth depths[MOST_KINDS];
};

static enum status read_depths(struct db_session *session, void *argument, struct error *err)
{
    struct overview *overview = argument;
    return queue_depths(overview->services->queue, session, overview->tenant_id, overview->depths,
                        err);
}

/* What waits is counted row by row: on a thread apart. */
static enum status look(struct overview *overview, struct error *err)
{
    assert(overview->services->kind_count <= MOST_KINDS);
    return db_read(store_db(overview->services->intake->store), DB_LONG, read_depths, overview,
                   err);
}

/* What is to be done and nobody works at. */
static int64_t waiting(const struct kind_depth *depth)
{
    return depth->by_state[JOB_READY] + depth->by_state[JOB_DELAYED] + depth->by_state[JOB_BLOCKED];
}

static void write_pace(struct json_writer *writer, const struct kind_depth *depth)
{
    json_key(writer, "dead");
    json_integer(writer, depth->dead);
    json_key(writer, "oldest_age_seconds");
    if (depth->oldest_us == 0)
        json_null(writer);
    else
        json_real(writer, (double)depth->oldest_us / SECOND_US, 3);
    json_key(writer, "rate");
    json_real(writer, depth->finished_per_second, 3);
}

static void write_kind(struct json_writer *writer, const struct queue_kind *kind,
                       const struct kind_depth *depth)
{
    json_open(writer, '{');
    json_key(writer, "kind");
    json_string_z(writer, kind->name);
    for (int state = 0; state < JOB_STATE_COUNT; state++) {
        json_key(writer, job_state_names[state]);
        json_integer(writer, depth->by_state[state]);
    }
    write_pace(writer, depth);
    json_key(writer, "running");
    json_integer(writer, depth->by_state[JOB_LEASED]);
    json_key(writer, "concurrency");
    json_integer(writer, kind->concurrency);
    json_close(writer, '}');
}

static struct kind_depth sum_up(const struct overview *overview)
{
    struct kind_depth sum = {0};
    for (size_t i = 0; i < overview->services->kind_count; i++) {
        const struct kind_depth *depth = &overview->depths[i];
        for (int state = 0; state < JOB_STATE_COUNT; state++)
            sum.by_state[state] += depth->by_state[state];
        sum.dead += depth->dead;
        sum.finished_per_second += depth->finished_per_second;
        if (sum.oldest_us < depth->oldest_us)
            sum.oldest_us = depth->oldest_us;
    }
    return sum;
}

enum status queue_overview(struct call *call, struct error *err)
{
    const struct services *services = call->services;
    struct overview overview = {.services = services, .tenant_id = queue_tenant(call)};
    enum status status = look(&overview, err);
    if (status != STATUS_OK)
        return status;
    struct kind_depth sum = sum_up(&overview);
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    json_open(&writer, '{');
    json_key(&writer, "depth");
    json_integer(&writer, waiting(&sum));
    write_pace(&writer, &sum);
    json_key(&writer, "workers");
    json_open(&writer, '{');
    json_key(&writer, "running");
    json_integer(&writer, sum.by_state[JOB_LEASED]);
    json_key(&writer, "most");
    json_integer(&writer, services->most_workers);
    json_close(&writer, '}');
    json_key(&writer, "kinds");
    json_open(&writer, '[');
    for (size_t i = 0; i < services->kind_count; i++)
        write_kind(&writer, &services->kinds[i], &overview.depths[i]);
    json_close(&writer, ']');
    json_close(&writer, '}');
    call_answer(call, 200, &body);
    return STATUS_OK;
}

/* One of those who ask within a second reads; the others take what is there. */
static bool is_turn(struct services *services)
{
    uint64_t now = clock_monotonic_us(), last = atomic_load(&services->queue_measured_us);
    return (last == 0 || now - last >= SECOND_US) &&
           atomic_compare_exchange_strong(&services->queue_measured_us, &last, now);
}

void queue_measure(struct services *services)
{
    struct overview overview = {.services = services};
    struct error err;
    if (!is_turn(services) || look(&overview, &err) != STATUS_OK)
        return;
    for (size_t i = 0; i < services->kind_count; i++) {
        const char *kind = services->kinds[i].name;
        const struct kind_depth *depth = &overview.depths[i];
        for (int state = 0; state < JOB_STATE_COUNT; state++)
            metric_set_labelled(METRIC_queue_depth, kind, job_state_names[state],
                                depth->by_state[state]);
        metric_set_labelled(METRIC_queue_oldest_age_seconds, kind, NULL,
                            depth->oldest_us / SECOND_US);
        metric_set_labelled(METRIC_dead_letters, kind, NULL, depth->dead);
    }
}
