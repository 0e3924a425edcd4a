#include "analysis/document.h"

enum {
    MB = 1024 * 1024,
    FIRST_GUESS_US = 1000000, /* until one has been done; far too long on any machine */
    LEAST_BYTES = 4096,       /* less says more about what comes with each job */
    SLOWNESS = 4              /* a new one counts for so small a part of the average */
};

static void average(_Atomic int64_t *average, int64_t now)
{
    int64_t before = atomic_load(average);
    atomic_store(average, before == 0 ? now : before + (now - before) / SLOWNESS);
}

void document_pace_note(struct document_pace *pace, size_t bytes, int64_t thought_us,
                        int64_t asked_us)
{
    average(&pace->asking_us, asked_us);
    if (bytes >= LEAST_BYTES)
        average(&pace->us_per_mb, (int64_t)((double)thought_us * MB / (double)bytes) + 1);
}

int64_t document_pace_us(struct document_pace *pace, int64_t documents, int64_t bytes)
{
    int64_t us_per_mb = atomic_load(&pace->us_per_mb);
    return documents * atomic_load(&pace->asking_us) +
           (int64_t)((double)bytes * (double)(us_per_mb > 0 ? us_per_mb : FIRST_GUESS_US) / MB);
}
