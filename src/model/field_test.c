#include "base/test.h"
#include "model/configuration.h"
#include "model/delivery.h"
#include "model/feedback.h"

#include <string.h>

static struct arena arena;

static enum status read_feedback(const char *json, struct feedback *item, struct faults *faults,
                                 struct error *err)
{
    const struct json *value;
    EXPECT(json_parse(&arena, str_from_z(json), &value, NULL) == STATUS_OK);
    *faults = (struct faults){0};
    return fields_read(&feedback_input_fields, &arena, value, item, faults, err);
}

static void reads_every_field_of_a_feedback(void)
{
    struct feedback item;
    struct faults faults;
    EXPECT(read_feedback("{\"text\":\"Good\",\"source\":\"web\",\"source_id\":\"7\",\"rating\":5,"
                         "\"customer\":{\"id\":\"c1\",\"vip\":true},\"user_name\":\"Jo\","
                         "\"created_at\":\"2026-11-20T08:00:00Z\",\"language_code\":\"en\","
                         "\"metadata\":{\"plan\":\"pro\",\"n\":1}}",
                         &item, &faults, NULL) == STATUS_OK);
    EXPECT(str_equal(item.text, STR("Good")) && item.rating == 5);
    EXPECT(str_equal(item.customer.external_id, STR("c1")) && item.customer.is_vip);
    EXPECT(str_is_absent(item.customer.email));
    EXPECT(item.created_at == INT64_C(1795161600000000));
    EXPECT(str_equal(item.metadata, STR("{\"plan\":\"pro\",\"n\":1}")));
}

static void takes_null_as_absent_and_a_text_for_a_customer(void)
{
    struct feedback item;
    struct faults faults;
    EXPECT(read_feedback("{\"message\":\"Good\",\"rating\":null,\"customer\":\"c2\"}", &item,
                         &faults, NULL) == STATUS_OK);
    EXPECT(str_equal(item.text, STR("Good")) && item.rating == FIELD_UNSET);
    EXPECT(str_equal(item.customer.external_id, STR("c2")) && str_is_absent(item.source));
}

static void names_every_fault_and_its_rule(void)
{
    struct feedback item;
    struct faults faults;
    struct error err;
    EXPECT(read_feedback("{\"text\":5,\"rating\":11,\"created_at\":\"soon\",\"customer\":{\"id\":"
                         "\"\"},\"metadata\":{\"a\":[1]},\"colour\":1}",
                         &item, &faults, &err) == STATUS_INVALID);
    static const char *const expected[][2] = {
        {"#/text", "must be a string, not an integer"},
        {"#/rating", "must be from 0 to 10"},
        {"#/created_at", "must be a time like"},
        {"#/customer/id", "must not be empty"},
        {"#/metadata", "must be flat"},
        {"#/colour", "is not a field known here"},
    };
    EXPECT(faults.count == 6 && strcmp(err.field, "#/text") == 0);
    for (size_t i = 0; i < faults.count; i++) {
        EXPECT(strcmp(faults.items[i].field, expected[i][0]) == 0);
        EXPECT(strstr(faults.items[i].message, expected[i][1]) != NULL);
    }
}

static void requires_what_must_be_there_once(void)
{
    struct feedback item;
    struct faults faults;
    struct error err;
    EXPECT(read_feedback("{\"rating\":1}", &item, &faults, &err) == STATUS_INVALID);
    EXPECT(strcmp(err.field, "#/text") == 0 && strcmp(err.message, "is required") == 0);
    EXPECT(read_feedback("{\"text\":null}", &item, &faults, &err) == STATUS_INVALID);
    EXPECT(read_feedback("{\"text\":\"a\",\"message\":\"b\"}", &item, &faults, &err) ==
           STATUS_INVALID);
    EXPECT(strstr(err.message, "given twice") != NULL);
}

