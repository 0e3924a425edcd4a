/* cascade.h - whether a language model is asked about a feedback, and what becomes of its answer.
 *
 * The local model has looked first, in microseconds (analyst.h). AI_MODE says which of its answers
 * are enough. Where they are not: the prompt and arm that are in use (experiment.h), what was
 * answered before (llm_cache.h), the budget (ledger.h), and one run along the chain of models
 * (llm_task.h). cascade_ask() does that on the fiber it is called on; cascade_begin() on one of its
 * own, which goes on after whoever began it has answered without: what it brings late is paid for,
 * and goes to `late`. Any thread; each asking belongs to the loop it began on. */
#pragma once

#include "analysis/llm_cache.h"
#include "model/configuration.h"
#include "model/feedback.h"

struct analyst;
struct asking;
struct cascade;
struct experiments;
struct ledger;
struct llm;
struct pii_finder;

enum ai_mode {
    AI_ALWAYS,
    AI_UNCERTAIN, /* only where the local model is not sure */
    AI_SAMPLE,    /* one text in so many */
    AI_NEVER
};

struct cascade_options {
    struct llm *llm; /* NULL: nothing is asked */
    struct experiments *experiments;
    struct llm_cache *cache;
    struct ledger *ledger;
    const struct pii_finder *finder;
    const struct analyst *analyst; /* NULL: what stands in for the local model has nothing to say */
    enum ai_mode mode;
    int64_t one_in;
    double uncertain_below;
    unsigned timeout_ms; /* after which an answer is given up */
};

/* From AI_MODE: "always", "uncertain", "sample:10", "never". INVALID names the setting. */
enum status cascade_read_mode(struct cascade_options *options, str mode,
                              struct error *err) MUST_CHECK;

struct cascade *cascade_open(const struct cascade_options *options);
void cascade_close(struct cascade *cascade); /* when no asking is left; NULL is fine */

/* Whether anybody could be asked at all. */
bool cascade_is_on(const struct cascade *cascade); /* false for NULL, too */
/* Whether a language model should say what this text says, after what the local model said. */
bool cascade_is_wanted(const struct cascade *cascade, str text, const struct analysis *local);

/* How many questions that nobody waits for may be asked at once: a quarter of the calls that a
 * provider may have in flight; at least one. */
unsigned cascade_patient_share(const struct cascade *cascade);
/* As experiments_generation(); always the same where nobody can be asked. */
uint64_t cascade_generation(const struct cascade *cascade);

/* What led to an answer, for whoever keeps it: cascade_recall() then finds the answer again by a
 * look into the cache in memory, as cascade_ask() would for the same question under the same
 * generation, but without its texts. False: it is not there, and is to be asked for. */
struct cascade_trace {
    struct cache_key key;
    struct llm_cache_labels labels; /* cascade_recall()'s own */
    int64_t experiment_id;
    int arm;
    bool gives_orders; /* the text does, by orders.h */
    double anger; /* in it, by doubt.h; NaN: as no praise was answered, it was not looked for */
};
bool cascade_recall(struct cascade *cascade, struct arena *arena, struct cascade_trace *trace,
                    struct analysis *answer);

struct cascade_question {
    int64_t tenant_id;
    int64_t feedback_id; /* 0: it has none yet */
    const struct configuration *configuration;
    str text; /* clean, redacted, cut */
    str language_code;
    str subject;    /* whom it is about, for experiments: the same at each time */
    str id;         /* a UUID of this question, the same whenever it is asked again */
    str request_id; /* for the log */
    uint64_t until_ms;
    bool is_patient; /* in the background: with all retries */
    str version;     /* of the prompt; absent: as experiments say. cascade_ask() alone takes it */
    bool is_replay;  /* of what is stored: the ledger tells it from what customers sent */
    struct cascade_trace *trace; /* filled where it is answered; or NULL */
};

/* What was answered, as an analysis of method AI or CACHE that cascade_merge() takes: labels,
 * confidence, what it cost, and in needs_review whether the text gives orders, as the model says or
 * orders.h does. FULL: no budget allows it; INVALID: no answer could be used; DENIED, UNSUPPORTED:
 * nor will it be soon; all else may pass. */
enum status cascade_ask(struct cascade *cascade, struct arena *arena,
                        const struct cascade_question *question, struct analysis *answer,
                        struct error *err) MUST_CHECK;

/* What a question would be and cost at most: its first model, tokens in and out by estimate, and
 * nano-dollars, FIELD_UNSET where the model has no price. NOT_FOUND: there is no such version. */
struct cascade_estimate {
    const char *provider, *model;
    int64_t tokens;
    int64_t cost_nano;
};
enum status cascade_estimate(struct cascade *cascade, struct arena *arena,
                             const struct cascade_question *question,
                             struct cascade_estimate *estimate, struct error *err) MUST_CHECK;

/* The answer's labels with the local model's doubts: shares of what was not chosen are as the local
 * model has them (api.md 5.8). needs_review says whether a person should look, and review_reason
 * why. */
void cascade_merge(const struct cascade *cascade, const struct analysis *local,
                   const struct analysis *answer, struct analysis *merged);

/* Counts in the metrics what an analysis comes from in the end, where another than the local model
 * could have been asked (analysis_request.is_first_look); and whether it was to be. */
void cascade_count(const struct analysis *analysis, bool is_wanted);

/* Begins to ask, with a copy of all that the question refers to; an answer is given up after
 * options.timeout_ms, and until_ms is not looked at. NULL: there are too many fibers. */
struct asking *cascade_begin(struct cascade *cascade, const struct cascade_question *question);

/* Waits until then at most. True: it is over, and `status` and `answer` say how. */
bool asking_await(struct asking *asking, uint64_t until_ms);
enum status asking_status(const struct asking *asking);
const struct cascade_question *asking_question(const struct asking *asking);
const struct analysis *asking_answer(const struct asking *asking); /* lives as long as the asking */
const struct cascade_trace *asking_trace(const struct asking *asking); /* where it was answered */

/* Lets go of it; each asking must be. `late`, or NULL, is called on its fiber once it is over, and
 * until that has returned cascade_is_asking() says so of its id. What it is given lives in the
 * asking's arena. */
typedef void asking_late(void *context, struct asking *asking);
struct arena *asking_arena(struct asking *asking);
void asking_end(struct asking *asking, asking_late *late, void *context);

/* Whether somebody in this process is asking under that id: any thread. */
bool cascade_is_asking(struct cascade *cascade, str id);
