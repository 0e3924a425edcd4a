/* OpenAI's chat completions and Responses. */
#include "question.h"

#include "base/clock.h"

/* --- chat completions --- */

const struct behaviour *openai_admit(const struct http_request *request, str *why)
{
    str key = http_header(request, "authorization");
    if (!str_starts_with(key, STR("Bearer ")) || key.length < 8)
        return question_refuse("wrong-key", why, "You didn't provide an API key.");
    return NULL;
}

static const struct behaviour *read_chat(const struct json *body, struct question *question,
                                         str *why)
{
    const struct json *format = json_find(body, "response_format");
    const struct json *most = json_find(body, "max_completion_tokens");
    const struct json *grammar = json_find(body, "json_schema");
    const struct behaviour *refusal = question_read_model(body, question, why);
    if (refusal != NULL)
        return refusal;
    if (!question_read_turns(json_find(body, "messages"), question))
        return question_refuse("bad-request", why,
                               "'messages' must be a list of turns, one the user's");
    if (most != NULL && !question_is_count(most))
        return question_refuse("bad-request", why,
                               "'max_completion_tokens' must be a number above 0");
    if (grammar != NULL) {
        question->schema = grammar;
        return NULL;
    }
    question->has_grammar = format != NULL;
    if (format != NULL && str_equal(question_string(format, "type"), STR("json_schema")))
        return question_read_named_schema(json_find(format, "json_schema"), question, why);
    return NULL;
}

static void write_usage(struct json_writer *out, const struct question *question,
                        const struct reply *reply, bool is_responses)
{
    enum usage usage = reply->behaviour->usage;
    static const char *const names[2][5] = {
        {"prompt_tokens", "completion_tokens", "prompt_tokens_details", "completion_tokens_details",
         "cached_tokens"},
        {"input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details",
         "cached_tokens"}};
    const char *const *name = names[is_responses];
    int64_t input = question->input_tokens, output = reply->output_tokens;
    output += usage == USAGE_REASONING ? 100 : 0;
    json_key(out, "usage");
    json_open(out, '{');
    question_write_count(out, name[0], usage, input);
    question_write_count(out, name[1], usage, output);
    json_key(out, "total_tokens");
    json_integer(out, input + output);
    json_key(out, name[2]);
    json_open(out, '{');
    json_key(out, name[4]);
    json_integer(out, usage == USAGE_CACHED ? input / 2 : 0);
    json_key(out, "cache_write_tokens");
    json_integer(out, usage == USAGE_CACHE_WRITTEN ? input / 2 : 0);
    json_close(out, '}');
    json_key(out, name[3]);
    json_open(out, '{');
    json_key(out, "reasoning_tokens");
    json_integer(out, usage == USAGE_REASONING ? 100 : 0);
    json_close(out, '}');
    json_close(out, '}');
}

static const char *const finishes[] = {
    [FINISH_STOP] = "stop",
    [FINISH_LENGTH] = "length",
    [FINISH_FILTER] = "content_filter",
    [FINISH_REFUSAL] = "stop",
    [FINISH_PAUSE] = "stop",
    [FINISH_TOOL] = "tool_calls",
    [FINISH_CONTEXT] = "length",
    [FINISH_FAILED] = "content_filter",
    [FINISH_NOT_SAID] = NULL,
};

static void write_chat_message(struct json_writer *out, const struct reply *reply)
{
    enum finish finish = reply->behaviour->finish;
    json_open(out, '{');
    question_write_pair(out, "role", "assistant");
    json_key(out, "content");
    json_string(out, finish == FINISH_REFUSAL ? (str){0} : reply->content);
    json_key(out, "refusal");
    json_string(out, finish == FINISH_REFUSAL ? reply->content : (str){0});
    if (finish == FINISH_TOOL) {
        json_key(out, "tool_calls");
        json_raw(out, STR("[{\"id\":\"call_1\",\"type\":\"function\",\"function\":"
                          "{\"name\":\"delete_everything\",\"arguments\":\"{}\"}}]"));
    }
    json_key(out, "annotations");
    json_raw(out, STR("[]"));
    json_close(out, '}');
}

static void answer_chat(struct json_writer *out, const struct question *question,
                        const struct reply *reply)
{
    json_open(out, '{');
    question_write_head(out, "chatcmpl-", "chat.completion", question, reply);
    json_key(out, "created");
    json_integer(out, clock_now_us() / SECOND_US);
    json_key(out, "choices");
    json_open(out, '[');
    if (reply->behaviour->body != BODY_NOTHING_IN_IT) {
        json_open(out, '{');
        json_key(out, "index");
        json_integer(out, 0);
        json_key(out, "message");
        write_chat_message(out, reply);
        json_key(out, "logprobs");
        json_null(out);
        question_write_pair(out, "finish_reason", finishes[reply->behaviour->finish]);
        json_close(out, '}');
    }
    json_close(out, ']');
    if (reply->behaviour->usage != USAGE_MISSING)
        write_usage(out, question, reply, false);
    json_close(out, '}');
}

