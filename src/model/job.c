#include "model/job.h"

#include <stddef.h>

const char *const job_state_names[] = {"ready", "delayed", "blocked", "leased", NULL};
