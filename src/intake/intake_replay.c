#include "intake/intake_replay.h"

#include "action/alerting.h"
#include "base/uuid.h"
#include "fiber/fan_out.h"
#include "fiber/fiber.h"
#include "intake/intake_inside.h"
#include "text/text.h"

enum {
    AT_ONCE = 8 /* asked about at a time: a replay leaves room for what customers send */
};

struct asking_again {
    struct replay *replay;
    struct arena *arena;
};

static enum status check_model(const struct replay *replay, struct error *err)
{
    if (!cascade_is_on(replay->intake->cascade))
        return fail(err, STATUS_CONFLICT,
                    "no language model is configured, so no prompt can be tried: set "
                    "OPENAI_API_KEY or another provider, and AI_MODE to something else than never");
    if (fiber_self() == NULL)
        return fail(err, STATUS_UNAVAILABLE, "only a running server can ask language models");
    return STATUS_OK;
}

static enum status make_question(const struct replay *replay, struct arena *arena,
                                 const struct feedback *item, const struct preparation *preparation,
                                 struct cascade_question *question, struct error *err)
{
    enum status status = intake_question(replay->intake, arena, item, preparation, question, err);
    if (status != STATUS_OK)
        return status;
    question->id = uuid_text(arena);
    question->version = replay->version;
    question->is_replay = true;
    question->is_patient = true;
    question->until_ms = fiber_now_ms() + replay->patience_ms;
    return STATUS_OK;
}

static void ask_about(const struct replay *replay, struct arena *arena, struct replay_item *item)
{
    struct feedback now = *item->before;
    struct analysis answer;
    struct preparation preparation = {
        .configuration = replay->configuration, .pii = replay->pii, .is_first_look = true};
    intake_analyse(replay->intake, arena, &preparation, &now);
    struct analysis local = now.analysis;
    item->status = STATUS_OK;
    item->is_asked = local.method == METHOD_ML_FALLBACK && !local.is_gibberish;
    item->after = local;
    item->cost_nano = 0;
    item->tokens = (struct tokens)NO_TOKENS;
    if (!item->is_asked)
        return;
    struct cascade_question question;
    item->status = make_question(replay, arena, &now, &preparation, &question, &item->err);
    if (item->status != STATUS_OK)
        return;
    item->status = cascade_ask(replay->intake->cascade, arena, &question, &answer, &item->err);
    item->cost_nano = answer.cost_nano;
    item->tokens = answer.tokens;
    if (item->status != STATUS_OK)
        return;
    cascade_merge(replay->intake->cascade, &local, &answer, &item->after);
    item->after.needs_alert = alert_is_needed_for(replay->configuration, &item->after, &local);
}

static void ask_about_one(void *argument, size_t index)
{
    struct asking_again *asking = argument;
    ask_about(asking->replay, asking->arena, &asking->replay->items[index]);
}

enum status intake_replay(struct replay *replay, struct arena *arena, struct error *err)
{
    struct asking_again asking = {replay, arena};
    enum status status = check_model(replay, err);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < replay->count; i++)
        replay->items[i].status = STATUS_CANCELLED;
    fan_out_run(&(struct fan_out){
        .count = replay->count, .at_once = AT_ONCE, .one = ask_about_one, .context = &asking});
    return STATUS_OK;
}

enum status intake_estimate_replay(const struct replay *replay, struct arena *arena,
                                   const struct feedback *item, struct cascade_estimate *estimate,
                                   struct error *err)
{
    struct preparation preparation = {.configuration = replay->configuration,
                                      .pii = replay->pii,
                                      .own = text_without_quotes(arena, item->text)};
    enum status status = check_model(replay, err);
    if (status != STATUS_OK)
        return status;
    struct cascade_question question;
    status = make_question(replay, arena, item, &preparation, &question, err);
    if (status != STATUS_OK)
        return status;
    return cascade_estimate(replay->intake->cascade, arena, &question, estimate, err);
}
