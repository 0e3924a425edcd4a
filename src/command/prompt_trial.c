#include "command/prompt_trial.h"

#include "base/clock.h"
#include "command/client.h"
#include "command/member.h"
#include "command/terminal.h"
#include "model/labels.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    PAGE = 16,
    MOST_LABELS = TOPIC_COUNT, /* the longer of the two */
    COLUMN = 15                /* wide enough for "feature_request" */
};

/* How often each label before became each label after. */
struct matrix {
    const char *name;
    const char *const *labels;
    int count;
    int64_t cells[MOST_LABELS][MOST_LABELS];
};

struct trial {
    const struct command_call *call;
    struct client *client;
    struct error *err;
    int64_t since, until, limit; /* FIELD_UNSET: not given */
    struct matrix sentiment, topic;
    int64_t messages, compared, cached, unasked, failed;
    int64_t alerts_before, alerts_after, alerts_new, alerts_gone;
    double cost_usd; /* NaN: not known */
    int64_t input_tokens, output_tokens;
    str stopped; /* why it ended early; absent: it did not */
};

bool replay_read_time(str text, int64_t *at_us)
{
    static const struct {
        char letter;
        int64_t us;
    } units[] = {{'s', SECOND_US}, {'m', 60 * SECOND_US}, {'h', HOUR_US}, {'d', DAY_US}};
    int64_t number;
    for (size_t i = 0; text.length > 1 && i < sizeof units / sizeof *units; i++)
        if (text.bytes[text.length - 1] == units[i].letter &&
            str_to_integer(str_slice(text, 0, text.length - 1), &number) && number >= 0 &&
            number < INT64_MAX / DAY_US / 2) {
            *at_us = clock_now_us() - number * units[i].us;
            return true;
        }
    return clock_parse(text, at_us);
}

static enum status read_time(const struct command_call *call, const char *flag, int64_t *at_us,
                             struct error *err)
{
    *at_us = FIELD_UNSET;
    if (call_has(call, flag) && !replay_read_time(call_value(call, flag), at_us))
        return fail(err, STATUS_INVALID,
                    "--%s must be a time (RFC 3339), or how long ago: 90s, 15m, 1h, 2d", flag);
    return STATUS_OK;
}

static enum status read_flags(struct trial *trial)
{
    struct error *err = trial->err;
    const struct command_call *call = trial->call;
    trial->limit = FIELD_UNSET;
    enum status status = read_time(call, "since", &trial->since, err);
    if (status == STATUS_OK)
        status = read_time(call, "until", &trial->until, err);
    return status == STATUS_OK ? call_number(call, "limit", 1, &trial->limit, err) : status;
}

static void add_time(struct json_writer *writer, struct arena *arena, const char *key, int64_t at)
{
    if (at == FIELD_UNSET)
        return;
    json_key(writer, key);
    json_string(writer, clock_text(arena, at));
}

/* POST /v1/prompts/{version}:<what>, about the range of the trial. */
static enum status ask(struct trial *trial, struct arena *arena, const char *what, int64_t limit,
                       str cursor, const struct json **reply)
{
    struct buf body;
    buf_init(&body, arena, COMMAND_OUTPUT);
    struct json_writer writer = {.out = &body};
    json_open(&writer, '{');
    add_time(&writer, arena, "since", trial->since);
    add_time(&writer, arena, "until", trial->until);
    if (limit != FIELD_UNSET) {
        json_key(&writer, "limit");
        json_integer(&writer, limit);
    }
    if (!str_is_absent(cursor)) {
        json_key(&writer, "cursor");
        json_string(&writer, cursor);
    }
    json_close(&writer, '}');
    struct client_request request = {
        .method = "POST",
        .path = str_format(arena, "/v1/prompts/" STR_FORMAT ":%s",
                           STR_ARG(call_value(trial->call, "prompt")), what),
        .body = buf_str(&body),
        .content_type = "application/json",
    };
    return client_call_json(trial->client, arena, &request, reply, trial->err);
}

/* --- before it is paid for --- */

static str cost_text(struct arena *arena, const struct json *cost)
{
    return cost == NULL || cost->type == JSON_NULL
               ? STR("an unknown cost (its price is not in the table)")
               : str_format(arena, "at most $%.4f", cost->real);
}

static bool is_confirmed(const struct command_call *call)
{
    char answer[16] = "";
    if (call_has(call, "yes"))
        return true;
    fputs("Go on? Type 'yes': ", stderr);
    return fgets(answer, sizeof answer, stdin) != NULL &&
           str_equal_z(str_trim(str_from_z(answer)), "yes");
}

