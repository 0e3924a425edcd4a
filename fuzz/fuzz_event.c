/* Filters of events, and events through them: types, a NUL, the fields asked for, a NUL, the data.
 *
 * What is made answers alike for an event and for its facts, whatever the data; an event whose data
 * is JSON is written as JSON. */
#include "event/event_filter.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_written(struct arena *arena, const struct event *event)
{
    const struct json *value;
    struct buf out;
    struct json_writer writer = {.out = &out};
    if (json_parse(arena, event->data, &value, NULL) != STATUS_OK)
        return;
    buf_init(&out, arena, event->data.length + 1000);
    event_write(&writer, event);
    require(!out.overflowed);
    const struct json *written;
    enum status status = json_parse(arena, buf_str(&out), &written, NULL);
    require(status == STATUS_OK ||
            status == STATUS_MALFORMED); /* one level deeper may be too deep */
    require(status != STATUS_OK || json_find(written, "data")->type == value->type);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    str input = {(const char *)data, size}, types, rest, asked, text;
    str_cut(input, '\0', &types, &rest);
    str_cut(rest, '\0', &asked, &text);
    const struct json *fields = NULL;
    struct event_filter *filter;
    struct event_facts facts;
    if (asked.length > 0 && json_parse(&arena, asked, &fields, NULL) != STATUS_OK)
        fields = NULL;
    struct event event = {.seq = 1,
                          .id = STR("0190a5a8-0000-7000-8000-000000000001"),
                          .type = "feedback.analyzed",
                          .subject = 7,
                          .data = text};
    event_read_facts(&facts, &arena, &event);
    if (event_filter_make(&filter, &arena, types.length > 0 ? types : (str){0}, fields, NULL) ==
        STATUS_OK)
        require(event_fits(filter, &event) == event_facts_fit(filter, &facts));
    check_written(&arena, &event);
    arena_reset(&arena);
    return 0;
}
