#include "command/tenant_model.h"

#include "command/client.h"
#include "command/member.h"

#include <inttypes.h>
#include <stdio.h>

typedef void print_answer(const struct json *answer);

static void print_figures(const struct json *figures)
{
    if (figures == NULL || figures->first == NULL)
        return;
    printf("  %-10s%12s%12s%12s%16s%17s  %s\n", "field", "corrections", "base right", "now right",
           "others changed", "general changed", "ruling");
    for (const struct json *row = figures->first; row != NULL; row = row->next)
        printf("  %-10.*s%12" PRId64 "%12" PRId64 "%12" PRId64 "%9" PRId64 " of %-4" PRId64
               "%9" PRId64 " of %-4" PRId64 "  " STR_FORMAT "\n",
               STR_ARG(member_shown(row, "field")), member_integer(row, "corrections"),
               member_integer(row, "right_before"), member_integer(row, "right_after"),
               member_integer(row, "others_changed"), member_integer(row, "others"),
               member_integer(row, "general_changed"), member_integer(row, "general"),
               STR_ARG(member_shown(row, "ruling")));
}

static void print_version(int64_t version)
{
    if (version == 0)
        printf("in use: the shipped model alone\n");
    else
        printf("in use: version %" PRId64 "\n", version);
}

static void print_update(const struct json *answer)
{
    static const struct {
        const char *outcome, *sentence;
    } rows[] = {
        {"promoted", "better on corrections it had not seen: promoted"},
        {"too_few_corrections", "too few corrections to learn from (20 of a field are needed)"},
        {"nothing_new", "nothing new since the version in use was trained"},
        {"not_better", "not better on corrections it had not seen: not promoted"},
    };
    str outcome = member_shown(answer, "outcome");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_equal_z(outcome, rows[i].outcome))
            printf("%s\n", rows[i].sentence);
    printf("%" PRId64 " corrected texts, %" PRId64 " of them new\n",
           member_integer(answer, "corrections"), member_integer(answer, "new_corrections"));
    print_figures(json_find(answer, "figures"));
    print_version(member_integer(answer, "version"));
}

static void print_model(const struct json *answer)
{
    const struct json *versions = json_find(answer, "versions");
    printf("base    " STR_FORMAT "\n", STR_ARG(member_shown(answer, "base")));
    print_version(member_integer(answer, "version"));
    if (member_is_true(answer, "is_set_aside"))
        printf("set aside: it was trained for another base; 'hark train --update' learns anew\n");
    for (const struct json *row = versions != NULL ? versions->first : NULL; row != NULL;
         row = row->next) {
        printf("\nversion %" PRId64 "%s, " STR_FORMAT ", from %" PRId64
               " corrected texts, after version %" PRId64 ", for " STR_FORMAT "\n",
               member_integer(row, "version"), member_is_true(row, "is_in_use") ? " (in use)" : "",
               STR_ARG(member_shown(row, "created_at")), member_integer(row, "corrections"),
               member_integer(row, "previous_version"), STR_ARG(member_shown(row, "base")));
        print_figures(json_find(row, "figures"));
    }
}

static enum status run_request(const struct command_call *call, struct client_request *request,
                               print_answer *print, struct error *err)
{
    struct client *client = NULL;
    const struct json *answer = NULL;
    str reply = {0};
    enum status status = client_open(&client, call->config, err);
    if (status == STATUS_OK)
        status = client_call(client, call->arena, request, &reply, err);
    if (status == STATUS_OK)
        status = json_parse(call->arena, reply, &answer, err);
    client_close(client);
    if (status != STATUS_OK)
        return status;
    if (call_has(call, "json"))
        printf(STR_FORMAT "\n", STR_ARG(str_trim(reply)));
    else
        print(answer);
    return STATUS_OK;
}

static enum exit_code ask(struct command_call *call, const char *path,
                          struct client_request *request, print_answer *print)
{
    struct buf full;
    struct error err;
    int64_t tenant = 0;
    enum status status = call_number(call, "tenant", 1, &tenant, &err);
    if (status != STATUS_OK)
        return command_misuse(call->command, "%s", err.message);
    buf_init(&full, call->arena, COMMAND_OUTPUT);
    buf_add_z(&full, path);
    if (tenant != 0)
        client_add_query(&full, "tenant_id", call_value(call, "tenant"));
    request->path = buf_str(&full);
    status = run_request(call, request, print, &err);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

enum exit_code tenant_model_update(struct command_call *call)
{
    struct client_request request = {.method = "POST"};
    return ask(call, "/v1/model:update", &request, print_update);
}

enum exit_code tenant_model_show(struct command_call *call)
{
    struct client_request request = {.method = "GET"};
    return ask(call, "/v1/model", &request, print_model);
}

enum exit_code tenant_model_rollback(struct command_call *call)
{
    struct client_request request = {.method = "POST"};
    int64_t version;
    if (call->word_count > 1) {
        if (!str_to_integer(call->words[1], &version) || version < 0)
            return command_misuse(call->command,
                                  "a version is a number from 0 on, not '" STR_FORMAT "'",
                                  STR_ARG(call->words[1]));
        request.body = str_format(call->arena, "{\"version\":%" PRId64 "}", version);
        request.content_type = "application/json";
    }
    return ask(call, "/v1/model:rollback", &request, print_model);
}
