/* hark redact: text without its personal data, from standard input to standard output. */
#include "app/model_path.h"
#include "base/utf8.h"
#include "command/command.h"
#include "infer/names/name_tagger.h"
#include "model/labels.h"
#include "pii/entity.h"
#include "source/line_reader.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK_SIZE = 256 * 1024,      /* what is read before it is written, but for long lines */
    MOST_BLOCK = 16 * 1024 * 1024 /* a longer line is cut */
};

struct redacting {
    struct arena arena;
    struct pii_finder *finder;
    struct name_tagger *names; /* NULL: there is none */
    struct pii_policy policy;
    enum pii_unit unit;
};

/* Where a block may end: after its last empty line, else after its last line, as a name may stand
 * under its "Regards,"; at its end when it has none. */
static size_t cut_at(str block, bool is_last)
{
    size_t line = 0;
    for (size_t at = block.length; at > 0 && !is_last; at--) {
        if (block.bytes[at - 1] != '\n')
            continue;
        line = line == 0 ? at : line;
        if (at > 1 && block.bytes[at - 2] == '\n')
            return at;
    }
    return line > 0 ? line : block.length;
}

/* Without a last character that is not all there. */
static size_t whole_characters(str block)
{
    size_t lead = block.length - 1;
    while (lead > 0 && ((unsigned char)block.bytes[lead] & 0xC0) == 0x80)
        lead--;
    return utf8_is_valid(str_slice(block, lead, block.length)) ? block.length : lead;
}

static enum status write_block(struct redacting *redacting, str block, struct error *err)
{
    if (!utf8_is_valid(block))
        return fail(err, STATUS_MALFORMED, "the input is not UTF-8");
    struct pii_spans spans =
        pii_find_under(redacting->finder, &redacting->policy, &redacting->arena, block);
    str redacted = pii_redact(&redacting->arena, block, spans);
    fwrite(redacted.bytes, 1, redacted.length, stdout);
    arena_reset(&redacting->arena);
    return STATUS_OK;
}

static enum status redact_text(struct redacting *redacting, struct error *err)
{
    struct arena arena = {0};
    enum status status = STATUS_OK;
    size_t capacity = BLOCK_SIZE, length = 0;
    char *bytes = arena_alloc_raw(&arena, capacity);
    for (bool is_last = false; !is_last && status == STATUS_OK;) {
        length += fread(bytes + length, 1, capacity - length, stdin);
        is_last = length < capacity;
        size_t cut = cut_at((str){bytes, length}, is_last);
        if (!is_last && cut == length && capacity < MOST_BLOCK) {
            bytes = arena_grow(&arena, bytes, capacity, capacity * 2);
            capacity *= 2;
            continue;
        }
        if (!is_last && cut == length)
            cut = whole_characters((str){bytes, length});
        status = write_block(redacting, (str){bytes, cut}, err);
        memmove(bytes, bytes + cut, length - cut);
        length -= cut;
    }
    if (status == STATUS_OK && ferror(stdin))
        status = fail(err, STATUS_UNAVAILABLE, "cannot read the standard input");
    arena_reset(&arena);
    return status;
}

static void write_line(struct redacting *redacting, str line)
{
    struct arena *arena = &redacting->arena;
    struct pii_spans spans = pii_find_under(redacting->finder, &redacting->policy, arena, line);
    struct buf out;
    struct json_writer writer = {.out = &out};
    buf_init(&out, arena, (size_t)64 * SOURCE_MAX_RECORD);
    json_open(&writer, '{');
    json_key(&writer, "redacted_text");
    json_string(&writer, pii_redact(arena, line, spans));
    json_key(&writer, "pii_entities");
    json_open(&writer, '[');
    struct field_list list = pii_list_entities(arena, redacting->unit, line, &spans);
    for (size_t i = 0; i < list.count; i++)
        fields_write(&writer, &pii_entity_fields, (const struct pii_entity *)list.items + i);
    json_close(&writer, ']');
    json_close(&writer, '}');
    buf_add_byte(&out, '\n');
    fwrite(out.bytes, 1, out.length, stdout);
    arena_reset(arena);
}

