/* model_api.h - the handlers behind /v1/model. */
#pragma once

#include "api/call.h"

handler model_get;
handler model_update;
handler model_rollback;

extern const struct fields model_query_fields, model_rollback_fields;
extern const char model_schema[], model_update_schema[];
