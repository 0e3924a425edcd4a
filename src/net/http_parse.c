#include "net/http_parse.h"

#include <http_parser.h>

static bool refuse(struct http_refusal *refusal, int status, const char *why)
{
    *refusal = (struct http_refusal){status, why};
    return false;
}

/* Sets of characters: the bit c % 32 of the word c / 32. */
struct charset {
    uint32_t words[8];
};

/* RFC 9110, 5.6.2: letters, digits and !#$%&'*+-.^_`|~ */
static const struct charset token_chars = {{0, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff}};

/* RFC 9112, 3.2: visible ASCII; but '#' is not, as a fragment is never sent. */
static const struct charset target_chars = {{0, 0xfffffff6, 0xffffffff, 0x7fffffff}};

/* RFC 9110, 5.5: tab, visible ASCII and blanks, and what is not ASCII. */
static const struct charset value_chars = {{1 << '\t', 0xffffffff, 0xffffffff, 0x7fffffff,
                                            0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}};

/* RFC 3986, 3.2.2 and 3.2.3: letters, digits and %-.:[]_~, without the delimiters nobody uses. */
static const struct charset host_chars = {{0, 0x07ff6020, 0xaffffffe, 0x47fffffe}};

static bool has_char(const struct charset *set, char c)
{
    unsigned char byte = (unsigned char)c;
    return (set->words[byte / 32] >> byte % 32 & 1) != 0;
}

bool http_is_token_char(char c)
{
    return has_char(&token_chars, c);
}

static bool consists_of(str text, const struct charset *set)
{
    bool all = true;
    for (size_t i = 0; i < text.length; i++)
        all &= has_char(set, text.bytes[i]);
    return all;
}

/* One header line, without its CRLF. */
static bool check_header_line(str line, struct http_refusal *refusal)
{
    if (line.bytes[0] == ' ' || line.bytes[0] == '\t')
        return refuse(refusal, 400, "a header line is folded");

    size_t colon = str_find(line, ':');
    if (colon == STR_NONE || colon == 0)
        return refuse(refusal, 400, "a header line has no name");
    if (!consists_of(str_slice(line, 0, colon), &token_chars))
        return refuse(refusal, 400, "a header name holds a character that may not be in it");
    if (!consists_of(str_slice(line, colon + 1, line.length), &value_chars))
        return refuse(refusal, 400, "a header value holds a control character");
    return true;
}

