#include "api/webhook_api.h"

#include "action/webhook.h"
#include "api/cursor.h"
#include "model/labels.h"
#include "store/store_delivery.h"
#include "store/store_webhook.h"

enum {
    DEFAULT_LIMIT = 50
};

static struct webhooks *webhooks_of(const struct call *call)
{
    return call->services->webhooks;
}

static struct db *database(const struct call *call)
{
    return store_db(call->services->intake->store);
}

/* --- webhooks --- */

struct listing {
    struct call *call;
    struct webhook *items;
    size_t count;
};

static enum status read_webhooks(struct db_session *session, void *argument, struct error *err)
{
    struct listing *listing = argument;
    return store_list_webhooks(session, listing->call->arena, listing->call->identity.tenant_id,
                               &listing->items, &listing->count, err);
}

enum status webhook_list_all(struct call *call, struct error *err)
{
    struct listing listing = {.call = call};
    enum status status = db_read(database(call), DB_SHORT, read_webhooks, &listing, err);
    if (status == STATUS_OK)
        call_answer_list(call, &webhook_fields, listing.items, listing.count,
                         sizeof *listing.items);
    return status;
}

enum status webhook_add(struct call *call, struct error *err)
{
    struct webhook webhook = {.tenant_id = call->identity.tenant_id};
    enum status status = call_read_body(call, &webhook_input_fields, &webhook, err);
    if (status == STATUS_OK)
        status =
            webhook_create(webhooks_of(call), call->arena, &webhook, call->identity.actor, err);
    if (status != STATUS_OK)
        return status;
    call_add_header(call, "Location",
                    str_format(call->arena, "/v1/webhooks/%lld", (long long)webhook.id));
    call_answer_fields(call, 201, &webhook_fields, &webhook);
    return STATUS_OK;
}

/* Every handler below names one webhook of the caller's tenant. */
static enum status name_webhook(const struct call *call, struct webhook *webhook, struct error *err)
{
    *webhook = (struct webhook){.tenant_id = call->identity.tenant_id};
    return call_read_id(call, &webhook->id, err);
}

static enum status answer(struct call *call, enum status status, const struct webhook *webhook)
{
    if (status == STATUS_OK)
        call_answer_fields(call, 200, &webhook_fields, webhook);
    return status;
}

enum status webhook_read(struct call *call, struct error *err)
{
    struct webhook webhook;
    enum status status = name_webhook(call, &webhook, err);
    if (status == STATUS_OK)
        status = webhook_get(webhooks_of(call), call->arena, webhook.tenant_id, webhook.id,
                             &webhook, err);
    return answer(call, status, &webhook);
}

enum status webhook_patch(struct call *call, struct error *err)
{
    struct webhook webhook, change = {0};
    enum status status = name_webhook(call, &webhook, err);
    if (status == STATUS_OK)
        status = call_read_body(call, &webhook_change_fields, &change, err);
    if (status == STATUS_OK)
        status = webhook_change(webhooks_of(call), call->arena, &change, call->identity.actor,
                                &webhook, err);
    return answer(call, status, &webhook);
}

enum status webhook_delete(struct call *call, struct error *err)
{
    struct webhook webhook;
    enum status status = name_webhook(call, &webhook, err);
    if (status == STATUS_OK)
        status = webhook_remove(webhooks_of(call), call->arena, webhook.tenant_id, webhook.id,
                                call->identity.actor, err);
    if (status == STATUS_OK)
        call_answer_nothing(call);
    return status;
}

static enum status turn(struct call *call, bool on, struct error *err)
{
    struct webhook webhook;
    enum status status = name_webhook(call, &webhook, err);
    if (status == STATUS_OK)
        status =
            webhook_switch(webhooks_of(call), call->arena, &webhook, on, call->identity.actor, err);
    return answer(call, status, &webhook);
}

enum status webhook_enable(struct call *call, struct error *err)
{
    return turn(call, true, err);
}

enum status webhook_turn_off(struct call *call, struct error *err)
{
    return turn(call, false, err);
}

static enum status read_rotation(struct call *call, struct webhook_rotation *rotation,
                                 struct error *err)
{
    fields_init(&webhook_rotation_fields, rotation);
    return call->request->body.length > 0
               ? call_read_body(call, &webhook_rotation_fields, rotation, err)
               : STATUS_OK;
}

enum status webhook_rotate_secret(struct call *call, struct error *err)
{
    struct webhook webhook;
    struct webhook_rotation rotation;
    enum status status = name_webhook(call, &webhook, err);
    if (status == STATUS_OK)
        status = read_rotation(call, &rotation, err);
    if (status == STATUS_OK)
        status = webhook_rotate(webhooks_of(call), call->arena, &rotation, call->identity.actor,
                                &webhook, err);
    return answer(call, status, &webhook);
}

static enum status answer_callback_secret(struct call *call,
                                          const struct webhook_rotation *rotation,
                                          struct error *err)
{
    struct callback_asker asker = {call->identity.tenant_id, call->identity.actor, rotation};
    struct callback_secret secret;
    enum status status = callback_secret_get(webhooks_of(call), call->arena, &asker, &secret, err);
    if (status == STATUS_OK)
        call_answer_fields(call, 200, &callback_secret_fields, &secret);
    return status;
}

