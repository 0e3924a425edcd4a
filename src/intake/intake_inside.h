/* intake_inside.h - what the files of this room share. */
#pragma once

#include "analysis/cascade.h"
#include "intake/intake.h"
#include "intake/intake_ask.h"
#include "intake/intake_job.h"

/* In a transaction: what is kept under the request's key, if it has one (`answer` may be NULL). */
enum status intake_find_answer(struct db_session *session, struct arena *arena,
                               struct kept_answer *answer, bool *is_replay,
                               struct error *err) MUST_CHECK;

/* In a transaction: feedback.created or feedback.analyzed, with what is known of it by now. */
enum status intake_add_event(struct db_session *session, const struct feedback *item,
                             const char *type, struct error *err) MUST_CHECK;

/* In the transaction of a feedback: the job that will bring what is owed to it. */
enum status inquiry_keep(const struct intake_options *intake, struct db_session *session,
                         const struct inquiry *inquiry, const struct feedback *stored,
                         struct error *err) MUST_CHECK;
/* After it: what is still being asked for it goes on alone. */
void inquiry_let_go(const struct intake_options *intake, struct inquiry *inquiry,
                    const struct feedback *stored);

/* What the two models say together becomes the item's analysis. */
void intake_adopt(const struct intake_options *intake, const struct configuration *configuration,
                  const struct analysis *local, const struct analysis *answer,
                  struct feedback *item);

/* Metrics: which way it was analysed, and whether a language model was to do it; what personal data
 * it held. */
void intake_count_method(const struct analysis *analysis, bool is_wanted);
void intake_count_personal_data(const struct feedback *item, const struct pii_tally *tally);

/* What a language model is asked about an item: its text as it may leave, and whom it is about. */
struct cascade_question intake_question(const struct intake_options *intake, struct arena *arena,
                                        const struct feedback *item,
                                        const struct preparation *preparation, str id);
