/* cascade_inside.h - struct cascade itself, for the files that are the cascade. */
#pragma once

#include "analysis/cascade.h"

#include <pthread.h>

struct cascade {
    struct cascade_options options;
    str models; /* who is asked, in order */
    struct arena arena;
    pthread_mutex_t lock;
    struct asking *askings; /* under the lock */
};
