#include "api/control_api.h"

#include "analysis/llm_checkup.h"
#include "api/configurations.h"
#include "api/keyring.h"
#include "api/usage_api.h"
#include "base/clock.h"
#include "fiber/fiber.h"
#include "llm/llm.h"
#include "store/store_event.h"
#include "store/store_key.h"
#include "store/store_rollup.h"
#include "store/store_usage_rows.h"

#include <stddef.h>

enum {
    DEFAULT_KEY_DAYS = 90,
    MOST_MODELS = 64,
    PROBE_MS = 15000 /* for all language models together */
};

const char configuration_schema[] =
    "{\"type\":\"object\",\"properties\":{\"key\":{\"type\":\"string\"},\"value\":{},\"default\":{}"
    ","
    "\"schema\":{\"type\":\"object\"},\"doc\":{\"type\":\"string\"}},"
    "\"required\":[\"key\",\"value\",\"default\",\"schema\",\"doc\"],\"additionalProperties\":"
    "false}";

/* What a PUT may hold is typed by the key; see the schema that reading it gives. */
const char configuration_input_schema[] =
    "{\"type\":\"object\",\"properties\":{\"value\":{\"type\":[\"boolean\",\"number\",\"string\","
    "\"array\"],"
    "\"description\":\"Of the type that the key has.\"}},\"required\":[\"value\"],"
    "\"additionalProperties\":false}";

static void write_configuration(struct json_writer *writer, const struct field *field,
                                const struct configuration *now, const struct configuration *before)
{
    json_open(writer, '{');
    json_key(writer, "key");
    json_string_z(writer, field->name);
    json_key(writer, "value");
    field_write_value(writer, field, now);
    json_key(writer, "default");
    field_write_value(writer, field, before);
    json_key(writer, "schema");
    field_write_schema(writer, field, true);
    json_key(writer, "doc");
    json_string_z(writer, field->doc);
    json_close(writer, '}');
}

enum status configuration_list(struct call *call, struct error *err)
{
    const struct tenant_rules *now;
    struct configuration defaults;
    enum status status = call_rules(call, &now, err);
    if (status != STATUS_OK)
        return status;
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    configuration_defaults(&defaults);
    json_open(&writer, '{');
    json_key(&writer, "data");
    json_open(&writer, '[');
    for (size_t i = 0; i < configuration_fields.count; i++)
        write_configuration(&writer, &configuration_fields.items[i], &now->configuration,
                            &defaults);
    json_close(&writer, ']');
    json_close(&writer, '}');
    call_answer(call, 200, &body);
    return STATUS_OK;
}

enum status configuration_get(struct call *call, struct error *err)
{
    const struct tenant_rules *now;
    struct configuration defaults;
    const struct field *field = fields_find(&configuration_fields, call->value);
    if (field == NULL)
        return fail(err, STATUS_NOT_FOUND, "there is no configuration of that name");
    enum status status = call_rules(call, &now, err);
    if (status != STATUS_OK)
        return status;
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    configuration_defaults(&defaults);
    write_configuration(&writer, field, &now->configuration, &defaults);
    call_answer(call, 200, &body);
    return STATUS_OK;
}

static enum status change(struct call *call, const struct json *value, struct error *err)
{
    struct configuration_change change = {call->identity.tenant_id, call->value, value,
                                          call->identity.actor};
    enum status status =
        configurations_put(call->services->configurations, call->arena, &change, err);
    return status == STATUS_OK ? configuration_get(call, err) : status;
}

enum status configuration_put(struct call *call, struct error *err)
{
    const struct json *body;
    enum status status = call_read_json(call, &body, err);
    if (status != STATUS_OK)
        return status;
    if (body->type != JSON_OBJECT)
        return fail(err, STATUS_MALFORMED, "the body must be a JSON object, not %s",
                    json_type_name(body->type));
    for (const struct json *member = body->first; member != NULL; member = member->next)
        if (!str_equal(member->key, STR("value")))
            return fail_field(err, str_z(call->arena, str_slice(member->key, 0, 40)),
                              "is not a field known here");
    const struct json *value = json_find(body, "value");
    return value != NULL ? change(call, value, err) : fail_field(err, "value", "is required");
}

