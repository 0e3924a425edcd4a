/* hark serve: the server itself. */
#include "app/app.h"
#include "command/command.h"

static enum exit_code run(struct command_call *call)
{
    struct app *app = NULL;
    struct error err;
    enum status status = STATUS_OK;
    if (call_has(call, "role"))
        status = config_put_flag(call->config, call->arena, STR("role"), STR("serve.role"),
                                 call_value(call, "role"), &err);
    if (status != STATUS_OK)
        return command_misuse(call->command, "%s", err.message);
    status = app_check_role(call->config, &err);
    if (status == STATUS_OK)
        status = app_open(&app, call->config, &err);
    if (status == STATUS_OK)
        status = app_serve(app, &err);
    app_close(app);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

const struct command command_serve = {
    .name = "serve",
    .summary = "Serve the API and the dashboard until SIGTERM or SIGINT.",
    .words = "",
    .flags = {{"role", "ROLE", "all, api, worker or dashboard; on SQLite: all."}},
    .run = run,
};
