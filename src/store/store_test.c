/* The nouns over a real database file, and the proof that rollups stay exact. */
#include "base/clock.h"
#include "store/store_configuration.h"
#include "store/store_event.h"
#include "store/store_feedback.h"
#include "store/store_idempotency.h"
#include "store/store_key.h"
#include "store/store_rollup.h"
#include "store/store_stats.h"
#include "store/store_test_home.h"

#include <string.h>

static void write_now(db_work *work, void *argument)
{
    struct error err = {0};
    EXPECT(db_write(store_db(store), work, argument, &err) == STATUS_OK);
}

static void read_now(db_work *work, void *argument)
{
    struct error err = {0};
    EXPECT(db_read(store_db(store), DB_SHORT, work, argument, &err) == STATUS_OK);
}

/* A small generator of our own, so that a failing run can be repeated. */
static uint64_t dice = 88172645463325252u;

static uint64_t roll(uint64_t sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return dice % sides;
}

static const int64_t epoch = INT64_C(1790000000) * SECOND_US; /* 2026-09-21 */

static struct feedback random_feedback(void)
{
    static const char *const sources[] = {"web", "email", "survey"};
    static const char *const languages[] = {"en", "de", NULL};
    struct feedback item = {
        .tenant_id = TENANT_DEFAULT,
        .status = FEEDBACK_COMPLETED,
        .text = STR("some text"),
        .source = str_from_z(sources[roll(3)]),
        .language_code = str_from_z(languages[roll(3)]),
        .rating = FIELD_UNSET,
        .created_at = epoch + (int64_t)roll(5 * (uint64_t)DAY_US),
        .received_at = epoch,
    };
    struct analysis *analysis = &item.analysis;
    analysis->sentiment = (int)roll(SENTIMENT_COUNT);
    analysis->topic = (int)roll(TOPIC_COUNT);
    analysis->severity = (int)roll(SEVERITY_COUNT);
    analysis->band = (int)roll(BAND_COUNT);
    analysis->method = METHOD_ML_FALLBACK;
    analysis->needs_alert = analysis->is_alert_open = roll(4) == 0;
    analysis->confidence = 0.75;
    analysis->scores[analysis->sentiment] = 0.75;
    return item;
}

static enum status add(struct db_session *session, void *argument, struct error *err)
{
    return store_add_feedback(store, session, argument, err);
}

/* What the readers of these tests ask for, and get. */
struct query {
    int64_t id;
    struct feedback item;
    struct feedback_filter filter;
    struct feedback_page page;
    int64_t since, until;
    struct stats stats;
    struct recount recount;
};

static enum status get(struct db_session *session, void *argument, struct error *err)
{
    struct query *query = argument;
    return store_get_feedback(session, &arena, TENANT_DEFAULT, query->id, &query->item, err);
}

static void a_feedback_comes_back_as_it_was_kept(void)
{
    struct feedback in = random_feedback();
    in.text = STR("na\xc3\xafve \xf0\x9f\x98\x80 'quoted'; --");
    in.source_id = STR("s-1");
    in.customer.external_id = STR("c-1");
    in.metadata = STR("{\"a\":1}");
    in.analysis.summary = STR("naive");
    write_now(add, &in);

    struct query query = {.id = in.id};
    read_now(get, &query);
    const struct feedback *out = &query.item;
    EXPECT(str_equal(out->text, in.text) && str_equal(out->source, in.source));
    EXPECT(str_equal(out->source_id, in.source_id) && str_equal(out->metadata, in.metadata));
    EXPECT(str_equal(out->customer.external_id, STR("c-1")) && out->rating == FIELD_UNSET);
    EXPECT(out->created_at == in.created_at && str_is_absent(out->user_name));
    EXPECT(out->analysis.sentiment == in.analysis.sentiment && out->analysis.score == 0.75);
    EXPECT(str_equal(out->analysis.summary, STR("naive")));
}

static void the_same_source_id_is_a_conflict_that_changes_nothing(void)
{
    struct feedback first = random_feedback(), second = first;
    struct error err = {0};
    first.source_id = second.source_id = STR("twice");
    write_now(add, &first);
    EXPECT(db_write(store_db(store), add, &second, &err) == STATUS_CONFLICT);
    EXPECT(second.id == first.id);
}

static enum status list(struct db_session *session, void *argument, struct error *err)
{
    struct query *query = argument;
    return store_list_feedback(session, &arena, &query->filter, &query->page, err);
}

