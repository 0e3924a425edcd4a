/* model_check.h - whether the local models are there and whole: the files that Hark comes with, and
 * the folder of a transformer where one is named. For `model` and `doctor`. */
#pragma once

#include "command/shipped_file.h"

struct model_check {
    struct file_check files[SHIPPED_FILES];
    int64_t free_disk; /* in bytes, where the first lies */
    struct {
        const char *path; /* of its folder; NULL: none is named */
        int64_t size;     /* of its weights, in bytes; -1: they cannot be read */
        str name;
        bool loads;
        struct error err;
    } transformer;
};

void model_check(struct arena *arena, const struct config *config, struct model_check *check);

int64_t free_disk_at(struct arena *arena, str path); /* of the folder it is in; -1: not known */
