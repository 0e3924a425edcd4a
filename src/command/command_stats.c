/* hark stats: totals and distributions, over all time or a part of it. */
#include "command/client.h"
#include "command/command.h"
#include "command/tally.h"

#include <stdio.h>

static const char *const range_flags[] = {"since", "until"};

static enum exit_code run(struct command_call *call)
{
    struct client *client = NULL;
    str reply = {0};
    struct error err;
    struct buf path;
    buf_init(&path, call->arena, COMMAND_OUTPUT);
    buf_add_z(&path, "/v1/dashboard/stats");
    for (size_t i = 0; i < sizeof range_flags / sizeof *range_flags; i++)
        if (call_has(call, range_flags[i]))
            client_add_query(&path, range_flags[i], call_value(call, range_flags[i]));

    const struct json *stats = NULL;
    struct client_request request = {.method = "GET", .path = buf_str(&path)};
    enum status status = client_open(&client, call->config, &err);
    if (status == STATUS_OK)
        status = client_call(client, call->arena, &request, &reply, &err);
    if (status == STATUS_OK)
        status = json_parse(call->arena, reply, &stats, &err);
    if (status == STATUS_OK && call_has(call, "json"))
        printf(STR_FORMAT "\n", STR_ARG(reply));
    else if (status == STATUS_OK)
        tally_print(stdout, stats);
    client_close(client);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

const struct command command_stats = {
    .name = "stats",
    .summary = "Print totals and distributions.",
    .words = "",
    .flags = {{"since", "TIME", "Only what was said then or later (RFC 3339)."},
              {"until", "TIME", "Only what was said before then."},
              {"json", NULL, "As JSON."}},
    .run = run,
};