enum status callback_secret_read(struct call *call, struct error *err)
{
    return answer_callback_secret(call, NULL, err);
}

enum status callback_secret_rotate(struct call *call, struct error *err)
{
    struct webhook_rotation rotation;
    enum status status = read_rotation(call, &rotation, err);
    return status == STATUS_OK ? answer_callback_secret(call, &rotation, err) : status;
}

/* --- deliveries --- */

static enum status answer_delivery(struct call *call, enum status status,
                                   const struct delivery *delivery)
{
    if (status == STATUS_OK)
        call_answer_fields(call, 200, &delivery_detail_fields, delivery);
    return status;
}

enum status webhook_try(struct call *call, struct error *err)
{
    struct webhook webhook;
    struct delivery delivery;
    enum status status = name_webhook(call, &webhook, err);
    if (status == STATUS_OK)
        status = webhook_test(
            webhooks_of(call), call->arena,
            &(struct webhook_asker){webhook.tenant_id, webhook.id, call->identity.actor}, &delivery,
            err);
    return answer_delivery(call, status, &delivery);
}

struct reading {
    struct call *call;
    int64_t id;
    struct webhook webhook;
    struct delivery delivery;
    struct delivery_page page;
};

static enum status read_delivery(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    struct call *call = reading->call;
    enum status status = store_get_delivery(session, call->arena, call->identity.tenant_id,
                                            reading->id, &reading->delivery, err);
    return status == STATUS_OK ? store_list_attempts(session, call->arena, &reading->delivery, err)
                               : status;
}

enum status delivery_read(struct call *call, struct error *err)
{
    struct reading reading = {.call = call};
    enum status status = call_read_id(call, &reading.id, err);
    if (status == STATUS_OK)
        status = db_read(database(call), DB_SHORT, read_delivery, &reading, err);
    return answer_delivery(call, status, &reading.delivery);
}

enum status delivery_repeat(struct call *call, struct error *err)
{
    struct delivery delivery;
    struct webhook_asker asker = {.tenant_id = call->identity.tenant_id,
                                  .actor = call->identity.actor};
    enum status status = call_read_id(call, &asker.id, err);
    if (status == STATUS_OK)
        status = delivery_replay(webhooks_of(call), call->arena, &asker, &delivery, err);
    return answer_delivery(call, status, &delivery);
}

/* Also of a webhook that was removed: its deliveries are kept as long as others. */
static enum status read_page(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    struct call *call = reading->call;
    enum status status = store_list_deliveries(session, call->arena, &reading->page, err);
    if (status != STATUS_OK || reading->page.count > 0 || reading->id == 0)
        return status;
    return store_get_webhook(session, call->arena, call->identity.tenant_id, reading->id,
                             &reading->webhook, err);
}

/* What the cursor is sealed together with. */
static str filters_of(const struct call *call, const struct delivery_page *page)
{
    return str_format(call->arena, "deliveries|%lld|%lld|%d", (long long)page->tenant_id,
                      (long long)page->webhook_id, page->status);
}

static void answer_page(struct call *call, const struct delivery_page *page, bool has_more)
{
    struct call_page answer = {.fields = &delivery_fields,
                               .items = page->items,
                               .count = page->count,
                               .size = sizeof *page->items};
    if (has_more)
        answer.next_cursor =
            cursor_seal(call, filters_of(call, page), 0, page->items[page->count - 1].id);
    call_answer_page(call, &answer);
}

/* Of one webhook, or of all for 0. */
static enum status list_deliveries(struct call *call, int64_t webhook_id, struct error *err)
{
    struct reading reading = {.call = call, .id = webhook_id};
    struct delivery_filter filter;
    int64_t unread;
    enum status status = call_read_query(call, &delivery_filter_fields, &filter, err);
    if (status != STATUS_OK)
        return status;
    reading.page.tenant_id = call->identity.tenant_id;
    reading.page.webhook_id = webhook_id;
    reading.page.status = filter.status;
    if (!str_is_absent(filter.cursor))
        status = cursor_open(call, filters_of(call, &reading.page), filter.cursor, &unread,
                             &reading.page.before_id, err);
    if (status != STATUS_OK)
        return status;

    /* One more than asked for tells whether there is a next page. */
    size_t asked = filter.limit == FIELD_UNSET ? DEFAULT_LIMIT : (size_t)filter.limit;
    reading.page.room = asked + 1;
    reading.page.items = arena_array(call->arena, struct delivery, asked + 1);
    bool is_scan = filter.status != LABEL_NONE; /* no index has it */
    status = db_read(database(call), is_scan ? DB_LONG : DB_SHORT, read_page, &reading, err);
    if (status != STATUS_OK)
        return status;
    bool has_more = reading.page.count > asked;
    reading.page.count -= has_more;
    answer_page(call, &reading.page, has_more);
    return STATUS_OK;
}

enum status webhook_list_deliveries(struct call *call, struct error *err)
{
    int64_t id;
    enum status status = call_read_id(call, &id, err);
    return status == STATUS_OK ? list_deliveries(call, id, err) : status;
}

enum status delivery_list_all(struct call *call, struct error *err)
{
    return list_deliveries(call, 0, err);
}