static void text_past_its_limit_is_too_large(void)
{
    struct feedback item;
    struct faults faults = {0};
    struct error err;
    struct buf buf;
    const struct json *value;
    buf_init(&buf, &arena, 4 << 20);
    buf_add(&buf, STR("{\"text\":\""));
    for (int i = 0; i <= FEEDBACK_MAX_BYTES / 16; i++)
        buf_add(&buf, STR("sixteen letters."));
    buf_add(&buf, STR("\"}"));
    EXPECT(json_parse(&arena, buf_str(&buf), &value, NULL) == STATUS_OK);
    EXPECT(fields_read(&feedback_input_fields, &arena, value, &item, &faults, &err) ==
           STATUS_TOO_LARGE);
}

static void a_name_of_any_length_fits_an_error(void)
{
    struct feedback item;
    struct faults faults;
    struct error err;
    struct buf buf;
    buf_init(&buf, &arena, 1000);
    buf_add_z(&buf, "{\"");
    while (buf.length < 500)
        buf_add_byte(&buf, 'k');
    buf_add_z(&buf, "\":1}");
    const char *json = str_z(&arena, buf_str(&buf));
    EXPECT(read_feedback(json, &item, &faults, &err) == STATUS_INVALID);
    EXPECT(strlen(err.field) < sizeof err.field && strncmp(err.field, "#/kkkk", 6) == 0);
}

static void reads_fields_from_text(void)
{
    struct feedback_filter filter;
    struct error err;
    fields_init(&feedback_filter_fields, &filter);
    const struct field *limit = fields_find(&feedback_filter_fields, STR("limit"));
    const struct field *topic = fields_find(&feedback_filter_fields, STR("topic"));
    EXPECT(field_read_text(limit, &arena, STR("20"), &filter, &err) == STATUS_OK);
    EXPECT(filter.limit == 20 && filter.sentiment == LABEL_NONE);
    EXPECT(field_read_text(limit, &arena, STR("201"), &filter, &err) == STATUS_INVALID);
    EXPECT(field_read_text(limit, &arena, STR("2x"), &filter, &err) == STATUS_INVALID);
    EXPECT(field_read_text(topic, &arena, STR("bug"), &filter, &err) == STATUS_OK);
    EXPECT(filter.topic == TOPIC_BUG);
    EXPECT(field_read_text(topic, &arena, STR("bugs"), &filter, &err) == STATUS_INVALID);
    EXPECT(strstr(err.message, "feature_request") != NULL);
}

static void writes_labels_shares_and_ranks(void)
{
    struct feedback item = {.id = 3,
                            .rating = FIELD_UNSET,
                            .analysis = {.sentiment = SENTIMENT_MIXED,
                                         .topic = LABEL_NONE,
                                         .severity = LABEL_NONE,
                                         .method = LABEL_NONE,
                                         .band = LABEL_NONE,
                                         .topics = {0.1, 0.6, 0.3},
                                         .latency_ms = FIELD_UNSET}};
    struct buf buf;
    buf_init(&buf, &arena, 8192);
    fields_write(&(struct json_writer){.out = &buf}, &feedback_fields, &item);
    str text = buf_str(&buf);
    EXPECT(str_starts_with(text, STR("{\"id\":3,\"sentiment\":\"mixed\",\"topic\":null,")));
    EXPECT(
        str_find_str(text, STR("\"topics\":[{\"topic\":\"feature_request\",\"confidence\":0.6000},"
                               "{\"topic\":\"billing\"")) != STR_NONE);
    EXPECT(str_find_str(text, STR("\"rating\":null")) != STR_NONE);
    const struct json *value;
    EXPECT(json_parse(&arena, text, &value, NULL) == STATUS_OK);
}

