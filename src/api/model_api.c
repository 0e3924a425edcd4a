#include "api/model_api.h"

#include "analysis/learning.h"
#include "base/clock.h"
#include "fiber/fiber.h"

#include <stddef.h>

struct asked {
    int64_t tenant_id; /* of the query; the caller's own when not given */
    int64_t version;   /* of the body; FIELD_UNSET: one back */
};

static const struct field query_items[] = {
    {"tenant_id", FIELD_INTEGER, offsetof(struct asked, tenant_id), 0, 1, INT64_MAX,
     .doc = "Whose; only the owner, on the Unix socket, may name another tenant."},
};
const struct fields model_query_fields = FIELDS("ModelQuery", "Whose model.", query_items);

static const struct field rollback_items[] = {
    {"version", FIELD_INTEGER, offsetof(struct asked, version), 0, 0, INT64_MAX,
     .doc =
         "The version to use from now on, 0 for the shipped model alone; the one before when not "
         "given."},
};
const struct fields model_rollback_fields = FIELDS("ModelRollback", "Where to go.", rollback_items);

#define FIGURES                                                                                    \
    "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"                          \
    "\"field\":{\"type\":\"string\"},\"ruling\":{\"type\":\"string\"},"                            \
    "\"corrections\":{\"type\":\"integer\"},\"right_before\":{\"type\":\"integer\"},"              \
    "\"right_after\":{\"type\":\"integer\"},\"wins\":{\"type\":\"integer\"},"                      \
    "\"losses\":{\"type\":\"integer\"},\"new_corrections\":{\"type\":\"integer\"},"                \
    "\"new_right_before\":{\"type\":\"integer\"},\"new_right_after\":{\"type\":\"integer\"},"      \
    "\"others\":{\"type\":\"integer\"},\"others_changed\":{\"type\":\"integer\"},"                 \
    "\"general\":{\"type\":\"integer\"},\"general_changed\":{\"type\":\"integer\"}},"              \
    "\"required\":[\"field\",\"ruling\",\"corrections\"],\"additionalProperties\":false}}"

const char model_schema[] =
    "{\"type\":\"object\",\"properties\":{\"base\":{\"type\":[\"string\",\"null\"]},"
    "\"version\":{\"type\":\"integer\"},\"is_set_aside\":{\"type\":\"boolean\"},"
    "\"versions\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
    "\"version\":{\"type\":\"integer\"},\"previous_version\":{\"type\":\"integer\"},"
    "\"base\":{\"type\":\"string\"},\"corrections\":{\"type\":\"integer\"},"
    "\"created_at\":{\"type\":\"string\"},\"is_in_use\":{\"type\":\"boolean\"},"
    "\"figures\":" FIGURES "},\"required\":[\"version\",\"previous_version\",\"base\","
    "\"corrections\",\"created_at\",\"is_in_use\",\"figures\"],\"additionalProperties\":false}}},"
    "\"required\":[\"base\",\"version\",\"is_set_aside\",\"versions\"],"
    "\"additionalProperties\":false}";

const char model_update_schema[] =
    "{\"type\":\"object\",\"properties\":{\"outcome\":{\"enum\":[\"promoted\","
    "\"too_few_corrections\",\"nothing_new\",\"not_better\"]},"
    "\"version\":{\"type\":\"integer\"},\"corrections\":{\"type\":\"integer\"},"
    "\"new_corrections\":{\"type\":\"integer\"},\"figures\":" FIGURES "},"
    "\"required\":[\"outcome\",\"version\",\"corrections\",\"new_corrections\",\"figures\"],"
    "\"additionalProperties\":false}";

/* The tenant of the query, where the caller may name it. */
static enum status read_tenant(struct call *call, struct asked *asked, struct error *err)
{
    enum status status = call_read_query(call, &model_query_fields, asked, err);
    if (status != STATUS_OK)
        return status;
    if (asked->tenant_id == FIELD_UNSET)
        asked->tenant_id = call->identity.tenant_id;
    if (asked->tenant_id != call->identity.tenant_id && !call->request->is_local)
        return fail(err, STATUS_DENIED, "this key speaks for its own tenant only");
    return STATUS_OK;
}

struct listing {
    struct call *call;
    int64_t tenant_id;
    struct adapter_list list;
};

static enum status read_list(struct db_session *session, void *argument, struct error *err)
{
    struct listing *listing = argument;
    return store_list_adapters(session, listing->call->arena, listing->tenant_id, &listing->list,
                               err);
}

