/* Anthropic's Messages. */
#include "question.h"

static const struct behaviour *admit_anthropic(const struct http_request *request, str *why)
{
    if (http_header(request, "x-api-key").length == 0)
        return question_refuse("wrong-key", why, "x-api-key header is required");
    if (!str_equal(http_header(request, "anthropic-version"), STR("2023-06-01")))
        return question_refuse("bad-request", why, "anthropic-version: header is required");
    return NULL;
}

static bool has_only_known_turns(const struct json *messages)
{
    for (const struct json *turn = messages == NULL ? NULL : messages->first; turn != NULL;
         turn = turn->next) {
        str role = question_string(turn, "role");
        if (!str_equal(role, STR("user")) && !str_equal(role, STR("assistant")))
            return false;
    }
    return true;
}

static const struct behaviour *read_messages(const struct json *body, struct question *question,
                                             str *why)
{
    const struct json *output = json_find(body, "output_config");
    const struct json *format = question_is_object(output) ? json_find(output, "format") : NULL;
    const struct json *choice = json_find(body, "tool_choice"), *tools = json_find(body, "tools");
    const struct behaviour *refusal = question_read_model(body, question, why);
    if (refusal != NULL)
        return refusal;
    if (!question_is_count(json_find(body, "max_tokens")))
        return question_refuse("bad-request", why, "max_tokens: Field required");
    if (!has_only_known_turns(json_find(body, "messages")) ||
        !question_read_turns(json_find(body, "messages"), question))
        return question_refuse("bad-request", why, "messages: roles are user and assistant");
    str system = question_text(question->arena, json_find(body, "system"));
    question->input_tokens += (int64_t)(system.length + 3) / 4;
    if (question_is_object(choice) && tools != NULL && question_is_object(tools->first)) {
        question->tool = question_string(choice, "name");
        question->schema = json_find(tools->first, "input_schema");
        const char *fault = question_schema_fault(question->schema);
        return fault == NULL ? NULL : question_refuse("bad-request", why, fault);
    }
    if (format != NULL && json_find(format, "name") != NULL)
        return question_refuse("bad-request", why,
                               "output_config.format.name: Extra inputs are not permitted");
    return format == NULL ? NULL : question_read_schema(format, question, why);
}

/* What is cached is not in input_tokens: the opposite of OpenAI's way. */
static void write_anthropic_usage(struct json_writer *out, const struct question *question,
                                  const struct reply *reply)
{
    enum usage usage = reply->behaviour->usage;
    int64_t half = question->input_tokens / 2;
    bool is_halved = usage == USAGE_CACHED || usage == USAGE_CACHE_WRITTEN;
    json_key(out, "usage");
    json_open(out, '{');
    question_write_count(out, "input_tokens", usage,
                         question->input_tokens - (is_halved ? half : 0));
    question_write_count(out, "output_tokens", usage,
                         reply->output_tokens + (usage == USAGE_REASONING ? 100 : 0));
    json_key(out, "cache_creation_input_tokens");
    json_integer(out, usage == USAGE_CACHE_WRITTEN ? half : 0);
    json_key(out, "cache_read_input_tokens");
    json_integer(out, usage == USAGE_CACHED ? half : 0);
    json_raw(out, STR("\"server_tool_use\":null,\"service_tier\":\"standard\""));
    json_close(out, '}');
}

static const char *const stops[] = {
    [FINISH_STOP] = "end_turn",
    [FINISH_LENGTH] = "max_tokens",
    [FINISH_FILTER] = "refusal",
    [FINISH_REFUSAL] = "refusal",
    [FINISH_PAUSE] = "pause_turn",
    [FINISH_TOOL] = "tool_use",
    [FINISH_CONTEXT] = "model_context_window_exceeded",
    [FINISH_FAILED] = "refusal",
    [FINISH_NOT_SAID] = NULL,
};

static void write_blocks(struct json_writer *out, const struct question *question,
                         const struct reply *reply)
{
    bool is_strange_tool = reply->behaviour->finish == FINISH_TOOL;
    if (is_strange_tool) {
        json_raw(out, STR("{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":"
                          "\"delete_everything\",\"input\":{}}"));
    } else if (!str_is_absent(reply->content) && question->tool.length > 0) {
        json_open(out, '{');
        question_write_pair(out, "type", "tool_use");
        question_write_pair(out, "id", "toolu_1");
        json_key(out, "name");
        json_string(out, question->tool);
        json_key(out, "input");
        json_raw(out, reply->content);
        json_close(out, '}');
    } else if (!str_is_absent(reply->content)) {
        json_open(out, '{');
        question_write_pair(out, "type", "text");
        json_key(out, "text");
        json_string(out, reply->content);
        json_close(out, '}');
    }
}

static void answer_messages(struct json_writer *out, const struct question *question,
                            const struct reply *reply)
{
    enum finish finish = reply->behaviour->finish;
    bool is_tool = question->tool.length > 0 && finish == FINISH_STOP;
    bool is_refusal = finish == FINISH_REFUSAL || finish == FINISH_FILTER;
    json_open(out, '{');
    json_key(out, "id");
    json_string(out, str_format(question->arena, "msg_%024lld", (long long)reply->id));
    question_write_pair(out, "type", "message");
    question_write_pair(out, "role", "assistant");
    json_key(out, "model");
    json_string(out, question->model);
    json_key(out, "content");
    json_open(out, '[');
    if (reply->behaviour->body != BODY_NOTHING_IN_IT)
        write_blocks(out, question, reply);
    json_close(out, ']');
    question_write_pair(out, "stop_reason", is_tool ? "tool_use" : stops[finish]);
    json_key(out, "stop_sequence");
    json_null(out);
    json_key(out, "stop_details");
    json_raw(out, is_refusal ? STR("{\"type\":\"refusal\",\"category\":\"general_harms\","
                                   "\"explanation\":null}")
                             : STR("null"));
    if (reply->behaviour->usage != USAGE_MISSING)
        write_anthropic_usage(out, question, reply);
    json_close(out, '}');
}

static void refuse_anthropic(struct json_writer *out, const struct behaviour *behaviour, str why)
{
    json_open(out, '{');
    question_write_pair(out, "type", "error");
    json_key(out, "error");
    json_open(out, '{');
    question_write_pair(out, "type", behaviour->anthropic_type);
    json_key(out, "message");
    json_string(out, why);
    if (behaviour->anthropic_code != NULL) {
        json_key(out, "details");
        json_open(out, '{');
        question_write_pair(out, "error_code", behaviour->anthropic_code);
        json_close(out, '}');
    }
    json_close(out, '}');
    question_write_pair(out, "request_id", "req_011CSHoEeqs5C35K2UUqR7Fy");
    json_close(out, '}');
}

const struct format format_anthropic = {"anthropic",     "/v1/messages", NULL,
                                        admit_anthropic, read_messages,  answer_messages,
                                        refuse_anthropic};
