/* system_api.h - the handlers by which machines watch Hark; no key is needed for them. */
#pragma once

#include "api/call.h"

handler system_health;
handler system_alive;
handler system_ready;
handler system_metrics;
handler system_openapi;

extern const char health_schema[], text_schema[], any_schema[];
