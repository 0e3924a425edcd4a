/* Any bytes as JSON: what is taken is written again and reads back the same; times round-trip. */
#include "base/clock.h"
#include "base/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static str written(struct arena *arena, const struct json *value)
{
    struct buf out;
    buf_init(&out, arena, 1 << 24);
    json_write(&(struct json_writer){.out = &out}, value);
    require(!out.overflowed);
    return buf_str(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct error err;
    const struct json *value, *again;
    str text = {(const char *)data, size};
    int64_t at, back;

    if (size > 0 && json_parse(&arena, text, &value, &err) == STATUS_OK) {
        str once = written(&arena, value);
        require(json_parse(&arena, once, &again, &err) == STATUS_OK);
        require(str_equal(written(&arena, again), once));
    }
    if (clock_parse(text, &at))
        require(clock_parse(clock_text(&arena, at), &back) && back / 1000 == at / 1000);
    arena_reset(&arena);
    return 0;
}
