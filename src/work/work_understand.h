/* work_understand.h - what the kinds of jobs that understand a feedback have in common. */
#pragma once

#include "intake/intake_ask.h"
#include "work/work_call.h"

enum {
    WORK_LAST_MS = 2000 /* of a job's time that are kept for its commit */
};

/* Takes `item` to what the local model makes of it, on another thread where it is long. */
struct understanding {
    struct work_call *call;
    struct configuration configuration;
    struct preparation preparation;
    struct feedback before, after;
};
void work_understand(struct understanding *one);