static void write_version(struct json_writer *writer, struct arena *arena,
                          const struct adapter_version *version, bool is_in_use)
{
    json_open(writer, '{');
    json_key(writer, "version");
    json_integer(writer, version->version);
    json_key(writer, "previous_version");
    json_integer(writer, version->previous);
    json_key(writer, "base");
    json_string(writer, version->base);
    json_key(writer, "corrections");
    json_integer(writer, version->corrections);
    json_key(writer, "created_at");
    json_string(writer, clock_text(arena, version->created_at));
    json_key(writer, "is_in_use");
    json_boolean(writer, is_in_use);
    json_key(writer, "figures");
    json_raw(writer, version->figures);
    json_close(writer, '}');
}

static void write_model(struct json_writer *writer, const struct listing *listing)
{
    const struct adapter_list *list = &listing->list;
    const char *base = analyst_base(listing->call->services->intake->analyst);
    bool is_set_aside = false;
    for (size_t i = 0; i < list->count; i++)
        is_set_aside |=
            list->items[i].version == list->in_use && !str_equal_z(list->items[i].base, base);
    json_open(writer, '{');
    json_key(writer, "base");
    json_string(writer, *base != '\0' ? str_from_z(base) : (str){0});
    json_key(writer, "version");
    json_integer(writer, list->in_use);
    json_key(writer, "is_set_aside");
    json_boolean(writer, is_set_aside);
    json_key(writer, "versions");
    json_open(writer, '[');
    for (size_t i = 0; i < list->count; i++)
        write_version(writer, listing->call->arena, &list->items[i],
                      list->items[i].version == list->in_use);
    json_close(writer, ']');
    json_close(writer, '}');
}

static enum status answer_model(struct call *call, int64_t tenant_id, struct error *err)
{
    struct listing listing = {.call = call, .tenant_id = tenant_id};
    enum status status =
        db_read(store_db(call->services->intake->store), DB_SHORT, read_list, &listing, err);
    if (status != STATUS_OK)
        return status;
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    write_model(&writer, &listing);
    call_answer(call, 200, &body);
    return STATUS_OK;
}

enum status model_get(struct call *call, struct error *err)
{
    struct asked asked;
    enum status status = read_tenant(call, &asked, err);
    return status == STATUS_OK ? answer_model(call, asked.tenant_id, err) : status;
}

static void try_run(void *run)
{
    learning_try(run);
}

/* Seconds of thinking: on another thread, so that this loop stays quick. */
static void think(struct learning_run *run)
{
    if (fiber_self() != NULL)
        fiber_offload(try_run, run);
    else
        try_run(run);
}

static enum status update(struct learning_run *run, str actor, struct error *err)
{
    enum status status = learning_gather(run, err);
    if (status != STATUS_OK)
        return status;
    think(run);
    return learning_keep(run, actor, err);
}

static void answer_update(struct call *call, const struct learning_run *run)
{
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    json_open(&writer, '{');
    json_key(&writer, "outcome");
    json_string_z(&writer, learning_outcome_names[run->outcome]);
    json_key(&writer, "version");
    json_integer(&writer, run->version.version);
    json_key(&writer, "corrections");
    json_integer(&writer, (int64_t)run->corrected);
    json_key(&writer, "new_corrections");
    json_integer(&writer, (int64_t)run->fresh);
    json_key(&writer, "figures");
    if (run->outcome == LEARNING_NOTHING_NEW)
        json_raw(&writer, STR("[]"));
    else
        learning_write_figures(&writer, &run->trial);
    json_close(&writer, '}');
    call_answer(call, 200, &body);
}

enum status model_update(struct call *call, struct error *err)
{
    struct asked asked;
    enum status status = read_tenant(call, &asked, err);
    if (status != STATUS_OK)
        return status;
    if (atomic_exchange(&call->services->is_learning, true))
        return fail(err, STATUS_CONFLICT, "another update is running; try again when it is done");
    struct learning_run run = {
        .store = call->services->intake->store,
        .analyst = call->services->intake->analyst,
        .arena = call->arena,
        .tenant_id = asked.tenant_id,
    };
    status = update(&run, str_from_z(call->identity.actor), err);
    atomic_store(&call->services->is_learning, false);
    if (status == STATUS_OK)
        answer_update(call, &run);
    return status;
}

enum status model_rollback(struct call *call, struct error *err)
{
    struct asked asked;
    enum status status = read_tenant(call, &asked, err);
    asked.version = FIELD_UNSET;
    if (status == STATUS_OK && call->request->body.length > 0)
        status = call_read_body(call, &model_rollback_fields, &asked, err);
    if (status != STATUS_OK)
        return status;
    struct learning_choice choice = {
        .store = call->services->intake->store,
        .analyst = call->services->intake->analyst,
        .tenant_id = asked.tenant_id,
        .version = asked.version == FIELD_UNSET ? LEARNING_ONE_BACK : asked.version,
        .actor = str_from_z(call->identity.actor),
    };
    status = learning_choose(&choice, err);
    return status == STATUS_OK ? answer_model(call, asked.tenant_id, err) : status;
}
