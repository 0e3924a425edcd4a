#include "question.h"

/* --- reading --- */

const struct behaviour *question_refuse(const char *behaviour, str *why, const char *because)
{
    *why = str_from_z(because);
    return behaviour_find(str_from_z(behaviour));
}

str question_string(const struct json *object, const char *key)
{
    const struct json *value = object == NULL ? NULL : json_find(object, key);
    return value != NULL && value->type == JSON_STRING ? value->string : (str){0};
}

bool question_is_object(const struct json *value)
{
    return value != NULL && value->type == JSON_OBJECT;
}

/* A text, or the texts of a list of parts, one after another. */
str question_text(struct arena *arena, const struct json *content)
{
    struct buf out;
    if (content == NULL)
        return (str){0};
    if (content->type == JSON_STRING)
        return content->string;
    buf_init(&out, arena, 16 << 20);
    for (const struct json *part = content->first; part != NULL; part = part->next)
        if (part->type == JSON_OBJECT)
            buf_add(&out, question_string(part, "text"));
    return buf_str(&out);
}

/* All tokens of the messages are counted; the last turn of the user is the text. */
bool question_read_turns(const struct json *turns, struct question *question)
{
    if (turns == NULL || turns->type != JSON_ARRAY || turns->count == 0)
        return false;
    for (const struct json *turn = turns->first; turn != NULL; turn = turn->next) {
        if (!question_is_object(turn) || question_string(turn, "role").length == 0)
            return false;
        str text = question_text(question->arena, json_find(turn, "content"));
        question->input_tokens += (int64_t)(text.length + 3) / 4 + 4;
        if (str_equal(question_string(turn, "role"), STR("user")))
            question->text = text;
    }
    return !str_is_absent(question->text);
}

static const char *const unknown_to_all[] = {"minimum", "maximum", "minLength", "maxLength",
                                             "default", "pattern", "allOf",     "$ref"};

static bool is_required(const struct json *required, str key)
{
    for (const struct json *item = required == NULL ? NULL : required->first; item != NULL;
         item = item->next)
        if (item->type == JSON_STRING && str_equal(item->string, key))
            return true;
    return false;
}

/* The subset that all providers take; NULL: it is that. */
static const char *schema_fault(const struct json *schema)
{
    if (!question_is_object(schema))
        return "the schema is not an object";
    for (size_t i = 0; i < sizeof unknown_to_all / sizeof unknown_to_all[0]; i++)
        if (json_find(schema, unknown_to_all[i]) != NULL)
            return "the schema uses a keyword that is not supported";
    const struct json *items = json_find(schema, "items"), *type = json_find(schema, "type");
    if (items != NULL)
        return schema_fault(items);
    if (type == NULL || type->type != JSON_STRING || !str_equal(type->string, STR("object")))
        return NULL;
    const struct json *closed = json_find(schema, "additionalProperties");
    if (closed == NULL || closed->type != JSON_BOOLEAN || closed->boolean)
        return "'additionalProperties' is required to be supplied and to be false";
    const struct json *properties = json_find(schema, "properties");
    for (const struct json *item = question_is_object(properties) ? properties->first : NULL;
         item != NULL; item = item->next) {
        if (!is_required(json_find(schema, "required"), item->key))
            return "'required' is required to hold every key in properties";
        const char *fault = schema_fault(item);
        if (fault != NULL)
            return fault;
    }
    return NULL;
}

/* The root must be an object. */
const char *question_schema_fault(const struct json *schema)
{
    if (question_is_object(schema) && !str_equal(question_string(schema, "type"), STR("object")))
        return "the root of the schema must be of type object";
    return schema_fault(schema);
}

static bool is_name(str name)
{
    for (size_t i = 0; i < name.length; i++) {
        char c = name.bytes[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-'))
            return false;
    }
    return name.length > 0 && name.length <= 64;
}

const struct behaviour *question_read_schema(const struct json *holder, struct question *question,
                                             str *why)
{
    question->schema = holder == NULL ? NULL : json_find(holder, "schema");
    const char *fault = question_schema_fault(question->schema);
    return fault == NULL ? NULL : question_refuse("bad-request", why, fault);
}

/* `format` holds name, strict and schema; llama.cpp's grammars come as a schema of their own. */
const struct behaviour *question_read_named_schema(const struct json *format,
                                                   struct question *question, str *why)
{
    if (!is_name(question_string(format, "name")))
        return question_refuse("bad-request", why,
                               "the schema's name must be 1 to 64 of A-Z a-z 0-9 _ -");
    return question_read_schema(format, question, why);
}

const struct behaviour *question_read_model(const struct json *body, struct question *question,
                                            str *why)
{
    const struct json *stream = json_find(body, "stream");
    question->model = question_string(body, "model");
    question->has_temperature = json_find(body, "temperature") != NULL;
    if (question->model.length == 0)
        return question_refuse("bad-request", why, "you must provide a model parameter");
    if (str_equal(question->model, STR("no-such-model")))
        return question_refuse("unknown-model", why, "the model `no-such-model` does not exist");
    if (stream != NULL && stream->boolean)
        return question_refuse("bad-request", why, "this stand-in does not stream");
    return NULL;
}

bool question_is_count(const struct json *value)
{
    return value != NULL && value->type == JSON_INTEGER && value->integer > 0;
}

/* --- writing --- */

void question_write_pair(struct json_writer *out, const char *key, const char *value)
{
    json_key(out, key);
    json_string_z(out, value);
}

void question_write_head(struct json_writer *out, const char *prefix, const char *object,
                         const struct question *question, const struct reply *reply)
{
    json_key(out, "id");
    json_string(out, str_format(question->arena, "%s%024lld", prefix, (long long)reply->id));
    json_key(out, "object");
    json_string_z(out, object);
    json_key(out, "model");
    json_string(out, question->model);
}

void question_write_count(struct json_writer *out, const char *key, enum usage usage, int64_t count)
{
    json_key(out, key);
    if (usage == USAGE_NEGATIVE)
        json_integer(out, -12);
    else if (usage == USAGE_HUGE)
        json_integer(out, INT64_MAX);
    else if (usage == USAGE_FRACTION)
        json_real(out, 12.5, 1);
    else if (usage == USAGE_TEXT)
        json_string_z(out, "12");
    else
        json_integer(out, count);
}
