#include "command/member.h"

static const struct json *find_member(const struct json *object, const char *name,
                                      enum json_type type)
{
    const struct json *member = object != NULL ? json_find(object, name) : NULL;
    return member != NULL && member->type == type ? member : NULL;
}

str member_text(const struct json *object, const char *name)
{
    const struct json *member = find_member(object, name, JSON_STRING);
    return member != NULL ? member->string : (str){0};
}

str member_shown(const struct json *object, const char *name)
{
    str text = member_text(object, name);
    return str_is_absent(text) ? STR("") : text;
}

int64_t member_integer(const struct json *object, const char *name)
{
    const struct json *member = find_member(object, name, JSON_INTEGER);
    return member != NULL ? member->integer : 0;
}

double member_real(const struct json *object, const char *name)
{
    const struct json *member = find_member(object, name, JSON_REAL);
    return member != NULL ? member->real : (double)member_integer(object, name);
}

bool member_is_true(const struct json *object, const char *name)
{
    const struct json *member = find_member(object, name, JSON_BOOLEAN);
    return member != NULL && member->boolean;
}
