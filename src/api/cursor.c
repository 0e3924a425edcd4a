#include "api/cursor.h"

#include "base/hash.h"

#include <string.h>

struct sealed {
    int64_t time, id;
    unsigned char seal[16];
};

static void seal(const struct call *call, const struct feedback_filter *filter,
                 struct sealed *sealed)
{
    unsigned char digest[SHA256_SIZE];
    struct buf text;
    const str words[] = {filter->source, filter->language, filter->customer, filter->q};
    buf_init(&text, call->arena, 8192);
    buf_format(&text, "%lld|%lld|%lld|%d|%d|%d|%d|%d|%lld|%lld", (long long)sealed->time,
               (long long)sealed->id, (long long)filter->tenant_id, filter->sentiment,
               filter->topic, filter->severity, filter->band, filter->alert,
               (long long)filter->since, (long long)filter->until);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        buf_format(&text, "|%zu:" STR_FORMAT, words[i].length, STR_ARG(words[i]));
    hash_hmac_sha256(call->services->cursor_key, buf_str(&text), digest);
    memcpy(sealed->seal, digest, sizeof sealed->seal);
}

str cursor_make(const struct call *call, const struct feedback_filter *filter, int64_t time,
                int64_t id)
{
    struct sealed sealed = {.time = time, .id = id};
    seal(call, filter, &sealed);
    return hash_base64url(call->arena, &sealed, sizeof sealed);
}

enum status cursor_read(const struct call *call, const struct feedback_filter *filter,
                        int64_t *time, int64_t *id, struct error *err)
{
    struct sealed given, made;
    str bytes;
    if (!hash_from_base64url(call->arena, filter->cursor, &bytes) || bytes.length != sizeof given)
        return fail(err, STATUS_MALFORMED, "the cursor is not one that was given out here");
    memcpy(&given, bytes.bytes, sizeof given);
    made = given;
    seal(call, filter, &made);
    if (!hash_equal(&given, &made, sizeof given))
        return fail(err, STATUS_MALFORMED,
                    "the cursor was not given out here, or was for other filters");
    *time = given.time;
    *id = given.id;
    return STATUS_OK;
}
