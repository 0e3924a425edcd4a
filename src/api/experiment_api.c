/* /v1/experiments: one way of asking tried against another. */
#include "analysis/ledger.h"
#include "analysis/prompt_change.h"
#include "api/prompt_api.h"
#include "base/clock.h"
#include "store/store_experiment.h"

#include <math.h>
#include <stddef.h>

struct asked {
    double share;
    bool force;
};

static const struct field start_items[] = {
    {"share", FIELD_REAL, offsetof(struct asked, share), FIELD_REQUIRED,
     .doc = "Of the subjects, how many get the canary: more than 0 and at most 1, so 0.1 for a "
            "tenth; whole tenths in mode id."},
};
const struct fields experiment_start_fields =
    FIELDS("ExperimentStart", "How much the canary gets.", start_items);

static const struct field promote_items[] = {
    {"force", FIELD_BOOLEAN, offsetof(struct asked, force),
     .doc = "Also before the canary has run for 24 hours."},
};
const struct fields experiment_promote_fields =
    FIELDS("ExperimentPromote", "Whether to wait no longer.", promote_items);

#define COUNT "{\"type\":\"integer\"}"
#define TIME "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}"
#define SHARE "{\"type\":[\"number\",\"null\"]}"
#define COUNTS "{\"type\":\"object\",\"additionalProperties\":" COUNT "}"
#define RESULT                                                                                     \
    "{\"type\":\"object\",\"properties\":{\"asked\":" COUNT ",\"cached\":" COUNT                   \
    ",\"calls\":" COUNT ",\"calls_since\":" TIME ",\"failed\":" COUNT ",\"sentiment\":" COUNTS     \
    ",\"topic\":" COUNTS ","                                                                       \
    "\"alert_rate\":" SHARE ",\"corrected\":" COUNT ",\"agreement\":" SHARE                        \
    ",\"cost_usd\":{\"type\":\"number\"},\"cost_usd_each\":" SHARE ",\"latency_ms\":" SHARE        \
    ",\"latency_p95_ms\":" SHARE                                                                   \
    "},\"required\":[\"asked\",\"cached\",\"calls\",\"calls_since\",\"failed\","                   \
    "\"sentiment\",\"topic\",\"alert_rate\",\"corrected\",\"agreement\",\"cost_usd\","             \
    "\"cost_usd_each\",\"latency_ms\",\"latency_p95_ms\"],\"additionalProperties\":false}"

