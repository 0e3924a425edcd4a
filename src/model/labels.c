#include "model/labels.h"

const char *const sentiment_names[] = {"positive", "negative", "neutral", "mixed", NULL};
const char *const topic_names[] = {"bug", "feature_request", "billing", "performance",
                                   "ux",  "general",         NULL};
const char *const severity_names[] = {"critical", "high", "medium", "low", NULL};
const char *const band_names[] = {"high", "medium", "low", NULL};
const char *const method_names[] = {"ai", "ml_fallback", "cache", "validation", NULL};
const char *const feedback_status_names[] = {"pending", "processing", "completed", "failed", NULL};
const char *const alert_status_names[] = {"open", "acknowledged", "resolved", NULL};
const char *const review_reason_names[] = {"sentiment", "orders", "severity", NULL};
const char *const truth_names[] = {"true", "false", NULL};

int label_find(const char *const *names, str name)
{
    for (int i = 0; names[i] != NULL; i++)
        if (str_equal_z(name, names[i]))
            return i;
    return LABEL_NONE;
}

str label_text(const char *const *names, int label)
{
    return label == LABEL_NONE ? (str){0} : str_from_z(names[label]);
}

enum band band_of(double confidence)
{
    return confidence > 0.80 ? BAND_HIGH : confidence >= 0.50 ? BAND_MEDIUM : BAND_LOW;
}
