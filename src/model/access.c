#include "model/access.h"

#include <stddef.h>

static const struct {
    enum scope scope;
    const char *name;
} scope_rows[] = {
    {SCOPE_FEEDBACK_READ, "feedback:read"},
    {SCOPE_FEEDBACK_WRITE, "feedback:write"},
    {SCOPE_ANALYZE, "analyze"},
    {SCOPE_USAGE_READ, "usage:read"},
    {SCOPE_PII_REVEAL, "pii:reveal"},
    {SCOPE_ADMIN, "admin"},
};

enum {
    SCOPE_ROWS = sizeof scope_rows / sizeof scope_rows[0]
};

/* clang-format off */
#define AT(member) offsetof(struct api_key, member)
static const struct field key_items[] = {
    {"id", FIELD_INTEGER, AT(id), FIELD_REQUIRED, .doc = "Its number."},
    {"name", FIELD_TEXT, AT(name), FIELD_REQUIRED, .doc = "What it is for."},
    {"prefix", FIELD_TEXT, AT(prefix), FIELD_REQUIRED, .doc = "How it begins; the rest cannot be read back."},
    {"scopes", FIELD_TEXT, AT(scopes_text), FIELD_REQUIRED, .doc = "What it allows."},
    {"created_at", FIELD_TIME, AT(created_at), FIELD_REQUIRED, .doc = "When it was made."},
    {"expires_at", FIELD_TIME, AT(expires_at), .doc = "When it ends; null: never."},
    {"revoked_at", FIELD_TIME, AT(revoked_at), .doc = "When it was taken back."},
    {"key", FIELD_TEXT, AT(secret), FIELD_LEFT_OUT, .doc = "The key itself, shown this once."},
};
const struct fields api_key_fields = FIELDS("ApiKey", "A key to the API.", key_items);

static const struct field key_input_items[] = {
    {"name", FIELD_TEXT, AT(name), FIELD_REQUIRED, 1, 100, .doc = "What it is for."},
    {"scopes", FIELD_TEXT, AT(scopes_text), 0, 1, 200,
     .doc = "What it allows, separated by blanks: feedback:read feedback:write analyze usage:read pii:reveal admin. The first three when not given."},
    {"expires_in_days", FIELD_INTEGER, AT(days), 0, 1, 3650, .doc = "How long it is valid; 90 when not given."},
};
const struct fields api_key_input_fields = FIELDS("ApiKeyInput", "A key to be made.", key_input_items);
#undef AT
/* clang-format on */

static bool add_scope(str word, unsigned *scopes)
{
    for (size_t i = 0; i < SCOPE_ROWS; i++)
        if (str_equal_z(word, scope_rows[i].name)) {
            *scopes |= (unsigned)scope_rows[i].scope;
            return true;
        }
    return false;
}

enum status scopes_parse(str text, unsigned *scopes, struct error *err)
{
    unsigned found = 0;
    for (size_t from = 0, to; from < text.length; from = to + 1) {
        for (to = from; to < text.length && text.bytes[to] != ' ' && text.bytes[to] != ','; to++)
            ;
        str word = str_slice(text, from, to);
        if (word.length > 0 && !add_scope(word, &found))
            return fail_field(err, "scopes",
                              "must be of: feedback:read feedback:write analyze usage:read "
                              "pii:reveal admin");
    }
    if (found == 0)
        return fail_field(err, "scopes", "must name at least one scope");
    *scopes = found;
    return STATUS_OK;
}

str scopes_text(struct arena *arena, unsigned scopes)
{
    struct buf text;
    buf_init(&text, arena, 256);
    for (size_t i = 0; i < SCOPE_ROWS; i++)
        if ((scopes & (unsigned)scope_rows[i].scope) != 0) {
            buf_add_z(&text, text.length > 0 ? " " : "");
            buf_add_z(&text, scope_rows[i].name);
        }
    return buf_str(&text);
}
