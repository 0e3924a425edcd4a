#include "event/event_filter.h"

#include "base/test.h"

#include <string.h>

static struct arena arena;

static const struct json *json_of(const char *text)
{
    const struct json *value;
    EXPECT(json_parse(&arena, str_from_z(text), &value, NULL) == STATUS_OK);
    return value;
}

static enum status make(struct event_filter **filter, const char *types, const char *fields,
                        struct error *err)
{
    return event_filter_make(filter, &arena, str_from_z(types),
                             fields == NULL ? NULL : json_of(fields), err);
}

static bool fits(const char *types, const char *fields, const char *type, const char *data)
{
    struct event_filter *filter = NULL;
    struct error err;
    EXPECT(make(&filter, types, fields, &err) == STATUS_OK);
    struct event event = {.type = type, .data = str_from_z(data)};
    bool does = event_fits(filter, &event);

    struct event_facts facts;
    event_read_facts(&facts, &arena, &event);
    EXPECT(event_facts_fit(filter, &facts) == does);
    return does;
}

static const char data[] = "{\"id\":7,\"sentiment\":\"negative\",\"severity\":\"critical\","
                           "\"share\":0.5,\"vip\":true,\"plan\":null,\"tags\":[\"a\"]}";

static void a_filter_that_asks_nothing_takes_all(void)
{
    EXPECT(fits(NULL, NULL, "feedback.created", data));
    EXPECT(fits("*", "{}", "alert.opened", "{}"));
    EXPECT(fits(NULL, "null", "alert.opened", "{}"));
    EXPECT(fits(NULL, NULL, "of.another.version", "{}"));
}

static void types_are_taken_by_name_or_by_their_beginning(void)
{
    EXPECT(fits("feedback.created", NULL, "feedback.created", data));
    EXPECT(!fits("feedback.created", NULL, "feedback.analyzed", data));
    EXPECT(fits("alert.opened, feedback.*", NULL, "feedback.analyzed", data));
    EXPECT(fits("alert.opened,feedback.*", NULL, "alert.opened", data));
    EXPECT(!fits("alert.opened,feedback.*", NULL, "alert.unmade", data));
    EXPECT(!fits("feedback.*", NULL, "of.another.version", data));
}

static void a_field_fits_any_of_its_values(void)
{
    EXPECT(fits(NULL, "{\"sentiment\":\"negative\"}", "feedback.created", data));
    EXPECT(fits(NULL, "{\"sentiment\":[\"mixed\",\"negative\"]}", "feedback.created", data));
    EXPECT(!fits(NULL, "{\"sentiment\":[\"mixed\",\"positive\"]}", "feedback.created", data));
    EXPECT(!fits(NULL, "{\"sentiment\":\"Negative\"}", "feedback.created", data));
}

static void all_fields_named_must_fit(void)
{
    EXPECT(fits(NULL, "{\"sentiment\":\"negative\",\"severity\":[\"high\",\"critical\"]}",
                "feedback.created", data));
    EXPECT(
        !fits(NULL, "{\"sentiment\":\"negative\",\"severity\":\"low\"}", "feedback.created", data));
    EXPECT(!fits(NULL, "{\"sentiment\":\"negative\",\"absent\":\"x\"}", "feedback.created", data));
    EXPECT(!fits("alert.*", "{\"sentiment\":\"negative\"}", "feedback.created", data));
}

static void numbers_and_truths_are_compared_as_what_they_are(void)
{
    EXPECT(fits(NULL, "{\"id\":7}", "feedback.created", data));
    EXPECT(fits(NULL, "{\"id\":7.0}", "feedback.created", data));
    EXPECT(!fits(NULL, "{\"id\":\"7\"}", "feedback.created", data));
    EXPECT(fits(NULL, "{\"share\":0.5}", "feedback.created", data));
    EXPECT(!fits(NULL, "{\"share\":1}", "feedback.created", data));
    EXPECT(fits(NULL, "{\"vip\":true}", "feedback.created", data));
    EXPECT(!fits(NULL, "{\"vip\":[false,1]}", "feedback.created", data));
    EXPECT(!fits(NULL, "{\"plan\":\"null\"}", "feedback.created", data));
    EXPECT(!fits(NULL, "{\"tags\":\"a\"}", "feedback.created", data));
}

static void data_that_is_no_object_fits_no_field(void)
{
    EXPECT(!fits(NULL, "{\"id\":7}", "feedback.created", "[]"));
    EXPECT(!fits(NULL, "{\"id\":7}", "feedback.created", "{"));
    EXPECT(fits(NULL, NULL, "feedback.created", "{"));
}

