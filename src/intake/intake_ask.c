#include "intake/intake_ask.h"

#include "action/alerting.h"
#include "analysis/ledger.h"
#include "base/clock.h"
#include "fiber/fiber.h"
#include "intake/intake_inside.h"
#include "intake/intake_outgoing.h"
#include "intake/intake_topic.h"
#include "queue/queue.h"
#include "telemetry/log.h"

#include <stdio.h>
#include <string.h>

enum {
    MOST_AT_ONCE = 32, /* of one request, so that a batch leaves some room for others */
    SOON_US = 2 * SECOND_US
};

/* Whom it is about, so that an experiment treats him the same each time. */
static str subject_of(const struct feedback *item, str text)
{
    if (!str_is_absent(item->customer.external_id))
        return item->customer.external_id;
    return str_is_absent(item->source_id) ? text : item->source_id;
}

enum status intake_question(const struct intake_options *intake, struct arena *arena,
                            const struct feedback *item, const struct preparation *preparation,
                            struct cascade_question *question, struct error *err)
{
    str text;
    enum status status = intake_outgoing(intake, arena, preparation, &text, err);
    if (status != STATUS_OK)
        return status;
    *question = (struct cascade_question){
        .tenant_id = item->tenant_id,
        .feedback_id = item->id,
        .configuration = preparation->configuration,
        .text = text,
        .language_code = item->language_code,
        .subject = subject_of(item, text),
    };
    return STATUS_OK;
}

void intake_adopt(const struct intake_options *intake, const struct configuration *configuration,
                  const struct analysis *local, const struct analysis *answer,
                  struct feedback *item)
{
    cascade_merge(intake->cascade, local, answer, &item->analysis);
    item->analysis.is_alert_open = item->analysis.needs_alert =
        alert_is_needed_for(configuration, &item->analysis, local);
}

static void begin(const struct intake_options *intake, struct arena *arena, str request_id,
                  struct inquiry *inquiry)
{
    struct cascade_question question;
    struct error err;
    if (intake_question(intake, arena, inquiry->item, inquiry->preparation, &question, &err) !=
        STATUS_OK) {
        LOG(ERROR, "ai_not_asked", LOG_STR("request_id", request_id), LOG_Z("error", err.message));
        return;
    }
    question.id = str_from_z(inquiry->id);
    question.request_id = request_id;
    inquiry->asking = cascade_begin(intake->cascade, &question);
}

bool intake_may_come(enum status status)
{
    return status != STATUS_OK && status != STATUS_FULL && status != STATUS_INVALID &&
           status != STATUS_UNSUPPORTED && status != STATUS_NOT_FOUND;
}

/* What was asked in vain is paid for all the same. */
static void charge(struct feedback *item, const struct analysis *answer)
{
    ledger_charge(&item->analysis, answer->cost_nano, &answer->tokens);
}

static void take(const struct intake_options *intake, struct arena *arena, struct inquiry *inquiry,
                 uint64_t until_ms)
{
    struct asking *asking = inquiry->asking;
    if (asking == NULL || !asking_await(asking, until_ms))
        return;
    enum status status = asking_status(asking);
    inquiry->is_owed = intake_may_come(status);
    if (status == STATUS_OK) {
        intake_adopt(intake, inquiry->preparation->configuration, &inquiry->local,
                     asking_answer(asking), inquiry->item);
        analysis_keep_texts(arena, &inquiry->item->analysis);
        inquiry->is_answered = true;
        inquiry->trace = *asking_trace(asking);
    } else {
        charge(inquiry->item, asking_answer(asking));
    }
    asking_end(asking, NULL, NULL);
    inquiry->asking = NULL;
}

/* What is not asked about here its job will ask about, if it is stored. */
static void want_all(const struct intake_options *intake, struct inquiries *inquiries)
{
    for (size_t i = 0; i < inquiries->count; i++) {
        struct inquiry *one = &inquiries->items[i];
        one->is_wanted = one->is_owed =
            cascade_is_wanted(intake->cascade, one->item->text, &one->item->analysis);
        one->local = one->item->analysis;
        if (one->is_wanted)
            uuid_make(one->id);
    }
}

