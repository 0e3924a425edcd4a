#include "model/delivery.h"

#include <stddef.h>

const char *const webhook_form_names[] = {"standard", "cloudevents", NULL};
const char *const delivery_status_names[] = {"pending", "delivered", "failed",
                                             "dead",    "cancelled", NULL};

const struct receiver_health receiver_is_well = {0, FIELD_UNSET, FIELD_UNSET};

/* clang-format off */
#define AT(member) offsetof(struct webhook, member)
static const char types_doc[] =
    "Which events it is told of, with commas between: each written out, by its beginning (alert.*), or * for all.";
static const char filter_doc[] =
    "What must stand in an event's data: {\"sentiment\": [\"negative\", \"mixed\"], \"severity\": \"critical\"}.";
static const char form_doc[] =
    "standard: {type, timestamp, data}; cloudevents: CloudEvents 1.0, structured.";

static const struct field webhook_items[] = {
    {"id", FIELD_INTEGER, AT(id), FIELD_REQUIRED, .doc = "Its number."},
    {"url", FIELD_TEXT, AT(url), FIELD_REQUIRED, .doc = "Where it is told."},
    {"description", FIELD_TEXT, AT(description), .doc = "What it is for."},
    {"types", FIELD_TEXT, AT(types), .doc = types_doc},
    {"filter", FIELD_JSON, AT(filter), .doc = filter_doc},
    {"form", FIELD_LABEL, AT(form), FIELD_REQUIRED, .names = webhook_form_names, .doc = form_doc},
    {"is_enabled", FIELD_BOOLEAN, AT(is_enabled), FIELD_REQUIRED, .doc = "Whether it is told anything."},
    {"disabled_reason", FIELD_TEXT, AT(disabled_reason),
     .doc = "asked; gone: it answered 410; failing: nothing went well for five days."},
    {"failures", FIELD_INTEGER, AT(health.failures), FIELD_REQUIRED, .doc = "Attempts that failed in a row."},
    {"failing_since", FIELD_TIME, AT(health.failing_since), .doc = "Since when nothing has gone well."},
    {"paused_until", FIELD_TIME, AT(health.paused_until), .doc = "Nothing is sent to it before then."},
    {"secret", FIELD_TEXT, AT(secret), FIELD_LEFT_OUT, .doc = "What signs it, shown this once."},
    {"created_at", FIELD_TIME, AT(created_at), FIELD_REQUIRED, .doc = "When it was made."},
    {"updated_at", FIELD_TIME, AT(updated_at), FIELD_REQUIRED, .doc = "When it was changed last."},
};
const struct fields webhook_fields = FIELDS("Webhook", "An address that is told of events.", webhook_items);

enum {
    MOST_URL = 2000,
    MOST_TYPES = 1000,
    MOST_FILTER = 4096,
    MOST_DESCRIPTION = 200
};

static const struct field webhook_input_items[] = {
    {"url", FIELD_TEXT, AT(url), FIELD_REQUIRED, 1, MOST_URL, .doc = "Where to tell it; https."},
    {"description", FIELD_TEXT, AT(description), 0, 0, MOST_DESCRIPTION, .doc = "What it is for."},
    {"types", FIELD_TEXT, AT(types), 0, 1, MOST_TYPES, .doc = types_doc},
    {"filter", FIELD_JSON, AT(filter), .most = MOST_FILTER, .doc = filter_doc},
    {"form", FIELD_LABEL, AT(form), .names = webhook_form_names, .doc = form_doc},
    {"secret", FIELD_TEXT, AT(secret), 0, 1, 128,
     .doc = "whsec_ and the Base64 of 24 to 64 random bytes; made when it is not given."},
};
const struct fields webhook_input_fields = FIELDS("WebhookInput", "A webhook to be made.", webhook_input_items);

static const struct field webhook_change_items[] = {
    {"url", FIELD_TEXT, AT(url), 0, 1, MOST_URL, .doc = "Where to tell it; https."},
    {"description", FIELD_TEXT, AT(description), 0, 0, MOST_DESCRIPTION, .doc = "What it is for."},
    {"types", FIELD_TEXT, AT(types), 0, 1, MOST_TYPES, .doc = types_doc},
    {"filter", FIELD_JSON, AT(filter), .most = MOST_FILTER, .doc = "{} lets all through."},
    {"form", FIELD_LABEL, AT(form), .names = webhook_form_names, .doc = form_doc},
};
const struct fields webhook_change_fields =
    FIELDS("WebhookChange", "What is to be changed; the rest stays.", webhook_change_items);
#undef AT

