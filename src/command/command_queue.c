/* hark queue: what waits to be done, what was given up, and what to do about it. */
#include "base/clock.h"
#include "base/uuid.h"
#include "command/client.h"
#include "command/command.h"
#include "command/member.h"
#include "command/queue_table.h"
#include "command/terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    MOST_PAGE = 200, /* rows of one answer */
    DEFAULT_ROWS = 50,
    WATCH_SECONDS = 2
};

struct errand {
    struct command_call *call;
    struct client *client;
    struct error *err;
};

static enum status ask(const struct errand *errand, const struct client_request *request,
                       const struct json **reply)
{
    return client_call_json(errand->client, errand->call->arena, request, reply, errand->err);
}

static enum status get(const struct errand *errand, str path, const struct json **reply)
{
    struct client_request request = {.method = "GET", .path = path};
    return ask(errand, &request, reply);
}

static void print_json(const struct errand *errand, const struct json *value)
{
    struct buf out;
    buf_init(&out, errand->call->arena, COMMAND_OUTPUT);
    struct json_writer writer = {.out = &out};
    json_write(&writer, value);
    printf(STR_FORMAT "\n", STR_ARG(buf_str(&out)));
}

static enum status show(struct errand *errand)
{
    const struct json *queue;
    enum status status = get(errand, STR("/v1/queue"), &queue);
    if (status == STATUS_OK && call_has(errand->call, "json"))
        print_json(errand, queue);
    else if (status == STATUS_OK)
        queue_table_print(stdout, queue, "\n");
    return status;
}

/* On a terminal the table stays where it is; elsewhere there is a line each time. */
static void print_look(const struct errand *errand, const struct json *queue, bool is_first)
{
    if (call_has(errand->call, "json")) {
        print_json(errand, queue);
    } else if (isatty(STDOUT_FILENO)) {
        fputs(is_first ? "\033[H\033[2J" : "\033[H", stdout);
        queue_table_print(stdout, queue, "\033[K\n");
        fputs("\033[J", stdout);
    } else {
        queue_line_print(stdout, queue, clock_now_us());
    }
    fflush(stdout);
}

/* Each look has an arena of its own, for it may go on for days. */
static enum status look(const struct errand *errand, bool is_first)
{
    struct arena arena = {0};
    struct command_call call = *errand->call;
    struct errand once = {&call, errand->client, errand->err};
    const struct json *queue;
    call.arena = &arena;
    enum status status = get(&once, STR("/v1/queue"), &queue);
    if (status == STATUS_OK)
        print_look(&once, queue, is_first);
    arena_reset(&arena);
    return status;
}

/* Without a server nothing moves, and watching would keep one from starting. */
static enum status watch(struct errand *errand)
{
    int64_t seconds = WATCH_SECONDS, times = 0;
    enum status status = call_number(errand->call, "every", 1, &seconds, errand->err);
    if (status == STATUS_OK)
        status = call_number(errand->call, "times", 1, &times, errand->err);
    if (status == STATUS_OK && !client_is_remote(errand->client))
        return fail(errand->err, STATUS_UNAVAILABLE,
                    "no server runs on this database, so nothing moves; 'hark queue' shows it");
    for (int64_t i = 0; status == STATUS_OK && (times == 0 || i < times); i++) {
        if (i > 0)
            sleep((unsigned)seconds);
        status = look(errand, i == 0);
    }
    return status;
}

static void add_filters(const struct errand *errand, struct buf *path, bool has_state)
{
    static const char *const filters[] = {"kind", "lane", "state"};
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        if (call_has(errand->call, filters[i]) && (has_state || strcmp(filters[i], "state") != 0))
            client_add_query(path, filters[i], call_value(errand->call, filters[i]));
}

static str page_path(const struct errand *errand, int64_t left, str cursor)
{
    struct buf path;
    bool dead = call_has(errand->call, "dead");
    buf_init(&path, errand->call->arena, COMMAND_OUTPUT);
    buf_add_z(&path, dead ? "/v1/dead-letters" : "/v1/queue/jobs");
    add_filters(errand, &path, !dead);
    client_add_query(
        &path, "limit",
        str_format(errand->call->arena, "%" PRId64, left < MOST_PAGE ? left : MOST_PAGE));
    if (!str_is_absent(cursor))
        client_add_query(&path, "cursor", cursor);
    return buf_str(&path);
}

static void print_row(const struct errand *errand, const struct json *row)
{
    bool dead = call_has(errand->call, "dead");
    if (call_has(errand->call, "json")) {
        print_json(errand, row);
        return;
    }
    str last = dead ? member_shown(row, "error") : member_shown(row, "lane");
    printf("%-36.*s  %-20.*s  %-8.*s %2" PRId64 "  %-24.*s  " STR_FORMAT "\n",
           STR_ARG(member_shown(row, "id")), STR_ARG(member_shown(row, "kind")),
           STR_ARG(dead ? STR("dead") : member_shown(row, "state")),
           member_integer(row, "attempts"),
           STR_ARG(member_shown(row, dead ? "died_at" : "created_at")),
           STR_ARG(terminal_line(errand->call->arena, last, 60)));
}

