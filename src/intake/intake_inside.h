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

/* Marks what is_known of those that are wanted: what is stored already, or comes twice in one
 * request. A look before the commit, which alone decides: what is wrongly marked is stored as one
 * that nobody answered in time. */
void intake_find_known(const struct intake_options *intake, struct arena *arena,
                       struct inquiries *inquiries);

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

/* Metrics: what personal data it held. */
void intake_count_personal_data(const struct feedback *item, const struct pii_tally *tally);

/* What a language model is asked about an item: its text as it may leave, and whom it is about. The
 * question's id is the caller's to set. As intake_hide(). */
enum status intake_question(const struct intake_options *intake, struct arena *arena,
                            const struct feedback *item, const struct preparation *preparation,
                            struct cascade_question *question, struct error *err) MUST_CHECK;
