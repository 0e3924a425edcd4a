/* eval_report.h - what `hark eval FILE` found, as tables for people or as JSON with all of it. */
#pragma once

#include "base/json.h"
#include "infer/evaluate.h"

struct eval_report {
    const char *path, *model;
    struct evaluation heads[HEAD_COUNT]; /* those that the file has labels of */
    size_t count;
};

void eval_report_print(const struct eval_report *report);
void eval_report_print_json(struct arena *arena, const struct eval_report *report);
