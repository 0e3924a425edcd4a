/* model_check.h - whether the local model's file is there and whole. For `model` and `doctor`. */
#pragma once

#include "base/json.h"
#include "config/config.h"

struct model_check {
    const char *path;
    int64_t size; /* in bytes; -1: it cannot be read */
    str sha256;   /* in hex; absent then */
    str name;     /* as it calls itself; absent when it does not load */
    bool loads;
    struct error err;  /* why not */
    int64_t free_disk; /* in bytes, where it lies */
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
