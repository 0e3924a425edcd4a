#include "analysis/prompts.h"

#include "base/utf8.h"

#include <assert.h>
#include <pthread.h>

extern const char prompt_classify_v1[], prompt_classify_v1_end[];

/* The prompts of prompts/, those of a task together and oldest first. */
static const struct {
    const char *name, *from, *to;
} files[] = {
    {"classify.v1.md", prompt_classify_v1, prompt_classify_v1_end},
};

enum {
    SHIPPED = sizeof files / sizeof *files
};

static struct prompt shipped[SHIPPED];
static pthread_once_t read_once = PTHREAD_ONCE_INIT;

/* They were read when Hark was tested: one that cannot be is a mistake of ours. */
static void read_shipped(void)
{
    for (size_t i = 0; i < SHIPPED; i++) {
        str text = {files[i].from, (size_t)(files[i].to - files[i].from)};
        enum status status = prompt_parse(str_from_z(files[i].name), text, &shipped[i], NULL);
        assert(status == STATUS_OK);
        (void)status;
    }
}

size_t prompt_list_shipped(const struct prompt **prompts)
{
    pthread_once(&read_once, read_shipped);
    *prompts = shipped;
    return SHIPPED;
}

const struct prompt *prompt_find(const struct prompt *prompts, size_t count, str task, str version)
{
    const struct prompt *found = NULL;
    for (size_t i = 0; i < count; i++)
        if (str_equal(prompts[i].task, task) &&
            (str_is_absent(version) || str_equal(prompts[i].version, version)))
            found = &prompts[i];
    return found;
}

const struct prompt *prompt_find_shipped(str task, str version)
{
    const struct prompt *prompts;
    size_t count = prompt_list_shipped(&prompts);
    return prompt_find(prompts, count, task, version);
}

bool prompt_is_name(str name)
{
    for (size_t i = 0; i < name.length; i++) {
        char c = name.bytes[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_letter && c != '.' && c != '_' && c != '-')
            return false;
    }
    return name.length > 0;
}

/* Rules are lines of text: what else has no glyph could hide something from who reads them. */
static bool has_control(str text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.bytes[i];
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

static enum status check_text(const char *field, str text, size_t most, struct error *err)
{
    if (str_trim(text).length == 0)
        return fail_field(err, field, "must not be empty");
    if (!utf8_is_valid(text))
        return fail_field(err, field, "must be UTF-8");
    if (utf8_length(text) > most)
        return fail_field(err, field, "must have at most %zu characters", most);
    if (has_control(text))
        return fail_field(err, field, "must have no control characters but tabs and line ends");
    return STATUS_OK;
}

enum status prompt_check(const struct prompt *prompt, struct error *err)
{
    if (!prompt_is_name(prompt->version) || prompt->version.length > PROMPT_MOST_VERSION)
        return fail_field(err, "version", "must be 1 to %d letters, digits, '.', '_' and '-'",
                          PROMPT_MOST_VERSION);
    enum status status = check_text("rules", prompt->rules, PROMPT_MOST_RULES, err);
    return status == STATUS_OK ? check_text("why", prompt->why, PROMPT_MOST_WHY, err) : status;
}

/* TASK.VERSION.md; the version may have dots of its own. */
static bool read_name(str name, struct prompt *prompt)
{
    if (!str_ends_with(name, STR(".md")))
        return false;
    str stem = str_slice(name, 0, name.length - 3);
    return str_cut(stem, '.', &prompt->task, &prompt->version) && prompt_is_name(prompt->task) &&
           prompt_is_name(prompt->version);
}

struct reading {
    str name, rest;
    int line;
};

static enum status refuse(const struct reading *reading, struct error *err, const char *what)
{
    return fail(err, STATUS_INVALID, STR_FORMAT ":%d: %s", STR_ARG(reading->name), reading->line,
                what);
}

/* The lines "key: value" up to the first that is empty. */
static enum status read_head(struct reading *reading, struct prompt *prompt, struct error *err)
{
    str line, key, value;
    while (reading->rest.length > 0) {
        reading->line++;
        str_cut(reading->rest, '\n', &line, &reading->rest);
        line = str_trim(line);
        if (line.length == 0)
            return STATUS_OK;
        if (!str_cut(line, ':', &key, &value))
            return refuse(reading, err, "must be \"why: ...\", or empty before the rules");
        if (!str_equal(key, STR("why")))
            return refuse(reading, err, "the only key there is is \"why\"");
        if (!str_is_absent(prompt->why))
            return refuse(reading, err, "\"why\" stands here a second time");
        prompt->why = str_trim(value);
    }
    return STATUS_OK;
}

/* What prompt_check() finds, at the line where it begins. */
static enum status check_file(const struct reading *reading, const struct prompt *prompt,
                              struct error *err)
{
    struct error why = {0};
    if (prompt_check(prompt, &why) == STATUS_OK)
        return STATUS_OK;
    return fail(err, STATUS_INVALID, STR_FORMAT ":%d: %s %s", STR_ARG(reading->name),
                reading->line + 1, why.field[0] != '\0' ? why.field + 2 : "", why.message);
}

enum status prompt_parse(str name, str text, struct prompt *prompt, struct error *err)
{
    size_t slash = name.length;
    while (slash > 0 && name.bytes[slash - 1] != '/')
        slash--;
    struct reading reading = {.name = name, .rest = text, .line = 0};
    struct prompt read = {.created_at = FIELD_UNSET, .retired_at = FIELD_UNSET, .is_shipped = true};
    if (!read_name(str_slice(name, slash, name.length), &read))
        return fail(err, STATUS_INVALID,
                    STR_FORMAT ": the name must be TASK.VERSION.md, such as classify.v2.md",
                    STR_ARG(name));
    enum status status = read_head(&reading, &read, err);
    if (status != STATUS_OK)
        return status;
    if (str_is_absent(read.why) || read.why.length == 0)
        return refuse(&reading, err, "\"why: \" must say the reason for this version");
    read.rules = str_trim(reading.rest);
    read.tokens = prompt_count_tokens(read.rules);
    status = check_file(&reading, &read, err);
    if (status == STATUS_OK)
        *prompt = read;
    return status;
}

enum kind {
    LETTERS,
    DIGITS,
    BLANK,
    LINE_END,
    SIGN,
    OTHER
};

static enum kind kind_of(unsigned char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return LETTERS;
    if (c >= '0' && c <= '9')
        return DIGITS;
    if (c == ' ' || c == '\n')
        return c == ' ' ? BLANK : LINE_END;
    return c < 0x80 ? SIGN : OTHER;
}

/* How the byte-pair encodings of today's models cut: a word of up to eight letters is mostly one
 * token with the blank before it; digits go in threes; a sign is one, and so are three bytes of
 * another script. */
int prompt_count_tokens(str rules)
{
    static const int each[] = {
        [LETTERS] = 8, [DIGITS] = 3, [BLANK] = 16, [LINE_END] = 16, [SIGN] = 1, [OTHER] = 3};
    size_t tokens = 0;
    for (size_t i = 0; i < rules.length;) {
        enum kind kind = kind_of((unsigned char)rules.bytes[i]);
        size_t from = i;
        while (i < rules.length && kind_of((unsigned char)rules.bytes[i]) == kind)
            i++;
        size_t length = i - from;
        if (kind != BLANK || length > 1)
            tokens += (length + (size_t)each[kind] - 1) / (size_t)each[kind];
    }
    return (int)tokens;
}