static void a_configuration_is_typed(void)
{
    struct configuration configuration;
    struct error err;
    struct json value = {.type = JSON_BOOLEAN, .boolean = false};
    configuration_defaults(&configuration);
    EXPECT(configuration_set(&configuration, &arena, STR("alert.on_mixed"), &value, &err) ==
           STATUS_OK);
    EXPECT(!configuration.alert_on_mixed && configuration.alert_on_negative);
    EXPECT(configuration_set(&configuration, &arena, STR("alert.least_confidence"), &value, &err) ==
           STATUS_INVALID);
    EXPECT(strcmp(err.field, "#/value") == 0);
    EXPECT(configuration_set(&configuration, &arena, STR("no.such"), &value, &err) ==
           STATUS_NOT_FOUND);
    value = (struct json){.type = JSON_REAL, .real = 1.5};
    EXPECT(configuration_set(&configuration, &arena, STR("alert.least_confidence"), &value, &err) ==
           STATUS_INVALID);
}

static void bands_follow_the_seed(void)
{
    EXPECT(band_of(0.81) == BAND_HIGH && band_of(0.80) == BAND_MEDIUM);
    EXPECT(band_of(0.50) == BAND_MEDIUM && band_of(0.49) == BAND_LOW);
}

static enum status set(struct configuration *configuration, const char *key, const char *json,
                       struct error *err)
{
    const struct json *value;
    EXPECT(json_parse(&arena, str_from_z(json), &value, NULL) == STATUS_OK);
    return configuration_set(configuration, &arena, str_from_z(key), value, err);
}

static void reads_and_writes_sets_of_names_and_lists(void)
{
    struct configuration configuration;
    struct error err;
    struct buf out;
    struct json_writer writer = {.out = &out};
    configuration_defaults(&configuration);
    EXPECT(set(&configuration, "pii.shown_types", "[\"AGE\",\"EMAIL\"]", &err) == STATUS_OK);
    EXPECT(configuration.pii_shown_types == (PII_BIT(PII_AGE) | PII_BIT(PII_EMAIL)));
    EXPECT(set(&configuration, "pii.patterns", "[{\"name\":\"A1\",\"pattern\":\"x\"}]", &err) ==
           STATUS_OK);
    const struct pii_pattern *pattern = configuration.pii_patterns.items;
    EXPECT(configuration.pii_patterns.count == 1 && str_equal_z(pattern->name, "A1"));
    EXPECT(pattern->is_hidden && str_is_absent(pattern->context));

    buf_init(&out, &arena, 1000);
    field_write_value(&writer, fields_find(&configuration_fields, STR("pii.shown_types")),
                      &configuration);
    EXPECT(str_equal_z(buf_str(&out), "[\"AGE\",\"EMAIL\"]"));
    buf_init(&out, &arena, 1000);
    writer.needs_comma = false;
    field_write_value(&writer, fields_find(&configuration_fields, STR("pii.patterns")),
                      &configuration);
    EXPECT(str_equal_z(buf_str(&out), "[{\"name\":\"A1\",\"pattern\":\"x\",\"hidden\":true}]"));
}

static enum status read_webhook(const char *json, struct webhook *webhook, struct error *err)
{
    const struct json *value;
    struct faults faults = {0};
    EXPECT(json_parse(&arena, str_from_z(json), &value, NULL) == STATUS_OK);
    return fields_read(&webhook_input_fields, &arena, value, webhook, &faults, err);
}

static void an_object_of_any_shape_is_kept_as_json(void)
{
    struct webhook webhook;
    struct error err;
    EXPECT(read_webhook("{\"url\":\"u\",\"filter\":{\"a\": [1, {\"b\": null}]}}", &webhook, &err) ==
           STATUS_OK);
    EXPECT(str_equal(webhook.filter, STR("{\"a\":[1,{\"b\":null}]}")));
    EXPECT(read_webhook("{\"url\":\"u\"}", &webhook, &err) == STATUS_OK);
    EXPECT(str_is_absent(webhook.filter));
    EXPECT(read_webhook("{\"url\":\"u\",\"filter\":[1]}", &webhook, &err) == STATUS_INVALID);
    EXPECT(strcmp(err.field, "#/filter") == 0);
    str longest = {arena_alloc(&arena, 5000), 5000};
    memset((char *)longest.bytes, 'a', longest.length);
    str large = str_format(&arena, "{\"url\":\"u\",\"filter\":{\"a\":\"" STR_FORMAT "\"}}",
                           STR_ARG(longest));
    EXPECT(read_webhook(str_z(&arena, large), &webhook, &err) == STATUS_INVALID);
    EXPECT(strstr(err.message, "must have at most 4096 bytes") != NULL);
}

