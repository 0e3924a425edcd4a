#include "net/http_chunked.h"

enum state {
    SIZE,      /* its digits */
    EXTENSION, /* after ';' */
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER, /* the first byte of a trailer line, or of the empty line that ends all */
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    LAST_LF,
    OVER,
    BROKEN
};

enum {
    MAX_DIGITS = 15
};

static enum state after_size(struct http_chunked *chunked, char c)
{
    int digit = http_hex_digit(c);
    if (digit >= 0 && chunked->digits < MAX_DIGITS) {
        chunked->left = chunked->left << 4 | (unsigned)digit;
        chunked->digits++;
        return SIZE;
    }
    if (chunked->digits == 0)
        return BROKEN;
    return c == '\r' ? SIZE_LF : c == ';' ? EXTENSION : BROKEN;
}

static enum state after_size_line(struct http_chunked *chunked)
{
    chunked->digits = 0;
    return chunked->left > 0 ? DATA : TRAILER;
}

/* An extension or a trailer's value, up to its CR. */
static enum state after_text(struct http_chunked *chunked, char c, enum state end)
{
    chunked->dropped++;
    if (c == '\r')
        return end;
    return c == '\t' || ((unsigned char)c >= ' ' && c != 0x7f) ? (enum state)chunked->state
                                                               : BROKEN;
}

static enum state after_trailer_name(struct http_chunked *chunked, char c)
{
    chunked->dropped++;
    if (c == ':' && chunked->state == TRAILER_NAME)
        return TRAILER_VALUE;
    return http_is_token_char(c) ? TRAILER_NAME : BROKEN;
}

static enum state only(char c, char wanted, enum state next)
{
    return c == wanted ? next : BROKEN;
}

/* What follows one byte of framing. */
static enum state next_state(struct http_chunked *chunked, char c)
{
    switch ((enum state)chunked->state) {
    case SIZE:
        return after_size(chunked, c);
    case EXTENSION:
        return after_text(chunked, c, SIZE_LF);
    case SIZE_LF:
        return c == '\n' ? after_size_line(chunked) : BROKEN;
    case DATA_CR:
        return only(c, '\r', DATA_LF);
    case DATA_LF:
        return only(c, '\n', SIZE);
    case TRAILER:
        return c == '\r' ? LAST_LF : after_trailer_name(chunked, c);
    case TRAILER_NAME:
        return after_trailer_name(chunked, c);
    case TRAILER_VALUE:
        return after_text(chunked, c, TRAILER_LF);
    case TRAILER_LF:
        return only(c, '\n', TRAILER);
    case LAST_LF:
        return only(c, '\n', OVER);
    case DATA: /* is no framing */
    case OVER:
    case BROKEN:
        break;
    }
    return BROKEN;
}

/* There is room for the whole chunk; gives how much of it came. */
static size_t take_data(struct http_chunked *chunked, str input, struct buf *body)
{
    size_t size = input.length < chunked->left ? input.length : (size_t)chunked->left;
    buf_add(body, str_slice(input, 0, size));
    chunked->left -= size;
    if (chunked->left == 0)
        chunked->state = DATA_CR;
    return size;
}

static enum http_progress refuse(struct http_chunked *chunked, struct http_refusal *refusal,
                                 int status, const char *why)
{
    chunked->state = BROKEN;
    *refusal = (struct http_refusal){status, why};
    return HTTP_IS_REFUSED;
}

enum http_progress http_read_chunks(struct http_chunked *chunked, str input, size_t *used,
                                    struct buf *body, struct http_refusal *refusal)
{
    for (*used = 0; *used < input.length && chunked->state != OVER;) {
        if (chunked->state == DATA) {
            *used += take_data(chunked, str_slice(input, *used, input.length), body);
            continue;
        }
        chunked->state = (int)next_state(chunked, input.bytes[(*used)++]);
        if (chunked->state == BROKEN)
            return refuse(chunked, refusal, 400, "the body's chunks are malformed");
        if (chunked->state == DATA && chunked->left > body->limit - body->length)
            return refuse(chunked, refusal, 413, "the body is too large");
        if (chunked->dropped > HTTP_MAX_LINE)
            return refuse(chunked, refusal, 431, "the body's trailers are too long");
    }
    return chunked->state == OVER ? HTTP_IS_WHOLE : HTTP_NEEDS_MORE;
}
