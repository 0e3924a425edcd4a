#include "action/webhook_router.h"

#include "action/webhook_inside.h"
#include "base/clock.h"
#include "base/heap.h"
#include "fiber/bell.h"
#include "model/news.h"
#include "store/store_event.h"
#include "store/store_webhook.h"
#include "telemetry/log.h"

#include <stdlib.h>

enum {
    BATCH = 500,         /* events read at once */
    MOST_MATCHES = 1000, /* deliveries put in one transaction */
    IDLE_MS = 1000       /* while nothing is put, the cursor is kept no more often */
};

static const int64_t idle_us = IDLE_MS * INT64_C(1000);
static const char reader[] = "webhooks";

struct match {
    const struct event *event;
    const struct webhook_rule *rule;
};

/* One batch. */
struct batch {
    struct webhooks *webhooks;
    struct arena arena;
    struct event_page page;
    struct match *matches;
    size_t count;
    int64_t reached;
    bool is_first; /* this reader was never here before */
};

/* --- reading --- */

static int by_tenant(const void *a, const void *b)
{
    const struct webhook_rule *one = a, *other = b;
    return one->tenant_id < other->tenant_id ? -1 : one->tenant_id > other->tenant_id;
}

static enum status read_rules(struct webhooks *webhooks, struct db_session *session,
                              struct error *err)
{
    struct webhook_routing *routing = &webhooks->routing;
    struct webhook *items;
    size_t count;
    int64_t changes = 0;
    enum status status = store_get_webhook_changes(session, &changes, err);
    if (status != STATUS_OK || changes == routing->changes)
        return status;
    arena_reset(&routing->arena);
    routing->count = 0;
    routing->changes = -1;
    status = store_list_webhooks(session, &routing->arena, 0, &items, &count, err);
    if (status != STATUS_OK)
        return status;
    routing->rules = arena_array(&routing->arena, struct webhook_rule, count);
    for (size_t i = 0; i < count; i++) {
        struct error why;
        struct event_filter *filter;
        if (webhook_make_filter(&routing->arena, &items[i], &filter, &why) == STATUS_OK)
            routing->rules[routing->count++] =
                (struct webhook_rule){items[i].id, items[i].tenant_id, items[i].after_seq, filter};
        else
            LOG(WARN, "webhook_filter_unreadable", LOG_INT("webhook_id", items[i].id),
                LOG_Z("error", why.message));
    }
    qsort(routing->rules, routing->count, sizeof *routing->rules, by_tenant);
    routing->changes = changes;
    return STATUS_OK;
}

static enum status find_position(struct batch *batch, struct db_session *session, struct error *err)
{
    struct webhook_routing *routing = &batch->webhooks->routing;
    if (routing->position >= 0)
        return STATUS_OK;
    enum status status = store_get_cursor(session, str_from_z(reader), &routing->kept, err);
    batch->is_first = status == STATUS_NOT_FOUND;
    if (batch->is_first) /* it begins where the first webhook did */
        status = store_get_newest_event(session, &routing->kept, err);
    for (size_t i = 0; batch->is_first && i < routing->count; i++)
        if (routing->rules[i].after_seq < routing->kept)
            routing->kept = routing->rules[i].after_seq;
    if (status == STATUS_OK)
        routing->position = routing->kept;
    return status;
}

/* The rules and the events are of one snapshot: a webhook is told what came after it was made, and
 * nothing less. */
static enum status read_batch(struct db_session *session, void *argument, struct error *err)
{
    struct batch *batch = argument;
    struct webhook_routing *routing = &batch->webhooks->routing;
    enum status status = read_rules(batch->webhooks, session, err);
    if (status == STATUS_OK)
        status = find_position(batch, session, err);
    if (status != STATUS_OK)
        return status;
    batch->page.after = batch->reached = routing->position;
    if (routing->count == 0)
        return store_get_newest_event(session, &batch->reached, err);
    batch->page.items = arena_array(&batch->arena, struct event, BATCH);
    batch->page.room = BATCH;
    status = store_list_events(session, &batch->arena, &batch->page, err);
    batch->reached = batch->page.reached;
    return status;
}

/* --- matching --- */

