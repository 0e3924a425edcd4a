/* jobs_api.h - the handlers of what is analysed later: asking for it, asking how far it is, and
 * giving it up. */
#pragma once

#include "api/call.h"

handler analyze_async; /* seed 004's, to the letter; in async_api.c */
handler job_status;    /* seed 004's, to the letter */
handler job_get, job_list, job_give_up;

extern const struct fields analyze_async_input_fields;
