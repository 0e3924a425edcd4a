/* shipped_file.h - the files that Hark comes with: what each is for, where it lies, whether it
 * loads. To ship another, add a row in shipped_file.c; `hark doctor` and `hark model` go over it.
 */
#pragma once

#include "config/config.h"

enum shipped {
    SHIPPED_MODEL, /* or the file that HARK_MODEL names */
    SHIPPED_NAMES,
    SHIPPED_VECTORS, /* or the file that HARK_SEARCH_MODEL names */
    SHIPPED_LANGUAGES,
    SHIPPED_FILES
};

struct shipped_file {
    const char *file_name; /* "hark-names.bin" */
    const char *what;      /* in a word */
    const char *purpose;   /* what it does */
    const char *loss;      /* how Hark works without it */
    const char *remedy;
    /* Where it is; NULL: no setting names another. */
    const char *(*find)(struct arena *arena, const struct config *config);
    /* Opens and closes it; `name` is what it calls itself, if anything. */
    enum status (*try)(const char *path, struct arena *arena, str *name, struct error *err);
};

extern const struct shipped_file shipped_files[SHIPPED_FILES];

struct file_check {
    const struct shipped_file *file;
    const char *path; /* where it is, or was expected */
    int64_t size;     /* in bytes; -1: it cannot be read */
    str sha256;       /* in hex; absent then */
    bool loads;       /* whole, by its own checksum, and of this version */
    str name;         /* as it calls itself; absent: it does not, or does not load */
    struct error err; /* why it does not load */
};

void shipped_file_check(struct arena *arena, const struct config *config,
                        const struct shipped_file *file, struct file_check *check);
