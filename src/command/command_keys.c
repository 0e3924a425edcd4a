/* hark keys: who may call the API. */
#include "command/client.h"
#include "command/command.h"
#include "command/member.h"

#include <inttypes.h>
#include <stdio.h>

/* "2026-11-20", or "never"/"-" where there is no time. */
static str day_of(str time, str otherwise)
{
    return str_is_absent(time) ? otherwise : str_slice(time, 0, 10);
}

static void print_keys(const struct json *keys)
{
    printf("%4s  %-24s  %-20s  %-10s  %-10s  %s\n", "id", "name", "prefix", "expires", "revoked",
           "scopes");
    for (const struct json *key = keys->first; key != NULL; key = key->next)
        printf("%4" PRId64 "  %-24.*s  %-20.*s  %-10.*s  %-10.*s  " STR_FORMAT "\n",
               member_integer(key, "id"), STR_ARG(member_text(key, "name")),
               STR_ARG(member_text(key, "prefix")),
               STR_ARG(day_of(member_text(key, "expires_at"), STR("never"))),
               STR_ARG(day_of(member_text(key, "revoked_at"), STR("-"))),
               STR_ARG(member_text(key, "scopes")));
}

static enum status list(struct client *client, const struct command_call *call, struct error *err)
{
    str reply;
    const struct json *answer;
    struct client_request request = {.method = "GET", .path = STR("/v1/keys")};
    enum status status = client_call(client, call->arena, &request, &reply, err);
    if (status == STATUS_OK)
        status = json_parse(call->arena, reply, &answer, err);
    if (status != STATUS_OK)
        return status;
    const struct json *keys = json_find(answer, "data");
    if (call_has(call, "json"))
        printf(STR_FORMAT "\n", STR_ARG(str_trim(reply)));
    else if (keys != NULL)
        print_keys(keys);
    return STATUS_OK;
}

static enum status create(struct client *client, const struct command_call *call, struct error *err)
{
    struct buf body;
    int64_t days = 0;
    enum status status = call_number(call, "days", 1, &days, err);
    if (status != STATUS_OK)
        return status;
    buf_init(&body, call->arena, COMMAND_OUTPUT);
    struct json_writer writer = {.out = &body};
    json_open(&writer, '{');
    json_key(&writer, "name");
    json_string(&writer, call->words[1]);
    if (call_has(call, "scopes")) {
        json_key(&writer, "scopes");
        json_string(&writer, call_value(call, "scopes"));
    }
    if (days > 0) {
        json_key(&writer, "expires_in_days");
        json_integer(&writer, days);
    }
    json_close(&writer, '}');

    str reply;
    const struct json *key;
    struct client_request request = {.method = "POST",
                                     .path = STR("/v1/keys"),
                                     .body = buf_str(&body),
                                     .content_type = "application/json"};
    status = client_call(client, call->arena, &request, &reply, err);
    if (status == STATUS_OK)
        status = json_parse(call->arena, reply, &key, err);
    if (status != STATUS_OK)
        return status;
    if (call_has(call, "json"))
        printf(STR_FORMAT "\n", STR_ARG(str_trim(reply)));
    else
        printf(STR_FORMAT "\nkey %" PRId64 " (" STR_FORMAT "); it is shown this once\n",
               STR_ARG(member_text(key, "key")), member_integer(key, "id"),
               STR_ARG(member_text(key, "scopes")));
    return STATUS_OK;
}

static enum status revoke(struct client *client, const struct command_call *call, struct error *err)
{
    str reply;
    int64_t id;
    if (!str_to_integer(call->words[1], &id))
        return fail(err, STATUS_INVALID, "a key's id is a number; 'hark keys list' shows it");
    struct client_request request = {.method = "DELETE",
                                     .path = str_format(call->arena, "/v1/keys/%" PRId64, id)};
    enum status status = client_call(client, call->arena, &request, &reply, err);
    if (status == STATUS_OK)
        printf("key %" PRId64 " is revoked\n", id);
    return status;
}

static const struct {
    const char *name;
    size_t words;
    enum status (*run)(struct client *client, const struct command_call *call, struct error *err);
} actions[] = {{"list", 1, list}, {"create", 2, create}, {"revoke", 2, revoke}};

static enum exit_code run(struct command_call *call)
{
    size_t action = 0, count = sizeof actions / sizeof *actions;
    while (action < count && !str_equal_z(call->words[0], actions[action].name))
        action++;
    if (action == count)
        return command_misuse(call->command,
                              "keys are listed, created or revoked, not '" STR_FORMAT "'",
                              STR_ARG(call->words[0]));
    if (call->word_count != actions[action].words)
        return command_misuse(call->command, "'hark keys %s' takes %s", actions[action].name,
                              actions[action].words == 1 ? "no more words" : "one word more");
    struct client *client = NULL;
    struct error err;
    enum status status = client_open(&client, call->config, &err);
    if (status == STATUS_OK)
        status = actions[action].run(client, call, &err);
    client_close(client);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

const struct command command_keys = {
    .name = "keys",
    .summary = "Keys to the API: list, create NAME, revoke ID.",
    .words = "list | create NAME | revoke ID",
    .about = "Scopes: feedback:read feedback:write analyze usage:read pii:reveal admin.",
    .least_words = 1,
    .most_words = 2,
    .flags = {{"scopes", "SCOPES", "What a new key allows, with blanks or commas between."},
              {"days", "N", "How long a new key is valid."},
              {"json", NULL, "Print what the API answers."}},
    .run = run,
};
