/* hark openapi: the description of the API, as the server gives it. */
#include "command/client.h"
#include "command/command.h"

#include <stdio.h>

static enum exit_code run(struct command_call *call)
{
    struct client *client = NULL;
    struct error err;
    str document = {0};
    struct client_request request = {.method = "GET", .path = STR("/openapi.json")};
    enum status status = client_open(&client, call->config, &err);
    if (status == STATUS_OK)
        status = client_call(client, call->arena, &request, &document, &err);
    if (status == STATUS_OK)
        printf(STR_FORMAT "\n", STR_ARG(str_trim(document)));
    client_close(client);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

const struct command command_openapi = {
    .name = "openapi",
    .summary = "Print the description of the API (OpenAPI 3.1).",
    .words = "",
    .run = run,
};
