/* What a database of an older Hark holds is all there, under the same numbers, in a new one. */
#include "base/uuid.h"
#include "store/migrations.h"
#include "store/store_event.h"
#include "store/store_test_home.h"

enum {
    BEFORE_CHEAPER_EVENTS = 12, /* migrations */
    ADDED = 5,
    REMOVED = 3,
    ROOM = 10
};

static enum status add_event(struct db_session *session, void *argument, struct error *err)
{
    struct event *event = argument;
    *event = (struct event){
        .type = "feedback.created", .tenant_id = 1, .subject = 7, .data = STR("{\"id\":7}")};
    return store_add_event(session, event, err);
}

static enum status remove_old_events(struct db_session *session, void *argument, struct error *err)
{
    return store_remove_events(session, INT64_MAX, REMOVED, argument, err);
}

static enum status remove_all_events(struct db_session *session, void *argument, struct error *err)
{
    return store_remove_events(session, INT64_MAX, ROOM, argument, err);
}

static enum status list_events(struct db_session *session, void *argument, struct error *err)
{
    return store_list_events(session, &arena, argument, err);
}

/* Leaves the events with the numbers after REMOVED. */
static void make_older_database(str url)
{
    struct db *db = NULL;
    struct db_options options = {.url = url};
    struct event event;
    int64_t removed = 0;
    EXPECT(db_open(&db, &options, NULL) == STATUS_OK);
    EXPECT(db_migrate(db, migrations, BEFORE_CHEAPER_EVENTS, NULL, NULL) == STATUS_OK);
    for (int i = 0; i < ADDED; i++)
        EXPECT(db_write(db, add_event, &event, NULL) == STATUS_OK && event.seq == i + 1);
    EXPECT(db_write(db, remove_old_events, &removed, NULL) == STATUS_OK && removed == REMOVED);
    db_close(db);
}

static void events_keep_their_numbers(void)
{
    struct event items[ROOM], event;
    struct event_page page = {.tenant_id = 1, .items = items, .room = ROOM};
    EXPECT(db_read(store_db(store), DB_SHORT, list_events, &page, NULL) == STATUS_OK);
    EXPECT(page.count == ADDED - REMOVED && items[0].seq == REMOVED + 1);
    EXPECT(items[1].seq == ADDED && items[1].subject == 7 && items[1].created_at > 0);
    EXPECT(uuid_is_valid(items[1].id) && str_equal_z(items[1].data, "{\"id\":7}"));
    EXPECT(db_write(store_db(store), add_event, &event, NULL) == STATUS_OK);
    EXPECT(event.seq == ADDED + 1);
}

static void no_number_of_an_event_is_given_twice(void)
{
    struct event event;
    int64_t removed = 0;
    EXPECT(db_write(store_db(store), remove_all_events, &removed, NULL) == STATUS_OK);
    EXPECT(removed == ADDED - REMOVED); /* all but the newest */
    EXPECT(db_write(store_db(store), add_event, &event, NULL) == STATUS_OK);
    EXPECT(event.seq == ADDED + 2);
}

int main(void)
{
    EXPECT(mkdtemp(folder) != NULL);
    str url = str_format(&arena, "sqlite:%s/test.db", folder);
    make_older_database(url);
    EXPECT(store_open(&store, url, NULL) == STATUS_OK);
    RUN(events_keep_their_numbers);
    RUN(no_number_of_an_event_is_given_twice);
    EXPECT(db_check(store_db(store), NULL) == STATUS_OK);
    close_store();
    arena_reset(&arena);
    return EXIT_SUCCESS;
}
