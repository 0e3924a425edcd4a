/* intake_ask.h - what a language model is asked about feedback, on its way in and behind it.
 *
 * intake_ask() stands between intake_prepare() and intake_submit(), on the fiber: it asks about all
 * that the local model's answer is not enough for (cascade.h) and that is not stored already, and
 * returns by the deadline with what has come. Where an answer was wanted and has not come,
 * intake_submit() puts a job "upgrade" into the feedback's own commit. That job asks, or asks
 * again; but while the call that this process began is still going on, it waits: an answer that
 * comes late upgrades the feedback and takes the job away in one commit. So no crash loses an
 * upgrade, and none is paid for twice. */
#pragma once

#include "analysis/cascade.h"
#include "base/uuid.h"
#include "intake/intake.h"

struct inquiry {
    struct feedback *item; /* understood by the local model */
    const struct preparation *preparation;

    /* Filled. */
    char id[UUID_TEXT_SIZE]; /* of the question, and of its job */
    struct asking *asking;   /* it goes on; NULL: it does not */
    struct analysis local;   /* what the local model said, where another was wanted */
    bool is_wanted;
    bool is_owed;  /* it was wanted, and has not come, but may */
    bool is_known; /* its source and source_id are stored already, so nobody was asked */
    bool is_answered;
    struct cascade_trace trace; /* where it is answered */
};

struct inquiries {
    struct inquiry *items;
    size_t count;
    str request_id;
    uint64_t until_ms; /* by fiber_now_ms() */
};

/* False: intake_ask() would do nothing. */
bool intake_asks(const struct intake_options *intake);

/* Whether understanding one takes more than some microseconds of this machine: who may be repeating
 * himself should look for that first. */
bool intake_is_dear(const struct intake_options *intake);

/* Gives each item the best that is known by then. Each must be ended, whatever comes of it. */
void intake_ask(const struct intake_options *intake, struct arena *arena,
                struct inquiries *inquiries);
/* What has not been ended by intake_submit(): what comes of it is of use to the cache alone. */
void intake_end_asking(struct inquiries *inquiries);

/* The same for one, on this fiber and with all patience, under the question's own id. OK: the item
 * has a language model's analysis, or was not to have one. Otherwise as cascade_ask(). */
struct patient_question {
    struct feedback *item; /* understood by the local model */
    const struct preparation *preparation;
    str id;
    uint64_t until_ms;
    struct analysis local;  /* filled */
    struct analysis answer; /* filled when it was wanted and is OK: as the model gave it */
    bool is_wanted;         /* filled */
};
enum status intake_ask_patiently(const struct intake_options *intake, struct arena *arena,
                                 struct patient_question *question, struct error *err) MUST_CHECK;
/* Whether it is worth asking again some time, after that status. */
bool intake_may_come(enum status status);

/* In a transaction: the job that asks again, under `id`, not before `delay_us` from now. */
struct upgrade_job {
    int64_t tenant_id, feedback_id;
    str id;
    int64_t delay_us;
};
enum status intake_owe(const struct intake_options *intake, struct db_session *session,
                       const struct upgrade_job *owed, struct error *err) MUST_CHECK;

/* In a transaction: the answer becomes the feedback's current analysis, with rollups, events and
 * alert, unless a language model has answered already or the feedback is gone. After the commit
 * intake_announce_upgrade() says so. */
struct upgrade {
    int64_t tenant_id, feedback_id;
    const struct configuration *configuration;
    const struct analysis *local, *answer;
    struct arena *arena;
    bool is_done;          /* filled */
    bool is_alert_opened;  /* filled */
    struct feedback after; /* filled when it is done */
};
enum status intake_upgrade(const struct intake_options *intake, struct db_session *session,
                           struct upgrade *upgrade, struct error *err) MUST_CHECK;
void intake_announce_upgrade(const struct upgrade *upgrade);
