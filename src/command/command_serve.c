/* hark serve: the server itself. */
#include "app/app.h"
#include "command/command.h"

static enum exit_code run(struct command_call *call)
{
    struct app *app = NULL;
    struct error err;
    enum status status = app_open(&app, call->config, &err);
    if (status == STATUS_OK)
        status = app_serve(app, &err);
    app_close(app);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

const struct command command_serve = {
    .name = "serve",
    .summary = "Serve the API and the dashboard until SIGTERM or SIGINT.",
    .words = "",
    .run = run,
};
