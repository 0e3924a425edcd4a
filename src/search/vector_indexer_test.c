/* The embedder is one of the test's own: it fails, is out of budget, and changes on command. */
#include "search/vector_indexer.h"

#include "search/search_test_home.h"
#include "store/store_search.h"

#include <string.h>

enum {
    MOST_SEEN = 4096
};

static struct vector_indexer *indexer;

static struct fake {
    struct embedder door;    /* first */
    const char *name;        /* of what it makes */
    const char *known;       /* of what it has made since it was opened; NULL: nothing */
    enum status status;      /* of what it is asked */
    int64_t poor_tenant;     /* is out of budget */
    const char *unspeakable; /* a text that holds it fails so */
    enum status unspeakable_status;
    size_t most; /* texts at once; 0: any */
    int calls, texts;
    size_t largest;
} fake;

static bool holds_unspeakable(const struct embedding *embedding)
{
    for (size_t i = 0; fake.unspeakable != NULL && i < embedding->count; i++)
        if (str_find_str(embedding->texts[i], str_from_z(fake.unspeakable)) != STR_NONE)
            return true;
    return false;
}

static enum status fake_embed(struct embedder *door, struct embedding *embedding, struct error *err)
{
    (void)door;
    fake.calls++;
    fake.largest = embedding->count > fake.largest ? embedding->count : fake.largest;
    if (fake.status != STATUS_OK)
        return fail(err, fake.status, "as it was told to");
    if (embedding->tenant_id == fake.poor_tenant)
        return fail(err, STATUS_FULL, "the budget is used up");
    if (fake.most > 0 && embedding->count > fake.most)
        return fail(err, STATUS_TIMED_OUT, "too many");
    if (holds_unspeakable(embedding))
        return fail(err, fake.unspeakable_status, "not this text");
    for (size_t i = 0; i < embedding->count; i++) {
        embedding->vectors[i] = (struct vector){{(int16_t)embedding->texts[i].length, VECTOR_ONE}};
        fake.texts++;
    }
    fake.known = fake.name;
    snprintf(embedding->name, sizeof embedding->name, "%s", fake.name);
    return STATUS_OK;
}

static bool fake_makes(struct embedder *door, str name)
{
    (void)door;
    return fake.known != NULL ? str_equal_z(name, fake.known) : str_starts_with(name, STR("fake/"));
}

static enum status add(struct db_session *session, void *argument, struct error *err)
{
    return store_add_feedback(store, session, argument, err);
}

static int64_t say(int64_t tenant_id, const char *text)
{
    struct feedback item = home_feedback(tenant_id, text);
    EXPECT(db_write(store_db(store), add, &item, NULL) == STATUS_OK);
    return item.id;
}

static void say_many(int64_t tenant_id, int count)
{
    for (int i = 0; i < count; i++)
        say(tenant_id, str_z(&arena, str_format(&arena, "This is text %d of them.", i)));
}

/* What a tenant has by the fake's name. */
struct seen {
    int64_t tenant_id, ids[MOST_SEEN];
    size_t count;
};

static void see(void *context, int64_t feedback_id, const int16_t *values)
{
    struct seen *seen = context;
    EXPECT(values[1] == VECTOR_ONE && seen->count < MOST_SEEN);
    seen->ids[seen->count++] = feedback_id;
}

static enum status look(struct db_session *session, void *argument, struct error *err)
{
    struct seen *seen = argument;
    struct vector_reading reading = {.tenant_id = seen->tenant_id,
                                     .until = INT64_MAX,
                                     .model = str_from_z(fake.name),
                                     .take = see,
                                     .context = seen};
    return store_read_vectors(session, &reading, err);
}

static size_t count_vectors(int64_t tenant_id)
{
    static struct seen seen;
    seen = (struct seen){.tenant_id = tenant_id};
    EXPECT(db_read(store_db(store), DB_SHORT, look, &seen, NULL) == STATUS_OK);
    return seen.count;
}

struct lag {
    int64_t tenant_id, vectors;
};

static enum status find_lag(struct db_session *session, void *argument, struct error *err)
{
    struct lag *lag = argument;
    return store_find_lag(session, lag->tenant_id, &lag->vectors, err);
}

static int64_t lag_of(int64_t tenant_id)
{
    struct lag lag = {tenant_id, 0};
    EXPECT(db_read(store_db(store), DB_SHORT, find_lag, &lag, NULL) == STATUS_OK);
    return lag.vectors;
}

/* Steps until it waits, or fails. */
static enum status index_all(int64_t *wait_us)
{
    enum status status = STATUS_OK;
    struct error err = {0};
    *wait_us = 0;
    for (int i = 0; status == STATUS_OK && *wait_us == 0; i++) {
        EXPECT(i < 1000);
        status = vector_indexer_step(indexer, wait_us, &err);
    }
    return status;
}

