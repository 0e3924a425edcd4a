/* access.h - who may do what: keys, scopes, and the record of what was done. */
#pragma once

#include "model/field.h"

/* What a key allows; a set of bits. `admin` allows everything. */
enum scope {
    SCOPE_FEEDBACK_READ = 1,
    SCOPE_FEEDBACK_WRITE = 2,
    SCOPE_ANALYZE = 4,
    SCOPE_USAGE_READ = 8,
    SCOPE_PII_REVEAL = 16,
    SCOPE_ADMIN = 32,
    SCOPE_ALL = 63
};

/* "feedback:read feedback:write", separated by blanks or commas; the other way in a fixed order. */
enum status scopes_parse(str text, unsigned *scopes, struct error *err) MUST_CHECK;
str scopes_text(struct arena *arena, unsigned scopes);

struct api_key {
    int64_t id;
    int64_t tenant_id;
    str name;
    str prefix; /* the part that may be shown: "hark_live_x8Kq" */
    str hmac;   /* HMAC-SHA256 under the pepper, in hex; the key itself is kept nowhere */
    unsigned scopes;
    str scopes_text;
    str secret; /* the whole key, only in the answer that creates it */
    int64_t created_at, expires_at, revoked_at;
    int64_t days; /* asked for: how long it is valid */
};

extern const struct fields api_key_fields, api_key_input_fields;

struct audit_entry {
    int64_t tenant_id;
    str actor;          /* "key 3", "owner" */
    const char *action; /* "configuration.changed" */
    str subject;        /* "alert.on_mixed", "feedback 17" */
    str detail;         /* JSON, without texts or secrets */
};
