/* tenant_model.h - `hark train --update` and `hark model show | rollback | use`: what a tenant's
 * corrections have taught, through the owner of the database. */
#pragma once

#include "command/command.h"

/* --tenant N and --json are read from the call. */
enum exit_code tenant_model_update(struct command_call *call);
enum exit_code tenant_model_show(struct command_call *call);
enum exit_code tenant_model_rollback(struct command_call *call); /* words[1]: a version, optional */
