/* feedback_api.h - the handlers behind /v1/feedback. */
#pragma once

#include "api/call.h"

handler feedback_add;
handler feedback_add_003; /* seed 003's, which always answers at once */
handler feedback_add_batch;
handler feedback_list;
handler feedback_count;
handler feedback_get;
handler feedback_correct;
handler feedback_delete;
handler feedback_list_analyses;
