#include "config/setting.h"

#include <assert.h>
#include <stddef.h>

enum {
    RESTART,
    RELOAD
};

const struct setting settings[CONFIG_COUNT] = {
#define SETTING(type, section, key, environment, initial, rule, on_hangup, doc)                    \
    {SETTING_##type, #section "." #key,                                                            \
     environment,    initial,                                                                      \
     rule,           doc,                                                                          \
     on_hangup,      offsetof(struct config, section##_##key)},
#include "config/config.def"
#undef SETTING
};

const struct setting *setting_find(str name)
{
    for (size_t i = 0; i < CONFIG_COUNT; i++)
        if (str_equal_z(name, settings[i].name))
            return &settings[i];
    return NULL;
}

const struct setting *setting_find_by_environment(struct arena *arena, str environment)
{
    for (size_t i = 0; i < CONFIG_COUNT; i++)
        if (str_equal(environment, setting_environment_name(arena, &settings[i])))
            return &settings[i];
    return NULL;
}

/* http.max_body_kb: HARK_HTTP_MAX_BODY_KB. */
str setting_environment_name(struct arena *arena, const struct setting *setting)
{
    if (setting->environment[0] != '\0')
        return str_from_z(setting->environment);
    str text = str_format(arena, "HARK_%s", setting->name);
    char *bytes = (char *)arena_alloc_raw(arena, text.length);
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        bytes[i] = byte == '.' ? '_' : byte >= 'a' && byte <= 'z' ? (char)(byte - 'a' + 'A') : byte;
    }
    return (str){bytes, text.length};
}

static void get_range(const struct setting *setting, int64_t *least, int64_t *most)
{
    str rule = str_from_z(setting->rule);
    size_t dots = str_find_str(rule, STR(".."));
    bool is_range = dots != STR_NONE && str_to_integer(str_slice(rule, 0, dots), least) &&
                    str_to_integer(str_slice(rule, dots + 2, rule.length), most);
    assert(is_range && "the rule of an INT in config.def");
    (void)is_range;
}

/* "a|b|c": "a, b or c". */
static str words_of(struct arena *arena, str rest)
{
    struct buf text;
    buf_init(&text, arena, 256);
    for (str word; rest.length > 0;) {
        bool has_more = str_cut(rest, '|', &word, &rest);
        if (text.length > 0)
            buf_add_z(&text, has_more ? ", " : " or ");
        buf_add(&text, word);
    }
    return buf_str(&text);
}

str setting_rule(struct arena *arena, const struct setting *setting)
{
    int64_t least, most;
    switch (setting->type) {
    case SETTING_INT:
        get_range(setting, &least, &most);
        return str_format(arena, "a whole number from %lld to %lld", (long long)least,
                          (long long)most);
    case SETTING_BOOL:
        return STR("true or false");
    case SETTING_CHOICE:
        return words_of(arena, str_from_z(setting->rule));
    case SETTING_STR:
    case SETTING_SECRET:
        break;
    }
    return STR("one line of text");
}

static bool parse_integer(const struct setting *setting, str text, int64_t *number)
{
    int64_t least, most;
    get_range(setting, &least, &most);
    return str_to_integer(text, number) && *number >= least && *number <= most;
}

static bool is_word_of(str text, str words, str *word)
{
    while (words.length > 0) {
        str_cut(words, '|', word, &words);
        if (str_equal_ignoring_case(text, *word))
            return true;
    }
    return false;
}

static bool parse_boolean(str text, bool *value)
{
    str word;
    *value = is_word_of(text, STR("true|yes|on|1"), &word);
    return *value || is_word_of(text, STR("false|no|off|0"), &word);
}

static bool is_printable(str text)
{
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.bytes[i] < ' ' || text.bytes[i] == 0x7f)
            return false;
    return true;
}

bool setting_put(struct config *config, struct arena *arena, const struct setting *setting,
                 str text, enum config_origin origin)
{
    void *field = (char *)config + setting->offset;
    int64_t number;
    bool truth;
    switch (setting->type) {
    case SETTING_INT:
        if (!parse_integer(setting, text, &number))
            return false;
        *(int64_t *)field = number;
        text = str_format(arena, "%lld", (long long)number);
        break;
    case SETTING_BOOL:
        if (!parse_boolean(text, &truth))
            return false;
        *(bool *)field = truth;
        text = truth ? STR("true") : STR("false");
        break;
    case SETTING_CHOICE:
        if (!is_word_of(text, str_from_z(setting->rule), &text))
            return false;
        *(str *)field = text;
        break;
    case SETTING_STR:
    case SETTING_SECRET:
        if (!is_printable(text))
            return false;
        text = str_copy(arena, text);
        *(str *)field = text;
        break;
    }
    config->sources[setting - settings].origin = origin;
    config->sources[setting - settings].text = text;
    return true;
}
