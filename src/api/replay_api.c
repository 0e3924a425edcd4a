#include "api/replay_api.h"

#include "action/webhook_replay.h"
#include "store/store_event.h"

#include <stddef.h>

struct replay_target {
    int64_t webhook;
};

struct asked {
    int64_t since, until, after;
    bool again;
    struct replay_target target;
};

/* clang-format off */
static const struct field target_items[] = {
    {"webhook", FIELD_INTEGER, offsetof(struct replay_target, webhook), FIELD_REQUIRED, 1, INT64_MAX,
     .doc = "The id of a webhook."},
};
static const struct fields target_fields = FIELDS("ReplayTarget", "To whom past events go.", target_items);

#define AT(member) offsetof(struct asked, member)
static const struct field input_items[] = {
    {"since", FIELD_TIME, AT(since), .doc = "Events of then or later; this or after must be given."},
    {"after", FIELD_INTEGER, AT(after), 0, 0, INT64_MAX, .doc = "Events whose seq is above this; 0 for all that are kept."},
    {"until", FIELD_TIME, AT(until), .doc = "Events before then."},
    {"again", FIELD_BOOLEAN, AT(again), .doc = "Also what has been delivered already, under its old webhook-id."},
    {"target", FIELD_OBJECT, AT(target), FIELD_REQUIRED, .object = &target_fields, .doc = "To whom they go."},
};
#undef AT
const struct fields replay_input_fields = FIELDS("ReplayInput", "Which past events go to whom.", input_items);

#define AT(member) offsetof(struct webhook_replay, member)
static const struct field output_items[] = {
    {"events", FIELD_INTEGER, AT(events), FIELD_REQUIRED, .doc = "In the range, and let through by the target's own filter."},
    {"put", FIELD_INTEGER, AT(put), FIELD_REQUIRED, .doc = "Of these, on their way now."},
    {"left", FIELD_INTEGER, AT(left), FIELD_REQUIRED, .doc = "Of these, left alone: delivered before, or on their way already."},
};
#undef AT
const struct fields replay_fields = FIELDS("Replay", "What a replay did.", output_items);
/* clang-format on */

struct record {
    struct call *call;
    const struct webhook_replay *replay;
};

static enum status add_audit(struct db_session *session, void *argument, struct error *err)
{
    const struct record *record = argument;
    const struct webhook_replay *replay = record->replay;
    struct arena *arena = record->call->arena;
    struct audit_entry entry = {
        .tenant_id = replay->tenant_id,
        .actor = str_from_z(record->call->identity.actor),
        .action = "events.replayed",
        .subject = str_format(arena, "webhook %lld", (long long)replay->webhook_id),
        .detail = str_format(arena, "{\"events\":%lld,\"put\":%lld,\"again\":%s}",
                             (long long)replay->events, (long long)replay->put,
                             replay->again ? "true" : "false"),
    };
    return store_add_audit(session, &entry, err);
}

static enum status read_asked(struct call *call, struct asked *asked, struct error *err)
{
    enum status status = call_read_body(call, &replay_input_fields, asked, err);
    if (status == STATUS_OK && asked->since == FIELD_UNSET && asked->after == FIELD_UNSET)
        return fail_field(err, "since", "or after must say from where on");
    return status == STATUS_OK ? call_check_range(asked->since, asked->until, err) : status;
}

enum status event_replay(struct call *call, struct error *err)
{
    struct asked asked = {0};
    enum status status = read_asked(call, &asked, err);
    if (status != STATUS_OK)
        return status;
    struct webhook_replay replay = {
        .tenant_id = call->identity.tenant_id,
        .webhook_id = asked.target.webhook,
        .from_seq = asked.after == FIELD_UNSET ? 0 : asked.after + 1,
        .since = asked.since,
        .until = asked.until,
        .again = asked.again,
    };
    struct record record = {call, &replay};
    status = webhook_replay(call->services->webhooks, &replay, err);
    if (status == STATUS_OK)
        status = db_write(store_db(call->services->intake->store), add_audit, &record, err);
    if (status == STATUS_OK)
        call_answer_fields(call, 200, &replay_fields, &replay);
    return status;
}
