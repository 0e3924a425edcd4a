/* outbound_url.h - the strict reading of a URL that is to be called (RFC 3986, and less).
 *
 * What one program reads as one host, another may read as a second; so whatever can be read in two
 * ways is refused: addresses in octal, hexadecimal or fewer than four parts, userinfo, percent
 * signs in the host, backslashes, anything but visible ASCII. */
#pragma once

#include "base/status.h"
#include "net/ip_address.h"

enum {
    OUTBOUND_URL_MAX = 2048
};

struct outbound_url {
    bool is_https;
    bool is_address; /* the host is `address`, not a name */
    struct ip_address address;
    str host; /* lower case, without brackets and without a dot at its end */
    unsigned port;
    str text; /* the URL as it is called: parts as above, no fragment */
};

/* INVALID, with a sentence. What is read lives in the arena. */
enum status outbound_url_parse(struct arena *arena, str text, struct outbound_url *url,
                               struct error *err) MUST_CHECK;
