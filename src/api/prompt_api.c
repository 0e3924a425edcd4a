#include "api/prompt_api.h"

#include "analysis/prompt_change.h"
#include "analysis/prompts.h"

#include <stddef.h>

struct asked {
    str task;
};

static const struct field query_items[] = {
    {"task", FIELD_TEXT, offsetof(struct asked, task), 0, 1, 32,
     .doc = "What the prompts are for; classify when not given."},
};
const struct fields prompt_query_fields = FIELDS("PromptQuery", "Which prompts.", query_items);

static struct prompt_change change_of(const struct call *call)
{
    return (struct prompt_change){call->services->experiments, call->arena,
                                  call->identity.tenant_id, call->identity.actor};
}

static void default_task(str *task)
{
    if (str_is_absent(*task))
        *task = STR("classify");
}

static enum status read_task(struct call *call, str *task, struct error *err)
{
    struct asked asked = {{0}};
    enum status status = call_read_query(call, &prompt_query_fields, &asked, err);
    *task = asked.task;
    default_task(task);
    return status;
}

/* All of a task, and what is in use of it. */
static enum status list(struct call *call, str task, struct prompt **prompts, size_t *count,
                        struct error *err)
{
    struct prompt_change change = change_of(call);
    size_t all, kept = 0;
    enum status status = prompt_list(&change, prompts, &all, err);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < all; i++)
        if (str_equal((*prompts)[i].task, task))
            (*prompts)[kept++] = (*prompts)[i];
    *count = kept;
    return STATUS_OK;
}

enum status prompt_list_all(struct call *call, struct error *err)
{
    struct prompt *prompts;
    size_t count;
    str task;
    enum status status = read_task(call, &task, err);
    if (status == STATUS_OK)
        status = list(call, task, &prompts, &count, err);
    if (status == STATUS_OK)
        call_answer_list(call, &prompt_fields, prompts, count, sizeof *prompts);
    return status;
}

static enum status answer(struct call *call, int http_status, str task, str version,
                          struct error *err)
{
    struct prompt *prompts;
    size_t count;
    enum status status = list(call, task, &prompts, &count, err);
    if (status != STATUS_OK)
        return status;
    const struct prompt *found = prompt_find(prompts, count, task, version);
    if (found == NULL)
        return fail(err, STATUS_NOT_FOUND, "there is no version '" STR_FORMAT "' of the prompt",
                    STR_ARG(version));
    call_answer_fields(call, http_status, &prompt_fields, found);
    return STATUS_OK;
}

enum status prompt_add(struct call *call, struct error *err)
{
    struct prompt_change change = change_of(call);
    struct prompt prompt = {.tenant_id = change.tenant_id};
    enum status status = call_read_body(call, &prompt_input_fields, &prompt, err);
    if (status != STATUS_OK)
        return status;
    default_task(&prompt.task);
    status = prompt_make(&change, &prompt, err);
    if (status != STATUS_OK)
        return status;
    call_add_header(call, "Location",
                    str_format(call->arena, "/v1/prompts/" STR_FORMAT, STR_ARG(prompt.version)));
    return answer(call, 201, prompt.task, prompt.version, err);
}

enum status prompt_read(struct call *call, struct error *err)
{
    str task;
    enum status status = read_task(call, &task, err);
    return status == STATUS_OK ? answer(call, 200, task, call->value, err) : status;
}

typedef enum status changing(const struct prompt_change *change, str task, str version,
                             struct error *err);

static enum status change_version(struct call *call, changing *make, struct error *err)
{
    struct prompt_change change = change_of(call);
    str task;
    enum status status = read_task(call, &task, err);
    if (status == STATUS_OK)
        status = make(&change, task, call->value, err);
    return status == STATUS_OK ? answer(call, 200, task, call->value, err) : status;
}

enum status prompt_put_to_use(struct call *call, struct error *err)
{
    return change_version(call, prompt_activate, err);
}

enum status prompt_set_aside(struct call *call, struct error *err)
{
    return change_version(call, prompt_retire, err);
}