const char experiment_schema[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"experiment\":{\"$ref\":\"#/components/schemas/Experiment\"},"
    "\"results\":{\"type\":\"object\",\"properties\":{\"active\":" RESULT ",\"canary\":" RESULT "},"
    "\"required\":[\"active\",\"canary\"],\"additionalProperties\":false}},"
    "\"required\":[\"experiment\",\"results\"],\"additionalProperties\":false}";

static struct prompt_change change_of(const struct call *call)
{
    return (struct prompt_change){call->services->experiments, call->arena,
                                  call->identity.tenant_id, call->identity.actor};
}

static struct db *database(const struct call *call)
{
    return store_db(call->services->intake->store);
}

struct reading {
    struct call *call;
    struct experiment_list list;
    struct experiment experiment;
    struct arm_result results[ARM_COUNT];
};

static enum status read_list(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    return store_list_experiments(session, reading->call->arena, reading->call->identity.tenant_id,
                                  &reading->list, err);
}

enum status experiment_list_all(struct call *call, struct error *err)
{
    struct reading reading = {.call = call};
    enum status status = db_read(database(call), DB_SHORT, read_list, &reading, err);
    if (status == STATUS_OK)
        call_answer_list(call, &experiment_fields, reading.list.items, reading.list.count,
                         sizeof *reading.list.items);
    return status;
}

enum status experiment_add(struct call *call, struct error *err)
{
    struct prompt_change change = change_of(call);
    struct experiment experiment = {.tenant_id = change.tenant_id};
    enum status status = call_read_body(call, &experiment_input_fields, &experiment, err);
    if (status != STATUS_OK)
        return status;
    if (str_is_absent(experiment.task))
        experiment.task = STR("classify");
    if (experiment.mode == LABEL_NONE)
        experiment.mode = EXPERIMENT_BY_HASH;
    status = experiment_make(&change, &experiment, err);
    if (status != STATUS_OK)
        return status;
    call_add_header(call, "Location",
                    str_format(call->arena, "/v1/experiments/%lld", (long long)experiment.id));
    call_answer_fields(call, 201, &experiment_fields, &experiment);
    return STATUS_OK;
}

static enum status read_results(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    enum status status =
        store_get_experiment(session, reading->call->arena, reading->call->identity.tenant_id,
                             reading->experiment.id, &reading->experiment, err);
    return status == STATUS_OK
               ? store_compare_arms(session, &reading->experiment, reading->results, err)
               : status;
}

static void write_counts(struct json_writer *writer, const char *key, const char *const *names,
                         const int64_t *counts)
{
    json_key(writer, key);
    json_open(writer, '{');
    for (size_t i = 0; names[i] != NULL; i++) {
        json_key(writer, names[i]);
        json_integer(writer, counts[i]);
    }
    json_close(writer, '}');
}

/* Null where there is nothing to divide by. */
static void write_ratio(struct json_writer *writer, const char *key, double part, int64_t whole,
                        int digits)
{
    json_key(writer, key);
    json_real(writer, whole > 0 ? part / (double)whole : (double)NAN, digits);
}

static void write_integer(struct json_writer *writer, const char *key, int64_t value)
{
    json_key(writer, key);
    json_integer(writer, value);
}

static void write_time_or_null(struct json_writer *writer, const char *key, int64_t at_us)
{
    json_key(writer, key);
    json_string(writer, at_us == FIELD_UNSET ? (str){0} : clock_text(writer->out->arena, at_us));
}

/* What each cost is not known once the ledger has forgotten the first of the calls. */
static void write_result(struct json_writer *writer, const struct experiment *experiment,
                         const struct arm_result *result)
{
    int64_t labelled = result->asked + result->cached;
    bool has_all_calls = result->calls_since == experiment->started_at;
    json_open(writer, '{');
    write_integer(writer, "asked", result->asked);
    write_integer(writer, "cached", result->cached);
    write_integer(writer, "calls", result->calls);
    write_time_or_null(writer, "calls_since", result->calls_since);
    write_integer(writer, "failed", result->failed);
    write_counts(writer, "sentiment", sentiment_names, result->sentiments);
    write_counts(writer, "topic", topic_names, result->topics);
    write_ratio(writer, "alert_rate", (double)result->alerts, labelled, 4);
    write_integer(writer, "corrected", result->corrected);
    write_ratio(writer, "agreement", (double)result->agreed, result->corrected, 4);
    json_key(writer, "cost_usd");
    json_real(writer, (double)result->cost_nano / 1e9, 9);
    write_ratio(writer, "cost_usd_each", (double)result->cost_nano / 1e9,
                has_all_calls ? labelled : 0, 9);
    write_ratio(writer, "latency_ms", (double)result->latency_us / 1000, result->asked, 1);
    write_ratio(writer, "latency_p95_ms",
                (double)result->latency_p95_us / 1000 * (double)result->asked, result->asked, 1);
    json_close(writer, '}');
}

enum status experiment_read(struct call *call, struct error *err)
{
    struct reading reading = {.call = call};
    enum status status = call_read_id(call, &reading.experiment.id, err);
    if (status != STATUS_OK)
        return status;
    ledger_flush(call->services->ledger, call->identity.tenant_id);
    status = db_read(database(call), DB_LONG, read_results, &reading, err);
    if (status != STATUS_OK)
        return status;
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    json_open(&writer, '{');
    json_key(&writer, "experiment");
    fields_write(&writer, &experiment_fields, &reading.experiment);
    json_key(&writer, "results");
    json_open(&writer, '{');
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        json_key(&writer, experiment_arm_names[arm]);
        write_result(&writer, &reading.experiment, &reading.results[arm]);
    }
    json_close(&writer, '}');
    json_close(&writer, '}');
    call_answer(call, 200, &body);
    return STATUS_OK;
}

static enum status answer(struct call *call, enum status status,
                          const struct experiment *experiment)
{
    if (status == STATUS_OK)
        call_answer_fields(call, 200, &experiment_fields, experiment);
    return status;
}

enum status experiment_begin(struct call *call, struct error *err)
{
    struct prompt_change change = change_of(call);
    struct experiment experiment = {.id = 0};
    struct asked asked;
    enum status status = call_read_id(call, &experiment.id, err);
    if (status == STATUS_OK)
        status = call_read_body(call, &experiment_start_fields, &asked, err);
    if (status == STATUS_OK)
        status = experiment_start(&change, asked.share, &experiment, err);
    return answer(call, status, &experiment);
}

enum status experiment_put_to_use(struct call *call, struct error *err)
{
    struct prompt_change change = change_of(call);
    struct experiment experiment = {.id = 0};
    struct asked asked = {.force = false};
    enum status status = call_read_id(call, &experiment.id, err);
    if (status == STATUS_OK && call->request->body.length > 0)
        status = call_read_body(call, &experiment_promote_fields, &asked, err);
    if (status == STATUS_OK)
        status = experiment_promote(&change, asked.force, &experiment, err);
    return answer(call, status, &experiment);
}

enum status experiment_take_back(struct call *call, struct error *err)
{
    struct prompt_change change = change_of(call);
    struct experiment experiment = {.id = 0};
    enum status status = call_read_id(call, &experiment.id, err);
    if (status == STATUS_OK)
        status = experiment_roll_back(&change, &experiment, err);
    return answer(call, status, &experiment);
}
