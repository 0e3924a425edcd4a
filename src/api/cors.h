/* cors.h - which pages of other origins may call the API from a browser (the Fetch standard). */
#pragma once

#include "net/http.h"

/* `origins`: exact origins separated by commas; "" allows none. */
void cors_allow(const char *origins, const struct http_request *request,
                struct http_response *response);
void cors_allow_preflight(const char *origins, const struct http_request *request,
                          struct http_response *response, str methods);
