#include "command/model_tokens.h"

#include "base/json.h"
#include "base/utf8.h"
#include "infer/encoder/tokenizer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum status read_line(struct arena *arena, str line, bool as_json, str *text,
                             struct error *err)
{
    const struct json *value;
    *text = line;
    if (!as_json)
        return utf8_is_valid(line) ? STATUS_OK
                                   : fail(err, STATUS_MALFORMED, "a line is not valid UTF-8");
    enum status status = json_parse(arena, line, &value, err);
    if (status != STATUS_OK)
        return status;
    if (value->type != JSON_STRING)
        return fail(err, STATUS_MALFORMED, "a line is %s, not a string",
                    json_type_name(value->type));
    *text = value->string;
    return STATUS_OK;
}

static void print_ids(const uint32_t *ids, size_t count, bool as_json)
{
    if (as_json)
        putchar('[');
    for (size_t i = 0; i < count; i++)
        printf("%s%" PRIu32, i == 0 ? "" : as_json ? "," : " ", ids[i]);
    puts(as_json ? "]" : "");
}

/* A text has at most an id for each byte, for the blank before it, and for its frame. */
static enum status print_line(struct tokenizer_worker *worker, str line, bool as_json,
                              struct error *err)
{
    enum {
        FRAME = 64
    };
    struct arena arena = {0};
    str text;
    enum status status = read_line(&arena, line, as_json, &text, err);
    if (status == STATUS_OK) {
        size_t room = text.length * 2 + FRAME;
        uint32_t *ids = arena_alloc_raw(&arena, room * sizeof *ids);
        print_ids(ids, tokenizer_encode(worker, text, ids, room), as_json);
    }
    arena_reset(&arena);
    return status;
}

static enum status print_lines(struct tokenizer_worker *worker, bool as_json, struct error *err)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && (length = getline(&line, &room, stdin)) > 0) {
        str text = {line, (size_t)length};
        if (str_ends_with(text, STR("\n")))
            text.length--;
        status = print_line(worker, text, as_json, err);
    }
    free(line);
    return status;
}

enum status model_print_tokens(const char *folder, bool as_json, struct error *err)
{
    struct tokenizer *tokenizer = NULL;
    enum status status = tokenizer_open(&tokenizer, folder, err);
    if (status != STATUS_OK)
        return status;
    struct tokenizer_worker *worker = tokenizer_worker_open(tokenizer);
    status = print_lines(worker, as_json, err);
    tokenizer_worker_close(worker);
    tokenizer_close(tokenizer);
    return status;
}