static void ask_all(const struct intake_options *intake, struct arena *arena,
                    struct inquiries *inquiries)
{
    size_t begun = 0, taken = 0;
    struct inquiry **asked = arena_array(arena, struct inquiry *, inquiries->count + 1);
    for (size_t i = 0; i < inquiries->count; i++) {
        struct inquiry *one = &inquiries->items[i];
        if (!one->is_wanted || one->is_known)
            continue;
        if (begun - taken == MOST_AT_ONCE)
            take(intake, arena, asked[taken++], inquiries->until_ms);
        if (begun - taken < MOST_AT_ONCE && fiber_now_ms() < inquiries->until_ms) {
            begin(intake, arena, inquiries->request_id, one);
            asked[begun++] = one;
        }
    }
    while (taken < begun)
        take(intake, arena, asked[taken++], inquiries->until_ms);
}

static void count_all(const struct inquiries *inquiries)
{
    for (size_t i = 0; i < inquiries->count; i++)
        if (!inquiries->items[i].is_known)
            cascade_count(&inquiries->items[i].item->analysis, inquiries->items[i].is_wanted);
}

static void ask_where_wanted(const struct intake_options *intake, struct arena *arena,
                             struct inquiries *inquiries)
{
    want_all(intake, inquiries);
    if (fiber_self() != NULL) { /* else a command, in a process of its own: the server will ask */
        intake_find_known(intake, arena, inquiries);
        ask_all(intake, arena, inquiries);
    }
    count_all(inquiries);
}

/* A time of the loop's, on the clock that all threads share. */
static uint64_t monotonic_us(uint64_t until_ms)
{
    uint64_t now_ms = fiber_self() == NULL ? until_ms : fiber_now_ms();
    return clock_monotonic_us() + (until_ms > now_ms ? (until_ms - now_ms) * 1000 : 0);
}

bool intake_asks(const struct intake_options *intake)
{
    return cascade_is_on(intake->cascade) || intake->similar_topic > 0;
}

bool intake_is_dear(const struct intake_options *intake)
{
    return intake_asks(intake) || analyst_has_reader(intake->analyst);
}

void intake_ask(const struct intake_options *intake, struct arena *arena,
                struct inquiries *inquiries)
{
    if (cascade_is_on(intake->cascade))
        ask_where_wanted(intake, arena, inquiries);
    uint64_t until_us = monotonic_us(inquiries->until_ms);
    for (size_t i = 0; i < inquiries->count; i++)
        intake_reuse_topic(intake, inquiries->items[i].item, until_us);
}

void intake_end_asking(struct inquiries *inquiries)
{
    for (size_t i = 0; inquiries != NULL && i < inquiries->count; i++) {
        if (inquiries->items[i].asking != NULL)
            asking_end(inquiries->items[i].asking, NULL, NULL);
        inquiries->items[i].asking = NULL;
    }
}

static enum status ask_patiently(const struct intake_options *intake, struct arena *arena,
                                 struct patient_question *question, struct error *err)
{
    struct cascade_question asked;
    question->local = question->item->analysis;
    question->answer = (struct analysis){.tokens = NO_TOKENS};
    enum status status =
        intake_question(intake, arena, question->item, question->preparation, &asked, err);
    if (status != STATUS_OK)
        return status;
    asked.id = question->id;
    asked.is_patient = true;
    asked.until_ms = question->until_ms;
    return cascade_ask(intake->cascade, arena, &asked, &question->answer, err);
}

