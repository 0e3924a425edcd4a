/* intake_replay.h - what a version of the prompt would say of feedback that is stored: asked as if
 * it came now, and kept nowhere. What it costs is paid for as any call is. */
#pragma once

#include "analysis/cascade.h"
#include "intake/intake.h"

struct replay_item {
    const struct feedback *before;
    bool is_asked;         /* false: no language model would be: it is too short, or says nothing */
    enum status status;    /* of the asking */
    struct error err;      /* when it failed */
    struct analysis after; /* else; with needs_alert as it would be */
    int64_t cost_nano;     /* of all calls for it, failed ones too; FIELD_UNSET: not known */
    struct tokens tokens;
};

struct replay {
    const struct intake_options *intake;
    const struct configuration *configuration;
    const struct pii_policy *pii; /* the tenant's */
    str version;
    uint64_t patience_ms; /* for each */
    struct replay_item *items;
    size_t count;
};

/* Asks about all of them, some at a time; on a fiber. When that is cancelled, what was not asked
 * about is CANCELLED. CONFLICT: no language model is configured. What fails for single items, also
 * that there is no such version, is in them. */
enum status intake_replay(struct replay *replay, struct arena *arena, struct error *err) MUST_CHECK;

/* What asking about one would cost at most; NOT_FOUND and CONFLICT, too. */
enum status intake_estimate_replay(const struct replay *replay, struct arena *arena,
                                   const struct feedback *item, struct cascade_estimate *estimate,
                                   struct error *err) MUST_CHECK;
