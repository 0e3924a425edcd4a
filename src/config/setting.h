/* setting.h - the rows of config.def as a table. For the files of this room. */
#pragma once

#include "config/config.h"

enum setting_type {
    SETTING_STR,
    SETTING_SECRET,
    SETTING_CHOICE,
    SETTING_INT,
    SETTING_BOOL
};

struct setting {
    enum setting_type type;
    const char *name;        /* "http.port" */
    const char *environment; /* "" when it follows from the name */
    const char *initial, *rule, *doc;
    bool is_reloadable;
    size_t offset; /* in struct config */
};

extern const struct setting settings[CONFIG_COUNT];

/* NULL: there is none. */
const struct setting *setting_find(str name);
const struct setting *setting_find_by_environment(struct arena *arena, str environment);

str setting_environment_name(struct arena *arena, const struct setting *setting);
str setting_rule(struct arena *arena, const struct setting *setting); /* "true or false" */

/* Understands `text` and keeps it in `config`. False: it breaks the rule. */
bool setting_put(struct config *config, struct arena *arena, const struct setting *setting,
                 str text, enum config_origin origin);