static void a_fault_in_a_list_says_which_item(void)
{
    struct configuration configuration;
    struct error err;
    configuration_defaults(&configuration);
    EXPECT(set(&configuration, "pii.patterns", "[{\"name\":\"A1\",\"pattern\":\"x\"},3]", &err) ==
           STATUS_INVALID);
    EXPECT(strcmp(err.field, "#/value/1") == 0);
    EXPECT(set(&configuration, "pii.patterns", "[{\"name\":\"A1\",\"pattern\":5}]", &err) ==
           STATUS_INVALID);
    EXPECT(strcmp(err.field, "#/value/0/pattern") == 0);
    EXPECT(set(&configuration, "pii.patterns", "{}", &err) == STATUS_INVALID);
    EXPECT(set(&configuration, "pii.shown_types", "[\"MAIL\"]", &err) == STATUS_INVALID);
    EXPECT(strcmp(err.field, "#/value") == 0 && strstr(err.message, "'MAIL'") != NULL);
    EXPECT(configuration.pii_patterns.count == 0);
}

static enum status set_budget(struct configuration *configuration, const char *json)
{
    const struct json *value;
    EXPECT(json_parse(&arena, str_from_z(json), &value, NULL) == STATUS_OK);
    return configuration_set(configuration, &arena, STR("ai.monthly_budget_usd"), value, NULL);
}

static void money_is_kept_to_the_nano_dollar(void)
{
    static const struct {
        const char *json;
        int64_t nano; /* -1: refused */
    } cases[] = {{"0.1", 100000000},  {"12.5", 12500000000},
                 {"0.000000065", 65}, {"1000000", INT64_C(1000000000000000)},
                 {"3", 3000000000},   {"1000000.01", -1},
                 {"-0.5", -1},        {"\"5\"", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct configuration configuration = {.ai_monthly_budget_nano = 7};
        enum status status = set_budget(&configuration, cases[i].json);
        EXPECT((status == STATUS_OK) == (cases[i].nano >= 0));
        EXPECT(configuration.ai_monthly_budget_nano == (cases[i].nano >= 0 ? cases[i].nano : 7));
    }
    struct analysis shown = {.cost_nano = FIELD_UNSET, .tokens = {350, 60, 20}};
    struct buf out;
    buf_init(&out, &arena, 100000);
    fields_write(&(struct json_writer){.out = &out}, &analysis_fields, &shown);
    EXPECT(str_find_str(buf_str(&out), STR("\"cost_nano_usd\":null,\"tokens\":{\"input\":350,"
                                           "\"output\":60,\"cached\":20}")) != STR_NONE);
}

int main(void)
{
    RUN(reads_every_field_of_a_feedback);
    RUN(takes_null_as_absent_and_a_text_for_a_customer);
    RUN(names_every_fault_and_its_rule);
    RUN(requires_what_must_be_there_once);
    RUN(text_past_its_limit_is_too_large);
    RUN(a_name_of_any_length_fits_an_error);
    RUN(reads_fields_from_text);
    RUN(writes_labels_shares_and_ranks);
    RUN(a_configuration_is_typed);
    RUN(bands_follow_the_seed);
    RUN(reads_and_writes_sets_of_names_and_lists);
    RUN(an_object_of_any_shape_is_kept_as_json);
    RUN(money_is_kept_to_the_nano_dollar);
    RUN(a_fault_in_a_list_says_which_item);
    arena_reset(&arena);
    return 0;
}