enum status configuration_reset(struct call *call, struct error *err)
{
    return change(call, NULL, err);
}

struct key_reading {
    struct call *call;
    struct api_key *keys;
    size_t count;
};

static enum status read_keys(struct db_session *session, void *argument, struct error *err)
{
    struct key_reading *reading = argument;
    return store_list_keys(session, reading->call->arena, reading->call->identity.tenant_id,
                           &reading->keys, &reading->count, err);
}

enum status key_list(struct call *call, struct error *err)
{
    struct key_reading reading = {.call = call};
    enum status status =
        db_read(store_db(call->services->intake->store), DB_SHORT, read_keys, &reading, err);
    if (status == STATUS_OK)
        call_answer_list(call, &api_key_fields, reading.keys, reading.count, sizeof *reading.keys);
    return status;
}

enum status key_create(struct call *call, struct error *err)
{
    struct api_key key = {.tenant_id = call->identity.tenant_id};
    enum status status = call_read_body(call, &api_key_input_fields, &key, err);
    if (status != STATUS_OK)
        return status;
    key.scopes = SCOPE_FEEDBACK_READ | SCOPE_FEEDBACK_WRITE | SCOPE_ANALYZE;
    if (!str_is_absent(key.scopes_text))
        status = scopes_parse(key.scopes_text, &key.scopes, err);
    if (status != STATUS_OK)
        return status;
    int64_t days = key.days == FIELD_UNSET ? DEFAULT_KEY_DAYS : key.days;
    key.expires_at = clock_now_us() + days * DAY_US;
    status = keyring_create(call->services->keyring, call->arena, &key, call->identity.actor, err);
    if (status == STATUS_OK)
        call_answer_fields(call, 201, &api_key_fields, &key);
    return status;
}

enum status key_revoke(struct call *call, struct error *err)
{
    int64_t id;
    enum status status = call_read_id(call, &id, err);
    if (status == STATUS_OK)
        status = keyring_revoke(call->services->keyring, call->arena, call->identity.tenant_id, id,
                                call->identity.actor, err);
    if (status == STATUS_OK)
        call_answer_nothing(call);
    return status;
}

struct maintenance {
    bool asks_models;
    struct recount recount;
    struct usage_recount usage;
    struct audit_check audit;
};

static const struct field maintenance_input_items[] = {
    {"recount", FIELD_BOOLEAN, offsetof(struct maintenance, recount.is_repair),
     .doc = "Sets wrong rollups right."},
    {"ask_models", FIELD_BOOLEAN, offsetof(struct maintenance, asks_models),
     .doc = "Asks each language model once, for next to nothing."},
};
const struct fields maintenance_input_fields =
    FIELDS("MaintenanceInput", "What to check and mend.", maintenance_input_items);

const char maintenance_schema[] =
    "{\"type\":\"object\",\"properties\":{\"database\":{\"type\":\"string\"},"
    "\"schema_version\":{\"type\":\"integer\"},\"rollup_cells\":{\"type\":\"integer\"},"
    "\"rollups_wrong\":{\"type\":\"integer\"},\"rollups_repaired\":{\"type\":\"boolean\"},"
    "\"ledger_sums\":{\"type\":\"integer\"},\"ledger_wrong\":{\"type\":\"integer\"},"
    "\"audit_entries\":{\"type\":\"integer\"},\"audit_broken_at\":{\"type\":[\"integer\",\"null\"]}"
    ","
    "\"budget_used_up\":{\"type\":\"boolean\"},"
    "\"language_models\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
    "\"provider\":{\"type\":\"string\"},\"model\":{\"type\":\"string\"},"
    "\"is_asked\":{\"type\":\"boolean\"},\"failures\":{\"type\":\"integer\"},"
    "\"remedy\":{\"type\":[\"string\",\"null\"]}},"
    "\"required\":[\"provider\",\"model\",\"is_asked\",\"failures\",\"remedy\"],"
    "\"additionalProperties\":false}}},"
    "\"additionalProperties\":false}";