static void open_again(void)
{
    vector_indexer_close(indexer);
    fake.known = NULL;
    indexer = vector_indexer_open(store, &fake.door);
}

static void all_of_them_get_a_vector_in_batches(void)
{
    int64_t wait_us;
    EXPECT(index_all(&wait_us) == STATUS_OK && fake.calls == 0 && wait_us == SECOND_US);
    say_many(1, 200);
    EXPECT(index_all(&wait_us) == STATUS_OK && wait_us == SECOND_US);
    EXPECT(count_vectors(1) == 200 && fake.texts == 200 && fake.calls == 4 && fake.largest == 64);
    say_many(1, 3);
    open_again();
    EXPECT(index_all(&wait_us) == STATUS_OK && count_vectors(1) == 203 && fake.texts == 203);
}

static void texts_of_one_tenant_are_asked_for_together(void)
{
    int64_t wait_us;
    for (int i = 0; i < 30; i++)
        say_many(1 + i % 3, 1);
    EXPECT(index_all(&wait_us) == STATUS_OK && fake.calls == 3 && fake.texts == 30);
    EXPECT(count_vectors(1) == 10 && count_vectors(2) == 10 && count_vectors(3) == 10);
}

static void what_fails_is_asked_for_again_with_growing_pauses_and_fewer_texts(void)
{
    int64_t wait_us;
    say_many(1, 100);
    fake.status = STATUS_UNAVAILABLE;
    for (int64_t pause = SECOND_US; pause < 300 * SECOND_US; pause *= 2)
        EXPECT(index_all(&wait_us) == STATUS_UNAVAILABLE && wait_us == pause);
    EXPECT(index_all(&wait_us) == STATUS_UNAVAILABLE && wait_us == 300 * SECOND_US);
    EXPECT(count_vectors(1) == 0);
    fake.status = STATUS_OK;
    fake.largest = 0;
    EXPECT(index_all(&wait_us) == STATUS_OK && wait_us == SECOND_US && count_vectors(1) == 100);
    EXPECT(fake.largest > 1); /* it takes more again as it goes well */
}

static void a_provider_that_takes_few_gets_few(void)
{
    int64_t wait_us;
    say_many(1, 100);
    fake.most = 10;
    for (int i = 0; i < 60 && count_vectors(1) < 100; i++)
        (void)!index_all(&wait_us);
    EXPECT(count_vectors(1) == 100 && fake.texts == 100);
}

static void a_text_that_is_not_taken_goes_without(void)
{
    int64_t wait_us;
    say_many(1, 20);
    say(1, "this is unspeakable");
    say_many(1, 20);
    say(1, "this is unspeakable, too");
    fake.unspeakable = "unspeakable";
    fake.unspeakable_status = STATUS_INVALID;
    EXPECT(index_all(&wait_us) == STATUS_OK && wait_us == SECOND_US);
    EXPECT(count_vectors(1) == 40);
    int calls = fake.calls;
    say(1, "one more");
    EXPECT(index_all(&wait_us) == STATUS_OK && count_vectors(1) == 41 && fake.calls == calls + 1);
}

static void a_text_that_breaks_the_provider_goes_without_in_the_end(void)
{
    int64_t wait_us;
    int steps = 0;
    say_many(1, 5);
    say(1, "this is unspeakable");
    say_many(1, 5);
    fake.unspeakable = "unspeakable";
    fake.unspeakable_status = STATUS_UNAVAILABLE;
    for (; steps < 30 && count_vectors(1) < 10; steps++)
        (void)!index_all(&wait_us);
    EXPECT(count_vectors(1) == 10 && steps > 5);
}

static void where_no_text_is_taken_none_is_passed_over(void)
{
    int64_t wait_us;
    say_many(1, 10);
    fake.unspeakable = "";
    fake.unspeakable_status = STATUS_INVALID;
    for (int i = 0; i < 20; i++)
        EXPECT(index_all(&wait_us) == STATUS_UNAVAILABLE);
    fake.unspeakable = NULL;
    EXPECT(index_all(&wait_us) == STATUS_OK && count_vectors(1) == 10);
}

static void a_long_text_is_taken_by_its_beginning(void)
{
    int64_t wait_us;
    struct buf text;
    buf_init(&text, &arena, 8192);
    for (int i = 0; i < 1200; i++)
        buf_add(&text, STR("word "));
    buf_add(&text, STR("unspeakable"));
    say(1, str_z(&arena, buf_str(&text)));
    fake.unspeakable = "unspeakable";
    fake.unspeakable_status = STATUS_INVALID;
    EXPECT(index_all(&wait_us) == STATUS_OK && count_vectors(1) == 1 && fake.calls == 2);
}

