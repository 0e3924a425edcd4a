#include "app/model_path.h"

#include <sys/stat.h>
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

const char *app_shipped_path(struct arena *arena, const char *file_name)
{
    str folder = program_folder(arena);
    const char *const places[] = {
        str_format(arena, STR_FORMAT "../models/%s", STR_ARG(folder), file_name).bytes,
        str_format(arena, STR_FORMAT "../share/hark/%s", STR_ARG(folder), file_name).bytes,
        str_format(arena, "models/%s", file_name).bytes,
        str_format(arena, "/usr/share/hark/%s", file_name).bytes,
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (access(places[i], R_OK) == 0)
            return places[i];
    return places[0];
}

const char *app_transformer_path(struct arena *arena, const struct config *config)
{
    struct stat about;
    if (config->model_path.length == 0)
        return NULL;
    const char *path = str_z(arena, config->model_path);
    return stat(path, &about) == 0 && S_ISREG(about.st_mode) ? NULL : path;
}

const char *app_model_path(struct arena *arena, const struct config *config)
{
    if (config->model_path.length > 0 && app_transformer_path(arena, config) == NULL)
        return str_z(arena, config->model_path);
    return app_shipped_path(arena, "hark-ngram.bin");
}

const char *app_vectors_path(struct arena *arena, const struct config *config)
{
    return config->search_model.length > 0 ? str_z(arena, config->search_model)
                                           : app_shipped_path(arena, "hark-vectors.bin");
}