void openai_refuse(struct json_writer *out, const struct behaviour *behaviour, str why)
{
    json_open(out, '{');
    json_key(out, "error");
    json_open(out, '{');
    json_key(out, "message");
    json_string(out, why);
    question_write_pair(out, "type", behaviour->openai_type);
    json_key(out, "param");
    json_null(out);
    question_write_pair(out, "code", behaviour->openai_code);
    json_close(out, '}');
    json_close(out, '}');
}

/* --- Responses --- */

static const struct behaviour *read_responses(const struct json *body, struct question *question,
                                              str *why)
{
    const struct json *input = json_find(body, "input"), *text = json_find(body, "text");
    const struct json *format = question_is_object(text) ? json_find(text, "format") : NULL;
    const struct behaviour *refusal = question_read_model(body, question, why);
    if (refusal != NULL)
        return refusal;
    question->input_tokens += (int64_t)(question_string(body, "instructions").length + 3) / 4;
    if (input != NULL && input->type == JSON_STRING) {
        question->text = input->string;
        question->input_tokens += (int64_t)(input->string.length + 3) / 4;
    } else if (!question_read_turns(input, question)) {
        return question_refuse("bad-request", why, "'input' must be a text or a list of turns");
    }
    if (format != NULL && str_equal(question_string(format, "type"), STR("json_schema")))
        return question_read_named_schema(format, question, why);
    return NULL;
}

static void write_status(struct json_writer *out, enum finish finish)
{
    bool is_cut = finish == FINISH_LENGTH || finish == FINISH_FILTER || finish == FINISH_CONTEXT;
    question_write_pair(out, "status",
                        is_cut                    ? "incomplete"
                        : finish == FINISH_FAILED ? "failed"
                        : finish == FINISH_PAUSE  ? "in_progress"
                                                  : "completed");
    json_key(out, "error");
    json_raw(out, finish == FINISH_FAILED
                      ? STR("{\"code\":\"server_error\",\"message\":\"The model failed.\"}")
                      : STR("null"));
    json_key(out, "incomplete_details");
    json_raw(out, !is_cut                   ? STR("null")
                  : finish == FINISH_FILTER ? STR("{\"reason\":\"content_filter\"}")
                                            : STR("{\"reason\":\"max_output_tokens\"}"));
}

static void write_output(struct json_writer *out, const struct reply *reply)
{
    enum finish finish = reply->behaviour->finish;
    json_raw(out, STR("{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[]}"));
    if (finish == FINISH_TOOL) {
        json_raw(out, STR("{\"type\":\"function_call\",\"id\":\"fc_1\",\"call_id\":\"call_1\","
                          "\"name\":\"delete_everything\",\"arguments\":\"{}\"}"));
        return;
    }
    json_open(out, '{');
    question_write_pair(out, "type", "message");
    question_write_pair(out, "id", "msg_1");
    question_write_pair(out, "status", "completed");
    question_write_pair(out, "role", "assistant");
    json_key(out, "content");
    json_open(out, '[');
    if (!str_is_absent(reply->content)) {
        bool is_refusal = finish == FINISH_REFUSAL;
        json_open(out, '{');
        question_write_pair(out, "type", is_refusal ? "refusal" : "output_text");
        json_key(out, is_refusal ? "refusal" : "text");
        json_string(out, reply->content);
        if (!is_refusal)
            json_raw(out, STR("\"annotations\":[],\"logprobs\":[]"));
        json_close(out, '}');
    }
    json_close(out, ']');
    json_close(out, '}');
}

static void answer_responses(struct json_writer *out, const struct question *question,
                             const struct reply *reply)
{
    json_open(out, '{');
    question_write_head(out, "resp_", "response", question, reply);
    json_key(out, "created_at");
    json_integer(out, clock_now_us() / SECOND_US);
    write_status(out, reply->behaviour->finish);
    json_key(out, "output");
    json_open(out, '[');
    if (reply->behaviour->body != BODY_NOTHING_IN_IT)
        write_output(out, reply);
    json_close(out, ']');
    json_raw(out, STR("\"parallel_tool_calls\":true,\"temperature\":1.0,\"tools\":[],\"top_p\":1.0,"
                      "\"tool_choice\":\"auto\",\"instructions\":null,\"metadata\":{}"));
    if (reply->behaviour->usage != USAGE_MISSING)
        write_usage(out, question, reply, true);
    json_close(out, '}');
}

const struct format format_openai = {
    "openai", "/v1/chat/completions", NULL, openai_admit, read_chat, answer_chat, openai_refuse};
const struct format format_responses = {"responses",  "/v1/responses", NULL,
                                        openai_admit, read_responses,  answer_responses,
                                        openai_refuse};
