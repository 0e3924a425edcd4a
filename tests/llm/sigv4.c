#include "sigv4.h"

#include "base/hash.h"

#include <string.h>

const char sigv4_id[] = "AKIDEXAMPLE", sigv4_secret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/* "Name=value" of an Authorization header, up to the comma. */
static str part_of(str authorization, const char *name)
{
    size_t at = str_find_str(authorization, str_from_z(name));
    str value, rest;
    if (at == STR_NONE)
        return (str){0};
    str_cut(str_slice(authorization, at + strlen(name), authorization.length), ',', &value, &rest);
    return str_trim(value);
}

static str hash_text(struct arena *arena, str data)
{
    unsigned char digest[SHA256_SIZE];
    hash_sha256(data, digest);
    return hash_hex(arena, digest, sizeof digest);
}

/* The headers that were signed, as they came. NULL: one of them did not. */
static const char *add_headers(struct buf *out, const struct http_request *request, str names)
{
    for (str name, rest = names; rest.length > 0;) {
        str_cut(rest, ';', &name, &rest);
        str value = http_header(request, str_z(request->arena, name));
        if (str_is_absent(value))
            return "a header that was signed has not been sent";
        buf_format(out, STR_FORMAT ":" STR_FORMAT "\n", STR_ARG(name), STR_ARG(str_trim(value)));
    }
    return NULL;
}

static str sign(struct arena *arena, str scope, str text)
{
    unsigned char key[SHA256_SIZE];
    str secret = str_format(arena, "AWS4%s", sigv4_secret);
    for (str part, rest = scope; rest.length > 0;) {
        str_cut(rest, '/', &part, &rest);
        hash_hmac_sha256(secret, part, key);
        secret = str_copy(arena, (str){(const char *)key, sizeof key});
    }
    hash_hmac_sha256(secret, text, key);
    return hash_hex(arena, key, sizeof key);
}

const char *sigv4_fault(const struct http_request *request)
{
    struct arena *arena = request->arena;
    struct buf canonical;
    str given = http_header(request, "authorization"), id, scope;
    str names = part_of(given, "SignedHeaders="), date = http_header(request, "x-amz-date");
    if (!str_starts_with(given, STR("AWS4-HMAC-SHA256 ")) || date.length == 0)
        return "Missing Authentication Token";
    str_cut(part_of(given, "Credential="), '/', &id, &scope);
    if (!str_equal_z(id, sigv4_id))
        return "The security token included in the request is invalid.";
    if (!str_ends_with(scope, STR("/comprehend/aws4_request")))
        return "Credential should be scoped to correct service: 'comprehend'.";
    if (str_find_str(names, STR("host")) == STR_NONE ||
        str_find_str(names, STR("x-amz-date")) == STR_NONE ||
        str_find_str(names, STR("x-amz-target")) == STR_NONE)
        return "'host' and every X-Amz- header must be signed";

    buf_init(&canonical, arena, 64 * 1024);
    buf_format(&canonical, STR_FORMAT "\n" STR_FORMAT "\n" STR_FORMAT "\n",
               STR_ARG(request->method), STR_ARG(request->path), STR_ARG(request->query));
    const char *fault = add_headers(&canonical, request, names);
    if (fault != NULL)
        return fault;
    buf_format(&canonical, "\n" STR_FORMAT "\n" STR_FORMAT, STR_ARG(names),
               STR_ARG(hash_text(arena, request->body)));
    str text =
        str_format(arena, "AWS4-HMAC-SHA256\n" STR_FORMAT "\n" STR_FORMAT "\n" STR_FORMAT,
                   STR_ARG(date), STR_ARG(scope), STR_ARG(hash_text(arena, buf_str(&canonical))));
    if (!str_equal(part_of(given, "Signature="), sign(arena, scope, text)))
        return "The request signature we calculated does not match the signature you provided.";
    return NULL;
}
