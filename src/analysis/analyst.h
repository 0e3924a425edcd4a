/* analyst.h - understands a message: its sentiment, topic, severity, and how sure that is.
 *
 * By the local model, with a transformer beside it where one is configured, and by what the
 * tenant's corrections have taught it; a language model will be asked first once one is. What it is
 * given has been cleaned and has its personal data hidden. Immutable after opening but for its
 * adaptation; any thread. */
#pragma once

#include "analysis/adaptation.h"
#include "analysis/deep_reader.h"
#include "base/status.h"
#include "model/configuration.h"
#include "model/feedback.h"

struct analyst;

/* A model that does not load is logged with its remedy and done without: everything is then
 * answered neutral, general and low (DESIGN 8.9). */
struct analyst *analyst_open(const char *model_path);
void analyst_close(struct analyst *analyst);
bool analyst_has_model(const struct analyst *analyst);
const char *analyst_model_name(const struct analyst *analyst); /* that answers; NULL: none */

/* From now on `reader`, which the analyst closes in the end, has its say on the sentiment of what
 * it can read within `budget_ms`; what it cannot is answered without it. */
void analyst_add_reader(struct analyst *analyst, struct deep_reader *reader, unsigned budget_ms);

bool analyst_has_reader(const struct analyst *analyst);

/* The tenants' adapters, which learning.h puts in. */
struct adaptation *analyst_adaptation(const struct analyst *analyst);

/* Which model this is, to the byte: its name and checksum; "" when there is none. Adapters name the
 * one they were trained against. */
const char *analyst_base(const struct analyst *analyst);

/* What the model says, and the tenant's adapter on top of it; tenant 0 has none. Needs a model. */
void analyst_predict(const struct analyst *analyst, int64_t tenant_id, str text,
                     struct prediction *prediction);

/* Fills `analysis` but for its ids. `truncated` says whether only the beginning was looked at.
 * Texts live in the arena. Takes microseconds, and what the reading that was asked for takes. */
struct analysis_request {
    str text;
    str language_code; /* absent: not known */
    const struct configuration *configuration;
    bool is_brief; /* labels alone: no summary and no hash of the text, which cost more than they */
    int64_t tenant_id;
    struct deep_reading *reading; /* from analyst_ask(); gone afterwards */
    bool is_first_look; /* another may be asked after it: who asks counts what made the analysis */
};

/* Whether all that were to have a say had it: false where the reader had no time for it. */
bool analyst_is_whole(const struct analyst *analyst, const struct analysis *analysis);

/* Asks the reader for the text of a request that will be analysed with what this gives, and must
 * be. `crowd` is how many are asked for together, 1 for one alone: as many budgets are theirs.
 * NULL: there is no reader, or it has no time. */
struct deep_reading *analyst_ask(const struct analyst *analyst,
                                 const struct analysis_request *request, size_t crowd);

void analyst_analyse(const struct analyst *analyst, struct arena *arena,
                     const struct analysis_request *request, struct analysis *analysis,
                     bool *truncated);