static void refuses(const char *types, const char *fields, const char *field, const char *why)
{
    struct event_filter *filter = NULL;
    struct error err;
    EXPECT(make(&filter, types, fields, &err) == STATUS_INVALID);
    EXPECT(filter == NULL);
    EXPECT(strcmp(err.field, field) == 0);
    EXPECT(strstr(err.message, why) != NULL);
}

static void says_which_rule_is_broken(void)
{
    refuses("feedback.creted", NULL, "#/types", "'feedback.creted' is none");
    refuses("feedback.created,", NULL, "#/types", "'' is none");
    refuses("", NULL, "#/types", "'' is none");
    refuses("feedback*", NULL, "#/types", "'feedback*' is none");
    refuses(".*", NULL, "#/types", "'.*' is none");
    refuses("fruit.*", NULL, "#/types", "'fruit.*' is none");
    refuses(NULL, "[]", "#/filter", "must be an object, not an array");
    refuses(NULL, "{\"a\":{\"b\":1}}", "#/filter", "not with an object");
    refuses(NULL, "{\"a\":[[1]]}", "#/filter", "not with an array");
    refuses(NULL, "{\"a\":null}", "#/filter", "not with null");
    refuses(NULL, "{\"a\":[]}", "#/filter", "1 to 20 values");
    refuses(NULL, "{\"a\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21]}", "#/filter",
            "1 to 20 values");
    refuses(NULL, "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1}",
            "#/filter", "more than 8 fields");
    refuses(NULL, "{\"\":1}", "#/filter", "name fields");
}

static void a_long_text_is_refused(void)
{
    char fields[512] = "{\"a\":\"";
    memset(fields + 6, 'x', EVENT_FILTER_MAX_TEXT + 1);
    strncat(fields, "\"}", 3);
    refuses(NULL, fields, "#/filter", "more than 200 bytes");
}

/* What it was made from may be gone. */
static void a_filter_borrows_nothing(void)
{
    struct arena other = {0};
    char types[] = "feedback.*";
    const struct json *fields;
    struct event_filter *filter;
    struct event event = {.type = "feedback.created", .data = str_from_z(data)};
    str text = str_copy(&other, STR("{\"severity\":[\"critical\"]}"));
    EXPECT(json_parse(&other, text, &fields, NULL) == STATUS_OK);
    EXPECT(event_filter_make(&filter, &arena, str_from_z(types), fields, NULL) == STATUS_OK);
    memset(types, 'x', sizeof types);
    arena_reset(&other);
    EXPECT(event_fits(filter, &event));
}

static void an_event_is_written_as_a_cloud_event(void)
{
    struct buf out;
    struct json_writer writer = {.out = &out};
    struct event event = {
        .seq = 42,
        .id = STR("0190a5a8-0000-7000-8000-000000000001"),
        .type = "feedback.created",
        .tenant_id = 3,
        .subject = 7,
        .data = STR("{\"id\":7}"),
        .created_at = INT64_C(1700000000123456),
    };
    buf_init(&out, &arena, 4096);
    event_write(&writer, &event);
    EXPECT(str_equal_z(
        buf_str(&out),
        "{\"specversion\":\"1.0\",\"id\":\"0190a5a8-0000-7000-8000-000000000001\","
        "\"source\":\"/hark\",\"type\":\"feedback.created\",\"subject\":\"7\","
        "\"time\":\"2023-11-14T22:13:20.123Z\",\"datacontenttype\":\"application/json\","
        "\"seq\":42,\"data\":{\"id\":7}}"));

    event.subject = 0;
    buf_init(&out, &arena, 4096);
    event_write(&(struct json_writer){.out = &out}, &event);
    EXPECT(str_find_str(buf_str(&out), STR("subject")) == STR_NONE);
}

static void every_type_has_its_number(void)
{
    for (int i = 0; event_types[i] != NULL; i++)
        EXPECT(event_type_number(str_from_z(event_types[i])) == i);
    EXPECT(event_type_number(STR("feedback")) == -1);
    EXPECT(event_type_number(STR("")) == -1);
}

int main(void)
{
    RUN(a_filter_that_asks_nothing_takes_all);
    RUN(types_are_taken_by_name_or_by_their_beginning);
    RUN(a_field_fits_any_of_its_values);
    RUN(all_fields_named_must_fit);
    RUN(numbers_and_truths_are_compared_as_what_they_are);
    RUN(data_that_is_no_object_fits_no_field);
    RUN(says_which_rule_is_broken);
    RUN(a_long_text_is_refused);
    RUN(a_filter_borrows_nothing);
    RUN(an_event_is_written_as_a_cloud_event);
    RUN(every_type_has_its_number);
    arena_reset(&arena);
    return 0;
}
