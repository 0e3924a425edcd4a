#include "action/webhook_sign.h"

#include "base/test.h"
#include "base/uuid.h"

static struct arena arena;

/* The vector that the libraries of Standard Webhooks test themselves with. */
static void signs_as_the_published_vector_says(void)
{
    str secrets[] = {STR("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")};
    str signatures = webhook_signatures(&arena, secrets, 1, STR("msg_p5jXN8AQM9LWM0D4loKWxJek"),
                                        1614265330, STR("{\"test\": 2432232314}"));
    EXPECT(str_equal_z(signatures, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
}

static void two_secrets_sign_side_by_side(void)
{
    str secrets[] = {STR("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), webhook_make_secret(&arena)};
    str one = webhook_signatures(&arena, secrets, 1, STR("a"), 1, STR("{}"));
    str other = webhook_signatures(&arena, secrets + 1, 1, STR("a"), 1, STR("{}"));
    str both = webhook_signatures(&arena, secrets, 2, STR("a"), 1, STR("{}"));
    EXPECT(!str_equal(one, other));
    EXPECT(str_equal(both,
                     str_format(&arena, STR_FORMAT " " STR_FORMAT, STR_ARG(one), STR_ARG(other))));
}

static void a_secret_is_24_to_64_bytes_of_padded_base64(void)
{
    static const char *const wrong[] = {"",
                                        "whsec_",
                                        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
                                        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLQ==",
                                        "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa_-"};
    struct error err;
    str made = webhook_make_secret(&arena);
    EXPECT(webhook_check_secret(&arena, made, &err) == STATUS_OK);
    EXPECT(!str_equal(made, webhook_make_secret(&arena)));
    EXPECT(webhook_check_secret(&arena, STR("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), &err) ==
           STATUS_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        EXPECT(webhook_check_secret(&arena, str_from_z(wrong[i]), &err) == STATUS_INVALID);
        EXPECT(str_equal_z(str_from_z(err.field), "#/secret"));
    }
}

static const struct event event = {
    .seq = 7,
    .id = {"0190d6f0-1c2b-7e3f-8a4b-5c6d7e8f9a0b", 36},
    .type = "alert.opened",
    .tenant_id = 1,
    .subject = 12,
    .data = {"{\"id\":12,\"severity\":\"high\"}", 27},
    .created_at = INT64_C(1763627400123000),
};

static void the_body_is_type_timestamp_and_data(void)
{
    EXPECT(str_equal_z(webhook_body(&arena, WEBHOOK_STANDARD, &event),
                       "{\"type\":\"alert.opened\",\"timestamp\":\"2025-11-20T08:30:00.123Z\","
                       "\"data\":{\"id\":12,\"severity\":\"high\"}}"));
}

static void in_the_other_form_it_is_a_cloudevent(void)
{
    const struct json *value;
    str body = webhook_body(&arena, WEBHOOK_CLOUDEVENTS, &event);
    EXPECT(json_parse(&arena, body, &value, NULL) == STATUS_OK);
    EXPECT(str_equal_z(json_find(value, "specversion")->string, "1.0"));
    EXPECT(str_equal(json_find(value, "id")->string, event.id));
    EXPECT(str_equal_z(json_find(value, "type")->string, "alert.opened"));
    EXPECT(json_find(json_find(value, "data"), "id")->integer == 12);
}

static void data_that_is_too_long_is_left_out_and_said_so(void)
{
    struct event large = event;
    str filling = {arena_alloc(&arena, WEBHOOK_MAX_BODY), WEBHOOK_MAX_BODY};
    for (size_t i = 0; i < filling.length; i++)
        ((char *)filling.bytes)[i] = 'a';
    large.data = str_format(&arena, "{\"id\":12,\"text\":\"" STR_FORMAT "\"}", STR_ARG(filling));
    str body = webhook_body(&arena, WEBHOOK_STANDARD, &large);
    EXPECT(body.length < WEBHOOK_MAX_BODY);
    EXPECT(str_ends_with(body, STR("\"data\":{\"id\":12,\"is_cut\":true}}")));
}

static void the_headers_are_those_of_the_standard(void)
{
    struct webhook_message message = {
        .id = STR("msg_p5jXN8AQM9LWM0D4loKWxJek"),
        .body = STR("{\"test\": 2432232314}"),
        .timestamp_s = 1614265330,
        .secrets = {STR("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")},
        .secret_count = 1,
    };
    struct http_header headers[WEBHOOK_HEADERS];
    webhook_fill_headers(&arena, &message, headers);
    EXPECT(str_equal_z(headers[0].name, "content-type"));
    EXPECT(str_equal_z(headers[0].value, "application/json"));
    EXPECT(str_equal_z(headers[1].name, "webhook-id") && str_equal(headers[1].value, message.id));
    EXPECT(str_equal_z(headers[2].name, "webhook-timestamp"));
    EXPECT(str_equal_z(headers[2].value, "1614265330"));
    EXPECT(str_equal_z(headers[3].name, "webhook-signature"));
    EXPECT(str_equal_z(headers[3].value, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    message.form = WEBHOOK_CLOUDEVENTS;
    webhook_fill_headers(&arena, &message, headers);
    EXPECT(str_equal_z(headers[0].value, "application/cloudevents+json"));
}

static void the_id_is_the_same_for_the_same_two_and_no_others(void)
{
    str id = webhook_message_id(&arena, 3, event.id);
    EXPECT(uuid_is_valid(id) && str_find(id, '.') == STR_NONE);
    EXPECT(str_equal(id, webhook_message_id(&arena, 3, event.id)));
    EXPECT(!str_equal(id, webhook_message_id(&arena, 4, event.id)));
    EXPECT(!str_equal(id, webhook_message_id(&arena, 3, STR("another"))));
}

int main(void)
{
    RUN(signs_as_the_published_vector_says);
    RUN(two_secrets_sign_side_by_side);
    RUN(a_secret_is_24_to_64_bytes_of_padded_base64);
    RUN(the_body_is_type_timestamp_and_data);
    RUN(in_the_other_form_it_is_a_cloudevent);
    RUN(data_that_is_too_long_is_left_out_and_said_so);
    RUN(the_headers_are_those_of_the_standard);
    RUN(the_id_is_the_same_for_the_same_two_and_no_others);
    arena_reset(&arena);
    return 0;
}