/* Its pause is a minute: an indexer that is opened anew knows nothing of it. */
static void who_is_out_of_budget_falls_behind_alone(void)
{
    int64_t wait_us;
    say_many(1, 10);
    say_many(2, 10);
    EXPECT(index_all(&wait_us) == STATUS_OK);
    fake.poor_tenant = 2;
    for (int i = 0; i < 100; i++)
        say_many(1 + i % 2, 1);
    EXPECT(index_all(&wait_us) == STATUS_OK && wait_us == SECOND_US);
    EXPECT(count_vectors(1) == 60 && count_vectors(2) == 10);
    EXPECT(lag_of(1) == -1 && lag_of(2) == 20);
    int calls = fake.calls;
    say_many(1, 1);
    EXPECT(index_all(&wait_us) == STATUS_OK && fake.calls == calls + 1 && count_vectors(1) == 61);
    fake.poor_tenant = 0;
    EXPECT(index_all(&wait_us) == STATUS_OK && count_vectors(2) == 10); /* its time has not come */
    int texts = fake.texts;
    open_again();
    EXPECT(index_all(&wait_us) == STATUS_OK && count_vectors(2) == 60 && lag_of(2) == -1);
    EXPECT(fake.texts == texts + 50);
    say_many(2, 1);
    EXPECT(index_all(&wait_us) == STATUS_OK && count_vectors(2) == 61);
}

static void who_is_out_of_budget_from_the_first_on_holds_nobody_up(void)
{
    int64_t wait_us;
    fake.poor_tenant = 2;
    say_many(2, 150); /* more than two batches before anybody else */
    EXPECT(index_all(&wait_us) == STATUS_OK && wait_us == SECOND_US && fake.calls == 1);
    say_many(1, 5);
    EXPECT(index_all(&wait_us) == STATUS_OK && wait_us == SECOND_US);
    EXPECT(count_vectors(1) == 5 && count_vectors(2) == 0 && lag_of(2) == 0);
    fake.poor_tenant = 0;
    open_again();
    EXPECT(index_all(&wait_us) == STATUS_OK && count_vectors(2) == 150 && lag_of(2) == -1);
    EXPECT(fake.texts == 155);
}

static void another_name_makes_all_of_them_anew(void)
{
    int64_t wait_us;
    say_many(1, 100);
    EXPECT(index_all(&wait_us) == STATUS_OK && count_vectors(1) == 100);
    fake.name = "fake/7>2"; /* behind the back of the indexer */
    say_many(1, 1);
    EXPECT(index_all(&wait_us) == STATUS_UNAVAILABLE && count_vectors(1) == 0);
    EXPECT(index_all(&wait_us) == STATUS_OK && count_vectors(1) == 101);
    fake.name = "fake/9>2";
    open_again(); /* and while nobody looked */
    say_many(1, 1);
    for (int i = 0; i < 3 && count_vectors(1) < 102; i++)
        (void)!index_all(&wait_us);
    EXPECT(count_vectors(1) == 102);
}

static void who_lags_begins_anew_with_the_others(void)
{
    int64_t wait_us;
    say_many(1, 10);
    EXPECT(index_all(&wait_us) == STATUS_OK);
    fake.poor_tenant = 2;
    say_many(2, 10);
    EXPECT(index_all(&wait_us) == STATUS_OK && lag_of(2) == 10);
    fake.poor_tenant = 0;
    fake.name = "fake/7>2";
    open_again();
    for (int i = 0; i < 4; i++)
        (void)!index_all(&wait_us);
    EXPECT(count_vectors(1) == 10 && count_vectors(2) == 10 && lag_of(2) == -1);
}

static void with_store(void (*test)(void))
{
    open_home();
    fake = (struct fake){.door = {true, fake_embed, fake_makes, NULL}, .name = "fake/2"};
    indexer = vector_indexer_open(store, &fake.door);
    test();
    vector_indexer_close(indexer);
    close_home();
}

#define RUN_STORE(test) (with_store(test), printf("ok %s\n", #test))

int main(void)
{
    RUN_STORE(all_of_them_get_a_vector_in_batches);
    RUN_STORE(texts_of_one_tenant_are_asked_for_together);
    RUN_STORE(what_fails_is_asked_for_again_with_growing_pauses_and_fewer_texts);
    RUN_STORE(a_provider_that_takes_few_gets_few);
    RUN_STORE(a_text_that_is_not_taken_goes_without);
    RUN_STORE(a_text_that_breaks_the_provider_goes_without_in_the_end);
    RUN_STORE(where_no_text_is_taken_none_is_passed_over);
    RUN_STORE(a_long_text_is_taken_by_its_beginning);
    RUN_STORE(who_is_out_of_budget_falls_behind_alone);
    RUN_STORE(who_is_out_of_budget_from_the_first_on_holds_nobody_up);
    RUN_STORE(another_name_makes_all_of_them_anew);
    RUN_STORE(who_lags_begins_anew_with_the_others);
    return 0;
}
