/* Plain text: each line that is not blank is one message. */
#include "base/utf8.h"
#include "source/source_backend.h"

static bool next_message(struct source *source, struct arena *arena, struct source_record *record)
{
    static struct column text = {{"text", 4}, COLUMN_TEXT};
    static const struct columns columns = {&text, 1, true};
    if (!source_next_line(source, arena, record))
        return false;
    if (!str_is_absent(record->reason))
        return true;
    if (!utf8_is_valid(record->raw)) {
        source_refuse(arena, record, "the line is not UTF-8");
    } else {
        struct json value = {.type = JSON_STRING, .string = record->raw};
        source_accept(source, arena, &columns, (const struct json *const[]){&value}, record);
    }
    return true;
}

const struct source_backend source_lines = {
    .name = "lines",
    .extensions = ".txt .text .log",
    .next = next_message,
};
