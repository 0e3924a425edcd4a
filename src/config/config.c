#include "config/config.h"

#include "config/env_file.h"
#include "config/setting.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

/* Where a value stands, for the one who has to mend it. */
struct place {
    enum config_origin origin;
    str name; /* as it is spelled there */
    const char *env_file;
    unsigned line;
};

static str place_text(struct arena *arena, const struct place *place)
{
    switch (place->origin) {
    case CONFIG_FROM_ENV_FILE:
        return str_format(arena, STR_FORMAT " in %s line %u", STR_ARG(place->name), place->env_file,
                          place->line);
    case CONFIG_FROM_ENVIRONMENT:
        return str_format(arena, STR_FORMAT " in the environment", STR_ARG(place->name));
    case CONFIG_FROM_FLAG:
        return str_format(arena, "flag --" STR_FORMAT, STR_ARG(place->name));
    case CONFIG_FROM_DEFAULT:
        break;
    }
    return STR("default");
}

static enum status put(struct config *config, struct arena *arena, const struct setting *setting,
                       str text, const struct place *place, struct error *err)
{
    enum {
        SHOWN = 40 /* bytes of a bad value that are repeated */
    };
    if (setting_put(config, arena, setting, text, place->origin))
        return STATUS_OK;
    str rule = setting_rule(arena, setting), from = place_text(arena, place);
    if (setting->type == SETTING_SECRET || setting->type == SETTING_STR)
        return fail(err, STATUS_INVALID, "%s must be " STR_FORMAT " (" STR_FORMAT ")",
                    setting->name, STR_ARG(rule), STR_ARG(from));
    str shown = str_slice(text, 0, SHOWN);
    return fail(err, STATUS_INVALID,
                "%s must be " STR_FORMAT ", not '" STR_FORMAT "' (" STR_FORMAT ")", setting->name,
                STR_ARG(rule), STR_ARG(shown), STR_ARG(from));
}

static enum status refuse_unknown(struct arena *arena, const struct place *place, struct error *err)
{
    str from = place_text(arena, place);
    return fail(err, STATUS_INVALID,
                STR_FORMAT ": there is no such setting; `hark settings` lists them all",
                STR_ARG(from));
}

static void put_defaults(struct config *config, struct arena *arena)
{
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        bool is_good = setting_put(config, arena, &settings[i], str_from_z(settings[i].initial),
                                   CONFIG_FROM_DEFAULT);
        assert(is_good && "the default of a row in config.def");
        (void)is_good;
    }
}

/* A name that starts like ours must be ours; the others belong to other programs. */
static enum status put_variable(struct config *config, struct arena *arena,
                                const struct place *place, str value, struct error *err)
{
    const struct setting *setting = setting_find_by_environment(arena, place->name);
    if (setting == NULL && str_starts_with(place->name, STR("HARK_")))
        return refuse_unknown(arena, place, err);
    if (setting == NULL || value.length == 0)
        return STATUS_OK;
    return put(config, arena, setting, value, place, err);
}

static enum status put_env_file(struct config *config, struct arena *arena, struct error *err)
{
    struct env_file file = {0};
    if (config->env_file == NULL)
        return STATUS_OK;
    enum status status = env_file_read(&file, arena, config->env_file, err);
    for (size_t i = 0; status == STATUS_OK && i < file.count; i++) {
        struct place place = {CONFIG_FROM_ENV_FILE, file.lines[i].name, config->env_file,
                              file.lines[i].number};
        status = put_variable(config, arena, &place, file.lines[i].value, err);
    }
    return status;
}

static enum status put_environment(struct config *config, struct arena *arena, struct error *err)
{
    enum status status = STATUS_OK;
    for (char **variable = environ; status == STATUS_OK && *variable != NULL; variable++) {
        struct place place = {.origin = CONFIG_FROM_ENVIRONMENT};
        str value;
        if (str_cut(str_from_z(*variable), '=', &place.name, &value))
            status = put_variable(config, arena, &place, value, err);
    }
    return status;
}

/* Of "--http.port" and "--http.port=9000", and not of "--json" or "--out=a.csv". */
static bool is_setting_flag(str argument)
{
    str name, value;
    if (!str_starts_with(argument, STR("--")))
        return false;
    str_cut(argument, '=', &name, &value);
    return str_find(name, '.') != STR_NONE;
}

/* Puts the setting of the flag at `*at`, and moves `*at` to the last argument it took. */
static enum status put_flag(struct config *config, struct arena *arena, const char *const **at,
                            struct error *err)
{
    str flag = str_from_z(**at), value;
    struct place place = {.origin = CONFIG_FROM_FLAG};
    bool has_value = str_cut(str_slice(flag, strlen("--"), flag.length), '=', &place.name, &value);
    const struct setting *setting = setting_find(place.name);
    if (setting == NULL)
        return refuse_unknown(arena, &place, err);
    if (!has_value) {
        if ((*at)[1] == NULL)
            return fail(err, STATUS_INVALID, "flag --%s needs a value", setting->name);
        value = str_from_z(*++*at);
    }
    return put(config, arena, setting, value, &place, err);
}

static enum status put_flags(struct config *config, struct arena *arena, struct error *err)
{
    size_t count = 0;
    while (config->arguments[count] != NULL)
        count++;
    config->positional = arena_array(arena, const char *, count + 1);

    bool may_be_setting = true;
    for (const char *const *at = config->arguments; *at != NULL; at++) {
        if (may_be_setting && is_setting_flag(str_from_z(*at))) {
            enum status status = put_flag(config, arena, &at, err);
            if (status != STATUS_OK)
                return status;
            continue;
        }
        may_be_setting = may_be_setting && strcmp(*at, "--") != 0;
        config->positional[config->positional_count++] = *at;
    }
    return STATUS_OK;
}

enum status config_load(struct config *config, struct arena *arena, const char *const *arguments,
                        const char *env_file, struct error *err)
{
    struct config read = {.arguments = arguments, .env_file = env_file};
    put_defaults(&read, arena);
    enum status status = put_env_file(&read, arena, err);
    if (status == STATUS_OK)
        status = put_environment(&read, arena, err);
    if (status == STATUS_OK)
        status = put_flags(&read, arena, err);
    if (status == STATUS_OK)
        *config = read;
    return status;
}

enum status config_put_flag(struct config *config, struct arena *arena, str flag, str setting,
                            str value, struct error *err)
{
    struct place place = {.origin = CONFIG_FROM_FLAG, .name = flag};
    const struct setting *found = setting_find(setting);
    assert(found != NULL && "a row of config.def");
    return put(config, arena, found, value, &place, err);
}

static void keep(struct config *fresh, struct arena *arena, const struct config *running, size_t i)
{
    bool is_good = setting_put(fresh, arena, &settings[i], running->sources[i].text,
                               running->sources[i].origin);
    assert(is_good && "it was good before");
    (void)is_good;
}

enum status config_reload(struct config *fresh, struct arena *arena, const struct config *running,
                          str *needs_restart, struct error *err)
{
    enum status status = config_load(fresh, arena, running->arguments, running->env_file, err);
    if (status != STATUS_OK)
        return status;
    struct buf names;
    buf_init(&names, arena, 4096);
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        if (settings[i].is_reloadable ||
            str_equal(fresh->sources[i].text, running->sources[i].text))
            continue;
        keep(fresh, arena, running, i);
        if (names.length > 0)
            buf_add_z(&names, ", ");
        buf_add_z(&names, settings[i].name);
    }
    *needs_restart = buf_str(&names);
    return STATUS_OK;
}
