/* http_chunked.h - the chunked transfer coding, decoded strictly (RFC 9112, section 7.1).
 *
 * Our own, where the head is libhttp-parser's: that one passes over whatever follows a chunk's size
 * and takes bare LFs in trailers, which is how requests are smuggled. A size is 1 to 15 hexadecimal
 * digits; extensions and trailers are checked and dropped, and may be HTTP_MAX_LINE bytes together.
 */
#pragma once

#include "net/http_parse.h"

/* {0} at the start of a body. */
struct http_chunked {
    int state;
    unsigned digits;
    size_t dropped; /* bytes of extensions and trailers */
    uint64_t left;  /* of the chunk */
};

/* Takes in as much of `input` as belongs to the body, which is appended to `body`, and says in
 * `used` how much it was. REFUSED: 413 when `body` is full, else 400 or 431. */
enum http_progress http_read_chunks(struct http_chunked *chunked, str input, size_t *used,
                                    struct buf *body, struct http_refusal *refusal);
