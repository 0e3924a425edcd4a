/* analyst.h - understands a message: its sentiment, topic, severity, and how sure that is.
 *
 * Now by the local model, and what the tenant's corrections have taught it; a language model will
 * be asked first once one is configured. What it is given has been cleaned and has its personal
 * data hidden. Immutable after opening but for its adaptation; any thread. */
#pragma once

#include "analysis/adaptation.h"
#include "base/status.h"
#include "model/configuration.h"
#include "model/feedback.h"

struct analyst;

/* A model that does not load is logged with its remedy and done without: everything is then
 * answered neutral, general and low (DESIGN 8.9). */
struct analyst *analyst_open(const char *model_path);
void analyst_close(struct analyst *analyst);
bool analyst_has_model(const struct analyst *analyst);

/* The tenants' adapters, which learning.h puts in. */
struct adaptation *analyst_adaptation(const struct analyst *analyst);

/* Which model this is, to the byte: its name and checksum; "" when there is none. Adapters name the
 * one they were trained against. */
const char *analyst_base(const struct analyst *analyst);

/* What the model says, and the tenant's adapter on top of it; tenant 0 has none. Needs a model. */
void analyst_predict(const struct analyst *analyst, int64_t tenant_id, str text,
                     struct prediction *prediction);

/* Fills `analysis` but for its ids. `truncated` says whether only the beginning was looked at.
 * Texts live in the arena. Takes microseconds and does not wait. */
struct analysis_request {
    str text;
    str language_code; /* absent: not known */
    const struct configuration *configuration;
    bool is_brief; /* labels alone: no summary and no hash of the text, which cost more than they */
    int64_t tenant_id;
};
void analyst_analyse(const struct analyst *analyst, struct arena *arena,
                     const struct analysis_request *request, struct analysis *analysis,
                     bool *truncated);
