/* stand_in.h - a stand-in for the providers of language models, for tests: what its parts share.
 *
 * It speaks the providers' real formats on one port (formats.c), checks requests as strictly as
 * they do, answers from lists of words (labels.c), and misbehaves on command (behaviours.c): as
 * POST /control says, or the name of the model that is asked ("stand-in.html-200"), or the URL.
 * What it was sent, and what came of it, is kept for GET /control/requests (control.c).
 * README.md tells how to use it. One thread, libuv; the TLS port has threads of its own
 * (tls.c). */
#pragma once

#include "base/json.h"
#include "net/http.h"

enum content { /* the text of the answer, which should be a JSON object */
    CONTENT_GOOD,
    CONTENT_EMPTY,
    CONTENT_NULL,
    CONTENT_PROSE,
    CONTENT_IN_MARKDOWN,
    CONTENT_HALF,
    CONTENT_TWICE,
    CONTENT_LIST,
    CONTENT_WRONG_ENUM,
    CONTENT_WRONG_CASE,
    CONTENT_MISSING_KEYS,
    CONTENT_EXTRA_KEYS,
    CONTENT_KEY_TWICE,
    CONTENT_NULLS,
    CONTENT_WRONG_TYPES,
    CONTENT_UNSURE,
    CONTENT_OUT_OF_RANGE,
    CONTENT_NO_NUMBER,
    CONTENT_DEEP,
    CONTENT_LONG,
    CONTENT_MARKUP,
    CONTENT_CONTROL,
    CONTENT_NUL,
    CONTENT_BAD_UTF8,
    CONTENT_LONE_SURROGATE,
    CONTENT_ECHO,
    CONTENT_OBEYS
};

enum finish { /* why the answer ends */
    FINISH_STOP,
    FINISH_LENGTH,
    FINISH_FILTER,
    FINISH_REFUSAL,
    FINISH_PAUSE,
    FINISH_TOOL,
    FINISH_CONTEXT,
    FINISH_FAILED,
    FINISH_NOT_SAID
};

enum usage { /* what is said of the tokens */
    USAGE_TRUE,
    USAGE_MISSING,
    USAGE_NEGATIVE,
    USAGE_HUGE,
    USAGE_FRACTION,
    USAGE_TEXT,
    USAGE_CACHED,
    USAGE_CACHE_WRITTEN,
    USAGE_REASONING
};

enum body { /* what comes in place of the answer's JSON */
    BODY_GOOD,
    BODY_EMPTY,
    BODY_HTML,
    BODY_HALF,
    BODY_TEN_MB,
    BODY_DEEP,
    BODY_NUL,
    BODY_BAD_UTF8,
    BODY_NULL,
    BODY_OTHER,
    BODY_NOTHING_IN_IT
};

enum vectors { /* what is wrong with them, of embeddings */
    VECTORS_GOOD,
    VECTORS_ONE_TOO_FEW,
    VECTORS_NAN,
    VECTORS_LONG,  /* whatever was asked for */
    VECTORS_UNEVEN /* one is longer than the others */
};

enum delivery { /* how its bytes are sent */
    DELIVER,
    DELIVER_NEVER,
    DELIVER_CLOSE,
    DELIVER_RESET,
    DELIVER_RESET_MIDWAY,
    DELIVER_CUT,
    DELIVER_STALL_IN_HEAD,
    DELIVER_STALL_IN_BODY,
    DELIVER_DRIP,
    DELIVER_NOT_HTTP,
    DELIVER_LONG_HEAD
};

struct behaviour {
    const char *name, *what;
    int status; /* 0: 200; others are refusals, in words of each provider */
    const char *openai_type, *openai_code, *anthropic_type, *amazon_type;
    const char *anthropic_code, *message; /* NULL: none; what it does */
    const char *headers; /* lines of the head, each with its CRLF; DATE is two seconds on */
    enum content content;
    enum finish finish;
    enum usage usage;
    enum body body;
    enum vectors vectors;
    enum delivery delivery;
};

const struct behaviour *behaviour_find(str name);                     /* NULL: there is none */
const struct behaviour *behaviour_next(const struct behaviour *last); /* of all; first of NULL */

/* What a request asks for, whoever's format it is in. */
struct question {
    struct arena *arena;
    const struct format *format;
    str wish;                  /* "stand-in.reset": what the path, or the model's name, asks for */
    str model, text;           /* of the user's last turn */
    str feedback;              /* the part of it that stands in the fence; all of it without one */
    const struct json *schema; /* of the answer; NULL: none was given */
    str tool;                  /* the answer is to be this tool's input; absent: text */
    bool has_temperature, has_grammar; /* what some models and servers refuse */
    const struct json *inputs;         /* to embed: a string, or a list of them */
    int dimensions;
    bool wants_base64, is_unspeakable; /* a text holds that very word */
    int64_t input_tokens;
};

struct reply { /* to a question */
    str content;
    const char *sentiment; /* for who asks for nothing else */
    int64_t output_tokens, id;
    const struct behaviour *behaviour;
};

struct format {
    const char *name;   /* "openai" */
    const char *path;   /* "/v1/chat/completions" */
    const char *target; /* of Amazon's; NULL: none */

    /* NULL: it is as it should be; otherwise the behaviour whose refusal it gets, and `why`. */
    const struct behaviour *(*admit)(const struct http_request *request, str *why);
    const struct behaviour *(*read)(const struct json *body, struct question *question, str *why);
    void (*answer)(struct json_writer *out, const struct question *question,
                   const struct reply *reply);
    void (*refuse)(struct json_writer *out, const struct behaviour *behaviour, str why);
};

/* What stands before the format's own path, for who cannot name a model: "/stand-in.reset/". */
str format_wish(str path, str *rest);
const struct format *format_find(const struct http_request *request); /* NULL: none is meant */
