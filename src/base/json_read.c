#include "base/json.h"
#include "base/map.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

/* yajl calls back for each piece; the pieces are hung into a tree whose branch being built is a
 * stack of open containers. A refusal of ours is kept in `refusal`, and stops yajl. */
struct reader {
    struct arena *arena;
    str text;
    struct json_limits limits;
    struct json root; /* a make-believe array that holds the one value */
    struct open_container {
        struct json *container;
        struct json *last;
        struct map keys; /* filled once an object has more than a few */
    } open[JSON_DEPTH + 1];
    int depth;
    str key;
    size_t values;
    const char *refusal;
    str refused_key; /* the key it is about, if it is about one */
};

enum {
    GO_ON = 1,
    STOP = 0,
    FEW_KEYS = 12
};

static int refuse(struct reader *reader, const char *why)
{
    reader->refusal = why;
    return STOP;
}

static struct json *add_value(struct reader *reader, enum json_type type)
{
    struct open_container *open = &reader->open[reader->depth];
    struct json *value = arena_new(reader->arena, struct json);
    value->type = type;
    value->key = reader->key;
    reader->key = (str){0};

    if (open->last == NULL)
        open->container->first = value;
    else
        open->last->next = value;
    open->last = value;
    open->container->count++;
    return ++reader->values > reader->limits.values ? NULL : value;
}

static int on_null(void *context)
{
    struct reader *reader = context;
    return add_value(reader, JSON_NULL) != NULL ? GO_ON : refuse(reader, "has too many values");
}

static int on_boolean(void *context, int boolean)
{
    struct reader *reader = context;
    struct json *value = add_value(reader, JSON_BOOLEAN);
    if (value == NULL)
        return refuse(reader, "has too many values");
    value->boolean = boolean != 0;
    return GO_ON;
}

static int on_number(void *context, const char *digits, size_t length)
{
    struct reader *reader = context;
    str text = {digits, length};
    struct json *value = add_value(reader, JSON_REAL);
    if (value == NULL)
        return refuse(reader, "has too many values");
    if (str_to_integer(text, &value->integer)) {
        value->type = JSON_INTEGER;
        value->real = (double)value->integer;
        return GO_ON;
    }
    if (!str_to_real(text, &value->real))
        return refuse(reader, "has a number out of range");
    return GO_ON;
}

/* yajl hands out its own scratch space for strings with escapes, and the input for others: both
 * are gone after the parse unless the input is ours, so only the former are copied. */
static str kept(struct reader *reader, const unsigned char *bytes, size_t length)
{
    const char *text = (const char *)bytes;
    if (text >= reader->text.bytes && text < reader->text.bytes + reader->text.length)
        return (str){text, length};
    return str_copy(reader->arena, (str){text, length});
}

static int on_string(void *context, const unsigned char *bytes, size_t length)
{
    struct reader *reader = context;
    struct json *value = add_value(reader, JSON_STRING);
    if (value == NULL)
        return refuse(reader, "has too many values");
    value->string = kept(reader, bytes, length);
    if (str_find(value->string, '\0') == STR_NONE)
        return GO_ON;
    reader->refused_key = value->key;
    return refuse(reader, "holds U+0000");
}

static bool is_repeated(struct reader *reader, struct open_container *open, str key)
{
    if (open->container->count < FEW_KEYS) {
        for (const struct json *m = open->container->first; m != NULL; m = m->next)
            if (str_equal(m->key, key))
                return true;
        return false;
    }
    if (open->keys.arena == NULL) {
        map_init(&open->keys, reader->arena);
        for (const struct json *m = open->container->first; m != NULL; m = m->next)
            map_put(&open->keys, m->key, open);
    }
    return map_put(&open->keys, key, open) != NULL;
}

