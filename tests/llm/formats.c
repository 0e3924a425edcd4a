/* Whom a request is meant for. */
#include "question.h"

static const struct format *const formats[] = {
    &format_openai, &format_responses, &format_embeddings, &format_anthropic, &format_comprehend,
};

str format_wish(str path, str *rest)
{
    *rest = path;
    if (!str_starts_with(path, STR("/stand-in.")))
        return (str){0};
    path = str_slice(path, 1, path.length);
    size_t slash = str_find(path, '/');
    str wish = str_slice(path, 0, slash);
    *rest = str_slice(path, wish.length, path.length);
    return wish;
}

const struct format *format_find(const struct http_request *request)
{
    str path;
    (void)format_wish(request->path, &path);
    str target = http_header(request, "x-amz-target");
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (str_equal(request->method, STR("POST")) && str_equal_z(path, formats[i]->path) &&
            (formats[i]->target == NULL || str_equal_z(target, formats[i]->target)))
            return formats[i];
    return NULL;
}
