/* Run from the top of the repository: the shipped word vectors are used. */
#include "search/similar_topic.h"

#include "search/search_test_home.h"

#include <math.h>

static struct search *search;

struct adding {
    struct feedback item;
    int corrected_topic; /* LABEL_NONE: nobody corrected it */
};

static enum status add(struct db_session *session, void *argument, struct error *err)
{
    struct adding *adding = argument;
    enum status status = store_add_feedback(store, session, &adding->item, err);
    if (status != STATUS_OK || adding->corrected_topic == LABEL_NONE)
        return status;
    struct feedback after = adding->item;
    struct relabelling change = {&adding->item, &after, {0}, STR("owner"), clock_now_us()};
    after.analysis.topic = adding->corrected_topic;
    return store_correct_feedback(store, session, &change, err);
}

static int64_t say(int64_t tenant_id, const char *text, int method, int topic, int corrected_topic)
{
    struct adding adding = {home_feedback(tenant_id, text), corrected_topic};
    adding.item.analysis =
        (struct analysis){.method = method, .topic = topic, .sentiment = SENTIMENT_NEGATIVE};
    EXPECT(db_write(store_db(store), add, &adding, NULL) == STATUS_OK);
    return adding.item.id;
}

/* A search indexes what is new first. */
static void index_all(void)
{
    struct search_query query = {.filter.tenant_id = TENANT_DEFAULT,
                                 .query = STR("anything"),
                                 .mode = SEARCH_VECTORS,
                                 .limit = 1,
                                 .min_score = (double)NAN};
    struct search_meaning meaning;
    struct search_result result;
    search_understand(search, &query, 0, &meaning);
    EXPECT(search_run(search, &arena, &query, &meaning, &result, NULL) == STATUS_OK &&
           result.pending == 0);
}

static struct similar_topic look(const char *text, double least)
{
    struct similar_topic similar = {
        .tenant_id = TENANT_DEFAULT, .text = str_from_z(text), .least_likeness = least};
    index_all();
    EXPECT(search_similar_topic(search, &similar, NULL) == STATUS_OK);
    return similar;
}

static void finds_the_topic_of_what_is_most_alike(void)
{
    say(TENANT_DEFAULT, "I was charged twice for the same month.", METHOD_AI, TOPIC_BILLING,
        LABEL_NONE);
    int64_t crash = say(TENANT_DEFAULT, "The app crashes when I open the camera.", METHOD_CACHE,
                        TOPIC_BUG, LABEL_NONE);
    struct similar_topic found = look("The app always crashes when I open the camera", 0.8);
    EXPECT(found.topic == TOPIC_BUG && found.feedback_id == crash);
    EXPECT(found.likeness >= 0.8 && found.likeness <= 1.01);
}

static void what_is_not_alike_enough_has_none(void)
{
    say(TENANT_DEFAULT, "I was charged twice for the same month.", METHOD_AI, TOPIC_BILLING,
        LABEL_NONE);
    EXPECT(look("The waiter was rude and the food was cold.", 0.8).topic == LABEL_NONE);
    EXPECT(look("?!", 0.8).topic == LABEL_NONE);
}

static void what_the_local_model_said_is_not_reused(void)
{
    say(TENANT_DEFAULT, "I was charged twice for the same month.", METHOD_ML_FALLBACK,
        TOPIC_PERFORMANCE, LABEL_NONE);
    EXPECT(look("I was charged twice for the same month", 0.8).topic == LABEL_NONE);
}

static void what_a_person_said_is_reused(void)
{
    say(TENANT_DEFAULT, "I was charged twice for the same month.", METHOD_ML_FALLBACK,
        TOPIC_PERFORMANCE, TOPIC_BILLING);
    EXPECT(look("I was charged twice for the same month", 0.8).topic == TOPIC_BILLING);
}

static void anothers_are_never_found(void)
{
    say(TENANT_DEFAULT + 1, "I was charged twice for the same month.", METHOD_AI, TOPIC_BILLING,
        LABEL_NONE);
    EXPECT(look("I was charged twice for the same month", 0.8).topic == LABEL_NONE);
}

static void with_store(void (*test)(void))
{
    open_home();
    search = search_open(&(struct search_options){
        .store = store, .vectors_path = "models/hark-vectors.bin", .most_vectors = 1000});
    test();
    search_close(search);
    close_home();
}

#define RUN_STORE(test) (with_store(test), printf("ok %s\n", #test))

int main(void)
{
    RUN_STORE(finds_the_topic_of_what_is_most_alike);
    RUN_STORE(what_is_not_alike_enough_has_none);
    RUN_STORE(what_the_local_model_said_is_not_reused);
    RUN_STORE(what_a_person_said_is_reused);
    RUN_STORE(anothers_are_never_found);
    return 0;
}
