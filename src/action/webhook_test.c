/* Who is told of what: routing, changes, secrets and replay. */
#include "action/webhook_fixture_run.h"
#include "action/webhook_fixture_sign.h"
#include "action/webhook_replay.h"
#include "base/hash.h"

static struct webhook_fixture fixture;

static void tell(const char *type, int64_t subject, const char *data)
{
    fixture_tell(&fixture, 1, type, subject, data);
}

static void an_event_goes_once_to_each_webhook_that_it_fits(void)
{
    fixture_open(&fixture);
    tell("alert.opened", 1, "{\"id\":1,\"severity\":\"high\"}"); /* before there is any */
    fixture_run(&fixture);
    fixture_add(&fixture, 1, 0, NULL, NULL);
    fixture_add(&fixture, 1, 1, "alert.*", "{\"severity\":[\"high\",\"critical\"]}");
    fixture_add(&fixture, 1, 2, "feedback.created", NULL);
    fixture_add(&fixture, 2, 3, NULL, NULL);
    tell("alert.opened", 2, "{\"id\":2,\"severity\":\"high\"}");
    tell("alert.opened", 3, "{\"id\":3,\"severity\":\"low\"}");
    tell("feedback.created", 4, "{\"id\":4}");
    fixture_tell(&fixture, 2, "feedback.created", 5, "{\"id\":5}");
    fixture_run(&fixture);
    EXPECT(fixture.receivers[0].calls == 3 && fixture.receivers[1].calls == 1);
    EXPECT(fixture.receivers[2].calls == 1 && fixture.receivers[3].calls == 1);
    fixture_run(&fixture);
    EXPECT(fixture.call_count == 6);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM deliveries WHERE status = 'delivered'") ==
           6);
    fixture_close(&fixture);
}

static void where_the_router_is_outlives_it(void)
{
    fixture_open(&fixture);
    fixture_add(&fixture, 1, 0, NULL, NULL);
    for (int i = 0; i < 1200; i++) {
        tell("feedback.created", i + 1, "{\"id\":1}");
        if (i == 700) {
            bool again;
            EXPECT(webhook_route(fixture.webhooks, &again, &fixture.err) == STATUS_OK && again);
            fixture_stop(&fixture);
            fixture_start(&fixture);
        }
    }
    fixture_run(&fixture);
    fixture_stop(&fixture);
    fixture_start(&fixture);
    fixture_run(&fixture);
    EXPECT(fixture.receivers[0].calls == 1200);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(DISTINCT message_id) FROM deliveries") == 1200);
    fixture_close(&fixture);
}

static void without_webhooks_the_cursor_is_kept_once_a_second_at_most(void)
{
    fixture_open(&fixture);
    fixture_route(&fixture);
    static const char sql[] = "SELECT seq FROM event_cursors WHERE reader = 'webhooks'";
    int64_t first = fixture_count(&fixture, sql);
    tell("feedback.created", 1, "{}");
    fixture_route(&fixture);
    EXPECT(fixture_count(&fixture, sql) == first);
    fixture.now += SECOND_US;
    fixture_route(&fixture);
    EXPECT(fixture_count(&fixture, sql) == first + 1);
    fixture_close(&fixture);
}

static void a_disabled_webhook_gets_nothing_and_begins_anew_when_enabled(void)
{
    fixture_open(&fixture);
    struct webhook webhook = fixture_add(&fixture, 1, 0, NULL, NULL);
    tell("feedback.created", 1, "{}");
    fixture_route(&fixture); /* its delivery is on its way */
    EXPECT(webhook_switch(fixture.webhooks, &fixture.arena, &webhook, false, "test",
                          &fixture.err) == STATUS_OK);
    EXPECT(!webhook.is_enabled && str_equal_z(webhook.disabled_reason, "asked"));
    tell("feedback.created", 2, "{}");
    fixture_run(&fixture);
    EXPECT(fixture.call_count == 0);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM deliveries WHERE status = 'cancelled'"
                                   " AND error = 'webhook_disabled'") == 1);
    tell("feedback.created", 3, "{}"); /* not routed yet when it is enabled */
    EXPECT(webhook_switch(fixture.webhooks, &fixture.arena, &webhook, true, "test", &fixture.err) ==
           STATUS_OK);
    tell("feedback.created", 4, "{}");
    fixture_run(&fixture);
    EXPECT(fixture.call_count == 1);
    fixture_close(&fixture);
}

