#include "net/outbound_url.h"

#include <string.h>

enum {
    HOST_MAX = 253, /* RFC 1035, without the root's dot */
    LABEL_MAX = 63
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter_or_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool all_are(str text, bool (*is)(char))
{
    for (size_t i = 0; i < text.length; i++)
        if (!is(text.bytes[i]))
            return false;
    return true;
}

/* The part before any of `ends`; the rest begins with the one that was found. */
static str take_until(str *rest, const char *ends)
{
    size_t length = 0;
    while (length < rest->length && strchr(ends, rest->bytes[length]) == NULL)
        length++;
    str part = str_slice(*rest, 0, length);
    *rest = str_slice(*rest, length, rest->length);
    return part;
}

/* RFC 3986: unreserved, sub-delims, gen-delims and '%'; a host's and a target's own rules come
 * after. */
static enum status check_characters(str text, struct error *err)
{
    for (size_t i = 0; i < text.length; i++) {
        char c = text.bytes[i];
        if (c == '\0' || (!is_letter_or_digit(c) && strchr("-._~!$&'()*+,;=:/?#[]@%", c) == NULL)) {
            if (c > ' ' && c < 0x7f)
                return fail(err, STATUS_INVALID, "a URL does not hold '%c' unescaped (RFC 3986)",
                            c);
            return fail(err, STATUS_INVALID,
                        "a URL holds visible ASCII only: write the host in Punycode, and the rest "
                        "percent-encoded");
        }
        if (c == '%' &&
            (i + 2 >= text.length || !is_hex(text.bytes[i + 1]) || !is_hex(text.bytes[i + 2])))
            return fail(err, STATUS_INVALID, "after '%%' two hexadecimal digits are expected");
    }
    return STATUS_OK;
}

static bool take_scheme(str *rest, const char *prefix)
{
    size_t length = strlen(prefix);
    if (!str_equal_ignoring_case(str_slice(*rest, 0, length), str_from_z(prefix)))
        return false;
    *rest = str_slice(*rest, length, rest->length);
    return true;
}

static enum status read_port(str text, unsigned *port, struct error *err)
{
    int64_t number;
    if (text.length == 0 || text.length > 5 || text.bytes[0] == '0' || !all_are(text, is_digit) ||
        !str_to_integer(text, &number) || number > 65535)
        return fail(err, STATUS_INVALID, "the port is a number from 1 to 65535");
    *port = (unsigned)number;
    return STATUS_OK;
}

/* What inet_aton(3), and so many a resolver, would take for a number: digits, or 0x and more. */
static bool is_numeric(str label)
{
    return all_are(label, is_digit) ||
           (label.length >= 2 && label.bytes[0] == '0' && (label.bytes[1] | 0x20) == 'x' &&
            all_are(str_slice(label, 2, label.length), is_hex));
}

static bool is_label_character(char c)
{
    return is_letter_or_digit(c) || c == '-' || c == '_';
}

static enum status check_label(str label, struct error *err)
{
    if (label.length == 0)
        return fail(err, STATUS_INVALID, "the host has an empty part between its dots");
    if (label.length > LABEL_MAX)
        return fail(err, STATUS_INVALID, "a part of the host is longer than %d characters",
                    LABEL_MAX);
    if (!all_are(label, is_label_character) || label.bytes[0] == '-' ||
        label.bytes[label.length - 1] == '-')
        return fail(err, STATUS_INVALID,
                    "the host is letters, digits and '-', with '-' neither first nor last");
    return STATUS_OK;
}

static enum status read_name(struct arena *arena, str text, struct outbound_url *url,
                             struct error *err)
{
    str label = {0}, rest = text;
    if (str_ends_with(rest, STR(".")))
        rest = text = str_slice(text, 0, text.length - 1);
    if (text.length == 0 || text.length > HOST_MAX)
        return fail(err, STATUS_INVALID, "the host has 1 to %d characters", HOST_MAX);
    for (bool has_more = true; has_more;) {
        has_more = str_cut(rest, '.', &label, &rest);
        enum status status = check_label(label, err);
        if (status != STATUS_OK)
            return status;
    }
    if (is_numeric(label)) {
        if (!ip_address_parse(text, &url->address))
            return fail(err, STATUS_INVALID,
                        "an IPv4 address is four decimal numbers from 0 to 255, with no zeros "
                        "before them");
        url->is_address = true;
    }
    url->host = str_lower(arena, text);
    return STATUS_OK;
}

static enum status read_six(struct arena *arena, str text, struct outbound_url *url,
                            struct error *err)
{
    if (str_find(text, ':') == STR_NONE || !ip_address_parse(text, &url->address))
        return fail(err, STATUS_INVALID,
                    "between the brackets an IPv6 address is expected, without a zone");
    url->is_address = true;
    url->host = str_lower(arena, text);
    return STATUS_OK;
}

/* host [":" port] */
static enum status read_authority(struct arena *arena, str rest, struct outbound_url *url,
                                  struct error *err)
{
    enum status status;
    str host;
    if (str_find(rest, '@') != STR_NONE)
        return fail(err, STATUS_INVALID, "a URL carries no user name and no password here");
    if (rest.length > 0 && rest.bytes[0] == '[') {
        host = take_until(&rest, "]");
        if (rest.length == 0)
            return fail(err, STATUS_INVALID, "the bracket before the host is not closed");
        rest = str_slice(rest, 1, rest.length);
        status = read_six(arena, str_slice(host, 1, host.length), url, err);
    } else {
        host = take_until(&rest, ":");
        status = read_name(arena, host, url, err);
    }
    if (status != STATUS_OK || rest.length == 0)
        return status;
    if (rest.bytes[0] != ':')
        return fail(err, STATUS_INVALID, "after the host only ':' and a port may follow");
    return read_port(str_slice(rest, 1, rest.length), &url->port, err);
}

/* "/path?query"; the fragment is the reader's own and is not sent (RFC 9110 4.2.5). */
static enum status read_target(str rest, str *target, struct error *err)
{
    *target = take_until(&rest, "#");
    if (str_find(*target, '[') != STR_NONE || str_find(*target, ']') != STR_NONE)
        return fail(err, STATUS_INVALID, "brackets stand around an IPv6 address only");
    return STATUS_OK;
}

static str whole(struct arena *arena, const struct outbound_url *url, str target)
{
    bool is_six = str_find(url->host, ':') != STR_NONE;
    bool has_path = target.length > 0 && target.bytes[0] == '/';
    str port =
        url->port == (url->is_https ? 443 : 80) ? STR("") : str_format(arena, ":%u", url->port);
    return str_format(arena, "%s://%s" STR_FORMAT "%s" STR_FORMAT "%s" STR_FORMAT,
                      url->is_https ? "https" : "http", is_six ? "[" : "", STR_ARG(url->host),
                      is_six ? "]" : "", STR_ARG(port), has_path ? "" : "/", STR_ARG(target));
}

enum status outbound_url_parse(struct arena *arena, str text, struct outbound_url *url,
                               struct error *err)
{
    struct outbound_url read = {0};
    str rest = text, target;
    if (text.length == 0 || text.length > OUTBOUND_URL_MAX)
        return fail(err, STATUS_INVALID, "a URL has 1 to %d characters", OUTBOUND_URL_MAX);
    enum status status = check_characters(text, err);
    if (status != STATUS_OK)
        return status;

    read.is_https = take_scheme(&rest, "https://");
    if (!read.is_https && !take_scheme(&rest, "http://"))
        return fail(err, STATUS_INVALID, "a URL begins with https:// (or, where allowed, http://)");
    read.port = read.is_https ? 443 : 80;
    str authority = take_until(&rest, "/?#");
    status = read_authority(arena, authority, &read, err);
    if (status == STATUS_OK)
        status = read_target(rest, &target, err);
    if (status != STATUS_OK)
        return status;
    read.text = whole(arena, &read, target);
    *url = read;
    return STATUS_OK;
}
