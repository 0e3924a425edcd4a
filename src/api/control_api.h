/* control_api.h - the handlers behind /v1/configurations, /v1/keys and /v1/maintenance. */
#pragma once

#include "api/call.h"

handler configuration_list;
handler configuration_get;
handler configuration_put;
handler configuration_reset;

handler key_list;
handler key_create;
handler key_revoke;

handler maintenance_check;

extern const struct fields maintenance_input_fields;
extern const char configuration_input_schema[], configuration_schema[], maintenance_schema[];
