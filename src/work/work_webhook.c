/* deliver_webhook: one attempt to tell a webhook, or a job's callback, of an event. */
#include "action/webhook_attempt.h"
#include "work/work_kinds.h"

struct delivering {
    struct work_call *call;
    struct webhook_attempt attempt;
};

static enum status settle(struct db_session *session, void *argument, struct error *err)
{
    struct delivering *delivering = argument;
    struct work_call *call = delivering->call;
    struct webhook_ending ending;
    enum status status =
        webhook_settle(call->services->webhooks, session, &delivering->attempt, &ending, err);
    if (status != STATUS_OK)
        return status;
    switch (ending.end) {
    case WEBHOOK_FINISH:
        return work_finish(call, session, err);
    case WEBHOOK_FAIL:
        return work_fail(call, session, &ending.failure, err);
    case WEBHOOK_GIVE_BACK:
        return work_give_back(call, session, ending.run_at, err);
    }
    return STATUS_OK;
}

enum status work_webhook(struct work_call *call, struct error *err)
{
    struct webhooks *webhooks = call->services->webhooks;
    struct delivering delivering = {.call = call};
    enum status status = webhook_begin(webhooks, call->arena, &call->job, &delivering.attempt, err);
    if (status != STATUS_OK)
        return status;
    if (delivering.attempt.plan == WEBHOOK_SEND)
        webhook_send(webhooks, call->arena, &delivering.attempt);
    return db_write(store_db(call->services->store), settle, &delivering, err);
}

enum status work_webhook_died(const struct work_services *services, struct db_session *session,
                              const struct dead_letter *letter, struct error *err)
{
    return webhook_bury(services->webhooks, session, &letter->job, err);
}
