/* feedback.h - the noun everything turns on: one message, who sent it, and what it was found to
 * say.
 *
 * The tables beside it are its faces: what may be sent (`feedback_input_fields`), what is answered
 * (`feedback_fields`), what may be corrected, and by what a list may be narrowed. */
#pragma once

#include "model/field.h"
#include "model/labels.h"
#include "model/language_support.h"
#include "model/spending.h"

enum {
    FEEDBACK_MAX_BYTES = 1024 * 1024, /* of text; past it 413 */
    FEEDBACK_MAX_BATCH = 1000,
    SUMMARY_MAX = 280 /* code points */
};

/* What the local model says of a text that a language model was asked about. */
struct local_labels {
    bool is_known; /* false: it was not asked, or is absent */
    int sentiment, topic, severity;
    double confidence;
};

struct analysis {
    int64_t id;
    int64_t feedback_id;
    int64_t created_at;
    int method;
    int sentiment, topic, severity;
    double confidence; /* of sentiment, calibrated, lowered where the language asks for it */
    double score;      /* the share of the sentiment that was chosen */
    int band;          /* of confidence */
    double scores[SENTIMENT_COUNT];
    double topics[TOPIC_COUNT];
    bool is_gibberish;
    bool needs_alert;
    bool is_alert_open; /* it opened one, and nobody has closed it */
    bool needs_review;  /* a person should look at what a language model says */
    int review_reason;  /* why: enum review_reason; LABEL_NONE where he need not */
    double anger;       /* of the angriest part of what a language model calls happy */
    double gravity;     /* how likely it is critical or high; the local model's own alone has it */
    struct local_labels local; /* beside a language model's */
    str summary;
    str provider, model, prompt_version;
    int64_t experiment_id; /* 0 or FIELD_UNSET: it was made in none */
    int arm;               /* enum experiment_arm, in an experiment */
    str raw_output;        /* what a language model said, redacted: kept, and shown nowhere */
    str input_hash;        /* SHA-256 of what was analysed, in hex */
    int64_t cost_nano;     /* of all calls that were made for it; FIELD_UNSET: not known */
    struct tokens tokens;  /* likewise */
    int64_t latency_us;
    int64_t latency_ms; /* as answered */
};

/* Copies its texts into the arena, for who needs it longer than they are kept. */
void analysis_keep_texts(struct arena *arena, struct analysis *analysis);
/* Takes them away, for who keeps labels and numbers alone: what is left has no pointer. */
void analysis_drop_texts(struct analysis *analysis);

struct customer {
    str external_id, name, email, plan, attributes;
    bool is_vip;
};

struct feedback {
    int64_t id;
    int64_t tenant_id;
    int status;
    str text;
    str source, source_id;
    int64_t rating;
    struct customer customer;
    str user_name;
    int64_t created_at, received_at;
    str language_code;
    int language_support; /* enum language_support; LABEL_NONE while pending */
    str metadata;         /* a flat JSON object */
    bool pii_detected, truncated;
    struct analysis analysis; /* the current one */
    str job_id;               /* that will analyse it; where it is promised */
};

/* What an operator or user says the labels should have been; LABEL_NONE leaves one as it is. */
struct correction {
    int sentiment, topic, severity;
    str note;
};

/* By what a list, a count or an export may be narrowed. */
struct feedback_filter {
    int64_t tenant_id;
    int sentiment, topic, severity, band;
    int alert, needs_review; /* enum truth */
    str source, language, customer, q;
    int64_t since, until;
    int64_t limit;
    str cursor;
};

/* Whether it keeps anything of its tenant's out. */
bool feedback_filter_is_narrow(const struct feedback_filter *filter);

extern const struct fields feedback_input_fields, feedback_fields, analysis_fields,
    correction_fields, feedback_filter_fields, feedback_count_fields, customer_fields;
