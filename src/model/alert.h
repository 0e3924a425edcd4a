/* alert.h - that a feedback needs somebody now. It is written in the commit of its feedback. */
#pragma once

#include "model/field.h"
#include "model/labels.h"

struct alert {
    int64_t id;
    int64_t tenant_id;
    int64_t feedback_id;
    int status;
    int sentiment, topic, severity;
    str rule; /* by which rule it was opened: "sentiment" */
    int64_t created_at, updated_at;
};