static void print_head(const struct errand *errand)
{
    bool dead = call_has(errand->call, "dead");
    if (!call_has(errand->call, "json"))
        printf("%-36s  %-20s  %-8s %2s  %-24s  %s\n", "id", "kind", "state", "n",
               dead ? "died" : "put", dead ? "error" : "lane");
}

static enum status list(struct errand *errand)
{
    int64_t left = DEFAULT_ROWS;
    str cursor = {0};
    enum status status = call_number(errand->call, "limit", 1, &left, errand->err);
    if (status == STATUS_OK)
        print_head(errand);
    while (status == STATUS_OK && left > 0) {
        const struct json *page;
        status = get(errand, page_path(errand, left, cursor), &page);
        if (status != STATUS_OK)
            return status;
        const struct json *data = json_find(page, "data");
        for (const struct json *row = data != NULL ? data->first : NULL; row; row = row->next) {
            print_row(errand, row);
            left--;
        }
        cursor = member_text(page, "next_cursor");
        if (str_is_absent(cursor))
            return STATUS_OK;
    }
    if (status == STATUS_OK)
        fputs("hark: there are more; --limit says how many to list\n", stderr);
    return status;
}

static str path_of(const struct errand *errand, const char *before, const char *after)
{
    struct buf path;
    buf_init(&path, errand->call->arena, COMMAND_OUTPUT);
    buf_format(&path, "%s" STR_FORMAT "%s", before, STR_ARG(errand->call->words[1]), after);
    return buf_str(&path);
}

static void print_members(const struct errand *errand, const struct json *job)
{
    for (const struct json *member = job->first; member != NULL; member = member->next) {
        if (member->type == JSON_NULL || member->type == JSON_ARRAY)
            continue;
        printf("%-13.*s", STR_ARG(member->key));
        if (member->type == JSON_STRING)
            printf(STR_FORMAT "\n",
                   STR_ARG(terminal_line(errand->call->arena, member->string, SIZE_MAX)));
        else
            print_json(errand, member);
    }
    const struct json *history = json_find(job, "history");
    for (const struct json *at = history != NULL ? history->first : NULL; at; at = at->next) {
        printf("%-13s", at == history->first ? "failed" : "");
        print_json(errand, at);
    }
}

/* A job in the queue, or a dead letter: an id is of one of the two. */
static enum status inspect(struct errand *errand)
{
    const struct json *job;
    enum status status = get(errand, path_of(errand, "/v1/queue/jobs/", ""), &job);
    if (status == STATUS_NOT_FOUND)
        status = get(errand, path_of(errand, "/v1/dead-letters/", ""), &job);
    if (status == STATUS_NOT_FOUND)
        return fail(errand->err, status, "there is no job and no dead letter of that id");
    if (status == STATUS_OK && call_has(errand->call, "json"))
        print_json(errand, job);
    else if (status == STATUS_OK)
        print_members(errand, job);
    return status;
}

static str make_body(const struct errand *errand, bool is_purge)
{
    struct buf body;
    static const char *const filters[] = {"kind", "lane", "state"};
    buf_init(&body, errand->call->arena, COMMAND_OUTPUT);
    struct json_writer writer = {.out = &body};
    json_open(&writer, '{');
    for (size_t i = 0; i < (is_purge ? 3 : 1); i++)
        if (call_has(errand->call, filters[i])) {
            json_key(&writer, filters[i]);
            json_string(&writer, call_value(errand->call, filters[i]));
        }
    if (is_purge) {
        json_key(&writer, "dead");
        json_boolean(&writer, call_has(errand->call, "dead"));
        json_key(&writer, "confirm");
        json_boolean(&writer, true);
    }
    json_close(&writer, '}');
    return buf_str(&body);
}

static enum status mend(struct errand *errand, const struct client_request *request,
                        const char *what)
{
    const struct json *reply;
    enum status status = ask(errand, request, &reply);
    if (status != STATUS_OK)
        return status;
    if (call_has(errand->call, "json"))
        print_json(errand, reply);
    else
        printf("%" PRId64 " %s\n", member_integer(reply, "count"), what);
    return STATUS_OK;
}

static enum status redrive(struct errand *errand)
{
    struct client_request request = {.method = "POST",
                                     .path = path_of(errand, "/v1/dead-letters/", ":redrive")};
    if (errand->call->word_count == 1)
        request = (struct client_request){.method = "POST",
                                          .path = STR("/v1/dead-letters:redrive"),
                                          .body = make_body(errand, false),
                                          .content_type = "application/json"};
    return mend(errand, &request, "put back");
}

