/* job_view.h - how a job and a dead letter look outside, as JSON and as its schema. */
#pragma once

#include "api/call.h"
#include "model/job.h"

/* `is_whole`: with its payload and the history of its attempts, which a list leaves out. */
void job_write(struct json_writer *writer, struct arena *arena, const struct job *job,
               bool is_whole);
void dead_letter_write(struct json_writer *writer, struct arena *arena,
                       const struct dead_letter *letter, bool is_whole);
