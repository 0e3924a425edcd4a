#include "command/model_check.h"

#include "app/model_path.h"
#include "infer/encoder/transformer.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

int64_t free_disk_at(struct arena *arena, str path)
{
    struct statvfs about;
    size_t slash = path.length;
    while (slash > 0 && path.bytes[slash - 1] != '/')
        slash--;
    str folder = slash > 0 ? str_slice(path, 0, slash) : STR(".");
    if (statvfs(str_z(arena, folder), &about) != 0)
        return -1;
    return (int64_t)(about.f_bavail * about.f_frsize);
}

static void check_transformer(struct arena *arena, const struct config *config,
                              struct model_check *check)
{
    struct stat about;
    struct transformer *transformer = NULL;
    enum encoder_precision precision;
    const char *folder = app_transformer_path(arena, config);
    if (folder == NULL || !transformer_read_precision(config->model_precision, &precision))
        return;
    const char *weights = str_format(arena, "%s/model.safetensors%c", folder, 0).bytes;
    check->transformer.path = folder;
    check->transformer.size = stat(weights, &about) == 0 ? about.st_size : -1;
    check->transformer.loads =
        transformer_open(&transformer, folder, precision, &check->transformer.err) == STATUS_OK;
    if (check->transformer.loads)
        check->transformer.name = str_copy(arena, str_from_z(transformer_name(transformer)));
    transformer_close(transformer);
}

void model_check(struct arena *arena, const struct config *config, struct model_check *check)
{
    *check = (struct model_check){.free_disk = -1};
    for (int i = 0; i < SHIPPED_FILES; i++)
        shipped_file_check(arena, config, &shipped_files[i], &check->files[i]);
    check->free_disk = free_disk_at(arena, str_from_z(check->files[SHIPPED_MODEL].path));
    check_transformer(arena, config, check);
}
