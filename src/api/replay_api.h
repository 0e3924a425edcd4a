/* replay_api.h - the handler behind /v1/events:replay: past events go to a target again. */
#pragma once

#include "api/call.h"

handler event_replay;

extern const struct fields replay_input_fields, replay_fields;
