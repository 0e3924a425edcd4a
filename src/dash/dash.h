/* dash.h - the files of the dashboard, which are laid into the program. The page is a client of our
 * own API. */
#pragma once

#include "net/http.h"

/* Answers GET and HEAD of "/" and "/assets/..."; false: it is none of them. */
bool dash_answer(const struct http_request *request, struct http_response *response);
