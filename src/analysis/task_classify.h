/* task_classify.h - the task "classify": what a feedback says, in labels, by a language model. */
#pragma once

#include "analysis/llm_task.h"
#include "model/feedback.h"

struct classification {
    int sentiment;
    int topic, severity; /* LABEL_NONE: null, as who tells sentiments alone says */
    double confidence;   /* of the sentiment, as the model itself sees it */
    str language;        /* BCP 47; absent: it did not say */
    str summary;         /* plain text of at most SUMMARY_MAX code points; absent: none */
    bool is_urgent;
    bool is_injection; /* the text seems to give orders to its reader */
};

extern const struct llm_task task_classify; /* its result is a struct classification */
