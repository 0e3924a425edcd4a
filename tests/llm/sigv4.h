/* sigv4.h - whether a request is signed as Amazon asks for: Signature Version 4, computed here from
 * its description and not by the library that signs. */
#pragma once

#include "net/http.h"

extern const char sigv4_id[], sigv4_secret[]; /* the one key that is known */

const char *
sigv4_fault(const struct http_request *request); /* NULL: it is signed as it should be */
