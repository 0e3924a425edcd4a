#include "labels.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum {
    FENCE = 16,
    LONG_SUMMARY = 100000,
    DEPTH = 1000
};

/* --- what a text means --- */

static const char *const sentiments[] = {"positive", "negative", "neutral", "mixed", NULL};
static const char *const topics[] = {"bug", "feature_request", "billing", "performance",
                                     "ux",  "general",         NULL};
static const char *const severities[] = {"low", "medium", "high", "critical", NULL};

static const char positive_words[] =
    " love loves great excellent amazing awesome thanks thank perfect good wonderful fantastic "
    "helpful easy happy best ";
static const char negative_words[] =
    " hate hates terrible awful worst broken crash crashes crashed fails failed useless bad "
    "horrible unusable disappointed lost overcharged waiting freezes angry slow ";
static const char critical_words[] = " critical outage breach stolen emergency ";
static const char high_words[] = " crash crashes crashed unusable overcharged lost worst ";
static const char urgent_words[] = " urgent urgently immediately asap emergency ";

static const struct {
    const char *topic, *words;
} topic_words[] = {
    {"billing", " billing invoice invoices charged overcharged refund payment price subscription "},
    {"performance", " slow lag lags latency timeout timeouts loading "},
    {"bug", " bug bugs crash crashes crashed error errors broken fails failed freezes "},
    {"feature_request", " feature features wish add adding missing "},
    {"ux", " confusing design layout button buttons interface ux ugly "},
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* False at the end. Words of letters alone, with blanks around them, in lower case. */
static bool next_word(str text, size_t *at, char word[static 32])
{
    size_t length = 1;
    while (*at < text.length && !is_letter(text.bytes[*at]))
        (*at)++;
    if (*at == text.length)
        return false;
    word[0] = ' ';
    for (; *at < text.length && is_letter(text.bytes[*at]); (*at)++)
        if (length < 30)
            word[length++] = (char)(text.bytes[*at] | 0x20);
    word[length] = ' ';
    word[length + 1] = '\0';
    return true;
}

static int count_words(str text, const char *list)
{
    char word[32];
    int count = 0;
    for (size_t at = 0; next_word(text, &at, word);)
        count += strstr(list, word) != NULL;
    return count;
}

static const char *sentiment_of(int good, int bad)
{
    if (good > 0 && bad > 0)
        return "mixed";
    return good > 0 ? "positive" : bad > 0 ? "negative" : "neutral";
}

static const char *topic_of(str text)
{
    const char *best = "general";
    int most = 0;
    for (size_t i = 0; i < sizeof topic_words / sizeof topic_words[0]; i++) {
        int count = count_words(text, topic_words[i].words);
        if (count > most) {
            most = count;
            best = topic_words[i].topic;
        }
    }
    return best;
}

static const char *severity_of(str text, int bad)
{
    if (count_words(text, critical_words) > 0)
        return "critical";
    if (count_words(text, high_words) > 0)
        return "high";
    return bad > 0 ? "medium" : "low";
}

/* --- mistakes --- */

static double chance_of(str text, const struct mistakes *mistakes, const char *of)
{
    struct arena arena = {0};
    unsigned char digest[SHA256_SIZE];
    uint32_t number;
    hash_sha256(
        str_format(&arena, "%lld %s " STR_FORMAT, (long long)mistakes->seed, of, STR_ARG(text)),
        digest);
    arena_reset(&arena);
    memcpy(&number, digest, sizeof number);
    return (double)number / 4294967296.0;
}

static const char *after(const char *const *list, const char *label)
{
    for (size_t i = 0; list[i] != NULL; i++)
        if (strcmp(list[i], label) == 0)
            return list[i + 1] != NULL ? list[i + 1] : list[0];
    return list[0];
}

struct labels labels_of(str text, const struct mistakes *mistakes)
{
    int good = count_words(text, positive_words), bad = count_words(text, negative_words);
    struct labels labels = {
        .sentiment = sentiment_of(good, bad),
        .topic = topic_of(text),
        .severity = severity_of(text, bad),
        .score = good + bad == 0 ? 0 : (double)(good - bad) / (good + bad),
        .urgent = count_words(text, urgent_words) > 0,
    };
    if (mistakes->rate > 0 && chance_of(text, mistakes, "sentiment") < mistakes->rate)
        labels.sentiment = after(sentiments, labels.sentiment);
    if (mistakes->rate > 0 && chance_of(text, mistakes, "topic") < mistakes->rate)
        labels.topic = after(topics, labels.topic);
    return labels;
}

static const char *first_named(str text, const char *const *list, const char *otherwise)
{
    const char *first = otherwise;
    size_t where = STR_NONE;
    for (size_t i = 0; list[i] != NULL; i++) {
        size_t at = str_find_str(text, str_from_z(list[i]));
        if (at < where) {
            where = at;
            first = list[i];
        }
    }
    return first;
}

struct labels labels_obeying(str text, struct labels labels)
{
    struct arena arena = {0};
    str lower = str_lower(&arena, text);
    labels.sentiment = first_named(lower, sentiments, labels.sentiment);
    labels.topic = first_named(lower, topics, labels.topic);
    labels.severity = first_named(lower, severities, labels.severity);
    labels.score = strcmp(labels.sentiment, "positive") == 0   ? 1
                   : strcmp(labels.sentiment, "negative") == 0 ? -1
                                                               : 0;
    arena_reset(&arena);
    return labels;
}

/* --- the fence --- */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool is_fence(str text, size_t at)
{
    for (size_t i = 0; i < FENCE; i++)
        if (!is_hex(text.bytes[at + i]))
            return false;
    return (at == 0 || !is_hex(text.bytes[at - 1])) &&
           (at + FENCE == text.length || !is_hex(text.bytes[at + FENCE]));
}

/* What stands on the lines between those of the marks. */
static str between(str text, size_t from, size_t to)
{
    str inner = str_slice(text, from + FENCE, to), first, rest;
    if (str_cut(inner, '\n', &first, &rest))
        inner = rest;
    for (size_t i = inner.length; i > 0; i--)
        if (inner.bytes[i - 1] == '\n')
            return str_trim(str_slice(inner, 0, i - 1));
    return str_trim(inner);
}

str labels_unfence(str text)
{
    for (size_t at = 0; at + FENCE <= text.length; at++) {
        if (!is_fence(text, at))
            continue;
        str rest = str_slice(text, at + FENCE, text.length);
        size_t again = str_find_str(rest, str_slice(text, at, at + FENCE));
        if (again != STR_NONE)
            return between(text, at, at + FENCE + again);
    }
    return text;
}

/* --- the answer --- */

struct writing {
    struct json_writer json;
    const struct question *question;
    struct labels labels;
    enum content content;
};

static const char default_schema[] =
    "{\"type\":\"object\",\"properties\":{\"sentiment\":{\"type\":\"string\"},"
    "\"sentiment_score\":{\"type\":\"number\"},\"topic\":{\"type\":\"string\"},"
    "\"severity\":{\"type\":\"string\"},\"language\":{\"type\":\"string\"},"
    "\"summary\":{\"type\":\"string\"},\"urgent\":{\"type\":\"boolean\"},"
    "\"injection_suspected\":{\"type\":\"boolean\"}}}";

/* Summaries that no model should give, as JSON. */
static const struct {
    enum content content;
    const char *json;
} summaries[] = {
    {CONTENT_MARKUP, "\"<script>alert(1)</script> ![x](https://evil.example/?q=1) "
                     "see https://evil.example/\""},
    {CONTENT_CONTROL, "\"one\\ntwo\\u001b[31m three \xe2\x80\xae four\""},
    {CONTENT_NUL, "\"one\\u0000two\""},
    {CONTENT_BAD_UTF8, "\"one \xff\xfe two\""},
    {CONTENT_LONE_SURROGATE, "\"one \\ud800 two\""},
};

static str repeated(struct arena *arena, char byte, size_t times)
{
    char *bytes = arena_alloc(arena, times);
    memset(bytes, byte, times);
    return (str){bytes, times};
}

static void write_summary(struct writing *writing)
{
    struct arena *arena = writing->question->arena;
    for (size_t i = 0; i < sizeof summaries / sizeof summaries[0]; i++)
        if (summaries[i].content == writing->content) {
            json_raw(&writing->json, str_from_z(summaries[i].json));
            return;
        }
    if (writing->content == CONTENT_LONG)
        json_string(&writing->json, repeated(arena, 'a', LONG_SUMMARY));
    else if (writing->content == CONTENT_ECHO)
        json_string(&writing->json, writing->question->feedback);
    else
        json_string(&writing->json, str_format(arena, "A %s remark about %s.",
                                               writing->labels.sentiment, writing->labels.topic));
}

static const char *label_named(const struct writing *writing, str key)
{
    if (str_equal(key, STR("sentiment")))
        return writing->labels.sentiment;
    if (str_equal(key, STR("topic")) || str_equal(key, STR("category")))
        return writing->labels.topic;
    if (str_equal(key, STR("severity")) || str_equal(key, STR("priority")))
        return writing->labels.severity;
    return str_equal(key, STR("language")) ? "en" : NULL;
}

/* The label where the schema has it, the schema's first word where it has not. */
static str choose_word(const struct json *choices, const char *label)
{
    if (choices == NULL || choices->first == NULL)
        return str_from_z(label);
    for (const struct json *item = choices->first; label != NULL && item != NULL; item = item->next)
        if (item->type == JSON_STRING && str_equal_z(item->string, label))
            return item->string;
    return choices->first->string;
}

static void write_label(struct writing *writing, const struct json *choices, const char *label)
{
    str word = choose_word(choices, label);
    if (writing->content == CONTENT_WRONG_ENUM)
        word = STR("furious");
    if (writing->content == CONTENT_WRONG_CASE) {
        char *upper = arena_alloc(writing->question->arena, word.length + 1);
        for (size_t i = 0; i < word.length; i++)
            upper[i] = (char)(is_letter(word.bytes[i]) ? word.bytes[i] & ~0x20 : word.bytes[i]);
        word.bytes = upper;
    }
    json_string(&writing->json, word);
}

/* A score is what the words say, a confidence how sure the answer is of itself. */
static void write_number(struct writing *writing, str key, bool is_whole)
{
    double sure = writing->content == CONTENT_UNSURE ? 0.3 : 0.9;
    if (writing->content == CONTENT_OUT_OF_RANGE)
        json_raw(&writing->json, STR("17.5"));
    else if (writing->content == CONTENT_NO_NUMBER)
        json_raw(&writing->json, STR("1e999"));
    else if (is_whole)
        json_integer(&writing->json, 0);
    else if (str_equal(key, STR("confidence")))
        json_real(&writing->json, sure, 4);
    else
        json_real(&writing->json, writing->labels.score, 4);
}

/* "string" of ["string", "null"], too. */
static str type_of(const struct json *schema)
{
    const struct json *type = json_find(schema, "type");
    if (type != NULL && type->type == JSON_ARRAY)
        type = type->first;
    return type != NULL ? type->string : STR("string");
}

static void write_object(struct writing *writing, const struct json *schema);

static void write_text(struct writing *writing, str key, const struct json *schema)
{
    const struct json *choices = json_find(schema, "enum");
    const char *label = label_named(writing, key);
    if (choices != NULL || label != NULL)
        write_label(writing, choices, label);
    else
        write_summary(writing);
}

static bool write_no_value(struct writing *writing, str type)
{
    bool is_text = str_equal(type, STR("string"));
    if (writing->content == CONTENT_NULLS)
        json_null(&writing->json);
    else if (writing->content == CONTENT_WRONG_TYPES && is_text)
        json_integer(&writing->json, 7);
    else if (writing->content == CONTENT_WRONG_TYPES)
        json_string_z(&writing->json, "seven");
    else
        return false;
    return true;
}

static void write_value(struct writing *writing, str key, const struct json *schema)
{
    str type = type_of(schema);
    if (write_no_value(writing, type))
        return;
    if (str_equal(type, STR("string")))
        write_text(writing, key, schema);
    else if (str_equal(type, STR("number")) || str_equal(type, STR("integer")))
        write_number(writing, key, str_equal(type, STR("integer")));
    else if (str_equal(type, STR("boolean")))
        json_boolean(&writing->json, str_equal(key, STR("urgent")) && writing->labels.urgent);
    else if (str_equal(type, STR("object")))
        write_object(writing, schema);
    else if (str_equal(type, STR("array")))
        json_raw(&writing->json, STR("[]"));
    else
        json_null(&writing->json);
}

static void write_object(struct writing *writing, const struct json *schema)
{
    const struct json *properties = json_find(schema, "properties");
    const struct json *first = properties == NULL ? NULL : properties->first;
    json_open(&writing->json, '{');
    if (writing->content == CONTENT_MISSING_KEYS && first != NULL)
        first = first->next;
    for (const struct json *item = first; item != NULL; item = item->next) {
        json_key_str(&writing->json, item->key);
        write_value(writing, item->key, item);
    }
    if (writing->content == CONTENT_KEY_TWICE && first != NULL) {
        json_key_str(&writing->json, first->key);
        json_string_z(&writing->json, "positive");
    }
    if (writing->content == CONTENT_EXTRA_KEYS)
        json_raw(&writing->json, STR("\"is_admin\":true,\"recipients\":[\"all@evil.example\"],"
                                     "\"note\":{\"callback\":\"https://evil.example/\"}"));
    json_close(&writing->json, '}');
}

/* What stands around the object. */
static const struct {
    enum content content;
    const char *before, *after;
} wrappings[] = {
    {CONTENT_IN_MARKDOWN, "Here it is:\n```json\n", "\n```"},
    {CONTENT_TWICE, "", "{\"sentiment\":\"positive\"}"},
    {CONTENT_LIST, "[", "]"},
};

str labels_write(const struct question *question, struct labels labels, enum content content)
{
    struct error err;
    struct buf out;
    const struct json *schema = question->schema;
    struct writing writing = {
        .json = {.out = &out}, .question = question, .labels = labels, .content = content};
    buf_init(&out, question->arena, 1 << 20);
    if (schema == NULL &&
        json_parse(question->arena, str_from_z(default_schema), &schema, &err) != STATUS_OK)
        abort();
    write_object(&writing, schema);
    str object = buf_str(&out);
    if (content == CONTENT_EMPTY)
        return STR("");
    if (content == CONTENT_NULL)
        return (str){0};
    if (content == CONTENT_PROSE)
        return STR("I am sorry, but I cannot help with that.");
    if (content == CONTENT_HALF)
        return str_slice(object, 0, object.length / 2);
    if (content == CONTENT_DEEP)
        return repeated(question->arena, '[', DEPTH);
    for (size_t i = 0; i < sizeof wrappings / sizeof wrappings[0]; i++)
        if (wrappings[i].content == content)
            return str_format(question->arena, "%s" STR_FORMAT "%s", wrappings[i].before,
                              STR_ARG(object), wrappings[i].after);
    return object;
}
