/* hark train: makes a local model anew, or teaches one what a tenant corrected. */
#include "command/command.h"
#include "command/tenant_model.h"
#include "command/train_task.h"

static const struct train_task *find_task(const struct command_call *call)
{
    if (!call_has(call, "task"))
        return &train_tasks[0];
    for (const struct train_task *task = train_tasks; task->name != NULL; task++)
        if (str_equal_z(call_value(call, "task"), task->name))
            return task;
    return NULL;
}

static enum exit_code run(struct command_call *call)
{
    struct error err;
    const struct train_task *task = find_task(call);
    if (call_has(call, "update") && call_has(call, "data"))
        return command_misuse(call->command, "'hark train' takes --data or --update, not both");
    if (call_has(call, "update"))
        return tenant_model_update(call);
    if (!call_has(call, "data"))
        return command_misuse(call->command, "'hark train' needs --data FOLDER, or --update");
    if (task == NULL)
        return command_misuse(call->command, "--task is understanding, names, vectors or language");
    return task->train(call, &err) == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

const struct command command_train = {
    .name = "train",
    .summary = "Make a local model from a folder of labelled texts.",
    .words = "",
    .about = "With --update, learns from the corrections of a tenant instead: what is better on\n"
             "those held out is put to use, beside the version before ('hark model rollback').",
    .flags = {{"update", NULL, "Learn from corrections; takes --tenant and --json alone."},
              {"tenant", "N", "With --update: whose; tenant 1 when not given."},
              {"json", NULL, "With --update: print what the API answers."},
              {"data", "FOLDER", "The labelled sets."},
              {"task", "NAME",
               "understanding, when not given; names of people; vectors of words; language."},
              {"out", "FILE", "Where to; the model's file in models/ when not given."},
              {"own", "FILE",
               "Rows of your own: sentiment/topic/severity, a tab, the text; for vectors, words of "
               "one meaning, a group a line."},
              {"forbid", "FILE", "Rows that must not be learned, because they measure."},
              {"name", "NAME", "What the model calls itself."},
              {"permissive", NULL, "Only sets whose licence allows everything."}},
    .run = run,
};
