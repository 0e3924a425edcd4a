/* Callbacks of jobs: what signs them, and how they fare with places that fail, on a clock that is
 * moved. */
#include "action/webhook_callback.h"
#include "action/webhook_fixture_run.h"
#include "action/webhook_fixture_sign.h"
#include "store/store_callback.h"

static struct webhook_fixture fixture;

struct calling_back {
    struct event event;
    str url;
};

static enum status end_a_job(struct db_session *session, void *argument, struct error *err)
{
    struct calling_back *calling = argument;
    enum status status = store_add_event(session, &calling->event, err);
    return status == STATUS_OK
               ? webhook_put_callback(fixture.webhooks, session, &calling->event, calling->url, err)
               : status;
}

static void call_back(int64_t tenant_id, const char *url, int times)
{
    for (int i = 0; i < times; i++) {
        struct calling_back calling = {
            {.type = "job.completed", .tenant_id = tenant_id, .data = STR("{}")}, str_from_z(url)};
        EXPECT(db_write(store_db(fixture.store), end_a_job, &calling, &fixture.err) == STATUS_OK);
    }
}

static void a_jobs_callback_is_signed_with_the_tenants_own_secret(void)
{
    struct callback_asker asker = {1, "test", NULL};
    struct callback_secret secret, again;
    fixture_open(&fixture);
    call_back(1, "http://127.0.0.1/7", 1);
    fixture_run(&fixture);
    EXPECT(fixture.receivers[7].calls == 1);
    EXPECT(callback_secret_get(fixture.webhooks, &fixture.arena, &asker, &secret, &fixture.err) ==
           STATUS_OK);
    EXPECT(fixture_is_signed_with(&fixture, secret.secret) && str_is_absent(secret.previous));
    asker.rotation = &(struct webhook_rotation){.overlap_hours = 1};
    EXPECT(callback_secret_get(fixture.webhooks, &fixture.arena, &asker, &again, &fixture.err) ==
           STATUS_OK);
    EXPECT(!str_equal(again.secret, secret.secret) && str_equal(again.previous, secret.secret));
    asker = (struct callback_asker){2, "test", NULL};
    EXPECT(callback_secret_get(fixture.webhooks, &fixture.arena, &asker, &secret, &fixture.err) ==
           STATUS_OK);
    EXPECT(!str_equal(again.secret, secret.secret));
    EXPECT(fixture_count(&fixture, "SELECT COUNT(*) FROM audit_log"
                                   " WHERE action LIKE 'callback_secret.%'") == 3);
    fixture_close(&fixture);
}

static enum status read_place(struct db_session *session, void *argument, struct error *err)
{
    return store_get_callback_place(session, argument, err);
}

static struct callback_place place_of(int64_t tenant_id, const char *origin)
{
    struct callback_place place = {.tenant_id = tenant_id, .origin = str_from_z(origin)};
    EXPECT(db_read(store_db(fixture.store), DB_SHORT, read_place, &place, &fixture.err) ==
           STATUS_OK);
    return place;
}

#define DELIVERED "SELECT COUNT(*) FROM deliveries WHERE status = 'delivered'"
#define PLACES "SELECT COUNT(*) FROM callback_places"

static void after_five_failures_a_place_is_left_alone_and_nothing_is_lost(void)
{
    fixture_open(&fixture);
    fixture.receivers[7].behaviour = IS_DEAD;
    call_back(1, "http://127.0.0.1/7", 40);
    fixture_run(&fixture);
    size_t first = fixture.call_count; /* those that were in hand at once, and no more */
    EXPECT(first >= WEBHOOK_BREAKER && first < WEBHOOK_BREAKER + 16);
    struct callback_place place = place_of(1, "http://127.0.0.1");
    EXPECT(place.health.paused_until > fixture.now);
    call_back(1, "http://127.0.0.2/8", 3); /* another place */
    fixture_run_until(&fixture, place.health.paused_until - 1);
    EXPECT(fixture.receivers[8].calls == 3 && fixture.call_count == first + 3);

    fixture_run_until(&fixture, fixture.now + HOUR_US); /* one probe for each pause */
    EXPECT(fixture.call_count > first + 3 && fixture.call_count < first + 15);
    fixture.receivers[7].behaviour = TAKES;
    fixture_run_until(&fixture, fixture.now + DAY_US);
    EXPECT(fixture_count(&fixture, DELIVERED) == 43 && fixture_count(&fixture, PLACES) == 0);
    fixture_close(&fixture);
}

static void what_one_url_refuses_says_nothing_of_the_others(void)
{
    fixture_open(&fixture);
    fixture.receivers[6] = (struct receiver){ANSWERS, 404, 0, 0};
    call_back(1, "http://127.0.0.1/6", 20);
    fixture_run(&fixture);
    EXPECT(fixture.receivers[6].calls == 20 && fixture_count(&fixture, PLACES) == 0);
    call_back(1, "http://127.0.0.1/7", 5);
    fixture_run(&fixture);
    EXPECT(fixture.receivers[7].calls == 5 && fixture_count(&fixture, DELIVERED) == 5);
    fixture_close(&fixture);
}

static void the_places_of_tenants_are_their_own_and_are_forgotten_in_time(void)
{
    int64_t removed;
    fixture_open(&fixture);
    fixture.receivers[7].behaviour = IS_DEAD;
    call_back(1, "http://127.0.0.1/7", 20);
    fixture_run(&fixture);
    struct callback_place failing = place_of(1, "http://127.0.0.1");
    struct callback_place other = place_of(2, "http://127.0.0.1");
    EXPECT(!webhook_is_well(&failing.health) && webhook_is_well(&other.health));
    fixture.receivers[7].behaviour = TAKES;
    int64_t before = fixture.receivers[7].calls;
    call_back(2, "http://127.0.0.1/7", 2);
    fixture_run(&fixture);
    EXPECT(fixture.receivers[7].calls == before + 2 && fixture_count(&fixture, PLACES) == 1);
    fixture.now += 400 * DAY_US;
    EXPECT(webhook_sweep(fixture.webhooks, 1000, &removed, &fixture.err) == STATUS_OK);
    EXPECT(fixture_count(&fixture, PLACES) == 0);
    fixture_close(&fixture);
}

int main(void)
{
    RUN(a_jobs_callback_is_signed_with_the_tenants_own_secret);
    RUN(after_five_failures_a_place_is_left_alone_and_nothing_is_lost);
    RUN(what_one_url_refuses_says_nothing_of_the_others);
    RUN(the_places_of_tenants_are_their_own_and_are_forgotten_in_time);
    return 0;
}