static void what_was_on_its_way_to_a_removed_webhook_ends_quietly(void)
{
    fixture_open(&fixture);
    struct webhook webhook = fixture_add(&fixture, 1, 0, NULL, NULL);
    tell("feedback.created", 1, "{}");
    fixture_route(&fixture);
    EXPECT(webhook_remove(fixture.webhooks, &fixture.arena, 1, webhook.id, "test", &fixture.err) ==
           STATUS_OK);
    tell("feedback.created", 2, "{}");
    fixture_run(&fixture);
    EXPECT(fixture.call_count == 0);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM deliveries WHERE status = 'cancelled'"
                                   " AND error = 'webhook_removed'") == 1);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM queue_jobs") == 0);
    fixture_close(&fixture);
}

static void another_tenants_webhook_is_not_there(void)
{
    struct webhook got, change = {.form = LABEL_NONE};
    fixture_open(&fixture);
    struct webhook webhook = fixture_add(&fixture, 1, 0, NULL, NULL), theirs = webhook;
    theirs.tenant_id = 2;
    EXPECT(webhook_get(fixture.webhooks, &fixture.arena, 2, webhook.id, &got, &fixture.err) ==
           STATUS_NOT_FOUND);
    EXPECT(webhook_change(fixture.webhooks, &fixture.arena, &change, "test", &theirs,
                          &fixture.err) == STATUS_NOT_FOUND);
    EXPECT(webhook_switch(fixture.webhooks, &fixture.arena, &theirs, false, "test", &fixture.err) ==
           STATUS_NOT_FOUND);
    EXPECT(webhook_remove(fixture.webhooks, &fixture.arena, 2, webhook.id, "test", &fixture.err) ==
           STATUS_NOT_FOUND);
    EXPECT(fixture_get(&fixture, &webhook).is_enabled);
    fixture_close(&fixture);
}

static void what_cannot_be_told_is_refused_where_it_is_typed(void)
{
    static const struct {
        const char *url, *types, *filter, *secret, *field;
    } rows[] = {
        {"http://10.0.0.1/", NULL, NULL, NULL, "#/url"},
        {"ftp://example.com/", NULL, NULL, NULL, "#/url"},
        {"https://user@example.com/", NULL, NULL, NULL, "#/url"},
        {"https://example.com/", "nothing.*", NULL, NULL, "#/types"},
        {"https://example.com/", NULL, "{\"a\":{\"b\":1}}", NULL, "#/filter"},
        {"https://example.com/", NULL, NULL, "whsec_short", "#/secret"},
    };
    fixture_open(&fixture);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct webhook webhook = {.tenant_id = 1,
                                  .url = str_from_z(rows[i].url),
                                  .types = str_from_z(rows[i].types),
                                  .filter = str_from_z(rows[i].filter),
                                  .secret = str_from_z(rows[i].secret)};
        EXPECT(webhook_create(fixture.webhooks, &fixture.arena, &webhook, "test", &fixture.err) ==
               STATUS_INVALID);
        EXPECT(strcmp(fixture.err.field, rows[i].field) == 0);
    }
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM webhooks") == 0);
    fixture_close(&fixture);
}

static void a_secret_is_sealed_where_it_lies(void)
{
    fixture_open(&fixture);
    struct webhook webhook = fixture_add(&fixture, 1, 0, NULL, NULL), got;
    EXPECT(str_starts_with(webhook.secret, STR("whsec_")));
    got = fixture_get(&fixture, &webhook);
    EXPECT(str_is_absent(got.secret) && !str_starts_with(got.secrets.current, STR("whsec_")));
    str opened;
    EXPECT(webhook_unseal(fixture.webhooks, &fixture.arena, 1, got.secrets.current, &opened,
                          &fixture.err) == STATUS_OK);
    EXPECT(str_equal(opened, webhook.secret));
    EXPECT(webhook_unseal(fixture.webhooks, &fixture.arena, 2, got.secrets.current, &opened,
                          &fixture.err) == STATUS_CORRUPT);
    fixture_close(&fixture);
}

