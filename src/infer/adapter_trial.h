/* adapter_trial.h - whether what was learned from corrections is better, before anyone relies on
 * it.
 *
 * Five-fold cross-validation, the fold chosen by the text's letters, so that copies of one text
 * fall together: each text is judged by an adapter that has not seen it. It also chooses, for each
 * field, how strongly weights are pulled towards 0: of the pulls whose wins less losses are about
 * the most, the one that makes what is right likeliest. A field is promoted when
 *
 *   - at least ADAPTER_LEAST_CORRECTIONS texts have it corrected;
 *   - it wins more than it loses, by more than chance would. A win is a correction that turns
 *     right; a loss is any other label that changes: of a correction to one that is wrong, be it
 *     from right or from wrong, or of a text that nobody corrected. Wins less losses must be at
 *     least twice the root of their sum (a sign test at about 2.5 %). A change from wrong to wrong
 *     counts because corrections are what the base got wrong: it could not lose otherwise, and
 *     would win a few of any labels drawn by lot;
 *   - of corrections that the adapter in use has not learned, it gets no fewer right than that one;
 *   - of general sentences (adapter_general.c), at most 10 % change.
 *
 * The adapter that is kept is trained on all texts, for the fields that passed. */
#pragma once

#include "infer/adapter_train.h"

enum {
    ADAPTER_LEAST_CORRECTIONS = 20
};

enum adapter_ruling {
    RULING_BETTER,
    RULING_TOO_FEW,
    RULING_NOT_BETTER,
    RULING_NOT_BETTER_THAN_CURRENT,
    RULING_CHANGES_OTHERS,
    RULING_CHANGES_GENERAL,
    RULING_COUNT
};
extern const char *const adapter_ruling_names[]; /* "too_few", ...; NULL-terminated */

enum trial_kind {
    TRIAL_CORRECTED,
    TRIAL_OTHER,  /* the tenant's, seen by whoever corrects, and left as it is */
    TRIAL_GENERAL /* a sentence of adapter_general.c */
};

struct trial_text {
    struct adapter_example example;
    struct prediction current; /* what the adapter in use says; as the base where there is none */
    enum trial_kind kind;
    bool is_fresh; /* corrected since the adapter in use was trained */
    uint64_t key;  /* filled by the trial */
};

struct trial_field {
    float pull; /* the one that was chosen */
    size_t corrected, base_right, right;
    size_t wins, losses; /* corrections whose label changes to the right one, to a wrong one */
    size_t fresh, fresh_current_right, fresh_right;
    size_t others, others_changed;
    size_t general, general_changed;
    double likelihood; /* gained over the base by all texts: of what is right, its logarithm */
    enum adapter_ruling ruling;
};

struct trial {
    struct trial_field fields[ADAPTER_FIELDS];
    bool is_better; /* some field is */
    str bytes;      /* the adapter, in the arena; absent when it is not better */
};

/* Sorts `texts`. `base` goes into the adapter. Seconds for thousands of texts. */
void adapter_try(struct arena *arena, struct trial_text *texts, size_t count, const char *base,
                 struct trial *trial);

/* Sentences of many kinds in plain words, NULL at the end: what no tenant's corrections should
 * change much. */
extern const char *const adapter_general[];