static enum status check_rows(struct db_session *session, void *argument, struct error *err)
{
    struct maintenance *maintenance = argument;
    enum status status = store_recount(session, &maintenance->recount, err);
    return status == STATUS_OK ? store_check_audit(session, &maintenance->audit, err) : status;
}

static enum status check_usage(struct db_session *session, void *argument, struct error *err)
{
    struct maintenance *maintenance = argument;
    return store_recount_usage(session, &maintenance->usage, err);
}

static void write_models(struct json_writer *writer, const struct call *call)
{
    struct llm_state *states = arena_array(call->arena, struct llm_state, MOST_MODELS);
    size_t count = llm_states(call->services->llm, states, MOST_MODELS);
    json_open(writer, '[');
    for (size_t i = 0; i < count; i++) {
        bool is_well = states[i].remedy[0] == '\0';
        json_open(writer, '{');
        json_key(writer, "provider");
        json_string_z(writer, states[i].provider);
        json_key(writer, "model");
        json_string_z(writer, states[i].model);
        json_key(writer, "is_asked");
        json_boolean(writer, !states[i].is_open);
        json_key(writer, "failures");
        json_integer(writer, states[i].failures);
        json_key(writer, "remedy");
        json_string(writer, is_well ? (str){0} : str_from_z(states[i].remedy));
        json_close(writer, '}');
    }
    json_close(writer, ']');
}

static void answer_maintenance(struct call *call, const struct maintenance *maintenance)
{
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    json_open(&writer, '{');
    json_key(&writer, "database");
    json_string_z(&writer, "ok");
    json_key(&writer, "schema_version");
    json_integer(&writer, store_schema_version());
    json_key(&writer, "rollup_cells");
    json_integer(&writer, maintenance->recount.cells);
    json_key(&writer, "rollups_wrong");
    json_integer(&writer, maintenance->recount.wrong);
    json_key(&writer, "rollups_repaired");
    json_boolean(&writer, maintenance->recount.is_repair && maintenance->recount.wrong > 0);
    json_key(&writer, "ledger_sums");
    json_integer(&writer, maintenance->usage.sums);
    json_key(&writer, "ledger_wrong");
    json_integer(&writer, maintenance->usage.wrong);
    json_key(&writer, "audit_entries");
    json_integer(&writer, maintenance->audit.entries);
    json_key(&writer, "audit_broken_at");
    if (maintenance->audit.broken_at == 0)
        json_null(&writer);
    else
        json_integer(&writer, maintenance->audit.broken_at);
    json_key(&writer, "budget_used_up");
    json_boolean(&writer, usage_is_used_up(call->services));
    json_key(&writer, "language_models");
    write_models(&writer, call);
    json_close(&writer, '}');
    call_answer(call, 200, &body);
}

static enum status check_up_models(struct call *call, struct error *err)
{
    const struct tenant_rules *rules;
    enum status status = call_rules(call, &rules, err);
    if (status != STATUS_OK)
        return status;
    struct llm_checkup checkup = {.llm = call->services->llm,
                                  .ledger = call->services->ledger,
                                  .tenant_id = call->identity.tenant_id,
                                  .configuration = &rules->configuration,
                                  .until_ms = fiber_now_ms() + PROBE_MS};
    llm_check_up(&checkup, call->arena);
    return STATUS_OK;
}

enum status maintenance_check(struct call *call, struct error *err)
{
    struct db *db = store_db(call->services->intake->store);
    struct maintenance maintenance = {0};
    enum status status = STATUS_OK;
    if (call->request->body.length > 0)
        status = call_read_body(call, &maintenance_input_fields, &maintenance, err);
    if (status == STATUS_OK)
        status = db_check(db, err);
    if (status == STATUS_OK)
        status = maintenance.recount.is_repair
                     ? db_write(db, check_rows, &maintenance, err)
                     : db_read(db, DB_LONG, check_rows, &maintenance, err);
    if (status == STATUS_OK)
        status = db_read(db, DB_LONG, check_usage, &maintenance, err);
    if (status == STATUS_OK && maintenance.asks_models)
        status = check_up_models(call, err);
    if (status == STATUS_OK)
        answer_maintenance(call, &maintenance);
    return status;
}