static void after_a_rotation_both_secrets_sign_for_a_day(void)
{
    fixture_open(&fixture);
    struct webhook webhook = fixture_add(&fixture, 1, 0, NULL, NULL), rotated = webhook;
    struct webhook_rotation rotation = {.overlap_hours = FIELD_UNSET};
    EXPECT(webhook_rotate(fixture.webhooks, &fixture.arena, &rotation, "test", &rotated,
                          &fixture.err) == STATUS_OK);
    EXPECT(!str_equal(rotated.secret, webhook.secret));
    tell("feedback.created", 1, "{}");
    fixture.now += 24 * HOUR_US - SECOND_US;
    fixture_run(&fixture);
    EXPECT(fixture.calls[0].signatures == 2);
    EXPECT(fixture_is_signed_with(&fixture, webhook.secret) &&
           fixture_is_signed_with(&fixture, rotated.secret));
    fixture.now += SECOND_US;
    tell("feedback.created", 2, "{}");
    fixture_run(&fixture);
    EXPECT(fixture.calls[1].signatures == 1);
    EXPECT(!fixture_is_signed_with(&fixture, webhook.secret) &&
           fixture_is_signed_with(&fixture, rotated.secret));

    rotation = (struct webhook_rotation){webhook.secret, 0}; /* one's own, and at once */
    EXPECT(webhook_rotate(fixture.webhooks, &fixture.arena, &rotation, "test", &rotated,
                          &fixture.err) == STATUS_OK);
    tell("feedback.created", 3, "{}");
    fixture_run(&fixture);
    EXPECT(fixture.calls[2].signatures == 1 && fixture_is_signed_with(&fixture, webhook.secret));
    fixture_close(&fixture);
}

static void a_range_replayed_twice_is_told_once_unless_asked_for(void)
{
    fixture_open(&fixture);
    for (int i = 1; i <= 450; i++)
        tell(i % 3 == 0 ? "alert.opened" : "feedback.created", i, "{}");
    struct webhook webhook = fixture_add(&fixture, 1, 0, "feedback.created", NULL);
    struct webhook_replay replay = {.tenant_id = 1,
                                    .webhook_id = webhook.id,
                                    .from_seq = 1,
                                    .to_seq = 449,
                                    .since = FIELD_UNSET,
                                    .until = FIELD_UNSET};
    EXPECT(webhook_replay(fixture.webhooks, &replay, &fixture.err) == STATUS_OK);
    EXPECT(replay.events == 300 && replay.put == 300 && replay.left == 0);
    EXPECT(webhook_replay(fixture.webhooks, &replay, &fixture.err) == STATUS_OK);
    EXPECT(replay.events == 300 && replay.put == 0 && replay.left == 300); /* on their way */
    fixture_run(&fixture);
    EXPECT(fixture.call_count == 300);
    EXPECT(webhook_replay(fixture.webhooks, &replay, &fixture.err) == STATUS_OK);
    EXPECT(replay.put == 0 && replay.left == 300);
    replay.again = true;
    EXPECT(webhook_replay(fixture.webhooks, &replay, &fixture.err) == STATUS_OK);
    EXPECT(replay.put == 300);
    fixture_run(&fixture);
    EXPECT(fixture.call_count == 600);
    EXPECT(strcmp(fixture.calls[0].id, fixture.calls[300].id) == 0);
    replay.again = false;
    replay.until = 1; /* all are later */
    EXPECT(webhook_replay(fixture.webhooks, &replay, &fixture.err) == STATUS_OK);
    EXPECT(replay.events == 0);
    replay.tenant_id = 2;
    EXPECT(webhook_replay(fixture.webhooks, &replay, &fixture.err) == STATUS_NOT_FOUND);
    fixture_close(&fixture);
}

static enum status replay_as(int64_t tenant_id, int64_t id, struct delivery *delivery)
{
    struct webhook_asker asker = {tenant_id, id, "test"};
    return delivery_replay(fixture.webhooks, &fixture.arena, &asker, delivery, &fixture.err);
}

#define AUDITED "SELECT COUNT(*) FROM audit_log WHERE actor = 'test' AND action = "

