/* hark replay: what has happened goes to a target again, or through another prompt. */
#include "base/clock.h"
#include "command/client.h"
#include "command/command.h"
#include "command/member.h"
#include "command/prompt_trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static enum status add_time(struct json_writer *writer, const struct command_call *call,
                            const char *flag, struct error *err)
{
    int64_t at_us;
    if (!call_has(call, flag))
        return STATUS_OK;
    if (!replay_read_time(call_value(call, flag), &at_us))
        return fail(err, STATUS_INVALID,
                    "--%s must be a time (RFC 3339), or how long ago: 90s, 15m, 1h, 2d", flag);
    json_key(writer, flag);
    json_string(writer, clock_text(call->arena, at_us));
    return STATUS_OK;
}

/* "webhook:3" */
static enum status add_target(struct json_writer *writer, const struct command_call *call,
                              struct error *err)
{
    str kind, id;
    int64_t number;
    if (!str_cut(call_value(call, "to"), ':', &kind, &id) || !str_equal(kind, STR("webhook")) ||
        !str_to_integer(id, &number) || number < 1)
        return fail(err, STATUS_INVALID, "--to must be webhook:ID");
    json_key(writer, "target");
    json_open(writer, '{');
    json_key(writer, "webhook");
    json_integer(writer, number);
    json_close(writer, '}');
    return STATUS_OK;
}

static enum status make_body(const struct command_call *call, struct buf *body, struct error *err)
{
    int64_t after = -1;
    struct json_writer writer = {.out = body};
    json_open(&writer, '{');
    enum status status = add_target(&writer, call, err);
    if (status == STATUS_OK)
        status = add_time(&writer, call, "since", err);
    if (status == STATUS_OK)
        status = add_time(&writer, call, "until", err);
    if (status == STATUS_OK)
        status = call_number(call, "after", 0, &after, err);
    if (after >= 0) {
        json_key(&writer, "after");
        json_integer(&writer, after);
    }
    json_key(&writer, "again");
    json_boolean(&writer, call_has(call, "again"));
    json_close(&writer, '}');
    return status;
}

static void print_done(const struct json *reply)
{
    printf("%" PRId64 " events in range; %" PRId64 " on their way now, %" PRId64
           " left alone (delivered before, or on their way already)\n",
           member_integer(reply, "events"), member_integer(reply, "put"),
           member_integer(reply, "left"));
}

static enum status replay(const struct command_call *call, str body, struct error *err)
{
    struct client *client = NULL;
    str reply;
    const struct json *done;
    struct client_request request = {.method = "POST",
                                     .path = STR("/v1/events:replay"),
                                     .body = body,
                                     .content_type = "application/json"};
    bool is_shown = isatty(STDERR_FILENO) != 0;
    enum status status = client_open(&client, call->config, err);
    if (status == STATUS_OK && is_shown)
        fputs("replaying ...", stderr);
    if (status == STATUS_OK)
        status = client_call(client, call->arena, &request, &reply, err);
    if (is_shown)
        fputs("\r\033[K", stderr);
    if (status == STATUS_OK)
        status = json_parse(call->arena, reply, &done, err);
    if (status == STATUS_OK && call_has(call, "json"))
        printf(STR_FORMAT "\n", STR_ARG(str_trim(reply)));
    else if (status == STATUS_OK)
        print_done(done);
    client_close(client);
    return status;
}

static enum exit_code run(struct command_call *call)
{
    struct error err;
    struct buf body;
    if (call_has(call, "events") == call_has(call, "prompt"))
        return command_misuse(call->command, "--events or --prompt must say what is replayed");
    if (call_has(call, "prompt"))
        return prompt_trial_run(call);
    if (!call_has(call, "since") && !call_has(call, "after"))
        return command_misuse(call->command, "--since or --after must say from where on");
    buf_init(&body, call->arena, COMMAND_OUTPUT);
    if (make_body(call, &body, &err) != STATUS_OK)
        return command_misuse(call->command, "%s", err.message);
    return replay(call, buf_str(&body), &err) == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

const struct command command_replay = {
    .name = "replay",
    .summary = "Send past events to a webhook again, or try a prompt on past feedback.",
    .words = "--events --since TIME --to webhook:ID | --prompt VERSION --since TIME",
    .about = "Events: the webhook's own filter decides which it gets. What was delivered is left\n"
             "alone unless --again asks for it; what is sent again keeps its webhook-id.\n"
             "A prompt: the language model is asked about stored feedback, and nothing is stored;\n"
             "its cost is told before, and which labels and alerts would be others after.",
    .flags = {{"events", NULL, "Replay events."},
              {"prompt", "VERSION", "Try this version of the prompt."},
              {"since", "TIME",
               "Events or feedback of then or later: RFC 3339, or 90s, 15m, 1h, "
               "2d ago."},
              {"until", "TIME", "Events or feedback before then."},
              {"after", "SEQ", "Events whose seq is above this; 0 for all that are kept."},
              {"to", "TARGET", "To whom events go: webhook:ID."},
              {"again", NULL, "Also events that have been delivered already."},
              {"limit", "N", "Feedback: so many at most, the newest."},
              {"yes", NULL, "Ask the language model without asking you first."},
              {"json", NULL, "As JSON."}},
    .run = run,
};
