/* What a language model says of a feedback, and what people write for one. The first byte says who
 * reads the rest: 'c' an answer about a feedback, 't' the text of one on its way into the fence,
 * 'f' a prompt's file, 'p' and 'e' the JSON of a prompt and of an experiment.
 *
 * An answer that is taken has labels that there are, a confidence that is one, and a summary that
 * can do nothing; nothing invisible goes into a fence, and nothing comes out of it. */
#include "analysis/prompts.h"
#include "analysis/task_classify.h"
#include "base/utf8.h"
#include "text/orders.h"
#include "text/text.h"

#include <stdlib.h>

#define FENCE STR("abcdef")

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static bool holds(str text, const char *part)
{
    return str_find_str(text, str_from_z(part)) != STR_NONE;
}

static bool is_label_or_null(int label, int count)
{
    return label == LABEL_NONE || (label >= 0 && label < count);
}

static void check_answer(struct arena *arena, str answer)
{
    struct classification found;
    struct error err = {0};
    if (llm_task_read(&task_classify, arena, answer, &found, &err) != STATUS_OK) {
        require(err.status == STATUS_INVALID && err.message[0] != '\0');
        return;
    }
    require(found.sentiment >= 0 && found.sentiment < SENTIMENT_COUNT);
    require(is_label_or_null(found.topic, TOPIC_COUNT));
    require(is_label_or_null(found.severity, SEVERITY_COUNT));
    require(found.confidence >= 0 && found.confidence <= 1);
    require(str_is_absent(found.language) || text_is_language_code(found.language));
    str summary = str_lower(arena, found.summary);
    require(utf8_is_valid(summary) && utf8_length(summary) <= SUMMARY_MAX);
    require(!holds(summary, "<script") && !holds(summary, "<a ") && !holds(summary, "</"));
    require(!holds(summary, "://") && !holds(summary, "javascript:") && !holds(summary, "]("));
    require(!holds(summary, "\n") && !holds(summary, "\x1b"));
}

static void check_fence(struct arena *arena, str text)
{
    if (!utf8_is_valid(text))
        return;
    str seen = llm_visible_text(arena, text);
    require(utf8_is_valid(seen) && seen.length <= text.length);
    require(!holds(seen, "\xe2\x80\x8b") && !holds(seen, "\xe2\x80\xae"));
    (void)text_gives_orders(arena, seen);
    str turn = llm_fence_text(arena, &task_classify, FENCE, seen); /* as if it had been guessed */
    int times = 0;
    for (size_t at; (at = str_find_str(turn, FENCE)) != STR_NONE; times++)
        turn = str_slice(turn, at + 1, turn.length);
    require(times == 2);
}

static void check_prompt_file(str text)
{
    struct prompt prompt;
    struct error err = {0};
    if (prompt_parse(STR("prompts/classify.v9.md"), text, &prompt, &err) != STATUS_OK) {
        require(err.message[0] != '\0');
        return;
    }
    require(str_equal_z(prompt.version, "v9") && prompt.rules.length > 0);
    require(prompt_check(&prompt, &err) == STATUS_OK);
    require(prompt_count_tokens(prompt.rules) > 0);
}

static void check_fields(struct arena *arena, const struct fields *fields, void *target, str text)
{
    const struct json *object;
    struct faults faults = {.count = 0};
    struct error err = {0};
    if (json_parse(arena, text, &object, &err) != STATUS_OK)
        return;
    fields_init(fields, target);
    enum status status = fields_read(fields, arena, object, target, &faults, &err);
    require(status == STATUS_OK || err.message[0] != '\0');
}

static void read_by(struct arena *arena, char which, str rest)
{
    struct prompt prompt = {.task = {0}};
    struct experiment experiment = {.id = 0};
    if (which == 'c')
        check_answer(arena, rest);
    if (which == 't')
        check_fence(arena, rest);
    if (which == 'f')
        check_prompt_file(rest);
    if (which == 'p')
        check_fields(arena, &prompt_input_fields, &prompt, rest);
    if (which == 'e')
        check_fields(arena, &experiment_input_fields, &experiment, rest);
}

#include "fuzz_by_kind.h"