static void one_delivery_can_be_sent_again_under_its_id(void)
{
    struct delivery delivery;
    fixture_open(&fixture);
    struct webhook webhook = fixture_add(&fixture, 1, 0, NULL, NULL);
    fixture.receivers[0].behaviour = IS_DEAD;
    tell("feedback.created", 1, "{}");
    fixture_run(&fixture); /* it failed, and waits for its second attempt */
    fixture.receivers[0].behaviour = TAKES;
    EXPECT(replay_as(1, 1, &delivery) == STATUS_OK);
    EXPECT(delivery.status == DELIVERY_PENDING && delivery.attempts == 1);
    fixture_run_until(&fixture, fixture.now + HOUR_US);
    EXPECT(fixture.call_count == 2);
    EXPECT(strcmp(fixture.calls[0].id, fixture.calls[1].id) == 0);
    EXPECT(replay_as(2, 1, &delivery) == STATUS_NOT_FOUND);
    EXPECT(webhook_remove(fixture.webhooks, &fixture.arena, 1, webhook.id, "test", &fixture.err) ==
           STATUS_OK);
    EXPECT(replay_as(1, 1, &delivery) == STATUS_CONFLICT);
    EXPECT(fixture_count(&fixture, AUDITED "'delivery.replayed'") == 1);
    fixture_close(&fixture);
}

static void a_test_says_what_happened_and_harms_nobody(void)
{
    struct delivery delivery;
    fixture_open(&fixture);
    struct webhook webhook = fixture_add(&fixture, 1, 0, NULL, NULL);
    struct webhook_asker asker = {1, webhook.id, "test"};
    EXPECT(webhook_test(fixture.webhooks, &fixture.arena, &asker, &delivery, &fixture.err) ==
           STATUS_OK);
    EXPECT(delivery.status == DELIVERY_DELIVERED && delivery.http_status == 204);
    EXPECT(str_find_str(fixture.last_body, STR("\"type\":\"webhook.test\"")) != STR_NONE);
    EXPECT(fixture_is_signed_with(&fixture, webhook.secret));
    fixture.receivers[0] = (struct receiver){ANSWERS, 410, 0, 0};
    EXPECT(webhook_test(fixture.webhooks, &fixture.arena, &asker, &delivery, &fixture.err) ==
           STATUS_OK);
    EXPECT(delivery.status == DELIVERY_DEAD && str_equal_z(delivery.error, "gone"));
    EXPECT(delivery.attempt_list.count == 1);
    webhook = fixture_get(&fixture, &webhook);
    EXPECT(webhook.is_enabled && webhook.health.failures == 0);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM events") == 0);
    EXPECT(fixture_count(&fixture, AUDITED "'webhook.tested'") == 2);
    fixture_close(&fixture);
}

static void old_deliveries_that_are_over_go(void)
{
    int64_t removed = 0;
    fixture_open(&fixture);
    fixture_add(&fixture, 1, 0, "feedback.created", NULL);
    fixture_add(&fixture, 1, 1, "alert.opened", NULL);
    tell("feedback.created", 1, "{}");
    fixture_run(&fixture);
    fixture.now += 31 * DAY_US;
    tell("alert.opened", 1, "{}");
    fixture_run(&fixture);
    EXPECT(webhook_sweep(fixture.webhooks, 100, &removed, &fixture.err) == STATUS_OK);
    EXPECT(removed == 1);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM deliveries") == 1);
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM delivery_attempts") == 1);
    fixture_close(&fixture);
}

int main(void)
{
    RUN(an_event_goes_once_to_each_webhook_that_it_fits);
    RUN(where_the_router_is_outlives_it);
    RUN(without_webhooks_the_cursor_is_kept_once_a_second_at_most);
    RUN(a_disabled_webhook_gets_nothing_and_begins_anew_when_enabled);
    RUN(what_was_on_its_way_to_a_removed_webhook_ends_quietly);
    RUN(another_tenants_webhook_is_not_there);
    RUN(what_cannot_be_told_is_refused_where_it_is_typed);
    RUN(a_secret_is_sealed_where_it_lies);
    RUN(after_a_rotation_both_secrets_sign_for_a_day);
    RUN(a_range_replayed_twice_is_told_once_unless_asked_for);
    RUN(one_delivery_can_be_sent_again_under_its_id);
    RUN(a_test_says_what_happened_and_harms_nobody);
    RUN(old_deliveries_that_are_over_go);
    return 0;
}
