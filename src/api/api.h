/* api.h - the API as one HTTP handler: finds the row, checks the key, runs the operation, tells of
 * failures.
 *
 * The three functions are http_handler's, with `struct services` as their context. */
#pragma once

#include "api/call.h"

bool api_admit(void *services, struct http_request *request, size_t *max_body,
               struct http_response *response);
void api_serve(void *services, struct http_request *request, struct http_response *response);
void api_refuse(void *services, struct http_request *request, struct http_response *response,
                int status, const char *why);
