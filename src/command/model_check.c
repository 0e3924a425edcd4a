#include "command/model_check.h"

#include "app/model_path.h"
#include "base/hash.h"
#include "infer/classifier.h"
#include "infer/encoder/transformer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

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

static void find_checksum(struct arena *arena, struct model_check *check)
{
    struct stat about;
    int fd = open(check->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) {
        size_t size = (size_t)about.st_size;
        void *bytes = size > 0 ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
        unsigned char digest[SHA256_SIZE];
        check->size = about.st_size;
        hash_sha256(bytes != MAP_FAILED ? (str){bytes, size} : STR(""), digest);
        check->sha256 = hash_hex(arena, digest, sizeof digest);
        if (bytes != MAP_FAILED)
            munmap(bytes, size);
    }
    close(fd);
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
    struct classifier *classifier = NULL;
    *check = (struct model_check){.path = app_model_path(arena, config), .size = -1};
    check->free_disk = free_disk_at(arena, str_from_z(check->path));
    find_checksum(arena, check);
    check_transformer(arena, config, check);
    check->loads = classifier_open(&classifier, check->path, &check->err) == STATUS_OK;
    if (!check->loads)
        return;
    check->name = str_copy(arena, str_from_z(classifier_name(classifier)));
    classifier_close(classifier);
}
