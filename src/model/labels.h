/* labels.h - the closed lists of words that feedback is described with, and their names.
 *
 * Each enum starts at 0 and counts without holes, in the order in which models, tables and pages
 * list it; `*_COUNT` is how many. LABEL_NONE (-1) stands for "not said". Names are lower case as on
 * /v1/feedback; seed 004's routes write them in upper case. */
#pragma once

#include "base/str.h"

enum {
    LABEL_NONE = -1
};

enum sentiment {
    SENTIMENT_POSITIVE,
    SENTIMENT_NEGATIVE,
    SENTIMENT_NEUTRAL,
    SENTIMENT_MIXED,
    SENTIMENT_COUNT
};

enum topic {
    TOPIC_BUG,
    TOPIC_FEATURE_REQUEST,
    TOPIC_BILLING,
    TOPIC_PERFORMANCE,
    TOPIC_UX,
    TOPIC_GENERAL,
    TOPIC_COUNT
};

enum severity {
    SEVERITY_CRITICAL,
    SEVERITY_HIGH,
    SEVERITY_MEDIUM,
    SEVERITY_LOW,
    SEVERITY_COUNT
};

/* Confidence is a calibrated probability; its band is derived: above 0.80, from 0.50, below. */
enum band {
    BAND_HIGH,
    BAND_MEDIUM,
    BAND_LOW,
    BAND_COUNT
};

enum method {
    METHOD_AI,
    METHOD_ML_FALLBACK,
    METHOD_CACHE,
    METHOD_VALIDATION,
    METHOD_COUNT
};

enum feedback_status {
    FEEDBACK_PENDING,
    FEEDBACK_PROCESSING,
    FEEDBACK_COMPLETED,
    FEEDBACK_FAILED,
    FEEDBACK_STATUS_COUNT
};

enum alert_status {
    ALERT_OPEN,
    ALERT_ACKNOWLEDGED,
    ALERT_RESOLVED,
    ALERT_STATUS_COUNT
};

/* Why a person should look at what a language model answered: the local model doubts that it is
 * praise; it differs where the text gives orders; the local model is sure that it is grave. */
enum review_reason {
    REVIEW_SENTIMENT,
    REVIEW_ORDERS,
    REVIEW_SEVERITY,
    REVIEW_REASON_COUNT
};

/* "true" and "false" where a query may also say neither. */
enum truth {
    TRUTH_TRUE,
    TRUTH_FALSE,
    TRUTH_COUNT
};

/* NULL-terminated, indexed by the enum of the same name. */
extern const char *const sentiment_names[];
extern const char *const topic_names[];
extern const char *const severity_names[];
extern const char *const band_names[];
extern const char *const method_names[];
extern const char *const feedback_status_names[];
extern const char *const alert_status_names[];
extern const char *const review_reason_names[];
extern const char *const truth_names[];

int label_find(const char *const *names, str name);  /* its number, or LABEL_NONE */
str label_text(const char *const *names, int label); /* absent for LABEL_NONE */
enum band band_of(double confidence);
