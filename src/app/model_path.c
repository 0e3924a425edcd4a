#include "app/model_path.h"

#include <unistd.h>

/* The folder of this program, with its last '/'. */
static str program_folder(struct arena *arena)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    while (length > 0 && path[length - 1] != '/')
        length--;
    return length > 0 ? str_copy(arena, (str){path, (size_t)length}) : STR("./");
}

static const char *shipped_path(struct arena *arena, const char *file_name)
{
    str folder = program_folder(arena);
    const char *const places[] = {
        str_format(arena, STR_FORMAT "../models/%s", STR_ARG(folder), file_name).bytes,
        str_format(arena, STR_FORMAT "../share/hark/%s", STR_ARG(folder), file_name).bytes,
        str_format(arena, "models/%s", file_name).bytes,
        str_format(arena, "/usr/share/hark/%s", file_name).bytes,
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (access(places[i], R_OK) == 0)
            return places[i];
    return places[0];
}

const char *app_model_path(struct arena *arena, const struct config *config)
{
    if (config->model_path.length > 0)
        return str_z(arena, config->model_path);
    return shipped_path(arena, "hark-ngram.bin");
}

const char *app_language_path(struct arena *arena)
{
    return shipped_path(arena, "hark-language.bin");
}
