#include "api/search_api.h"

#include "base/clock.h"
#include "fiber/fiber.h"
#include "search/search.h"

#include <math.h>

const char search_schema[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"data\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
    "\"score\":{\"type\":\"number\"},\"snippet\":{\"type\":[\"string\",\"null\"]},"
    "\"feedback\":{\"$ref\":\"#/components/schemas/Feedback\"}},"
    "\"required\":[\"score\",\"snippet\",\"feedback\"],\"additionalProperties\":false}},"
    "\"pending\":{\"type\":\"integer\"},\"partial\":{\"type\":\"boolean\"}},"
    "\"required\":[\"data\",\"pending\",\"partial\"],\"additionalProperties\":false}";

/* A search blocks, for milliseconds, and more when it catches up first. */
struct finding {
    struct call *call;
    struct search_query *query;
    struct search_meaning meaning; /* of the query */
    int64_t like;                  /* 0: by the query's text */
    struct search_result result;
    struct error *err;
    enum status status;
};

static void find(void *argument)
{
    struct finding *finding = argument;
    struct call *call = finding->call;
    struct search *search = call->services->search;
    finding->status = finding->like == 0
                          ? search_run(search, call->arena, finding->query, &finding->meaning,
                                       &finding->result, finding->err)
                          : search_similar(search, call->arena, finding->like, finding->query,
                                           &finding->result, finding->err);
}

static void answer(struct call *call, const struct search_result *result)
{
    struct buf body;
    struct json_writer writer = call_start(call, &body);
    json_open(&writer, '{');
    json_key(&writer, "data");
    json_open(&writer, '[');
    for (size_t i = 0; i < result->count; i++)
        fields_write(&writer, &search_hit_fields, &result->hits[i]);
    json_close(&writer, ']');
    json_key(&writer, "pending");
    json_integer(&writer, result->pending);
    json_key(&writer, "partial");
    json_boolean(&writer, result->is_partial);
    json_close(&writer, '}');
    call_answer(call, 200, &body);
}

/* What a provider has not said of the query by then is done without: words are found all the same.
 */
static uint64_t until_us(const struct call *call)
{
    return clock_monotonic_us() + (uint64_t)call->services->sync_budget_ms * 1000;
}

static enum status find_and_answer(struct call *call, struct search_query *query, int64_t like,
                                   struct error *err)
{
    struct finding finding = {.call = call, .query = query, .like = like, .err = err};
    query->filter.tenant_id = call->identity.tenant_id;
    if (query->limit == FIELD_UNSET)
        query->limit = SEARCH_DEFAULT;
    if (like == 0)
        search_understand(call->services->search, query, until_us(call), &finding.meaning);
    if (fiber_self() != NULL)
        fiber_offload(find, &finding);
    else
        find(&finding);
    if (finding.status == STATUS_OK)
        answer(call, &finding.result);
    return finding.status;
}

enum status search_feedback(struct call *call, struct error *err)
{
    struct search_query query = {.min_score = (double)NAN};
    fields_init(&feedback_filter_fields, &query.filter);
    enum status status = call_read_body(call, &search_query_fields, &query, err);
    if (status == STATUS_OK)
        status = call_check_range(query.filter.since, query.filter.until, err);
    if (status != STATUS_OK)
        return status;
    if (query.mode == LABEL_NONE)
        query.mode = SEARCH_FUSED;
    return find_and_answer(call, &query, 0, err);
}

enum status feedback_similar(struct call *call, struct error *err)
{
    int64_t id;
    struct search_query query = {.mode = SEARCH_VECTORS};
    fields_init(&feedback_filter_fields, &query.filter);
    enum status status = call_read_id(call, &id, err);
    if (status == STATUS_OK)
        status = call_read_query(call, &similar_query_fields, &query, err);
    return status == STATUS_OK ? find_and_answer(call, &query, id, err) : status;
}