static enum status estimate(struct trial *trial)
{
    const struct json *reply;
    struct arena *arena = trial->call->arena;
    enum status status = ask(trial, arena, "estimate", trial->limit, (str){0}, &reply);
    if (status != STATUS_OK)
        return status;
    trial->messages = member_integer(reply, "messages");
    fprintf(stderr,
            "%" PRId64 " messages, about %" PRId64 " tokens of " STR_FORMAT ":" STR_FORMAT
            ", " STR_FORMAT "\n",
            trial->messages, member_integer(reply, "tokens"),
            STR_ARG(member_shown(reply, "provider")), STR_ARG(member_shown(reply, "model")),
            STR_ARG(cost_text(arena, json_find(reply, "cost_usd"))));
    if (trial->messages > 0 && !is_confirmed(trial->call))
        return fail(trial->err, STATUS_CANCELLED, "nothing was asked");
    return STATUS_OK;
}

/* --- page by page --- */

static void count_labels(struct matrix *matrix, const struct json *before, const struct json *after)
{
    int from = label_find(matrix->labels, member_text(before, matrix->name));
    int to = label_find(matrix->labels, member_text(after, matrix->name));
    if (from != LABEL_NONE && to != LABEL_NONE)
        matrix->cells[from][to]++;
}

static void count_item(struct trial *trial, const struct json *item)
{
    const struct json *before = json_find(item, "before"), *after = json_find(item, "after");
    if (after == NULL) {
        trial->failed++;
        return;
    }
    bool was_alert = member_is_true(before, "alert"), is_alert = member_is_true(after, "alert");
    if (!member_is_true(item, "is_asked")) {
        trial->unasked++;
        return;
    }
    trial->compared++;
    trial->cached += member_is_true(item, "is_cached");
    count_labels(&trial->sentiment, before, after);
    count_labels(&trial->topic, before, after);
    trial->alerts_before += was_alert;
    trial->alerts_after += is_alert;
    trial->alerts_new += is_alert && !was_alert;
    trial->alerts_gone += was_alert && !is_alert;
}

