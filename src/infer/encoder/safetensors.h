/* safetensors.h - the tensors of a model folder: model.safetensors, or the shards that
 * model.safetensors.index.json names.
 *
 * Format: https://huggingface.co/docs/safetensors: the header's length (u64, little-endian), the
 * header (JSON: name to dtype, shape and data_offsets), the data. A file is refused unless every
 * tensor lies inside it, is as long as its shape and dtype say, and the tensors cover the data
 * without holes or overlaps. The bytes are not copied; they are not aligned either. */
#pragma once

#include "base/status.h"
#include "base/str.h"
#include "file/file.h"

enum {
    TENSOR_RANK = 8,
    SAFETENSORS_HEADER_SIZE = 16 << 20, /* the longest header taken, in bytes */
    SAFETENSORS_SHARDS = 64,
};

enum tensor_type {
    TENSOR_F32,
    TENSOR_F16,
    TENSOR_BF16,
    TENSOR_OTHER /* known, and nothing an encoder reads */
};

struct tensor {
    str name;
    enum tensor_type type;
    uint32_t rank;
    uint64_t shape[TENSOR_RANK];
    uint64_t begin; /* where it lies in the data */
    uint64_t size;  /* in bytes */
    const uint8_t *bytes;
};

/* Reads what a file holds; names and bytes lie in `file`, the list in the arena. `path` is for the
 * sentences. CORRUPT or TOO_LARGE, saying which tensor breaks which rule. */
enum status safetensors_parse(struct arena *arena, struct file_map file, const char *path,
                              struct tensor **tensors, size_t *count, struct error *err) MUST_CHECK;

struct safetensors;

/* Maps all files of the folder. NOT_FOUND when there is neither model.safetensors nor an index. */
enum status safetensors_open(struct safetensors **files, const char *folder,
                             struct error *err) MUST_CHECK;
/* Gives back the memory that reading took; what is read again comes from the files again. */
void safetensors_forget(const struct safetensors *files);
void safetensors_close(struct safetensors *files); /* NULL is fine */

const struct tensor *safetensors_find(const struct safetensors *files, str name); /* or NULL */

/* `count` numbers from number `from` on, as f32. The tensor is F32, F16 or BF16. */
void tensor_read(const struct tensor *tensor, uint64_t from, uint64_t count, float *out);
