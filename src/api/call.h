/* call.h - one API operation being answered: what a handler is given, and its ways to read and
 * answer.
 *
 * A handler is a plain function that reads top to bottom; it runs on a fiber and may wait. It fills
 * the response, or returns a status with a sentence in `err`, from which the problem document is
 * made. */
#pragma once

#include "intake/intake.h"
#include "net/http.h"

#include <stdatomic.h>

struct inquiries;
struct keyring;
struct configurations;
struct tenant_rules;
struct search;
struct queue;
struct queue_kind;
struct blob;
struct document_pace;
struct http_client;
struct event_log;
struct experiments;
struct route;
struct webhooks;
struct llm;
struct llm_cache;
struct ledger;

/* What all calls share; owned by app. */
struct services {
    const struct intake_options *intake;
    struct keyring *keyring;
    struct configurations *configurations;
    struct experiments *experiments;
    struct search *search;
    struct queue *queue;
    const struct queue_kind *kinds; /* of jobs, in the order of the queue's */
    size_t kind_count;
    unsigned most_workers;                   /* jobs that are worked at at once */
    atomic_uint_least64_t queue_measured_us; /* when the gauges of the queue were read */
    struct blob *blob;
    struct document_pace *pace;
    struct http_client *http_client; /* NULL: nothing goes out */
    struct webhooks *webhooks;
    struct llm_cache *llm_cache;
    struct llm *llm; /* NULL: no language model is set up */
    struct ledger *ledger;
    const char *_Atomic cors_origins; /* separated by commas; "" for none; SIGHUP may change it */
    atomic_bool is_draining;
    atomic_bool is_learning;  /* a model is being adapted; one at a time */
    str cursor_key;           /* under which cursors are sealed */
    struct event_log *events; /* for live reading; NULL: nobody serves */
    unsigned events_heartbeat_ms, events_patience_ms;
    unsigned sync_budget_ms;
};

struct identity {
    int64_t tenant_id;
    unsigned scopes;
    const char *actor; /* "key 3", "owner", "API_KEY" */
};

struct call {
    struct services *services;
    const struct route *route;
    const struct http_request *request;
    struct http_response *response;
    struct arena *arena;
    struct identity identity;
    str value; /* what stands at {...} in the path, decoded */
    str request_id;
    struct faults faults;
    struct intake_timing timing;
    struct inquiries *inquiries; /* what a language model was asked for it; ended with the call */
    const struct tenant_rules *rules; /* once call_rules() has taken them; given back at the end */
    bool is_dressed, is_counted;
};

typedef enum status handler(struct call *call, struct error *err);

/* The number at {id}. NOT_FOUND when it is none: then there is nothing of that name. */
enum status call_read_id(const struct call *call, int64_t *id, struct error *err) MUST_CHECK;

/* The body as JSON, or as the struct that the table describes. */
enum status call_read_json(struct call *call, const struct json **value,
                           struct error *err) MUST_CHECK;
enum status call_read_body(struct call *call, const struct fields *fields, void *target,
                           struct error *err) MUST_CHECK;

/* The query; parameters the table does not name are refused. */
enum status call_read_query(struct call *call, const struct fields *fields, void *target,
                            struct error *err) MUST_CHECK;

/* What the tenant has configured, the same throughout the call. */
enum status call_rules(struct call *call, const struct tenant_rules **rules,
                       struct error *err) MUST_CHECK;

/* Runs `block` to its end: on another thread when there is much to think about, so that this loop
 * stays quick. */
void call_think(const struct call *call, void (*block)(void *), void *argument);

/* intake_prepare() as this call asks for it, under its tenant's configuration, by call_think(); and
 * then what a language model says, if it says so in time (intake_ask.h). */
enum status call_prepare(struct call *call, bool is_brief, struct feedback *item,
                         struct error *err) MUST_CHECK;

/* The same for intake_receive(): it will be analysed later. */
enum status call_receive(struct call *call, struct feedback *item, struct error *err) MUST_CHECK;

/* What was prepared is put to a language model, where that is wanted. Returns within the time that
 * the caller waits (Prefer: wait=, else api.sync_budget_ms), less what storing takes. */
void call_ask(struct call *call, struct inquiries *inquiries);

/* Whether the request says Prefer: respond-async (RFC 7240). Who follows says so. */
bool call_defers(const struct call *call);
void call_say_deferred(struct call *call);

/* A JSON body to be written, then call_answer(). */
struct json_writer call_start(struct call *call, struct buf *body);
void call_answer(struct call *call, int http_status, const struct buf *body);
void call_answer_fields(struct call *call, int http_status, const struct fields *fields,
                        const void *source);
/* {"data": [...], "next_cursor"} of `count` structs of `size` bytes each; the cursor, unless it is
 * absent, stands in Link as well. */
struct call_page {
    const struct fields *fields;
    const void *items;
    size_t count, size;
    str next_cursor;
};
void call_answer_page(struct call *call, const struct call_page *page);
/* All there is of it: no cursor. */
void call_answer_list(struct call *call, const struct fields *fields, const void *items,
                      size_t count, size_t size);
void call_answer_nothing(struct call *call); /* 204 */
void call_add_header(struct call *call, const char *name, str value);
/* Link: the same query with this parameter, rel="next". */
void call_link_next(struct call *call, const char *parameter, str value);

/* What comes to every answer: its common headers, and the metrics. Each is done once; at the end,
 * but for a stream, which has its head and its status long before its end. */
void call_dress(struct call *call);
void call_count(struct call *call);
const char *call_code_text(int http_status); /* "201", as metrics label it: a constant */

bool call_is_strict(const struct call *call); /* ?strict=true */

/* Not with ?ai=false. INVALID but for true and false: what shall stay must not leave by a slip. */
enum status call_may_ask(const struct call *call, bool *may_ask, struct error *err) MUST_CHECK;

/* INVALID, of `until`: it lies before `since`. Either may be FIELD_UNSET. */
enum status call_check_range(int64_t since, int64_t until, struct error *err) MUST_CHECK;

enum {
    CALL_MAX_ANSWER = 256 * 1024 * 1024 /* many times the largest body that may be sent */
};
