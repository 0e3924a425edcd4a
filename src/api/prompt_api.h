/* prompt_api.h - the handlers behind /v1/prompts and /v1/experiments. */
#pragma once

#include "api/call.h"
#include "model/prompt.h"

handler prompt_list_all;
handler prompt_add;
handler prompt_read;
handler prompt_put_to_use;
handler prompt_set_aside;
extern const struct fields prompt_query_fields;

handler prompt_estimate_replay;
handler prompt_replay_page;
extern const struct fields replay_estimate_fields, replay_page_fields;
extern const char replay_estimate_schema[], replay_page_schema[];

handler experiment_list_all;
handler experiment_add;
handler experiment_read;
handler experiment_begin;
handler experiment_put_to_use;
handler experiment_take_back;
extern const struct fields experiment_start_fields, experiment_promote_fields;
extern const char experiment_schema[];
