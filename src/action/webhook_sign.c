#include "action/webhook_sign.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "event/event_filter.h"

#include <assert.h>
#include <string.h>

enum {
    SECRET_BYTES = 32,
    LEAST_SECRET_BYTES = 24,
    MOST_SECRET_BYTES = 64
};

static const char secret_start[] = "whsec_";

str webhook_make_secret(struct arena *arena)
{
    unsigned char bytes[SECRET_BYTES];
    hash_random(bytes, sizeof bytes);
    return str_format(arena, "%s" STR_FORMAT, secret_start,
                      STR_ARG(hash_base64(arena, bytes, sizeof bytes)));
}

static bool read_secret(struct arena *arena, str secret, str *bytes)
{
    return str_starts_with(secret, str_from_z(secret_start)) &&
           hash_from_base64(arena, str_slice(secret, strlen(secret_start), secret.length), bytes) &&
           bytes->length >= LEAST_SECRET_BYTES && bytes->length <= MOST_SECRET_BYTES;
}

enum status webhook_check_secret(struct arena *arena, str secret, struct error *err)
{
    str bytes;
    if (read_secret(arena, secret, &bytes))
        return STATUS_OK;
    return fail_field(err, "secret", "must be whsec_ and the Base64 of %d to %d random bytes",
                      LEAST_SECRET_BYTES, MOST_SECRET_BYTES);
}

str webhook_signatures(struct arena *arena, const str *secrets, size_t count, str message_id,
                       int64_t timestamp_s, str body)
{
    struct buf text;
    str signed_text = str_format(arena, STR_FORMAT ".%lld." STR_FORMAT, STR_ARG(message_id),
                                 (long long)timestamp_s, STR_ARG(body));
    buf_init(&text, arena, 512);
    for (size_t i = 0; i < count; i++) {
        unsigned char digest[SHA256_SIZE];
        str key;
        bool is_secret = read_secret(arena, secrets[i], &key);
        assert(is_secret && "secrets are checked where they come in");
        hash_hmac_sha256(key, signed_text, digest);
        str signature = hash_base64(arena, digest, sizeof digest);
        buf_format(&text, "%sv1," STR_FORMAT, i > 0 ? " " : "", STR_ARG(signature));
    }
    return buf_str(&text);
}

static bool write_body(struct buf *out, struct arena *arena, int form, const struct event *event)
{
    struct json_writer writer = {.out = out};
    buf_init(out, arena, WEBHOOK_MAX_BODY);
    if (form == WEBHOOK_CLOUDEVENTS) {
        event_write(&writer, event);
        return !out->overflowed;
    }
    char time[CLOCK_TEXT_SIZE];
    size_t length = clock_format(event->created_at, time);
    json_open(&writer, '{');
    json_key(&writer, "type");
    json_string_z(&writer, event->type);
    json_key(&writer, "timestamp");
    json_string(&writer, (str){time, length});
    json_key(&writer, "data");
    json_raw(&writer, event->data);
    json_close(&writer, '}');
    return !out->overflowed;
}

str webhook_body(struct arena *arena, int form, const struct event *event)
{
    struct buf out;
    if (write_body(&out, arena, form, event))
        return buf_str(&out);
    struct event thin = *event;
    thin.data = str_format(arena, "{\"id\":%lld,\"is_cut\":true}", (long long)event->subject);
    bool fits = write_body(&out, arena, form, &thin);
    assert(fits && "an event without its data is short");
    return buf_str(&out);
}

void webhook_fill_headers(struct arena *arena, const struct webhook_message *message,
                          struct http_header *headers)
{
    str type = message->form == WEBHOOK_CLOUDEVENTS ? STR("application/cloudevents+json")
                                                    : STR("application/json");
    headers[0] = (struct http_header){STR("content-type"), type};
    headers[1] = (struct http_header){STR("webhook-id"), message->id};
    headers[2] = (struct http_header){STR("webhook-timestamp"),
                                      str_format(arena, "%lld", (long long)message->timestamp_s)};
    headers[3] =
        (struct http_header){STR("webhook-signature"),
                             webhook_signatures(arena, message->secrets, message->secret_count,
                                                message->id, message->timestamp_s, message->body)};
    headers[4] = (struct http_header){STR("user-agent"), STR("Hark/" HARK_VERSION)};
}

str webhook_message_id(struct arena *arena, int64_t webhook_id, str event_id)
{
    unsigned char digest[SHA256_SIZE];
    str text = str_format(arena, "%lld|" STR_FORMAT, (long long)webhook_id, STR_ARG(event_id));
    hash_sha256(text, digest);
    digest[6] = (unsigned char)((digest[6] & 0x0f) | 0x80); /* RFC 9562, 5.8 */
    digest[8] = (unsigned char)((digest[8] & 0x3f) | 0x80);
    str hex = hash_hex(arena, digest, 16);
    return str_format(arena, "%.8s-%.4s-%.4s-%.4s-%.12s", hex.bytes, hex.bytes + 8, hex.bytes + 12,
                      hex.bytes + 16, hex.bytes + 20);
}
