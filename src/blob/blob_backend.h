/* blob_backend.h - what a place for blobs must supply. Included by backends and blob.c only.
 *
 * Every function is required. blob.c has checked the name before it calls, so a backend may make
 * it part of a path or URL as it stands. To add a backend: its files, a row in blob.c's `backends`,
 * and blob_contract_test.c run against it. */
#pragma once

#include "blob/blob.h"

struct blob_backend {
    const char *scheme; /* "file", from file:FOLDER */

    enum status (*open)(struct blob **blob, str rest_of_url, struct error *err);
    void (*close)(struct blob *blob);
    enum status (*put)(struct blob *blob, str name, str bytes, struct error *err);
    enum status (*get)(struct blob *blob, struct arena *arena, str name, str *bytes,
                       struct error *err);
    enum status (*remove)(struct blob *blob, str name, struct error *err);
    enum status (*sweep)(struct blob *blob, str prefix, int64_t before_us, int64_t *removed,
                         struct error *err);
};

/* The first member of each backend's own struct. */
struct blob {
    const struct blob_backend *backend;
};

extern const struct blob_backend blob_file;
