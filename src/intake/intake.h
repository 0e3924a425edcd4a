/* intake.h - the one pipeline: clean, redact, analyse, decide, commit. Every way in goes through
 * it.
 *
 * intake_prepare() is the thinking, which touches no disk; intake_submit() makes what it made
 * durable, in one commit with its events and alerts, and returns after it. Between the two a
 * language model may be asked (intake_ask.h), on the fiber. What is to be analysed
 * later is received, submitted as pending with its job (intake_job.h), and completed by that. Any
 * thread; submit waits as fibers do. */
#pragma once

#include "analysis/analyst.h"
#include "cache/cache.h"
#include "model/configuration.h"
#include "model/feedback.h"
#include "pii/pii.h"
#include "store/store.h"
#include "store/store_idempotency.h"
#include "text/text.h"

struct cascade;
struct inquiries;
struct queue;
struct search;
struct webhooks;

struct intake_options {
    struct store *store;
    const struct analyst *analyst;
    struct cascade *cascade; /* NULL: no language model is asked */
    struct cache *memos;     /* intake_memo.h's own; NULL: it keeps none */
    const struct pii_finder *finder;
    const struct languages *languages; /* NULL: by CLD2 alone */
    bool redact;                       /* false: the operator wants texts kept as they are */
    struct queue *queue;               /* for what is done later */
    struct webhooks *webhooks;         /* NULL: nobody is called back */
    struct search *search;
    double similar_topic; /* the least likeness at which a topic is reused; 0: none is */
};

/* How long the steps took, in microseconds, for Server-Timing. */
struct intake_timing {
    int64_t clean_us, pii_us, analysis_us, commit_us;
};

/* How much personal data was hidden, by type. */
struct pii_tally {
    uint32_t hidden[PII_TYPE_COUNT];
};

/* Where intake_memo.h looked for what is known of an item, and in vain. */
struct memo_place {
    bool is_known;
    struct cache_key key;
};

/* Takes a feedback as it was sent to one that can be stored or answered: fills text, language,
 * marks, analysis, times. INVALID: nothing is left of the text once cleaned; with `is_strict`, also
 * INVALID when it is too short and TOO_LARGE when it would be truncated. */
struct preparation {
    const struct configuration *configuration;
    const struct pii_policy *pii; /* the tenant's, of that configuration; NULL: the default one */
    uint64_t generation;          /* of these two; 0: nothing is remembered under them */
    bool is_strict;
    bool is_brief;                /* it will not be stored: labels alone are wanted */
    bool is_first_look;           /* intake_ask() or intake_ask_patiently() will follow */
    struct intake_timing timing;  /* filled */
    struct deep_reading *reading; /* between its two halves */
    str own;                      /* of its text: what is the writer's, and no quote; filled */
    struct pii_tally pii_tally;   /* filled */
    struct memo_place place;      /* filled by intake_recall() */
};
enum status intake_prepare(const struct intake_options *intake, struct arena *arena,
                           struct preparation *preparation, struct feedback *item,
                           struct error *err) MUST_CHECK;

/* The same in two halves, for many at once: all that are well are begun and then all those are
 * ended, so that a transformer reads them together. `crowd` is how many they are. */
enum status intake_begin(const struct intake_options *intake, struct arena *arena,
                         struct preparation *preparation, struct feedback *item, size_t crowd,
                         struct error *err) MUST_CHECK;
void intake_end(const struct intake_options *intake, struct arena *arena,
                struct preparation *preparation, struct feedback *item);

/* The first steps alone, of what will be analysed later: its text is clean and redacted, its
 * language known, and it has no labels. Then, of what was stored so, the others. */
enum status intake_receive(const struct intake_options *intake, struct arena *arena,
                           struct preparation *preparation, struct feedback *item,
                           struct error *err) MUST_CHECK;
void intake_analyse(const struct intake_options *intake, struct arena *arena,
                    struct preparation *preparation, struct feedback *item);

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
    bool is_deferred;            /* they were received, and each gets a job */
    struct inquiries *inquiries; /* in the order of the items; NULL: nothing was to be asked */
    struct kept_answer *answer;  /* or NULL */
    void (*render)(struct submission *submission, struct kept_answer *answer);
    void *context; /* for render */
    bool is_replay;
    struct arena *arena;
};
enum status intake_submit(const struct intake_options *intake, struct submission *submission,
                          struct error *err) MUST_CHECK;

/* What a person says the labels of feedback `id` should be. `after` is the feedback with them.
 * NOT_FOUND; CONFLICT: it has no labels yet. */
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

/* Removes feedback `id`, and says so in the audit log; its job, if it is pending, is cancelled.
 * NOT_FOUND. */
struct removal {
    int64_t tenant_id, id;
    str actor;
    struct arena *arena;
};
enum status intake_remove(const struct intake_options *intake, struct removal *removal,
                          struct error *err) MUST_CHECK;

/* In a transaction: the labels of `after` are those of a feedback that had none, `before`; with
 * rollups, events and its alert. Once that is durable, intake_announce() says so. */
struct completing {
    const struct feedback *before;
    struct feedback *after;
};
enum status intake_complete(const struct intake_options *intake, struct db_session *session,
                            const struct completing *completing, struct error *err) MUST_CHECK;
void intake_announce(const struct feedback *item);
