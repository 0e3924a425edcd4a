#include "model/event.h"

#include <assert.h>

const char *const event_types[] = {
    "feedback.created",
    "feedback.analyzed",
    "feedback.analysis_upgraded",
    "feedback.corrected",
    "feedback.deleted",
    "alert.opened",
    "alert.unmade",
    "alert.acknowledged",
    "alert.resolved",
    "ticket.created",
    "ticket.updated",
    "adjustment.proposed",
    "adjustment.accepted",
    "adjustment.rejected",
    "job.completed",
    "job.failed",
    "theme.discovered",
    "theme.merged",
    "theme.split",
    "budget.threshold",
    "webhook.disabled",
    "webhook.failed",
    NULL,
};

static_assert(sizeof event_types / sizeof event_types[0] <= 64 + 1, "a set of types is one word");

int event_type_number(str name)
{
    for (int i = 0; event_types[i] != NULL; i++)
        if (str_equal_z(name, event_types[i]))
            return i;
    return -1;
}