/* "HTTP/1.1"; what else is written that way is a version we do not speak. */
static bool check_version(str version, struct http_refusal *refusal)
{
    if (str_equal_z(version, "HTTP/1.1") || str_equal_z(version, "HTTP/1.0"))
        return true;
    const char *digits = version.bytes + 5;
    if (version.length == 8 && str_starts_with(version, STR("HTTP/")) && digits[0] >= '0' &&
        digits[0] <= '9' && digits[1] == '.' && digits[2] >= '0' && digits[2] <= '9')
        return refuse(refusal, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    return refuse(refusal, 400, "the request line does not end with an HTTP version");
}

static bool check_request_line(str line, struct http_refusal *refusal)
{
    str method, target, version, rest;
    if (!str_cut(line, ' ', &method, &rest) || !str_cut(rest, ' ', &target, &version))
        return refuse(refusal, 400, "the request line is not a method, a target and a version");
    if (method.length == 0 || !consists_of(method, &token_chars))
        return refuse(refusal, 400, "the method is not a token");
    if (target.length == 0 || !consists_of(target, &target_chars))
        return refuse(refusal, 400, "the target holds a character that may not be in it");
    return check_version(version, refusal);
}

/* A line that is longer than `length` allows, or makes the head so. */
static bool check_length(const struct http_scan *scan, size_t length, struct http_refusal *refusal)
{
    if (length > HTTP_MAX_LINE)
        return scan->lines == 0 ? refuse(refusal, 414, "the request line is too long")
                                : refuse(refusal, 431, "a header line is too long");
    if (scan->at + length > HTTP_MAX_HEAD)
        return refuse(refusal, 431, "the headers are too long");
    return true;
}

/* So that what speaks another protocol, TLS say, hears of it before it sends a line end. */
static bool check_first_byte(const struct http_scan *scan, str line, struct http_refusal *refusal)
{
    if (scan->lines > 0 || http_is_token_char(line.bytes[0]))
        return true;
    if (scan->at == 0 && line.bytes[0] == '\r' && (line.length == 1 || line.bytes[1] == '\n'))
        return true;
    return refuse(refusal, 400, "no request begins like that");
}

/* The line at `scan->at`, with its LF. */
static bool check_line(const struct http_scan *scan, str line, struct http_refusal *refusal)
{
    str text = {line.bytes, line.length - 2};
    if (line.length < 2 || line.bytes[line.length - 2] != '\r')
        return refuse(refusal, 400, "a line ends with a bare LF");
    if (text.length == 0)
        return true;
    if (scan->lines > HTTP_MAX_HEADERS)
        return refuse(refusal, 431, "there are too many headers");
    return scan->lines == 0 ? check_request_line(text, refusal) : check_header_line(text, refusal);
}

enum http_progress http_scan_head(struct http_scan *scan, str input, struct http_refusal *refusal)
{
    while (scan->at < input.length) {
        str rest = str_slice(input, scan->at, input.length);
        size_t end = str_find(rest, '\n');
        bool is_whole = end != STR_NONE;
        str line = is_whole ? str_slice(rest, 0, end + 1) : rest;

        if (!check_first_byte(scan, line, refusal) ||
            !check_length(scan, line.length + !is_whole, refusal) ||
            (is_whole && !check_line(scan, line, refusal)))
            return HTTP_IS_REFUSED;
        if (!is_whole)
            return HTTP_NEEDS_MORE;
        scan->at += line.length;
        if (line.length > 2)
            scan->lines++;
        else if (scan->lines > 0)
            return HTTP_IS_WHOLE;
    }
    return HTTP_NEEDS_MORE;
}

/* Fields whose second coming would let two readers of one request disagree. */
enum {
    HOST,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    EXPECTATION,
    CONTENT_TYPE,
    AUTHORIZATION,
    API_KEY,
    IDEMPOTENCY_KEY,
    SINGLETONS
};

static const str singletons[SINGLETONS] = {
    [HOST] = {"Host", 4},
    [CONTENT_LENGTH] = {"Content-Length", 14},
    [TRANSFER_ENCODING] = {"Transfer-Encoding", 17},
    [EXPECTATION] = {"Expect", 6},
    [CONTENT_TYPE] = {"Content-Type", 12},
    [AUTHORIZATION] = {"Authorization", 13},
    [API_KEY] = {"X-API-Key", 9},
    [IDEMPOTENCY_KEY] = {"Idempotency-Key", 15},
};

struct fields {
    str values[SINGLETONS]; /* absent: the field did not come */
};

static size_t find_singleton(str name)
{
    size_t i = 0;
    while (i < SINGLETONS &&
           !(singletons[i].length == name.length && str_equal_ignoring_case(singletons[i], name)))
        i++;
    return i;
}

static bool read_singletons(const struct http_request *request, struct fields *fields,
                            struct http_refusal *refusal)
{
    for (size_t i = 0; i < request->header_count; i++) {
        size_t field = find_singleton(request->headers[i].name);
        if (field == SINGLETONS)
            continue;
        if (!str_is_absent(fields->values[field]))
            return refuse(refusal, 400, "a header came twice that may come once");
        fields->values[field] = request->headers[i].value;
    }
    return true;
}

static bool read_content_length(str text, uint64_t *length, struct http_refusal *refusal)
{
    int64_t number;
    if (text.length == 0 || text.bytes[0] == '-' || !str_to_integer(text, &number))
        return refuse(refusal, 400, "Content-Length is not a number");
    *length = (uint64_t)number;
    return true;
}

static bool read_framing(const struct fields *fields, struct http_framing *framing,
                         struct http_refusal *refusal)
{
    str length = fields->values[CONTENT_LENGTH], encoding = fields->values[TRANSFER_ENCODING];
    str expectation = fields->values[EXPECTATION];

    if (!str_is_absent(length) && !read_content_length(length, &framing->content_length, refusal))
        return false;
    if (!str_is_absent(encoding)) {
        if (!str_is_absent(length))
            return refuse(refusal, 400, "both Content-Length and Transfer-Encoding are given");
        if (framing->is_old || !str_equal_z(encoding, "chunked"))
            return refuse(refusal, 400, "the only Transfer-Encoding taken is chunked");
        framing->is_chunked = true;
    }
    if (!str_is_absent(expectation) && !framing->is_old) {
        if (!str_equal_ignoring_case(expectation, STR("100-continue")))
            return refuse(refusal, 417, "the only expectation met is 100-continue");
        framing->expects_continue = framing->is_chunked || framing->content_length > 0;
    }
    return true;
}

static bool check_host(str host, bool is_old, struct http_refusal *refusal)
{
    if (str_is_absent(host))
        return is_old || refuse(refusal, 400, "there is no Host header");
    return consists_of(host, &host_chars) || refuse(refusal, 400, "the Host header is no host");
}

/* "http://host/path", as a proxy is asked: taken when it names the host that Host names. */
static bool strip_authority(str *target, str host, struct http_refusal *refusal)
{
    str scheme = str_starts_with(*target, STR("http://")) ? STR("http://") : STR("https://");
    if (!str_starts_with(*target, scheme))
        return refuse(refusal, 400, "the target is neither a path nor a URL");

    str rest = str_slice(*target, scheme.length, target->length);
    size_t end = 0;
    while (end < rest.length && rest.bytes[end] != '/' && rest.bytes[end] != '?')
        end++;
    str authority = str_slice(rest, 0, end);
    if (end == 0 || !consists_of(authority, &host_chars))
        return refuse(refusal, 400, "the target's host is no host");
    if (!str_is_absent(host) && !str_equal_ignoring_case(authority, host))
        return refuse(refusal, 400, "the target and the Host header name different hosts");
    *target = str_slice(rest, end, rest.length);
    return true;
}

static bool split_target(struct http_request *request, str target, str host,
                         struct http_refusal *refusal)
{
    if (str_equal_z(target, "*")) {
        if (!str_equal_z(request->method, "OPTIONS"))
            return refuse(refusal, 400, "only OPTIONS may ask for *");
        request->path = target;
        return true;
    }
    if (target.bytes[0] != '/' && !strip_authority(&target, host, refusal))
        return false;

    str query;
    if (str_cut(target, '?', &request->path, &query))
        request->query = query;
    if (request->path.length == 0)
        request->path = STR("/");
    return true;
}

/* What libhttp-parser tells us, in one pass over the head. */
struct finding {
    struct http_request *request;
    struct http_framing *framing;
    str target;
};

static int on_target(http_parser *parser, const char *at, size_t length)
{
    ((struct finding *)parser->data)->target = (str){at, length};
    return 0;
}

static int on_name(http_parser *parser, const char *at, size_t length)
{
    struct http_request *request = ((struct finding *)parser->data)->request;
    if (request->header_count == HTTP_MAX_HEADERS)
        return 1;
    request->headers[request->header_count++] = (struct http_header){.name = {at, length}};
    return 0;
}

static int on_value(http_parser *parser, const char *at, size_t length)
{
    struct http_request *request = ((struct finding *)parser->data)->request;
    request->headers[request->header_count - 1].value = str_trim((str){at, length});
    return 0;
}

static int on_all_headers(http_parser *parser)
{
    struct http_framing *framing = ((struct finding *)parser->data)->framing;
    framing->may_persist = http_should_keep_alive(parser) != 0;
    return 0;
}

static const http_parser_settings settings = {
    .on_url = on_target,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_all_headers,
};

static bool refuse_as(enum http_errno reason, struct http_refusal *refusal)
{
    return reason == HPE_INVALID_METHOD ? refuse(refusal, 501, "the method is not known here")
                                        : refuse(refusal, 400, http_errno_description(reason));
}

bool http_parse_head(struct http_request *request, str head, struct http_framing *framing,
                     struct http_refusal *refusal)
{
    struct finding finding = {.request = request, .framing = framing};
    struct fields fields = {0};
    http_parser parser;

    *framing = (struct http_framing){0};
    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = &finding;
    http_parser_execute(&parser, &settings, head.bytes, head.length);
    if (HTTP_PARSER_ERRNO(&parser) != HPE_OK)
        return refuse_as(HTTP_PARSER_ERRNO(&parser), refusal);

    request->method = str_from_z(http_method_str((enum http_method)parser.method));
    framing->is_old = parser.http_minor == 0;
    framing->is_head = parser.method == HTTP_HEAD;
    if (parser.method == HTTP_CONNECT)
        return refuse(refusal, 501, "this is no proxy");
    if (!read_singletons(request, &fields, refusal))
        return false;
    str host = fields.values[HOST];
    return check_host(host, framing->is_old, refusal) && read_framing(&fields, framing, refusal) &&
           split_target(request, finding.target, host, refusal);
}