/* Typed, not a mere "y": what is purged cannot be had back. */
static bool is_confirmed(const struct errand *errand, int64_t count)
{
    char answer[16] = "";
    bool dead = call_has(errand->call, "dead");
    fprintf(stderr, "This removes %s%" PRId64 " %s for good. Type 'purge' to go on: ",
            call_has(errand->call, "lane") ? "up to " : "", count, dead ? "dead letters" : "jobs");
    return fgets(answer, sizeof answer, stdin) != NULL &&
           str_equal_z(str_trim(str_from_z(answer)), "purge");
}

static enum status purge(struct errand *errand)
{
    const struct json *queue;
    const struct command_call *call = errand->call;
    bool dead = call_has(call, "dead");
    if (!call_has(call, "yes")) {
        enum status status = get(errand, STR("/v1/queue"), &queue);
        if (status != STATUS_OK)
            return status;
        int64_t count =
            queue_count(queue, call_value(call, "kind"), call_value(call, "state"), dead);
        if (!is_confirmed(errand, count))
            return fail(errand->err, STATUS_CANCELLED, "nothing was removed");
    }
    struct client_request request = {.method = "POST",
                                     .path = STR("/v1/queue:purge"),
                                     .body = make_body(errand, true),
                                     .content_type = "application/json"};
    return mend(errand, &request, "removed");
}

static const char *check_id(const struct command_call *call)
{
    bool is_well = call->word_count < 2 || uuid_is_valid(call->words[1]);
    return is_well ? NULL : "takes an id as 'hark queue list' shows it";
}

static const char *check_redrive(const struct command_call *call)
{
    int given = (call->word_count == 2) + call_has(call, "kind") + call_has(call, "all");
    return given == 1 ? check_id(call) : "takes an ID, --kind or --all";
}

static const char *check_purge(const struct command_call *call)
{
    bool can_ask = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
    return call_has(call, "yes") || can_ask ? NULL : "needs --yes where nobody can be asked";
}

static const char *check_list(const struct command_call *call)
{
    return call_has(call, "dead") && call_has(call, "state") ? "takes --dead or --state" : NULL;
}

static const struct {
    const char *name;
    size_t least_words, most_words;
    enum status (*run)(struct errand *errand);
    const char *(*check)(const struct command_call *call); /* optional: what is wrong */
} actions[] = {
    {"show", 1, 1, show, NULL},
    {"watch", 1, 1, watch, NULL},
    {"list", 1, 1, list, check_list},
    {"inspect", 2, 2, inspect, check_id},
    {"redrive", 1, 2, redrive, check_redrive},
    {"purge", 1, 1, purge, check_purge},
};

static enum exit_code run(struct command_call *call)
{
    size_t action = 0, count = sizeof actions / sizeof *actions;
    while (call->word_count > 0 && action < count &&
           !str_equal_z(call->words[0], actions[action].name))
        action++;
    if (action == count)
        return command_misuse(call->command,
                              "the queue is shown, watched, listed, inspected, redriven or purged, "
                              "not '" STR_FORMAT "'",
                              STR_ARG(call->words[0]));
    if (call->word_count > 0 && (call->word_count < actions[action].least_words ||
                                 call->word_count > actions[action].most_words))
        return command_misuse(call->command, "'hark queue %s' takes %s", actions[action].name,
                              actions[action].most_words == 2 ? "the id of a job"
                                                              : "no more words");
    const char *wrong = actions[action].check != NULL ? actions[action].check(call) : NULL;
    if (wrong != NULL)
        return command_misuse(call->command, "'hark queue %s' %s", actions[action].name, wrong);
    struct error err;
    struct errand errand = {.call = call, .err = &err};
    enum status status = client_open(&errand.client, call->config, &err);
    if (status == STATUS_OK)
        status = actions[action].run(&errand);
    client_close(errand.client);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&err);
}

const struct command command_queue = {
    .name = "queue",
    .summary = "What waits to be done, what was given up, and what to do about it.",
    .words = "[show | watch | list | inspect ID | redrive [ID] | purge]",
    .about = "show: the queue by kinds of job, which is what 'hark queue' alone does.\n"
             "watch: the same again and again; a line each time where it is no terminal.\n"
             "list, inspect: the jobs; with --dead, those that were given up.\n"
             "redrive: dead letters get all their attempts anew: one ID, --kind or --all.\n"
             "purge: removes for good what waits (or --dead, what was given up).",
    .most_words = 2,
    .flags = {{"kind", "KIND", "Only jobs of this kind."},
              {"state", "STATE", "Only jobs in this state: ready, delayed, blocked, leased."},
              {"lane", "LANE", "Only jobs of this lane."},
              {"dead", NULL, "The dead letters."},
              {"all", NULL, "Of redrive: all dead letters."},
              {"limit", "N", "Of list: how many rows; 50 when not given."},
              {"every", "SECONDS", "Of watch: how often to look; 2 when not given."},
              {"times", "N", "Of watch: how many times; until it is stopped when not given."},
              {"yes", NULL, "Of purge: do not ask."},
              {"json", NULL, "As JSON; a line for each row of list."}},
    .run = run,
};
