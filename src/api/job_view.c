#include "api/job_view.h"

#include "api/queue_api.h"
#include "base/clock.h"

#define COMMON                                                                                     \
    "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},"                           \
    "\"tenant_id\":{\"type\":\"integer\"},"                                                        \
    "\"kind\":{\"type\":\"string\"},\"lane\":{\"type\":[\"string\",\"null\"]},"                    \
    "\"order_key\":{\"type\":[\"string\",\"null\"]},\"priority\":{\"type\":\"integer\"},"          \
    "\"attempts\":{\"type\":\"integer\"},\"created_at\":{\"type\":\"string\"},"
#define COMMON_NAMES                                                                               \
    "\"id\",\"tenant_id\",\"kind\",\"lane\",\"order_key\",\"priority\",\"attempts\",\"created_"    \
    "at\","
#define OF_JOB                                                                                     \
    "\"state\":{\"enum\":[\"ready\",\"delayed\",\"blocked\",\"leased\"]},"                         \
    "\"run_at\":{\"type\":[\"string\",\"null\"]},\"leased_until\":{\"type\":[\"string\",\"null\"]" \
    "}"
#define OF_LETTER "\"error\":{\"type\":[\"string\",\"null\"]},\"died_at\":{\"type\":\"string\"}"
#define WHOLE                                                                                      \
    ",\"payload\":{\"description\":\"What its kind is given.\"},"                                  \
    "\"history\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"              \
    "\"attempt\":{\"type\":\"integer\"},\"at\":{\"type\":\"string\"},"                             \
    "\"error\":{\"type\":[\"string\",\"null\"]}},\"required\":[\"attempt\",\"at\",\"error\"],"     \
    "\"additionalProperties\":false}}"
#define CLOSED "],\"additionalProperties\":false}"

const char queue_item_schema[] =
    COMMON OF_JOB "},\"required\":[" COMMON_NAMES "\"state\",\"run_at\",\"leased_until\"" CLOSED;
const char queue_job_schema[] =
    COMMON OF_JOB WHOLE "},\"required\":[" COMMON_NAMES
                        "\"state\",\"run_at\",\"leased_until\",\"payload\",\"history\"" CLOSED;
const char dead_letter_item_schema[] =
    COMMON OF_LETTER "},\"required\":[" COMMON_NAMES "\"error\",\"died_at\"" CLOSED;
const char dead_letter_schema[] = COMMON OF_LETTER WHOLE
    "},\"required\":[" COMMON_NAMES "\"error\",\"died_at\",\"payload\",\"history\"" CLOSED;

/* 0 is no time: null. */
static void write_time(struct json_writer *writer, struct arena *arena, const char *name,
                       int64_t at_us)
{
    json_key(writer, name);
    json_string(writer, at_us != 0 ? clock_text(arena, at_us) : (str){0});
}

static void write_common(struct json_writer *writer, struct arena *arena, const struct job *job)
{
    json_key(writer, "id");
    json_string_z(writer, job->id);
    json_key(writer, "tenant_id");
    json_integer(writer, job->tenant_id);
    json_key(writer, "kind");
    json_string_z(writer, job->kind);
    json_key(writer, "lane");
    json_string(writer, job->lane);
    json_key(writer, "order_key");
    json_string(writer, job->order_key);
    json_key(writer, "priority");
    json_integer(writer, job->priority);
    json_key(writer, "attempts");
    json_integer(writer, job->attempts);
    write_time(writer, arena, "created_at", job->created_at);
}

static void write_whole(struct json_writer *writer, const struct job *job)
{
    json_key(writer, "payload");
    json_raw(writer, job->payload.length > 0 ? job->payload : STR("null"));
    json_key(writer, "history");
    json_raw(writer, job->history.length > 0 ? job->history : STR("[]"));
}

void job_write(struct json_writer *writer, struct arena *arena, const struct job *job,
               bool is_whole)
{
    json_open(writer, '{');
    write_common(writer, arena, job);
    json_key(writer, "state");
    json_string_z(writer, job_state_names[job->state]);
    write_time(writer, arena, "run_at", job->run_at);
    write_time(writer, arena, "leased_until", job->leased_until);
    if (is_whole)
        write_whole(writer, job);
    json_close(writer, '}');
}

void dead_letter_write(struct json_writer *writer, struct arena *arena,
                       const struct dead_letter *letter, bool is_whole)
{
    json_open(writer, '{');
    write_common(writer, arena, &letter->job);
    json_key(writer, "error");
    json_string(writer, letter->error);
    write_time(writer, arena, "died_at", letter->died_at);
    if (is_whole)
        write_whole(writer, &letter->job);
    json_close(writer, '}');
}
