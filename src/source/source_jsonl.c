/* JSON lines: each line that is not blank is one object. */
#include "source/source_backend.h"

static enum status refuse_one_array(struct source *source, struct error *err)
{
    str head = str_trim(lines_peek(&source->lines, 64));
    if (head.length == 0 || head.bytes[0] != '[')
        return STATUS_OK;
    return fail(err, STATUS_INVALID,
                "'" STR_FORMAT "' is one JSON array; write one object a line (jq -c '.[]')",
                STR_ARG(source->name));
}

static void read_object(const struct source *source, struct arena *arena,
                        struct source_record *record)
{
    const struct json *object;
    struct error err;
    if (json_parse(arena, record->raw, &object, &err) != STATUS_OK) {
        source_refuse(arena, record, "%s", err.message);
        return;
    }
    if (object->type != JSON_OBJECT) {
        source_refuse(arena, record, "the line is %s, not an object", json_type_name(object->type));
        return;
    }
    str *names = arena_array(arena, str, object->count);
    const struct json **values = arena_array(arena, const struct json *, object->count);
    size_t count = 0;
    for (const struct json *member = object->first; member != NULL; member = member->next) {
        names[count] = member->key;
        values[count++] = member;
    }
    struct columns columns;
    columns_read(&columns, arena, names, count);
    source_accept(source, arena, &columns, values, record);
}

static bool next_object(struct source *source, struct arena *arena, struct source_record *record)
{
    if (!source_next_line(source, arena, record))
        return false;
    if (str_is_absent(record->reason))
        read_object(source, arena, record);
    return true;
}

const struct source_backend source_jsonl = {
    .name = "jsonl",
    .extensions = ".jsonl .ndjson .json",
    .begin = refuse_one_array,
    .next = next_object,
};
