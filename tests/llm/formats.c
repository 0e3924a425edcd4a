/* Whom a request is meant for. */
#include "question.h"

static const struct format *const formats[] = {
    &format_openai, &format_responses, &format_embeddings, &format_anthropic, &format_comprehend,
};

const struct format *format_find(const struct http_request *request)
{
    str target = http_header(request, "x-amz-target");
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (str_equal(request->method, STR("POST")) &&
            str_equal_z(request->path, formats[i]->path) &&
            (formats[i]->target == NULL || str_equal_z(target, formats[i]->target)))
            return formats[i];
    return NULL;
}
