#include "blob/blob.h"

#include "blob/blob_backend.h"

#include <ctype.h>

enum {
    NAME_MOST = 100
};

static const struct blob_backend *const backends[] = {&blob_file, NULL};

enum status blob_open(struct blob **blob, str url, struct error *err)
{
    str scheme, rest;
    str_cut(url, ':', &scheme, &rest);
    for (size_t i = 0; backends[i] != NULL; i++)
        if (str_equal_z(scheme, backends[i]->scheme))
            return backends[i]->open(blob, rest, err);
    return fail(err, STATUS_UNSUPPORTED,
                "blobs cannot be kept at '" STR_FORMAT "': it must begin with file:", STR_ARG(url));
}

void blob_close(struct blob *blob)
{
    if (blob != NULL)
        blob->backend->close(blob);
}

static bool is_name_byte(char byte)
{
    return isalnum((unsigned char)byte) || byte == '-' || byte == '_' || byte == '.';
}

/* A part that begins with '.' would be hidden, a place above, or a backend's draft. */
static bool is_part(str part)
{
    for (size_t i = 0; i < part.length; i++)
        if (!is_name_byte(part.bytes[i]))
            return false;
    return part.length > 0 && part.bytes[0] != '.';
}

static enum status check_name(str name, struct error *err)
{
    str part, rest = name;
    bool is_good = name.length > 0 && name.length <= NAME_MOST && !str_ends_with(name, STR("/"));
    while (is_good && rest.length > 0) {
        str_cut(rest, '/', &part, &rest);
        is_good = is_part(part);
    }
    return is_good
               ? STATUS_OK
               : fail(err, STATUS_INVALID,
                      "the name of a blob is 1 to %d letters, digits, '-', '_' and '.', with '/' "
                      "between parts that do not begin with '.'",
                      NAME_MOST);
}

enum status blob_put(struct blob *blob, str name, str bytes, struct error *err)
{
    enum status status = check_name(name, err);
    return status == STATUS_OK ? blob->backend->put(blob, name, bytes, err) : status;
}

enum status blob_get(struct blob *blob, struct arena *arena, str name, str *bytes,
                     struct error *err)
{
    enum status status = check_name(name, err);
    return status == STATUS_OK ? blob->backend->get(blob, arena, name, bytes, err) : status;
}

enum status blob_remove(struct blob *blob, str name, struct error *err)
{
    enum status status = check_name(name, err);
    return status == STATUS_OK ? blob->backend->remove(blob, name, err) : status;
}

enum status blob_sweep(struct blob *blob, str prefix, int64_t before_us, int64_t *removed,
                       struct error *err)
{
    *removed = 0;
    return blob->backend->sweep(blob, prefix, before_us, removed, err);
}
