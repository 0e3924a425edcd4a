/* spending.h - what asking a language model costs: one entry of the ledger, and the limits.
 *
 * Money is integer nano-dollars (US dollars x 10^-9) everywhere. */
#pragma once

#include "model/field.h"

/* As providers bill them, each token counted once: `input` is all that was sent, `cached` the part
 * of it that the provider read from its cache. FIELD_UNSET in `input`: it did not say. */
struct tokens {
    int64_t input, output, cached;
};
#define NO_TOKENS                                                                                  \
    {                                                                                              \
        FIELD_UNSET, FIELD_UNSET, FIELD_UNSET                                                      \
    }
extern const struct fields tokens_fields;

enum spending_outcome {
    SPENDING_RESERVED, /* being asked; of a row: a hold, for calls that are being asked */
    SPENDING_OK,
    SPENDING_FAILED,   /* no answer, or none that could be used; what was billed counts */
    SPENDING_REPAIRED, /* it mended the answer of the one before */
    SPENDING_LOST      /* a hold whose process died: what was left of it counts */
};
extern const char *const spending_outcome_names[];

/* One call of a language model. */
struct spending {
    int64_t id;      /* of its row */
    int64_t hold_id; /* the row that its money is taken from */
    int64_t tenant_id;
    str job, provider, model, prompt_version;
    int64_t feedback_id;   /* 0: none, or it has no number yet */
    int64_t reserved_nano; /* the most that it may cost with all its tries; FIELD_UNSET: its price
                              is not known, so under a budget it is not asked */
    int64_t created_at;    /* set when it is reserved */
    enum spending_outcome outcome;
    int64_t cost_nano;  /* once settled; FIELD_UNSET: not known */
    int64_t settled_at; /* the same */
    struct tokens tokens;
};

/* What may be spent in a calendar month, UTC. */
struct budget {
    int64_t tenant_nano, server_nano; /* 0: no limit */
};
