/* hark migrate: brings the database to this version's schema, which opening it does. */
#include "command/client.h"
#include "command/command.h"
#include "command/member.h"

#include <inttypes.h>
#include <stdio.h>

static enum exit_code run(struct command_call *call)
{
    struct client *client = NULL;
    struct error err;
    const struct json *answer = NULL;
    struct client_request request = {.method = "POST", .path = STR("/v1/maintenance:check")};
    enum status status = client_open(&client, call->config, &err);
    if (status == STATUS_OK)
        status = client_call_json(client, call->arena, &request, &answer, &err);
    if (status == STATUS_OK && call_has(call, "json"))
        printf("{\"schema_version\":%" PRId64 "}\n", member_integer(answer, "schema_version"));
    else if (status == STATUS_OK)
        printf("schema version %" PRId64 "\n", member_integer(answer, "schema_version"));
    client_close(client);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

const struct command command_migrate = {
    .name = "migrate",
    .summary = "Bring the database to this version's schema, and say which that is.",
    .words = "",
    .flags = {{"json", NULL, "As JSON."}},
    .run = run,
};
