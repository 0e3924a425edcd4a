/* delivery.h - who is told of events by HTTP, and how each telling went.
 *
 * A webhook is a routing rule: what fits its filter goes to its URL. A delivery is one event on its
 * way to one webhook, or to the callback_url of one job; its message_id is the webhook-id that the
 * receiver sees, the same on every attempt, so that he can tell a repetition. */
#pragma once

#include "model/field.h"

enum webhook_form {
    WEBHOOK_STANDARD,   /* {"type", "timestamp", "data"}, as Standard Webhooks 1.0.0 has it */
    WEBHOOK_CLOUDEVENTS /* CloudEvents 1.0, structured, with the same signature */
};
extern const char *const webhook_form_names[]; /* NULL-terminated */

/* Whoever receives may keep two secrets for a while: what is sent is signed with both. */
struct webhook_secrets {
    str current, previous; /* sealed (base/seal.h) where they are kept */
    int64_t previous_until;
};

/* How it goes with whoever is told. */
struct receiver_health {
    int64_t failures;      /* in a row */
    int64_t failing_since; /* FIELD_UNSET: the last one went well */
    int64_t paused_until;  /* FIELD_UNSET, or nothing is sent before */
};
extern const struct receiver_health receiver_is_well;

struct webhook {
    int64_t id;
    int64_t tenant_id;
    str url, description;
    str types;  /* which events: "alert.*,job.failed"; absent: all */
    str filter; /* on their data, a JSON object; absent: none */
    int form;
    bool is_enabled;
    str disabled_reason; /* "gone", "failing", "asked" */
    struct receiver_health health;
    int64_t after_seq; /* events up to it are from before it was there, or enabled */
    struct webhook_secrets secrets;
    str secret; /* itself, only in the answer that makes it */
    int64_t created_at, updated_at;
};

extern const struct fields webhook_fields, webhook_input_fields, webhook_change_fields;

/* POST /v1/webhooks/{id}:rotate-secret, and the same for callbacks. */
struct webhook_rotation {
    str secret; /* absent: one is made */
    int64_t overlap_hours;
};
extern const struct fields webhook_rotation_fields;

/* What signs callbacks, shown to whoever receives them. */
struct callback_secret {
    str secret, previous;
    int64_t previous_until;
};
extern const struct fields callback_secret_fields;

enum delivery_status {
    DELIVERY_PENDING,
    DELIVERY_DELIVERED,
    DELIVERY_FAILED, /* and will be tried again */
    DELIVERY_DEAD,   /* all attempts failed */
    DELIVERY_CANCELLED
};
extern const char *const delivery_status_names[]; /* NULL-terminated */

struct delivery_attempt {
    int64_t number, at, duration_ms;
    int64_t http_status; /* FIELD_UNSET: no answer came */
    str error;           /* its class; absent: it went well */
};

struct delivery {
    int64_t id;
    int64_t tenant_id;
    int64_t webhook_id; /* FIELD_UNSET: a job's callback */
    str message_id;
    str url; /* of a callback; a webhook's is looked up */
    int64_t event_seq;
    str event_id, event_type;
    int status;
    int64_t attempts;
    int64_t http_status; /* of the last attempt */
    str error;           /* of the last attempt, or why it was cancelled */
    str job_id;
    int64_t next_attempt_at, created_at, delivered_at;
    struct field_list attempt_list; /* of struct delivery_attempt */
};

extern const struct fields delivery_fields, delivery_detail_fields;

struct delivery_filter {
    int status;
    int64_t limit;
    str cursor;
};
extern const struct fields delivery_filter_fields;