static void lists_go_on_where_they_stopped(void)
{
    struct query query = {.page = {.items = arena_array(&arena, struct feedback, 7)}};
    int64_t seen = 0, last_time = INT64_MAX, count = 0;
    for (int i = 0; i < 40; i++) {
        struct feedback item = random_feedback();
        item.created_at = epoch + (int64_t)roll(5); /* many at the same instant */
        write_now(add, &item);
    }
    fields_init(&feedback_filter_fields, &query.filter);
    query.filter.tenant_id = TENANT_DEFAULT;
    query.filter.until = epoch + 5;
    query.filter.limit = 7;
    do {
        read_now(list, &query);
        for (size_t i = 0; i < query.page.count; i++, count++) {
            const struct feedback *item = &query.page.items[i];
            EXPECT(item->created_at < last_time ||
                   (item->created_at == last_time && item->id < seen));
            last_time = query.page.before_time = item->created_at;
            seen = query.page.before_id = item->id;
        }
    } while (query.page.count == 7);
    EXPECT(count == 40);
}

static void filters_take_wildcards_as_they_are(void)
{
    struct query query = {.page = {.items = arena_array(&arena, struct feedback, 9)}};
    struct feedback item = random_feedback();
    item.text = STR("100% of _them_ FAIL");
    write_now(add, &item);
    fields_init(&feedback_filter_fields, &query.filter);
    query.filter.tenant_id = TENANT_DEFAULT;
    query.filter.limit = 9;
    query.filter.q = STR("100% OF _them");
    read_now(list, &query);
    EXPECT(query.page.count == 1 && query.page.items[0].id == item.id);
    query.filter.q = STR("1%f");
    read_now(list, &query);
    EXPECT(query.page.count == 0);
}

struct change {
    struct feedback *item;
    bool is_removal;
};

static enum status apply(struct db_session *session, void *argument, struct error *err)
{
    struct change *change = argument;
    if (change->is_removal)
        return store_delete_feedback(store, session, change->item, err);
    struct feedback after = *change->item;
    after.analysis.sentiment = (int)roll(SENTIMENT_COUNT);
    after.analysis.topic = (int)roll(TOPIC_COUNT);
    struct relabelling relabelling = {change->item, &after, {0}, STR("test"), epoch};
    enum status status = store_correct_feedback(store, session, &relabelling, err);
    *change->item = after;
    return status;
}

enum {
    MANY = 400
};

static struct feedback kept[MANY];
static size_t kept_count;

/* Inserts, corrections and removals at random; what is left stands in `kept`. */
static void shake(void)
{
    for (int step = 0; step < 3 * MANY; step++) {
        uint64_t which = roll(6);
        if (which < 3 && kept_count < MANY) {
            kept[kept_count] = random_feedback();
            write_now(add, &kept[kept_count++]);
        } else if (kept_count > 0) {
            size_t at = (size_t)roll(kept_count);
            struct change change = {&kept[at], which == 3};
            write_now(apply, &change);
            if (change.is_removal)
                kept[at] = kept[--kept_count];
        }
    }
}

static enum status recount(struct db_session *session, void *argument, struct error *err)
{
    return store_recount(session, &((struct query *)argument)->recount, err);
}

static void rollups_stay_exact_through_random_changes(void)
{
    struct query query = {.id = 0};
    shake();
    read_now(recount, &query);
    EXPECT(query.recount.cells > 1000 && query.recount.wrong == 0);
}

static enum status spoil(struct db_session *session, void *argument, struct error *err)
{
    struct db_statement *s = db_prepare(session, "UPDATE rollups SET n = n + 1 WHERE bucket = $1");
    (void)argument;
    db_bind_integer(s, 1, clock_floor(kept[0].created_at, DAY_US));
    return db_run(s, NULL, err);
}

static void a_recount_finds_and_mends_what_is_wrong(void)
{
    struct query query = {.id = 0};
    write_now(spoil, NULL);
    read_now(recount, &query);
    EXPECT(query.recount.wrong > 0);
    query.recount.is_repair = true;
    write_now(recount, &query);
    query.recount.is_repair = false;
    read_now(recount, &query);
    EXPECT(query.recount.wrong == 0);
}

static enum status stats(struct db_session *session, void *argument, struct error *err)
{
    struct query *query = argument;
    struct stats_query range = {TENANT_DEFAULT, query->since, query->until};
    return store_get_stats(session, &arena, &range, &query->stats, err);
}

static enum status all_feedback(struct db_session *session, void *argument, struct error *err)
{
    struct query *query = argument;
    struct db_statement *s =
        db_prepare(session, "SELECT COUNT(*), SUM(CASE WHEN topic = 'bug' THEN 1 ELSE 0 END)"
                            " FROM feedback WHERE created_at >= $1 AND created_at < $2");
    db_bind_integer(s, 1, query->since);
    db_bind_integer(s, 2, query->until);
    EXPECT(db_row(s));
    query->id = db_integer(s, 0);
    query->recount.cells = db_integer(s, 1);
    return db_end(s, err);
}

/* Ranges of every kind: within an hour, across hours, across days, ending on the dot or anywhere.
 */
