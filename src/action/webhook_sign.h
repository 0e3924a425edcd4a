/* webhook_sign.h - what a receiver of webhooks can check, to the byte: Standard Webhooks 1.0.0.
 *
 * Signed is "ID.TIMESTAMP.BODY" with HMAC-SHA256; a secret is "whsec_" and the Base64 of 24 to 64
 * bytes. No state; any thread. */
#pragma once

#include "base/status.h"
#include "model/delivery.h"
#include "model/event.h"
#include "net/http.h"

enum {
    WEBHOOK_MAX_BODY = 20 * 1000, /* bytes: events are thin */
    WEBHOOK_HEADERS = 5
};

str webhook_make_secret(struct arena *arena);
/* INVALID, of the field "secret": it is not one. */
enum status webhook_check_secret(struct arena *arena, str secret, struct error *err) MUST_CHECK;

/* "v1,..." for each secret that is there, with blanks between. */
str webhook_signatures(struct arena *arena, const str *secrets, size_t count, str message_id,
                       int64_t timestamp_s, str body);

/* The same bytes for the same event, always. Of data that would make it too long, only
 * {"id", "is_cut": true} is sent. */
str webhook_body(struct arena *arena, int form, const struct event *event);

/* Fills WEBHOOK_HEADERS of them. */
struct webhook_message {
    str id, body;
    int form;
    int64_t timestamp_s;
    str secrets[2];
    size_t secret_count;
};
void webhook_fill_headers(struct arena *arena, const struct webhook_message *message,
                          struct http_header *headers);

/* The id of what tells `webhook_id` of an event: always the same for the two (a UUIDv8). */
str webhook_message_id(struct arena *arena, int64_t webhook_id, str event_id);