static int on_key(void *context, const unsigned char *bytes, size_t length)
{
    struct reader *reader = context;
    struct open_container *open = &reader->open[reader->depth];
    str key = kept(reader, bytes, length);

    if (str_find(key, '\0') != STR_NONE)
        return refuse(reader, "has a key that holds U+0000");
    if (open->container->count >= reader->limits.keys)
        return refuse(reader, reader->limits.keys == JSON_KEYS
                                  ? "has an object with more than 1000 keys"
                                  : "has an object with too many keys");
    if (is_repeated(reader, open, key)) {
        reader->refused_key = key;
        return refuse(reader, "stands there twice");
    }
    reader->key = key;
    return GO_ON;
}

static int open_container(struct reader *reader, enum json_type type)
{
    if (reader->depth == JSON_DEPTH)
        return refuse(reader, "is nested more than 32 deep");
    struct json *value = add_value(reader, type);
    if (value == NULL)
        return refuse(reader, "has too many values");
    reader->open[++reader->depth] = (struct open_container){.container = value};
    return GO_ON;
}

static int on_object(void *context)
{
    return open_container(context, JSON_OBJECT);
}

static int on_array(void *context)
{
    return open_container(context, JSON_ARRAY);
}

static int on_end(void *context)
{
    ((struct reader *)context)->depth--;
    return GO_ON;
}

static bool is_letter_of(char c, char least, char most)
{
    return (c | 32) >= least && (c | 32) <= most;
}

/* Whether the escape at the front of `rest` is half a surrogate pair without the other half. */
static bool is_lone_surrogate(str rest)
{
    const char *escape = rest.bytes;
    if (rest.length < 6 || escape[1] != 'u' || (escape[2] | 32) != 'd' || escape[3] < '8')
        return false;
    bool is_high = escape[3] <= '9' || is_letter_of(escape[3], 'a', 'b');
    return !is_high || rest.length < 12 || escape[6] != '\\' || escape[7] != 'u' ||
           (escape[8] | 32) != 'd' || !is_letter_of(escape[9], 'c', 'f');
}

/* yajl reads a lone surrogate as '?', which would change what a customer wrote unseen. Its place,
 * or STR_NONE. */
static size_t find_lone_surrogate(str text)
{
    for (size_t at = 0; at < text.length;) {
        str rest = str_slice(text, at, text.length);
        size_t next = str_find(rest, '\\');
        if (next == STR_NONE)
            break;
        rest = str_slice(rest, next, rest.length);
        if (is_lone_surrogate(rest))
            return at + next;
        bool is_pair = rest.length >= 12 && rest.bytes[1] == 'u' && (rest.bytes[2] | 32) == 'd' &&
                       rest.bytes[3] >= '8';
        at += next + (is_pair ? 12 : 2);
    }
    return STR_NONE;
}

/* The key whose value holds the byte at `at`: the last whole string before it that a colon follows.
 */
static str key_before(str text, size_t at)
{
    str key = {0}, last = {0};
    for (size_t i = 0; i < at; i++) {
        if (text.bytes[i] == ':')
            key = last;
        if (text.bytes[i] != '"')
            continue;
        size_t begin = ++i;
        while (i < at && text.bytes[i] != '"')
            i += text.bytes[i] == '\\' ? 2 : 1;
        last = i < at ? str_slice(text, begin, i) : last;
    }
    return key;
}

/* About one key, when it is known: "#/text", and the rule it breaks. */
static enum status fail_at(str key, const char *why, struct error *err)
{
    if (key.length == 0 || err == NULL)
        return fail(err, STATUS_MALFORMED, "the JSON is refused: it %s", why);
    fail(err, STATUS_MALFORMED, "%s", why);
    snprintf(err->field, sizeof err->field, "#/" STR_FORMAT, STR_ARG(utf8_prefix(key, 15)));
    return STATUS_MALFORMED;
}

/* yajl's own memory is the arena's as well; each piece has its size before it, as only yajl_realloc
 * wants to know it. */
enum {
    BEFORE = 16
};