enum status intake_ask_patiently(const struct intake_options *intake, struct arena *arena,
                                 struct patient_question *question, struct error *err)
{
    struct feedback *item = question->item;
    enum status status = STATUS_OK;
    if (!cascade_is_on(intake->cascade)) {
        intake_reuse_topic(intake, item, monotonic_us(question->until_ms));
        return STATUS_OK;
    }
    question->is_wanted = cascade_is_wanted(intake->cascade, item->text, &item->analysis);
    if (question->is_wanted)
        status = ask_patiently(intake, arena, question, err);
    if (question->is_wanted && status == STATUS_OK)
        intake_adopt(intake, question->preparation->configuration, &question->local,
                     &question->answer, item);
    else if (question->is_wanted)
        charge(item, &question->answer);
    if (status != STATUS_CANCELLED)
        cascade_count(&item->analysis, question->is_wanted);
    if (status == STATUS_OK)
        intake_reuse_topic(intake, item, monotonic_us(question->until_ms));
    return status;
}

enum status intake_owe(const struct intake_options *intake, struct db_session *session,
                       const struct upgrade_job *owed, struct error *err)
{
    char payload[64];
    snprintf(payload, sizeof payload, "{\"feedback_id\":%lld}", (long long)owed->feedback_id);
    struct job job = {.tenant_id = owed->tenant_id,
                      .kind = "upgrade",
                      .payload = str_from_z(payload),
                      .run_at = queue_now(intake->queue) + owed->delay_us};
    snprintf(job.id, sizeof job.id, STR_FORMAT, STR_ARG(owed->id));
    return queue_put(intake->queue, session, &job, err);
}

/* What a call that goes on brings behind the answer. */
struct late {
    const struct intake_options *intake;
    const struct cascade_question *question;
    struct analysis local;
    struct upgrade upgrade;
};

/* The job goes with the upgrade, or with what makes it useless. If it has gone already, so has the
 * reason for this. */
static enum status upgrade_late(struct db_session *session, void *argument, struct error *err)
{
    struct late *late = argument;
    const struct intake_options *intake = late->intake;
    enum status status =
        queue_cancel(intake->queue, session, late->upgrade.tenant_id, late->question->id, err);
    if (status == STATUS_OK && late->upgrade.answer != NULL)
        status = intake_upgrade(intake, session, &late->upgrade, err);
    return status;
}

static void come_late(void *context, struct asking *asking)
{
    struct late *late = context;
    struct error err;
    if (intake_may_come(asking_status(asking)))
        return; /* the job asks again */
    if (asking_status(asking) == STATUS_OK)
        late->upgrade.answer = asking_answer(asking);
    if (db_write(store_db(late->intake->store), upgrade_late, late, &err) == STATUS_OK)
        intake_announce_upgrade(&late->upgrade);
}

static void let_go(const struct intake_options *intake, struct inquiry *inquiry,
                   const struct feedback *stored)
{
    struct asking *asking = inquiry->asking;
    struct arena *arena = asking_arena(asking);
    struct late *late = arena_new(arena, struct late);
    late->intake = intake;
    late->question = asking_question(asking);
    late->local = inquiry->local;
    analysis_keep_texts(arena, &late->local);
    late->upgrade = (struct upgrade){.tenant_id = stored->tenant_id,
                                     .feedback_id = stored->id,
                                     .configuration = late->question->configuration,
                                     .local = &late->local,
                                     .arena = arena};
    asking_end(asking, come_late, late);
    inquiry->asking = NULL;
}

enum status inquiry_keep(const struct intake_options *intake, struct db_session *session,
                         const struct inquiry *inquiry, const struct feedback *stored,
                         struct error *err)
{
    struct upgrade_job owed = {stored->tenant_id, stored->id, str_from_z(inquiry->id), SOON_US};
    return inquiry->is_owed ? intake_owe(intake, session, &owed, err) : STATUS_OK;
}

void inquiry_let_go(const struct intake_options *intake, struct inquiry *inquiry,
                    const struct feedback *stored)
{
    if (inquiry->asking != NULL && inquiry->is_owed)
        let_go(intake, inquiry, stored);
}
