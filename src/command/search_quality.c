#include "command/search_quality.h"

#include "command/client.h"
#include "infer/corpus.h"
#include "model/search_query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MOST_LINES = 10000,
    MOST_PARTS = 8,
    FIRST_FEW = 5,
    LOOKED_AT = 20 /* the reciprocal rank of what lies behind counts as 0 */
};

struct line {
    str part, query, text;
};

/* What one mode found of one part's queries. */
struct score {
    int queries, first, first_few;
    double reciprocal_ranks;
};

struct part {
    str name;
    struct score scores[SEARCH_MODE_COUNT];
};

struct quality {
    struct client *client;
    struct arena *arena;
    struct line *lines;
    size_t line_count;
    struct part parts[MOST_PARTS];
    size_t part_count;
};

static enum status read_lines(struct quality *quality, const char *path, struct error *err)
{
    str rest = {0};
    str line;
    enum status status = corpus_read(quality->arena, path, &rest, err);
    quality->lines = arena_array(quality->arena, struct line, MOST_LINES);
    while (status == STATUS_OK && rest.length > 0 && quality->line_count < MOST_LINES) {
        struct line *made = &quality->lines[quality->line_count++];
        str topic;
        str_cut(rest, '\n', &line, &rest);
        bool is_whole = str_cut(line, '\t', &made->part, &line) &&
                        str_cut(line, '\t', &topic, &line) &&
                        str_cut(line, '\t', &made->query, &made->text);
        if (!is_whole)
            status = fail(err, STATUS_MALFORMED,
                          "line %zu of '%s' is not part, topic, query and text, with tabs between",
                          quality->line_count, path);
    }
    if (status == STATUS_OK && quality->line_count == 0)
        status = fail(err, STATUS_INVALID, "'%s' is empty", path);
    return status;
}

static enum status post(struct quality *quality, str path, str body, const char *type,
                        const struct json **reply, struct error *err)
{
    struct client_request request = {
        .method = "POST", .path = path, .body = body, .content_type = type};
    return client_call_json(quality->client, quality->arena, &request, reply, err);
}

/* A text's line number is its source_id. */
static enum status add_texts(struct quality *quality, struct error *err)
{
    enum status status = STATUS_OK;
    for (size_t from = 0; from < quality->line_count && status == STATUS_OK;
         from += FEEDBACK_MAX_BATCH) {
        struct buf body;
        struct json_writer writer = {.out = &body};
        const struct json *reply;
        buf_init(&body, quality->arena, COMMAND_OUTPUT);
        json_open(&writer, '[');
        for (size_t i = from; i < quality->line_count && i < from + FEEDBACK_MAX_BATCH; i++) {
            json_open(&writer, '{');
            json_key(&writer, "text");
            json_string(&writer, quality->lines[i].text);
            json_key(&writer, "source_id");
            json_string(&writer, str_format(quality->arena, "%zu", i));
            json_close(&writer, '}');
        }
        json_close(&writer, ']');
        status = post(quality, STR("/v1/feedback:batch"), buf_str(&body), "application/json",
                      &reply, err);
    }
    return status;
}

/* From 1 on; 0 when it was not found. */
static int rank_in(const struct json *reply, size_t wanted)
{
    int rank = 0;
    int64_t line;
    const struct json *data = json_find(reply, "data");
    for (const struct json *hit = data->first; hit != NULL; hit = hit->next) {
        const struct json *id = json_find(json_find(hit, "feedback"), "source_id");
        rank++;
        if (str_to_integer(id->string, &line) && (size_t)line == wanted)
            return rank;
    }
    return 0;
}

static enum status ask(struct quality *quality, size_t at, int mode, struct score *score,
                       struct error *err)
{
    struct buf body;
    struct json_writer writer = {.out = &body};
    const struct json *reply;
    buf_init(&body, quality->arena, COMMAND_OUTPUT);
    json_open(&writer, '{');
    json_key(&writer, "query");
    json_string(&writer, quality->lines[at].query);
    json_key(&writer, "mode");
    json_string_z(&writer, search_mode_names[mode]);
    json_key(&writer, "limit");
    json_integer(&writer, LOOKED_AT);
    json_close(&writer, '}');
    enum status status =
        post(quality, STR("/v1/search"), buf_str(&body), "application/json", &reply, err);
    if (status != STATUS_OK)
        return status;
    int rank = rank_in(reply, at);
    score->queries++;
    score->first += rank == 1;
    score->first_few += rank >= 1 && rank <= FIRST_FEW;
    score->reciprocal_ranks += rank > 0 ? 1.0 / rank : 0;
    return STATUS_OK;
}

static struct part *find_part(struct quality *quality, str name)
{
    for (size_t i = 0; i < quality->part_count; i++)
        if (str_equal(quality->parts[i].name, name))
            return &quality->parts[i];
    if (quality->part_count == MOST_PARTS)
        return &quality->parts[MOST_PARTS - 1];
    quality->parts[quality->part_count].name = name;
    return &quality->parts[quality->part_count++];
}

static enum status ask_all(struct quality *quality, struct error *err)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < quality->line_count && status == STATUS_OK; i++) {
        if (str_equal_z(quality->lines[i].query, "-"))
            continue;
        struct part *part = find_part(quality, quality->lines[i].part);
        for (int mode = 0; mode < SEARCH_MODE_COUNT && status == STATUS_OK; mode++)
            status = ask(quality, i, mode, &part->scores[mode], err);
    }
    return status;
}

static void print_parts(const struct quality *quality)
{
    printf("%zu texts\n\n| part | queries | mode | first | in the first five | mean reciprocal "
           "rank |\n|---|---|---|---|---|---|\n",
           quality->line_count);
    for (size_t i = 0; i < quality->part_count; i++)
        for (int mode = 0; mode < SEARCH_MODE_COUNT; mode++) {
            const struct score *score = &quality->parts[i].scores[mode];
            double share = 100.0 / score->queries;
            printf("| " STR_FORMAT " | %d | %s | %.1f %% | %.1f %% | %.3f |\n",
                   STR_ARG(quality->parts[i].name), score->queries, search_mode_names[mode],
                   share * score->first, share * score->first_few,
                   score->reciprocal_ranks / score->queries);
        }
}

static enum status measure(struct quality *quality, const struct config *config, struct error *err)
{
    enum status status = client_open(&quality->client, config, err);
    if (status == STATUS_OK)
        status = add_texts(quality, err);
    if (status == STATUS_OK)
        status = ask_all(quality, err);
    client_close(quality->client);
    return status;
}

static void remove_database(struct arena *arena, const char *folder)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".pepper", ".lock", ".sock"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        unlink(str_format(arena, "%s/eval.db%s%c", folder, ends[i], '\0').bytes);
    rmdir(folder);
}

enum status search_quality_print(struct command_call *call, const char *path, struct error *err)
{
    char folder[] = "/tmp/hark-eval-XXXXXX";
    struct config config = *call->config;
    struct quality *quality = arena_new(call->arena, struct quality);
    quality->arena = call->arena;
    enum status status = read_lines(quality, path, err);
    if (status != STATUS_OK)
        return status;
    if (mkdtemp(folder) == NULL)
        return fail(err, STATUS_UNAVAILABLE, "cannot make a folder in /tmp: %s", strerror(errno));
    config.store_url = str_format(call->arena, "sqlite:%s/eval.db", folder);
    status = measure(quality, &config, err);
    remove_database(call->arena, folder);
    if (status == STATUS_OK)
        print_parts(quality);
    return status;
}
