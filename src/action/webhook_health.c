/* A receiver that failed too often is left alone, and then one attempt finds out how it is. */
#include "action/webhook_attempt.h"
#include "action/webhook_inside.h"
#include "store/store_webhook.h"

/* How long a probe keeps the others out: it may take its whole time, and be settled after it. */
static const int64_t probe_us = (WEBHOOK_TIMEOUT_MS + 5000) * INT64_C(1000);

str webhook_origin(struct arena *arena, str url)
{
    size_t begin = str_find_str(url, STR("://"));
    size_t end = begin == STR_NONE ? 0 : begin + 3;
    while (end < url.length && url.bytes[end] != '/' && url.bytes[end] != '?')
        end++;
    return str_lower(arena, str_slice(url, 0, end));
}

struct claiming {
    const struct webhook_attempt *attempt;
    int64_t until;
    bool is_mine;
};

static enum status claim_probe(struct db_session *session, void *argument, struct error *err)
{
    struct claiming *claiming = argument;
    const struct webhook_attempt *attempt = claiming->attempt;
    if (attempt->webhook.id == 0)
        return store_claim_callback_probe(session, &attempt->place, claiming->until,
                                          &claiming->is_mine, err);
    return store_claim_probe(session, &attempt->webhook, claiming->until, &claiming->is_mine, err);
}

enum status webhook_mind_pause(struct webhooks *webhooks, struct webhook_attempt *attempt,
                               struct error *err)
{
    const struct receiver_health *health =
        attempt->webhook.id == 0 ? &attempt->place.health : &attempt->webhook.health;
    int64_t now = webhooks_now(webhooks);
    if (health->paused_until == FIELD_UNSET)
        return STATUS_OK;
    attempt->wait_until = health->paused_until;
    if (now < health->paused_until) {
        attempt->plan = WEBHOOK_WAIT;
        return STATUS_OK;
    }
    if (health->failures < WEBHOOK_BREAKER)
        return STATUS_OK;
    struct claiming claiming = {attempt, now + probe_us, false};
    attempt->wait_until = claiming.until;
    enum status status = db_write(webhooks_db(webhooks), claim_probe, &claiming, err);
    if (status == STATUS_OK && !claiming.is_mine)
        attempt->plan = WEBHOOK_WAIT;
    return status;
}

static enum status note_webhook(struct db_session *session, const struct webhook_attempt *attempt,
                                int64_t now, struct error *err)
{
    const struct webhook_outcome *outcome = &attempt->outcome;
    struct arena arena = {0};
    struct webhook webhook;
    enum status status = store_get_webhook(session, &arena, attempt->delivery.tenant_id,
                                           attempt->webhook.id, &webhook, err);
    if (status == STATUS_OK && !(webhook_is_well(&webhook.health) && webhook_is_taken(outcome))) {
        bool is_lost = webhook_note_outcome(&webhook.health, outcome, now);
        status = store_put_webhook_health(session, &webhook, err);
        if (status == STATUS_OK && webhook.is_enabled && webhook_is_gone(outcome))
            status = webhook_disable(session, &webhook, "gone", now, err);
        else if (status == STATUS_OK && webhook.is_enabled && is_lost)
            status = webhook_disable(session, &webhook, "failing", now, err);
    }
    arena_reset(&arena);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status; /* it was removed meanwhile */
}

/* Jobs name many URLs of one place; what is wrong with one of them says nothing of the others. */
static enum status note_callback(struct db_session *session, const struct webhook_attempt *attempt,
                                 int64_t now, struct error *err)
{
    struct callback_place place = attempt->place;
    enum status status = store_get_callback_place(session, &place, err);
    if (status != STATUS_OK)
        return status;
    if (!webhook_blames_host(&attempt->outcome))
        return webhook_is_well(&place.health) ? STATUS_OK
                                              : store_remove_callback_place(session, &place, err);
    webhook_note_outcome(&place.health, &attempt->outcome, now);
    return store_put_callback_place(session, &place, now, err);
}

/* Its health is read anew: other deliveries were settled since this one began. */
enum status webhook_note_health(struct db_session *session, const struct webhook_attempt *attempt,
                                int64_t now, struct error *err)
{
    return attempt->webhook.id == 0 ? note_callback(session, attempt, now, err)
                                    : note_webhook(session, attempt, now, err);
}
