/* work_record.h - what the kinds of jobs with a record (intake_job.h) have in common. */
#pragma once

#include "analysis/analyst.h"
#include "model/job_record.h"
#include "work/work_call.h"

struct job_result record_result(const struct job_record *record, const struct analysis *analysis,
                                int64_t parts);

/* For their row: with the last attempt, the record fails too. */
work_died record_died;

/* Removes records and documents from before `before_us`. */
struct record_sweep {
    int64_t before_us;
    int64_t records, documents; /* how many were removed */
};
enum status records_sweep(struct work_call *call, struct record_sweep *sweep,
                          struct error *err) MUST_CHECK;
