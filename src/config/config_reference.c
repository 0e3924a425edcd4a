/* The settings as people and programs read them. */
#include "base/json.h"
#include "config/config.h"
#include "config/setting.h"

static const char *const origin_names[] = {"default", ".env", "environment", "flag"};
static const char *const type_names[] = {"text", "secret", "choice", "number", "boolean"};

static str shown(const struct config *config, size_t i)
{
    str text = config->sources[i].text;
    return settings[i].type == SETTING_SECRET && text.length > 0 ? STR("********") : text;
}

static void write_text(struct buf *out, const struct config *config)
{
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        const struct setting *setting = &settings[i];
        str value = shown(config, i), variable = setting_environment_name(out->arena, setting);
        buf_format(out, "%s=" STR_FORMAT "  (%s)\n", setting->name, STR_ARG(value),
                   origin_names[config->sources[i].origin]);
        buf_format(out, "    %s\n    " STR_FORMAT "%s%s; %s\n\n", setting->doc, STR_ARG(variable),
                   setting->rule[0] != '\0' ? ", " : "", setting->rule,
                   setting->is_reloadable ? "SIGHUP reads it anew" : "needs a restart");
    }
}

static void add_cell(struct buf *out, str text, bool is_code)
{
    buf_add_z(out, is_code && text.length > 0 ? " `" : " ");
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] == '|')
            buf_add_byte(out, '\\');
        buf_add_byte(out, text.bytes[i]);
    }
    buf_add_z(out, is_code && text.length > 0 ? "` |" : " |");
}

static void write_markdown(struct buf *out)
{
    buf_add_z(out, "| Setting | Environment | Default | Values | SIGHUP | What it is |\n"
                   "|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        const struct setting *setting = &settings[i];
        buf_add_byte(out, '|');
        add_cell(out, str_from_z(setting->name), true);
        add_cell(out, setting_environment_name(out->arena, setting), true);
        add_cell(out, str_from_z(setting->initial), true);
        add_cell(out, setting_rule(out->arena, setting), false);
        add_cell(out, setting->is_reloadable ? STR("yes") : STR("no"), false);
        add_cell(out, str_from_z(setting->doc), false);
        buf_add_byte(out, '\n');
    }
}

static void write_member(struct json_writer *json, const char *key, str value)
{
    json_key(json, key);
    json_string(json, value);
}

static void write_json(struct buf *out, const struct config *config)
{
    struct json_writer json = {.out = out};
    json_open(&json, '[');
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        const struct setting *setting = &settings[i];
        json_open(&json, '{');
        write_member(&json, "name", str_from_z(setting->name));
        write_member(&json, "environment", setting_environment_name(out->arena, setting));
        write_member(&json, "type", str_from_z(type_names[setting->type]));
        write_member(&json, "value", shown(config, i));
        write_member(&json, "origin", str_from_z(origin_names[config->sources[i].origin]));
        write_member(&json, "default", str_from_z(setting->initial));
        write_member(&json, "rule", setting_rule(out->arena, setting));
        json_key(&json, "reloadable");
        json_boolean(&json, setting->is_reloadable);
        write_member(&json, "doc", str_from_z(setting->doc));
        json_close(&json, '}');
    }
    json_close(&json, ']');
    buf_add_byte(out, '\n');
}

void config_write_reference(struct buf *out, const struct config *config, enum config_form form)
{
    switch (form) {
    case CONFIG_AS_TEXT:
        write_text(out, config);
        break;
    case CONFIG_AS_MARKDOWN:
        write_markdown(out);
        break;
    case CONFIG_AS_JSON:
        write_json(out, config);
        break;
    }
}