/* Where the rules of a tenant begin. */
static size_t first_of(const struct webhook_routing *routing, int64_t tenant_id)
{
    size_t from = 0, to = routing->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (routing->rules[middle].tenant_id < tenant_id)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static void match_event(struct batch *batch, const struct event *event)
{
    const struct webhook_routing *routing = &batch->webhooks->routing;
    struct event_facts facts = {0};
    bool is_read = false;
    for (size_t i = first_of(routing, event->tenant_id);
         i < routing->count && routing->rules[i].tenant_id == event->tenant_id; i++) {
        const struct webhook_rule *rule = &routing->rules[i];
        if (event->seq <= rule->after_seq || webhook_is_about_itself(rule->id, event))
            continue;
        if (!is_read)
            event_read_facts(&facts, &batch->arena, event);
        is_read = true;
        if (!event_facts_fit(rule->filter, &facts))
            continue;
        batch->matches =
            arena_grow(&batch->arena, batch->matches, batch->count * sizeof *batch->matches,
                       (batch->count + 1) * sizeof *batch->matches);
        batch->matches[batch->count++] = (struct match){event, rule};
    }
}

/* Stops at the end of an event when there is enough for one transaction. */
static void match_all(struct batch *batch)
{
    for (size_t i = 0; i < batch->page.count; i++) {
        match_event(batch, &batch->page.items[i]);
        if (batch->count >= MOST_MATCHES && i + 1 < batch->page.count) {
            batch->reached = batch->page.items[i].seq;
            return;
        }
    }
}

/* --- putting --- */

/* CONFLICT: another router was here. */
static enum status check_cursor(const struct batch *batch, struct db_session *session,
                                struct error *err)
{
    int64_t kept = 0;
    enum status status = store_get_cursor(session, str_from_z(reader), &kept, err);
    if (status == STATUS_NOT_FOUND && batch->is_first)
        return STATUS_OK;
    if (status == STATUS_OK && kept != batch->webhooks->routing.kept)
        return fail(err, STATUS_CONFLICT, "another router has moved the cursor of the webhooks");
    return status;
}

static enum status put_batch(struct db_session *session, void *argument, struct error *err)
{
    struct batch *batch = argument;
    enum status status = check_cursor(batch, session, err);
    for (size_t i = 0; i < batch->count && status == STATUS_OK; i++) {
        const struct match *match = &batch->matches[i];
        struct delivery delivery = {.webhook_id = match->rule->id};
        status = webhook_put_delivery(batch->webhooks, session, &batch->arena, match->event,
                                      &delivery, err);
        if (status == STATUS_CONFLICT) /* a replay was quicker */
            status = STATUS_OK;
    }
    return status == STATUS_OK ? store_put_cursor(session, str_from_z(reader), batch->reached, err)
                               : status;
}

static enum status put(struct batch *batch, struct error *err)
{
    struct webhook_routing *routing = &batch->webhooks->routing;
    int64_t now = webhooks_now(batch->webhooks);
    bool is_due = batch->reached != routing->kept && now - routing->kept_at >= idle_us;
    if (batch->count > 0 || batch->is_first || is_due) {
        enum status status = db_write(webhooks_db(batch->webhooks), put_batch, batch, err);
        if (status != STATUS_OK) {
            routing->position = -1;
            return status;
        }
        routing->kept = batch->reached;
        routing->kept_at = now;
    }
    routing->position = batch->reached;
    return STATUS_OK;
}

enum status webhook_route(struct webhooks *webhooks, bool *again, struct error *err)
{
    struct batch batch = {.webhooks = webhooks};
    enum status status = db_read(webhooks_db(webhooks), DB_SHORT, read_batch, &batch, err);
    if (status == STATUS_OK) {
        match_all(&batch);
        status = put(&batch, err);
    }
    *again = status == STATUS_OK && batch.page.count > 0 &&
             (batch.page.count == BATCH || batch.reached < batch.page.reached);
    arena_reset(&batch.arena);
    return status;
}

/* --- the fiber --- */

struct watch {
    struct store_watcher watcher; /* first */
    struct bell *bell;
};

struct webhook_router {
    struct webhooks *webhooks;
    struct watch events, changes;
    struct fiber *fiber; /* NULL: over */
    bool is_stopping;
};

static void ring(struct store_watcher *watcher)
{
    bell_ring(((struct watch *)watcher)->bell);
}

/* Without webhooks nobody waits for events, and a second's worth of them costs one look; the first
 * webhook ends that wait. With some, the cursor is kept a second after the last event that none of
 * them wanted. */
static enum wake wait_for_news(struct webhook_router *router, uint64_t *events, uint64_t *changes)
{
    const struct webhook_routing *routing = &router->webhooks->routing;
    uint64_t now = fiber_now_ms();
    if (routing->count == 0 &&
        bell_wait_until(router->changes.bell, changes, now + IDLE_MS) == CANCELLED)
        return CANCELLED;
    bool is_kept = routing->position == routing->kept;
    return bell_wait_until(router->events.bell, events, is_kept ? UINT64_MAX : now + IDLE_MS);
}

static void run(void *argument)
{
    struct webhook_router *router = argument;
    uint64_t events = 0, changes = 0;
    enum wake wake = WOKEN;
    router->fiber = fiber_self();
    while (!router->is_stopping && wake != CANCELLED) {
        struct error err;
        bool again;
        enum status status = webhook_route(router->webhooks, &again, &err);
        if (status != STATUS_OK) {
            LOG(ERROR, "webhook_routing_failed", LOG_Z("status", status_name(status)),
                LOG_Z("error", err.message));
            wake = fiber_wait_until(fiber_now_ms() + IDLE_MS);
        } else if (again) {
            wake = fiber_wait_until(fiber_now_ms()); /* others have their turn */
        } else {
            wake = wait_for_news(router, &events, &changes);
        }
    }
    router->fiber = NULL;
}

static void watch(struct webhook_router *router, struct watch *watch, unsigned wanted)
{
    *watch = (struct watch){{.wanted = wanted, .told = ring}, bell_open()};
    store_watch(router->webhooks->options.store, &watch->watcher);
}

struct webhook_router *webhook_router_start(struct webhooks *webhooks)
{
    struct webhook_router *self = heap_new(struct webhook_router);
    self->webhooks = webhooks;
    watch(self, &self->events, NEWS_EVENTS | NEWS_WEBHOOKS);
    watch(self, &self->changes, NEWS_WEBHOOKS);
    if (!fiber_start(run, self))
        LOG(ERROR, "webhook_routing_failed", LOG_Z("error", "there is no room for its fiber"));
    return self;
}

void webhook_router_stop(struct webhook_router *router)
{
    struct store *store = router->webhooks->options.store;
    store_unwatch(store, &router->events.watcher);
    store_unwatch(store, &router->changes.watcher);
    router->is_stopping = true;
    if (router->fiber != NULL)
        fiber_cancel(router->fiber);
}

void webhook_router_close(struct webhook_router *router)
{
    if (router == NULL)
        return;
    bell_close(router->events.bell);
    bell_close(router->changes.bell);
    free(router);
}
