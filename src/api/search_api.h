/* search_api.h - finding feedback: /v1/search and /v1/feedback/{id}/similar. */
#pragma once

#include "api/call.h"
#include "model/search_query.h"

enum status search_feedback(struct call *call, struct error *err);
enum status feedback_similar(struct call *call, struct error *err);

extern const char search_schema[];
