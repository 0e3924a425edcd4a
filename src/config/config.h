/* config.h - the settings: from flags, else the environment, else a .env file, else defaults.
 *
 * A setting is one row of config.def and has four spellings: `http.port` in the docs, --http.port
 * as a flag, HARK_HTTP_PORT in the environment and in .env, config->http_port here; a few keep a
 * name of their own in the environment. Read once and then never changed, so any thread may read;
 * texts live in the arena. Only app/ and command/ see it: a room takes options of its own.
 *
 * Nothing is guessed: a flag, a HARK_ name or a value that is not understood is refused with one
 * sentence that says where it stands, and a secret is never repeated. An empty value in the
 * environment or in .env is as if it were not there. */
#pragma once

#include "base/buf.h"
#include "base/status.h"

enum config_setting {
#define SETTING(type, section, key, ...) CONFIG_##section##_##key,
#include "config/config.def"
#undef SETTING
    CONFIG_COUNT
};

enum config_origin {
    CONFIG_FROM_DEFAULT,
    CONFIG_FROM_ENV_FILE,
    CONFIG_FROM_ENVIRONMENT,
    CONFIG_FROM_FLAG
};

struct config {
#define CONFIG_TYPE_STR str
#define CONFIG_TYPE_SECRET str
#define CONFIG_TYPE_CHOICE str
#define CONFIG_TYPE_INT int64_t
#define CONFIG_TYPE_BOOL bool
#define SETTING(type, section, key, ...) CONFIG_TYPE_##type section##_##key;
#include "config/config.def"
#undef SETTING
#undef CONFIG_TYPE_STR
#undef CONFIG_TYPE_SECRET
#undef CONFIG_TYPE_CHOICE
#undef CONFIG_TYPE_INT
#undef CONFIG_TYPE_BOOL

    struct {
        enum config_origin origin;
        str text; /* as it would be written: "8000", "true" */
    } sources[CONFIG_COUNT];

    const char *const *arguments; /* as given to config_load, for config_reload */
    const char *env_file;
    const char **positional; /* the arguments that are not settings, NULL at the end */
    size_t positional_count;
};

/* `arguments` ends with NULL and must outlive `config`; so must `env_file`, which may be NULL and
 * need not exist. A flag is a setting when its name has a dot (--http.port=9000, or the value as
 * the next argument); all others, and what follows "--", are handed back. INVALID, MALFORMED. */
enum status config_load(struct config *config, struct arena *arena, const char *const *arguments,
                        const char *env_file, struct error *err) MUST_CHECK;

/* The same for a command's own flag that stands for a setting, as --role does for serve.role. */
enum status config_put_flag(struct config *config, struct arena *arena, str flag, str setting,
                            str value, struct error *err) MUST_CHECK;

/* For SIGHUP: reads everything anew into `fresh`. Settings that cannot change while we run keep the
 * value they have in `running`; their names are left in `needs_restart`, with commas between. */
enum status config_reload(struct config *fresh, struct arena *arena, const struct config *running,
                          str *needs_restart, struct error *err) MUST_CHECK;

enum config_form {
    CONFIG_AS_TEXT,     /* for a terminal: what is set, and from where */
    CONFIG_AS_MARKDOWN, /* for docs/settings.md: the defaults, whatever is set */
    CONFIG_AS_JSON      /* both */
};

/* Every setting, in the order of config.def. Secrets that are set show as "********". */
void config_write_reference(struct buf *out, const struct config *config, enum config_form form);