/* What will not get better with the next message: it ends the trial. */
static bool is_final(str code)
{
    static const char *const codes[] = {"FULL", "DENIED", "UNSUPPORTED"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (str_equal_z(code, codes[i]))
            return true;
    return false;
}

static void count_page(struct trial *trial, const struct json *page)
{
    const struct json *results = json_find(page, "results"), *cost = json_find(page, "cost_usd");
    for (const struct json *item = results != NULL ? results->first : NULL; item != NULL;
         item = item->next) {
        count_item(trial, item);
        if (is_final(member_text(item, "code")) && str_is_absent(trial->stopped))
            trial->stopped = str_copy(trial->call->arena, member_shown(item, "error"));
    }
    trial->cost_usd += cost != NULL && cost->type != JSON_NULL ? cost->real : (double)NAN;
    trial->input_tokens += member_integer(page, "input_tokens");
    trial->output_tokens += member_integer(page, "output_tokens");
}

static uint64_t done(const struct trial *trial)
{
    return (uint64_t)(trial->compared + trial->unasked + trial->failed);
}

/* Each page in an arena of its own: there may be many. The cursor outlives it. */
static enum status take_page(struct trial *trial, char cursor[static 256])
{
    struct arena arena = {0};
    const struct json *page;
    int64_t left = trial->messages - (int64_t)done(trial);
    str given = *cursor != '\0' ? str_from_z(cursor) : (str){0};
    enum status status = ask(trial, &arena, "replay", left < PAGE ? left : PAGE, given, &page);
    if (status == STATUS_OK) {
        count_page(trial, page);
        str next = member_shown(page, "next_cursor");
        snprintf(cursor, 256, STR_FORMAT, STR_ARG(next));
    }
    arena_reset(&arena);
    return status;
}

static enum status take_all(struct trial *trial)
{
    char cursor[256] = "";
    struct progress progress;
    enum status status = STATUS_OK;
    progress_start(&progress, "replay", "messages", (uint64_t)trial->messages, 0);
    while (status == STATUS_OK && str_is_absent(trial->stopped) &&
           (int64_t)done(trial) < trial->messages) {
        status = take_page(trial, cursor);
        progress_show(&progress, done(trial), done(trial));
        if (*cursor == '\0')
            break;
    }
    progress_end(&progress);
    return status;
}

/* --- what came of it --- */

static void print_matrix(const struct matrix *matrix, int64_t compared)
{
    int64_t flipped = 0;
    for (int from = 0; from < matrix->count; from++)
        for (int to = 0; to < matrix->count; to++)
            flipped += from != to ? matrix->cells[from][to] : 0;
    printf("\n%s: %" PRId64 " of %" PRId64 " would be another (%.1f %%); before down, after "
           "across\n%*s",
           matrix->name, flipped, compared,
           compared > 0 ? 100.0 * (double)flipped / (double)compared : 0.0, COLUMN, "");
    for (int to = 0; to < matrix->count; to++)
        printf(" %*s", COLUMN, matrix->labels[to]);
    putchar('\n');
    for (int from = 0; from < matrix->count; from++) {
        printf("%-*s", COLUMN, matrix->labels[from]);
        for (int to = 0; to < matrix->count; to++)
            printf(" %*" PRId64, COLUMN, matrix->cells[from][to]);
        putchar('\n');
    }
}

static void print_costs(const struct trial *trial)
{
    printf("\n%" PRId64 " tokens in, %" PRId64 " out", trial->input_tokens, trial->output_tokens);
    if (isnan(trial->cost_usd))
        puts("; what they cost is not known");
    else
        printf("; $%.6f\n", trial->cost_usd);
}

static void print_text(const struct trial *trial)
{
    printf("%" PRId64 " messages compared (%" PRId64 " from the cache), %" PRId64
           " not asked about (too short, or nothing said), %" PRId64 " failed\n",
           trial->compared, trial->cached, trial->unasked, trial->failed);
    print_matrix(&trial->sentiment, trial->compared);
    print_matrix(&trial->topic, trial->compared);
    printf("\nalerts: %" PRId64 " before, %" PRId64 " after: %" PRId64 " more, %" PRId64 " less\n",
           trial->alerts_before, trial->alerts_after, trial->alerts_new, trial->alerts_gone);
    print_costs(trial);
}

static void write_integer(struct json_writer *writer, const char *key, int64_t value)
{
    json_key(writer, key);
    json_integer(writer, value);
}

/* {"negative": {"mixed": 3, ...}, ...}: before, then after. */
static void write_matrix(struct json_writer *writer, const struct matrix *matrix)
{
    json_key(writer, matrix->name);
    json_open(writer, '{');
    for (int from = 0; from < matrix->count; from++) {
        json_key(writer, matrix->labels[from]);
        json_open(writer, '{');
        for (int to = 0; to < matrix->count; to++)
            write_integer(writer, matrix->labels[to], matrix->cells[from][to]);
        json_close(writer, '}');
    }
    json_close(writer, '}');
}

static void print_json(const struct trial *trial)
{
    struct buf out;
    buf_init(&out, trial->call->arena, COMMAND_OUTPUT);
    struct json_writer writer = {.out = &out};
    json_open(&writer, '{');
    json_key(&writer, "prompt");
    json_string(&writer, call_value(trial->call, "prompt"));
    write_integer(&writer, "compared", trial->compared);
    write_integer(&writer, "cached", trial->cached);
    write_integer(&writer, "not_asked", trial->unasked);
    write_integer(&writer, "failed", trial->failed);
    write_matrix(&writer, &trial->sentiment);
    write_matrix(&writer, &trial->topic);
    json_key(&writer, "alerts");
    json_open(&writer, '{');
    write_integer(&writer, "before", trial->alerts_before);
    write_integer(&writer, "after", trial->alerts_after);
    write_integer(&writer, "more", trial->alerts_new);
    write_integer(&writer, "less", trial->alerts_gone);
    json_close(&writer, '}');
    json_key(&writer, "cost_usd");
    json_real(&writer, trial->cost_usd, 9);
    write_integer(&writer, "input_tokens", trial->input_tokens);
    write_integer(&writer, "output_tokens", trial->output_tokens);
    json_key(&writer, "stopped");
    json_string(&writer, trial->stopped);
    json_close(&writer, '}');
    printf(STR_FORMAT "\n", STR_ARG(buf_str(&out)));
}

static enum status try_prompt(struct trial *trial)
{
    struct error *err = trial->err;
    enum status status = client_open(&trial->client, trial->call->config, err);
    if (status == STATUS_OK && !client_is_remote(trial->client))
        status = fail(err, STATUS_UNAVAILABLE,
                      "no server runs on this database, and only a server asks language models: "
                      "start 'hark serve'");
    if (status == STATUS_OK)
        status = estimate(trial);
    if (status == STATUS_OK)
        status = take_all(trial);
    client_close(trial->client);
    if (status != STATUS_OK)
        return status;
    if (call_has(trial->call, "json"))
        print_json(trial);
    else
        print_text(trial);
    return str_is_absent(trial->stopped)
               ? STATUS_OK
               : fail(err, STATUS_FULL, "it was stopped: " STR_FORMAT, STR_ARG(trial->stopped));
}

enum exit_code prompt_trial_run(const struct command_call *call)
{
    struct error err = {0};
    struct trial trial = {.call = call,
                          .err = &err,
                          .sentiment = {"sentiment", sentiment_names, SENTIMENT_COUNT, {{0}}},
                          .topic = {"topic", topic_names, TOPIC_COUNT, {{0}}}};
    bool can_ask = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
    if (!call_has(call, "yes") && !can_ask)
        return command_misuse(call->command, "it costs money: --yes is needed where nobody can be "
                                             "asked");
    if (read_flags(&trial) != STATUS_OK)
        return command_misuse(call->command, "%s", err.message);
    return try_prompt(&trial) == STATUS_OK ? EXIT_DONE : command_fail(&err);
}
