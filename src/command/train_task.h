/* train_task.h - what `hark train` can make: one task for each model that Hark ships. */
#pragma once

#include "command/command.h"

struct train_task {
    const char *name;
    /* Reads the flags of `call`, makes the model and prints what it was made of. */
    enum status (*train)(const struct command_call *call, struct error *err);
};

/* Ends with a row whose name is NULL. The first is meant when nobody says which. */
extern const struct train_task train_tasks[];