static enum status redact_lines(struct redacting *redacting, struct error *err)
{
    struct line_reader lines;
    struct line line;
    enum status status = STATUS_OK;
    lines_open(&lines, STDIN_FILENO);
    for (lines_keep(&lines); status == STATUS_OK && lines_next(&lines, &line); lines_keep(&lines)) {
        str text = line_content(line.text);
        if (line.is_too_long)
            status = fail(err, STATUS_TOO_LARGE, "a line is longer than 2 MB");
        else if (!utf8_is_valid(text))
            status = fail(err, STATUS_MALFORMED, "the input is not UTF-8");
        else
            write_line(redacting, str_is_absent(text) ? STR("") : text);
    }
    if (status == STATUS_OK && lines.error != 0)
        status = fail(err, STATUS_UNAVAILABLE, "cannot read the standard input");
    lines_close(&lines);
    return status;
}

static enum status read_shown(str names, uint64_t *shown, struct error *err)
{
    *shown = 0;
    for (str name; names.length > 0;) {
        str_cut(names, ',', &name, &names);
        int type = label_find(pii_type_names, str_trim(name));
        if (type == LABEL_NONE)
            return fail(err, STATUS_INVALID, "--show: there is no type '" STR_FORMAT "'",
                        STR_ARG(name));
        *shown |= PII_BIT(type);
    }
    return STATUS_OK;
}

static enum status read_flags(const struct command_call *call, struct redacting *redacting,
                              struct error *err)
{
    redacting->policy = (struct pii_policy){.shown = PII_SHOWN_BY_DEFAULT,
                                            .is_numbered = call_has(call, "numbered")};
    if (call_has(call, "offsets")) {
        int unit = label_find(pii_unit_names, call_value(call, "offsets"));
        if (unit == LABEL_NONE)
            return fail(err, STATUS_INVALID, "--offsets must be code_points, utf16 or bytes");
        redacting->unit = (enum pii_unit)unit;
    }
    return call_has(call, "show")
               ? read_shown(call_value(call, "show"), &redacting->policy.shown, err)
               : STATUS_OK;
}

/* Without the file of names all else is hidden, as by a server. */
static enum status open_finder(struct redacting *redacting, struct error *err)
{
    enum status status = pii_open(&redacting->finder, err);
    if (status != STATUS_OK)
        return status;
    status = name_tagger_open(&redacting->names,
                              app_shipped_path(&redacting->arena, "hark-names.bin"), err);
    if (status == STATUS_NOT_FOUND) {
        fprintf(stderr, "names that no word gives away stay in sight: %s\n", err->message);
        return STATUS_OK;
    }
    if (status == STATUS_OK)
        pii_use_names(redacting->finder, redacting->names);
    return status;
}

static enum exit_code run(struct command_call *call)
{
    struct redacting redacting = {0};
    struct error err;
    enum status status = read_flags(call, &redacting, &err);
    if (status == STATUS_INVALID)
        return command_misuse(call->command, "%s", err.message);
    status = open_finder(&redacting, &err);
    if (status == STATUS_OK)
        status =
            call_has(call, "json") ? redact_lines(&redacting, &err) : redact_text(&redacting, &err);
    pii_close(redacting.finder);
    name_tagger_close(redacting.names);
    arena_reset(&redacting.arena);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

const struct command command_redact = {
    .name = "redact",
    .summary = "Print text without its personal data.",
    .words = "",
    .about = "Reads standard input, UTF-8, and needs no database: hark redact <letters.txt\n"
             "Dates, times, URLs and ages stay in sight, unless --show says what does.",
    .flags = {{"json", NULL, "One JSON object a line: redacted_text and pii_entities."},
              {"numbered", NULL, "Number what is hidden, the same value alike: [NAME_1]."},
              {"offsets", "UNIT", "What places count: code_points (the default), utf16 or bytes."},
              {"show", "TYPES", "The types that stay in sight, separated by commas; '' for none."}},
    .run = run,
};
