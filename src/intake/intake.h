/* intake.h - the one pipeline: clean, redact, analyse, decide, commit. Every way in goes through
 * it.
 *
 * intake_prepare() is the thinking, which touches no disk; intake_submit() makes what it made
 * durable, in one commit with its events and alerts, and returns after it. Any thread; submit waits
 * as fibers do. */
#pragma once

#include "analysis/analyst.h"
#include "model/configuration.h"
#include "model/feedback.h"
#include "pii/pii.h"
#include "store/store.h"
#include "store/store_idempotency.h"
#include "text/text.h"

struct intake_options {
    struct store *store;
    const struct analyst *analyst;
    const struct pii_finder *finder;
    const struct languages *languages; /* NULL: by CLD2 alone */
    bool redact;                       /* false: the operator wants texts kept as they are */
};

/* How long the steps took, in microseconds, for Server-Timing. */
struct intake_timing {
    int64_t clean_us, pii_us, analysis_us, commit_us;
};

/* Takes a feedback as it was sent to one that can be stored or answered: fills text, language,
 * marks, analysis, times. INVALID: nothing is left of the text once cleaned; with `is_strict`, also
 * INVALID when it is too short and TOO_LARGE when it would be truncated. */
struct preparation {
    const struct configuration *configuration;
    bool is_strict;
    bool is_brief;               /* it will not be stored: labels alone are wanted */
    struct intake_timing timing; /* filled */
};
enum status intake_prepare(const struct intake_options *intake, struct arena *arena,
                           struct preparation *preparation, struct feedback *item,
                           struct error *err) MUST_CHECK;

/* What is committed together. `stored[i]` is what `items[i]` became: itself with its ids, or what
 * was there already under its source and source_id (then `was_there[i]`). When `answer` is given,
 * what `render` makes of the submission is kept under its Idempotency-Key in the same commit; if
 * the key is there already, nothing is stored and `is_replay` is set. CONFLICT: the key is there
 * for another request. */
struct submission {
    struct feedback *items;
    struct feedback *stored;
    bool *was_there;
    size_t count;
    struct kept_answer *answer; /* or NULL */
    void (*render)(struct submission *submission, struct kept_answer *answer);
    void *context; /* for render */
    bool is_replay;
    struct arena *arena;
};
enum status intake_submit(const struct intake_options *intake, struct submission *submission,
                          struct error *err) MUST_CHECK;

/* What a person says the labels of feedback `id` should be. `after` is the feedback with them.
 * NOT_FOUND. */
struct correcting {
    int64_t tenant_id, id;
    const struct correction *correction;
    const struct configuration *configuration;
    str actor;
    struct arena *arena;
    struct feedback after;
};
enum status intake_correct(const struct intake_options *intake, struct correcting *correcting,
                           struct error *err) MUST_CHECK;

/* Removes feedback `id`, and says so in the audit log. NOT_FOUND. */
struct removal {
    int64_t tenant_id, id;
    str actor;
    struct arena *arena;
};
enum status intake_remove(const struct intake_options *intake, struct removal *removal,
                          struct error *err) MUST_CHECK;
