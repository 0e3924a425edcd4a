/* question.h - for the formats: reading what is asked, and writing what all write alike. */
#pragma once

#include "stand_in.h"

/* What is refused is refused with the behaviour of that name: `return question_refuse(...)`. */
const struct behaviour *question_refuse(const char *behaviour, str *why, const char *because);

str question_string(const struct json *object, const char *key);    /* absent: none is there */
str question_text(struct arena *arena, const struct json *content); /* of a text, or of parts */
bool question_is_object(const struct json *value);
bool question_is_count(const struct json *value); /* a whole number above 0 */

/* The last turn of the user becomes the text; all of them are counted. False: these are no turns.
 */
bool question_read_turns(const struct json *turns, struct question *question);
const struct behaviour *question_read_model(const struct json *body, struct question *question,
                                            str *why);

/* Whether a schema keeps to what all providers take (llm.md C.1); NULL: it does. */
const char *question_schema_fault(const struct json *schema);
const struct behaviour *question_read_schema(const struct json *holder, struct question *question,
                                             str *why);
const struct behaviour *question_read_named_schema(const struct json *format,
                                                   struct question *question, str *why);

void question_write_pair(struct json_writer *out, const char *key, const char *value);
void question_write_head(struct json_writer *out, const char *prefix, const char *object,
                         const struct question *question, const struct reply *reply);
void question_write_count(struct json_writer *out, const char *key, enum usage usage,
                          int64_t count);

/* OpenAI's, for its other formats. */
const struct behaviour *openai_admit(const struct http_request *request, str *why);
void openai_refuse(struct json_writer *out, const struct behaviour *behaviour, str why);

extern const struct format format_openai, format_responses, format_embeddings, format_anthropic,
    format_comprehend;