#define AT(member) offsetof(struct webhook_rotation, member)
static const struct field rotation_items[] = {
    {"secret", FIELD_TEXT, AT(secret), 0, 1, 128,
     .doc = "whsec_ and the Base64 of 24 to 64 random bytes; made when it is not given."},
    {"overlap_hours", FIELD_INTEGER, AT(overlap_hours), 0, 0, 720,
     .doc = "How long the one before signs as well; 24 when not given."},
};
const struct fields webhook_rotation_fields =
    FIELDS("WebhookRotation", "A new secret beside the one before.", rotation_items);
#undef AT

#define AT(member) offsetof(struct callback_secret, member)
static const struct field callback_items[] = {
    {"secret", FIELD_TEXT, AT(secret), FIELD_REQUIRED, .doc = "What signs callbacks."},
    {"previous", FIELD_TEXT, AT(previous), .doc = "What signs them as well, for a while."},
    {"previous_until", FIELD_TIME, AT(previous_until), .doc = "Until when it does."},
};
const struct fields callback_secret_fields =
    FIELDS("CallbackSecret", "What signs the callbacks of jobs.", callback_items);
#undef AT

#define AT(member) offsetof(struct delivery_attempt, member)
static const struct field attempt_items[] = {
    {"number", FIELD_INTEGER, AT(number), FIELD_REQUIRED, .doc = "The how many-th it was."},
    {"at", FIELD_TIME, AT(at), FIELD_REQUIRED, .doc = "When it began."},
    {"duration_ms", FIELD_INTEGER, AT(duration_ms), FIELD_REQUIRED, .doc = "How long it took."},
    {"http_status", FIELD_INTEGER, AT(http_status), .doc = "The answer's; null: none came."},
    {"error", FIELD_TEXT, AT(error), .doc = "Why it failed; null: it did not."},
};
static const struct fields attempt_fields = FIELDS("DeliveryAttempt", "One attempt.", attempt_items);
#undef AT

#define AT(member) offsetof(struct delivery, member)
#define DELIVERY_ITEMS \
    {"id", FIELD_INTEGER, AT(id), FIELD_REQUIRED, .doc = "Its number."}, \
    {"message_id", FIELD_TEXT, AT(message_id), FIELD_REQUIRED, .doc = "The webhook-id that its receiver sees."}, \
    {"webhook_id", FIELD_INTEGER, AT(webhook_id), .doc = "Of the webhook; null: a job's callback."}, \
    {"event_seq", FIELD_INTEGER, AT(event_seq), FIELD_REQUIRED, .doc = "The event's place in the log; 0: a test."}, \
    {"event_id", FIELD_TEXT, AT(event_id), FIELD_REQUIRED, .doc = "The event's id."}, \
    {"event_type", FIELD_TEXT, AT(event_type), FIELD_REQUIRED, .doc = "Its type."}, \
    {"status", FIELD_LABEL, AT(status), FIELD_REQUIRED, .names = delivery_status_names, \
     .doc = "failed: it will be tried again; dead: all attempts failed."}, \
    {"attempts", FIELD_INTEGER, AT(attempts), FIELD_REQUIRED, .doc = "Made so far."}, \
    {"http_status", FIELD_INTEGER, AT(http_status), .doc = "What the last one was answered; null: nothing."}, \
    {"error", FIELD_TEXT, AT(error), .doc = "Why the last one failed, or why it was cancelled."}, \
    {"next_attempt_at", FIELD_TIME, AT(next_attempt_at), .doc = "When it is tried next."}, \
    {"created_at", FIELD_TIME, AT(created_at), FIELD_REQUIRED, .doc = "When it was put."}, \
    {"delivered_at", FIELD_TIME, AT(delivered_at), .doc = "When it was taken with a 2xx."}

static const struct field delivery_items[] = {DELIVERY_ITEMS};
const struct fields delivery_fields = FIELDS("Delivery", "One event on its way to one receiver.", delivery_items);

static const struct field delivery_detail_items[] = {
    DELIVERY_ITEMS,
    {"attempt_list", FIELD_LIST, AT(attempt_list), FIELD_REQUIRED, .object = &attempt_fields,
     .item_size = sizeof(struct delivery_attempt), .doc = "The attempts, the first first."},
};
const struct fields delivery_detail_fields =
    FIELDS("DeliveryDetail", "One event on its way to one receiver, with every attempt.", delivery_detail_items);
#undef AT

#define AT(member) offsetof(struct delivery_filter, member)
static const struct field delivery_filter_items[] = {
    {"status", FIELD_LABEL, AT(status), .names = delivery_status_names, .doc = "Only those of this status."},
    {"limit", FIELD_INTEGER, AT(limit), 0, 1, 200, .doc = "How many at most; 50 when not given."},
    {"cursor", FIELD_TEXT, AT(cursor), 0, 1, 200, .doc = "Where the page before ended."},
};
const struct fields delivery_filter_fields =
    FIELDS("DeliveryFilter", "Which deliveries to list.", delivery_filter_items);
#undef AT
/* clang-format on */
