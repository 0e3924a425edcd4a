/* cache_api.h - the handlers behind /v1/cache. */
#pragma once

#include "api/call.h"

handler cache_get;
handler cache_remove;

extern const struct fields cache_state_fields, cache_removal_fields;
