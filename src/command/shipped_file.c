#include "command/shipped_file.h"

#include "app/model_path.h"
#include "base/hash.h"
#include "file/file.h"
#include "infer/classifier.h"
#include "infer/names/name_tagger.h"
#include "infer/vectors.h"
#include "text/text.h"

static enum status try_model(const char *path, struct arena *arena, str *name, struct error *err)
{
    struct classifier *classifier;
    enum status status = classifier_open(&classifier, path, err);
    if (status != STATUS_OK)
        return status;
    *name = str_copy(arena, str_from_z(classifier_name(classifier)));
    classifier_close(classifier);
    return STATUS_OK;
}

static enum status try_names(const char *path, struct arena *arena, str *name, struct error *err)
{
    struct name_tagger *tagger;
    enum status status = name_tagger_open(&tagger, path, err);
    if (status != STATUS_OK)
        return status;
    *name = str_copy(arena, str_from_z(name_tagger_model(tagger)));
    name_tagger_close(tagger);
    return STATUS_OK;
}

static enum status try_vectors(const char *path, struct arena *arena, str *name, struct error *err)
{
    struct vectors *vectors;
    enum status status = vectors_open(&vectors, path, err);
    if (status != STATUS_OK)
        return status;
    *name = str_copy(arena, str_from_z(vectors_name(vectors)));
    vectors_close(vectors);
    return STATUS_OK;
}

static enum status try_languages(const char *path, struct arena *arena, str *name,
                                 struct error *err)
{
    struct languages *languages;
    enum status status = languages_open(&languages, path, err);
    (void)arena;
    (void)name; /* it has none */
    if (status == STATUS_OK)
        languages_close(languages);
    return status;
}

const struct shipped_file shipped_files[SHIPPED_FILES] = {
    [SHIPPED_MODEL] = {.file_name = "hark-ngram.bin",
                       .what = "model",
                       .purpose = "tells sentiment, topic and severity",
                       .loss = "every message is neutral/general/low",
                       .remedy = "reinstall Hark, or name a model file with HARK_MODEL",
                       .find = app_model_path,
                       .try = try_model},
    [SHIPPED_NAMES] = {.file_name = "hark-names.bin",
                       .what = "names",
                       .purpose = "finds people's names, to hide them",
                       .loss = "names in running text are not hidden",
                       .remedy = "reinstall Hark, or put hark-names.bin in its place",
                       .try = try_names},
    [SHIPPED_VECTORS] = {.file_name = "hark-vectors.bin",
                         .what = "vectors",
                         .purpose = "finds feedback by what it means",
                         .loss = "only words are searched, and nothing similar is found",
                         .remedy = "reinstall Hark, or name a file of vectors with "
                                   "HARK_SEARCH_MODEL",
                         .find = app_vectors_path,
                         .try = try_vectors},
    [SHIPPED_LANGUAGES] = {.file_name = "hark-language.bin",
                           .what = "languages",
                           .purpose = "tells the language of a message",
                           .loss = "the language of most short texts is not told",
                           .remedy = "reinstall Hark, or put hark-language.bin in its place",
                           .try = try_languages},
};

/* Of what cannot be read nothing is said here; opening it tells why. */
static void find_checksum(struct arena *arena, struct file_check *check)
{
    struct file_map map = {0};
    unsigned char digest[SHA256_SIZE];
    if (file_map(&map, check->path, NULL) != STATUS_OK)
        return;
    check->size = (int64_t)map.size;
    hash_sha256((str){(const char *)map.bytes, map.size}, digest);
    check->sha256 = hash_hex(arena, digest, sizeof digest);
    file_unmap(&map);
}

void shipped_file_check(struct arena *arena, const struct config *config,
                        const struct shipped_file *file, struct file_check *check)
{
    const char *path =
        file->find != NULL ? file->find(arena, config) : app_shipped_path(arena, file->file_name);
    *check = (struct file_check){.file = file, .path = path, .size = -1};
    find_checksum(arena, check);
    check->loads = file->try(path, arena, &check->name, &check->err) == STATUS_OK;
}