static void stats_are_exact_for_any_range(void)
{
    static const int64_t units[] = {1, SECOND_US, HOUR_US, DAY_US};
    for (int i = 0; i < 600; i++) {
        int64_t unit = units[roll(4)];
        int64_t a = epoch + (int64_t)roll(6 * (uint64_t)DAY_US) / unit * unit;
        int64_t b = a + (int64_t)roll(roll(2) == 0 ? (uint64_t)HOUR_US : 6 * (uint64_t)DAY_US);
        struct query query = {.since = a, .until = b};
        read_now(stats, &query);
        read_now(all_feedback, &query);
        EXPECT(query.stats.total == query.id);
        EXPECT(query.stats.topic[TOPIC_BUG] == query.recount.cells);
        int64_t by_source = 0;
        for (size_t k = 0; k < query.stats.source_count; k++)
            by_source += query.stats.sources[k].count;
        EXPECT(by_source == query.stats.total);
        EXPECT(query.stats.alerts_open == query.stats.alerts_triggered);
    }
}

static enum status audit(struct db_session *session, void *argument, struct error *err)
{
    struct audit_entry entry = {TENANT_DEFAULT, STR("test"), "thing.changed", STR("thing"),
                                STR("{}")};
    (void)argument;
    enum status status = store_add_audit(session, &entry, err);
    return status == STATUS_OK ? store_add_audit(session, &entry, err) : status;
}

static enum status tamper(struct db_session *session, void *argument, struct error *err)
{
    (void)argument;
    return db_run(db_prepare(session, "UPDATE audit_log SET actor = 'nobody' WHERE id = 2"), NULL,
                  err);
}

static enum status check_audit(struct db_session *session, void *argument, struct error *err)
{
    return store_check_audit(session, argument, err);
}

static void the_audit_chain_shows_a_change(void)
{
    struct audit_check check;
    write_now(audit, NULL);
    write_now(audit, NULL);
    read_now(check_audit, &check);
    EXPECT(check.entries == 4 && check.broken_at == 0);
    write_now(tamper, NULL);
    read_now(check_audit, &check);
    EXPECT(check.broken_at == 2);
}

static enum status keep_answer(struct db_session *session, void *argument, struct error *err)
{
    return store_keep_answer(session, argument, err);
}

static enum status find_answer(struct db_session *session, void *argument, struct error *err)
{
    return store_find_answer(session, &arena, argument, err);
}

static void an_answer_is_kept_under_its_key(void)
{
    struct kept_answer answer = {TENANT_DEFAULT, STR("k1"), STR("f1"), 201, STR("{}")}, other;
    struct db *db = store_db(store);
    EXPECT(db_read(db, DB_SHORT, find_answer, &answer, NULL) == STATUS_NOT_FOUND);
    write_now(keep_answer, &answer);
    other = (struct kept_answer){
        .tenant_id = TENANT_DEFAULT, .key = STR("k1"), .fingerprint = STR("f1")};
    read_now(find_answer, &other);
    EXPECT(other.http_status == 201 && str_equal(other.body, STR("{}")));
    other.fingerprint = STR("f2");
    EXPECT(db_read(db, DB_SHORT, find_answer, &other, NULL) == STATUS_CONFLICT);
    other.tenant_id = 2;
    EXPECT(db_read(db, DB_SHORT, find_answer, &other, NULL) == STATUS_NOT_FOUND);
}

static enum status put_configuration(struct db_session *session, void *argument, struct error *err)
{
    return store_put_configuration(session, TENANT_DEFAULT, STR("alert.on_mixed"),
                                   *(const str *)argument, err);
}

static enum status get_configuration(struct db_session *session, void *argument, struct error *err)
{
    return store_get_configuration(session, &arena, TENANT_DEFAULT, argument, err);
}

static void a_configuration_overrides_its_default_until_reset(void)
{
    struct configuration configuration;
    str off = STR("false"), nothing = {0}, unreadable = STR("\"yes\"");
    write_now(put_configuration, &off);
    read_now(get_configuration, &configuration);
    EXPECT(!configuration.alert_on_mixed);
    write_now(put_configuration, &unreadable);
    read_now(get_configuration, &configuration);
    EXPECT(configuration.alert_on_mixed);
    write_now(put_configuration, &off);
    write_now(put_configuration, &nothing);
    read_now(get_configuration, &configuration);
    EXPECT(configuration.alert_on_mixed);
}

int main(void)
{
    open_store();
    RUN(a_feedback_comes_back_as_it_was_kept);
    RUN(the_same_source_id_is_a_conflict_that_changes_nothing);
    RUN(lists_go_on_where_they_stopped);
    RUN(filters_take_wildcards_as_they_are);
    RUN(rollups_stay_exact_through_random_changes);
    RUN(a_recount_finds_and_mends_what_is_wrong);
    RUN(stats_are_exact_for_any_range);
    RUN(the_audit_chain_shows_a_change);
    RUN(an_answer_is_kept_under_its_key);
    RUN(a_configuration_overrides_its_default_until_reset);
    close_store();
    arena_reset(&arena);
    return 0;
}
