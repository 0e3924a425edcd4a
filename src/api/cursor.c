#include "api/cursor.h"

#include "base/hash.h"

#include <string.h>

struct sealed {
    int64_t time, id;
    unsigned char seal[16];
};

static void seal(const struct call *call, str filters, struct sealed *sealed)
{
    unsigned char digest[SHA256_SIZE];
    str text = str_format(call->arena, "%lld|%lld|" STR_FORMAT, (long long)sealed->time,
                          (long long)sealed->id, STR_ARG(filters));
    hash_hmac_sha256(call->services->cursor_key, text, digest);
    memcpy(sealed->seal, digest, sizeof sealed->seal);
}

str cursor_seal(const struct call *call, str filters, int64_t time, int64_t id)
{
    struct sealed sealed = {.time = time, .id = id};
    seal(call, filters, &sealed);
    return hash_base64url(call->arena, &sealed, sizeof sealed);
}

enum status cursor_open(const struct call *call, str filters, str cursor, int64_t *time,
                        int64_t *id, struct error *err)
{
    struct sealed given, made;
    str bytes;
    if (!hash_from_base64url(call->arena, cursor, &bytes) || bytes.length != sizeof given)
        return fail(err, STATUS_MALFORMED, "the cursor is not one that was given out here");
    memcpy(&given, bytes.bytes, sizeof given);
    made = given;
    seal(call, filters, &made);
    if (!hash_equal(&given, &made, sizeof given))
        return fail(err, STATUS_MALFORMED,
                    "the cursor was not given out here, or was for other filters");
    *time = given.time;
    *id = given.id;
    return STATUS_OK;
}

static str filters_of(const struct call *call, const struct feedback_filter *filter)
{
    struct buf text;
    const str words[] = {filter->source, filter->language, filter->customer, filter->q};
    buf_init(&text, call->arena, 8192);
    buf_format(&text, "%lld|%d|%d|%d|%d|%d|%d|%lld|%lld", (long long)filter->tenant_id,
               filter->sentiment, filter->topic, filter->severity, filter->band, filter->alert,
               filter->needs_review, (long long)filter->since, (long long)filter->until);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        buf_format(&text, "|%zu:" STR_FORMAT, words[i].length, STR_ARG(words[i]));
    return buf_str(&text);
}

str cursor_make(const struct call *call, const struct feedback_filter *filter, int64_t time,
                int64_t id)
{
    return cursor_seal(call, filters_of(call, filter), time, id);
}

enum status cursor_read(const struct call *call, const struct feedback_filter *filter,
                        int64_t *time, int64_t *id, struct error *err)
{
    return cursor_open(call, filters_of(call, filter), filter->cursor, time, id, err);
}