static void *take_memory(void *arena, size_t size)
{
    char *memory = arena_alloc_raw(arena, BEFORE + size);
    memcpy(memory, &size, sizeof size);
    return memory + BEFORE;
}

static void *grow_memory(void *arena, void *memory, size_t size)
{
    size_t before = 0;
    void *grown = take_memory(arena, size);
    if (memory != NULL)
        memcpy(&before, (char *)memory - BEFORE, sizeof before);
    if (before > 0)
        memcpy(grown, memory, before < size ? before : size);
    return grown;
}

static void leave_memory(void *arena, void *memory)
{
    (void)arena;
    (void)memory;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_end,
};

static enum status yajl_refusal(yajl_handle yajl, const struct reader *reader, struct error *err)
{
    if (reader->refusal != NULL)
        return fail_at(reader->refused_key, reader->refusal, err);

    unsigned char *why =
        yajl_get_error(yajl, 0, (const unsigned char *)reader->text.bytes, reader->text.length);
    size_t length = strcspn((const char *)why, "\n");
    fail(err, STATUS_MALFORMED, "this is not JSON: %.*s (near byte %zu)", (int)length,
         (const char *)why, yajl_get_bytes_consumed(yajl));
    yajl_free_error(yajl, why);
    return STATUS_MALFORMED;
}

enum status json_parse(struct arena *arena, str text, const struct json **value, struct error *err)
{
    static const struct json_limits limits = {JSON_VALUES, JSON_KEYS};
    return json_parse_within(arena, text, &limits, value, err);
}

/* Containers are zeroed as they are opened. */
static struct reader *make_reader(struct arena *arena, str text, const struct json_limits *limits)
{
    struct reader *reader = arena_alloc_raw(arena, sizeof *reader);
    reader->arena = arena;
    reader->text = text;
    reader->limits = *limits;
    reader->root = (struct json){.type = JSON_ARRAY};
    reader->open[0] = (struct open_container){.container = &reader->root};
    reader->depth = 0;
    reader->values = 0;
    reader->key = reader->refused_key = (str){0};
    reader->refusal = NULL;
    return reader;
}

enum status json_parse_within(struct arena *arena, str text, const struct json_limits *limits,
                              const struct json **value, struct error *err)
{
    if (str_trim(text).length == 0)
        return fail(err, STATUS_MALFORMED, "this is not JSON: it is empty");
    if (!utf8_is_valid(text)) /* yajl's own check lets overlong forms through */
        return fail(err, STATUS_MALFORMED, "the JSON is refused: it is not valid UTF-8");
    size_t surrogate = find_lone_surrogate(text);
    if (surrogate != STR_NONE)
        return fail_at(key_before(text, surrogate), "holds a lone surrogate", err);

    struct reader *reader = make_reader(arena, text, limits);

    yajl_alloc_funcs memory = {take_memory, grow_memory, leave_memory, arena};
    yajl_handle yajl = yajl_alloc(&callbacks, &memory, reader);
    yajl_config(yajl, yajl_dont_validate_strings, 1);
    yajl_status outcome = yajl_parse(yajl, (const unsigned char *)text.bytes, text.length);
    if (outcome == yajl_status_ok)
        outcome = yajl_complete_parse(yajl);
    enum status status = outcome == yajl_status_ok ? STATUS_OK : yajl_refusal(yajl, reader, err);
    yajl_free(yajl);
    if (status == STATUS_OK)
        *value = reader->root.first;
    return status;
}

const struct json *json_find(const struct json *object, const char *key)
{
    for (const struct json *member = object->first; member != NULL; member = member->next)
        if (str_equal_z(member->key, key))
            return member;
    return NULL;
}

const char *json_type_name(enum json_type type)
{
    static const char *const names[] = {"null",     "a boolean", "an integer", "a number",
                                        "a string", "an array",  "an object"};
    return names[type];
}
