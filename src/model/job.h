/* job.h - work that is done later: what is to be done, for whom, and how it is getting on.
 *
 * A job is put in the transaction of what caused it and waits in the queue (queue/queue.h); whoever
 * takes it holds a lease, and every hold has a fence, a number that is never used twice for the
 * job: what was decided under an old fence is refused. */
#pragma once

#include "base/str.h"
#include "base/uuid.h"

enum {
    JOB_MAX_PAYLOAD = 64 * 1024, /* larger things lie in blob/ and are referred to */
    JOB_MOST_PRIORITY = 9
};

enum job_state {
    JOB_READY,
    JOB_DELAYED, /* until run_at */
    JOB_BLOCKED, /* behind another with its order key */
    JOB_LEASED,
    JOB_STATE_COUNT
};
extern const char *const job_state_names[]; /* NULL-terminated */

struct job {
    char id[UUID_TEXT_SIZE]; /* made by queue_put() when empty */
    int64_t tenant_id;
    const char *kind;
    str lane;      /* jobs of a kind take turns by lane; the tenant's own when absent */
    str order_key; /* of those with the same kind, tenant and key only the oldest is ever done */
    int priority;  /* 0..9, the highest goes first within its lane */
    str payload;   /* JSON: ids and references, never a text of a customer's that is not redacted */
    int64_t run_at; /* not before; 0: at once */

    /* Filled by the queue. */
    int64_t seq; /* its place */
    int state;
    int attempts;         /* begun so far, this one among them */
    int64_t fence;        /* of this hold */
    int64_t leased_until; /* by the queue's clock */
    int64_t created_at;
    str history; /* JSON: [{"attempt", "at", "error"}...] of the attempts that failed */
};

struct dead_letter {
    struct job job;
    str error; /* the last one */
    int64_t died_at;
};
