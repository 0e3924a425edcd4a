#include "api/quality_api.h"

#include "store/store_quality.h"

struct reading {
    struct call *call;
    struct quality_query query;
    struct quality quality;
};

static enum status read_quality(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    return store_get_quality(session, reading->call->arena, &reading->query, &reading->quality,
                             err);
}

enum status quality_get(struct call *call, struct error *err)
{
    struct reading reading = {.call = call};
    struct quality_query *query = &reading.query;
    enum status status = call_read_query(call, &quality_query_fields, query, err);
    if (status == STATUS_OK)
        status = call_check_range(query->since, query->until, err);
    query->tenant_id = call->identity.tenant_id;
    if (status == STATUS_OK)
        status =
            db_read(store_db(call->services->intake->store), DB_LONG, read_quality, &reading, err);
    if (status == STATUS_OK)
        call_answer_fields(call, 200, &quality_fields, &reading.quality);
    return status;
}
