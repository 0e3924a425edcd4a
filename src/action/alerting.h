/* alerting.h - whether a feedback needs somebody now, and what is written when it does.
 *
 * Seed 001's rule: negative or mixed, and sure enough. The alert is a row and an event in the
 * commit of its feedback, so that none can point at a feedback that was never saved. */
#pragma once

#include "model/configuration.h"
#include "model/feedback.h"
#include "store/store.h"

bool alert_is_needed(const struct configuration *configuration, const struct analysis *analysis);

/* The same of a language model's answer: where it and the local model differ so far that a person
 * should look, the worse of the two decides. */
bool alert_is_needed_for(const struct configuration *configuration, const struct analysis *analysis,
                         const struct analysis *local);

/* In the transaction: the alert of a feedback whose analysis needs one, and its event. */
enum status alert_open(struct db_session *session, const struct feedback *item,
                       struct error *err) MUST_CHECK;

/* After the commit: the log line that stands in for a delivery, and the count. */
void alert_announce(const struct feedback *item);
