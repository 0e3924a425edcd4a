/* tokenizer.json, as Hugging Face's tokenizers write it: its parts, of which those that byte-level
 * BPE needs are understood and others refused. */
#include "infer/encoder/tokenizer_plan.h"

static str type_of(const struct json *part)
{
    const struct json *type = json_find(part, "type");
    return type != NULL && type->type == JSON_STRING ? type->string : (str){0};
}

/* The part under `key`; NULL: it is not there, or null. */
static enum status find_part(const struct json *object, const char *key, enum json_type type,
                             const struct json **part, struct error *err)
{
    *part = json_find(object, key);
    if (*part != NULL && (*part)->type == JSON_NULL)
        *part = NULL;
    if (*part != NULL && (*part)->type != type)
        return fail(err, STATUS_INVALID, "'%s' is %s, not %s", key, json_type_name((*part)->type),
                    json_type_name(type));
    return STATUS_OK;
}

static enum status not_understood(const char *what, const struct json *part, struct error *err)
{
    return fail(err, STATUS_UNSUPPORTED, "its %s is '" STR_FORMAT "', which is not understood",
                what, STR_ARG(str_slice(type_of(part), 0, 40)));
}

/* A member that must be absent, null, false or "" for us to be right. */
static bool is_nothing(const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    return value == NULL || value->type == JSON_NULL ||
           (value->type == JSON_BOOLEAN && !value->boolean) ||
           (value->type == JSON_STRING && value->string.length == 0);
}

static bool is_true(const struct json *object, const char *key, bool otherwise)
{
    const struct json *value = json_find(object, key);
    return value == NULL || value->type != JSON_BOOLEAN ? otherwise : value->boolean;
}

/* The model: a vocabulary and rules. */

static enum status read_rule(const struct json *item, struct bpe_rule *rule, struct error *err)
{
    if (item->type == JSON_STRING)
        return plan_read_rule(item->string, rule, err);
    const struct json *left = item->type == JSON_ARRAY ? item->first : NULL;
    if (left == NULL || item->count != 2 || left->type != JSON_STRING ||
        left->next->type != JSON_STRING)
        return fail(err, STATUS_INVALID, "a merge is not two tokens");
    *rule = (struct bpe_rule){left->string, left->next->string};
    return STATUS_OK;
}

static enum status read_rules(struct arena *arena, const struct json *merges,
                              struct tokenizer_plan *plan, struct error *err)
{
    enum status status = STATUS_OK;
    plan->rules = arena_array(arena, struct bpe_rule, merges->count + 1);
    for (const struct json *item = merges->first; status == STATUS_OK && item != NULL;
         item = item->next)
        status = read_rule(item, &plan->rules[plan->rule_count++], err);
    return status;
}

/* Older files do not say that they are BPE, but have merges. */
static enum status check_model(const struct json *model, const struct json *merges,
                               struct error *err)
{
    static const char *const refused[] = {"dropout",
                                          "continuing_subword_prefix",
                                          "end_of_word_suffix",
                                          "fuse_unk",
                                          "byte_fallback",
                                          "ignore_merges"};
    str type = type_of(model);
    if (str_equal(type, STR("Unigram")))
        return fail(err, STATUS_UNSUPPORTED,
                    "its model is 'Unigram' (SentencePiece, as XLM-RoBERTa's); only byte-level BPE "
                    "is read");
    if (!str_is_absent(type) && !str_equal(type, STR("BPE")))
        return not_understood("model", model, err);
    if (merges == NULL)
        return fail(err, STATUS_INVALID, "its model has no merges");
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (!is_nothing(model, refused[i]))
            return fail(err, STATUS_UNSUPPORTED, "its model sets '%s', which is not understood",
                        refused[i]);
    return STATUS_OK;
}

static enum status read_model(struct arena *arena, const struct json *root,
                              struct tokenizer_plan *plan, struct error *err)
{
    const struct json *model, *merges = NULL, *vocabulary, *unknown;
    enum status status = find_part(root, "model", JSON_OBJECT, &model, err);
    if (status == STATUS_OK && model == NULL)
        return fail(err, STATUS_INVALID, "it has no 'model'");
    if (status == STATUS_OK && !str_equal(type_of(model), STR("Unigram")))
        status = find_part(model, "merges", JSON_ARRAY, &merges, err);
    if (status == STATUS_OK)
        status = check_model(model, merges, err);
    if (status == STATUS_OK)
        status = find_part(model, "vocab", JSON_OBJECT, &vocabulary, err);
    if (status == STATUS_OK)
        status = find_part(model, "unk_token", JSON_STRING, &unknown, err);
    if (status != STATUS_OK)
        return status;
    if (vocabulary == NULL)
        return fail(err, STATUS_INVALID, "its model has no vocabulary");
    if (unknown != NULL)
        plan->unknown = unknown->string;
    status = plan_read_vocabulary(arena, vocabulary, plan, err);
    return status == STATUS_OK ? read_rules(arena, merges, plan, err) : status;
}

/* What stands around the model. */

static enum status read_added_tokens(const struct json *root, struct tokenizer_plan *plan,
                                     struct error *err)
{
    const struct json *list;
    enum status status = find_part(root, "added_tokens", JSON_ARRAY, &list, err);
    const struct json *item = status == STATUS_OK && list != NULL ? list->first : NULL;
    for (; status == STATUS_OK && item != NULL; item = item->next) {
        const struct json *text = item->type == JSON_OBJECT ? json_find(item, "content") : NULL;
        const struct json *id = item->type == JSON_OBJECT ? json_find(item, "id") : NULL;
        if (text == NULL || text->type != JSON_STRING || id == NULL || id->type != JSON_INTEGER ||
            id->integer < 0 || id->integer > INT32_MAX)
            return fail(err, STATUS_INVALID, "an added token has no text or no id");
        if (!is_nothing(item, "single_word"))
            return fail(err, STATUS_UNSUPPORTED,
                        "'" STR_FORMAT "' asks to be a single word, which is not understood",
                        STR_ARG(str_slice(text->string, 0, 40)));
        struct added_token token = {text->string, (uint32_t)id->integer,
                                    is_true(item, "lstrip", false), is_true(item, "rstrip", false)};
        status = plan_add_token(plan, &token, err);
    }
    return status;
}

static enum status read_pre_tokenizer(const struct json *root, struct tokenizer_plan *plan,
                                      struct error *err)
{
    const struct json *part;
    enum status status = find_part(root, "pre_tokenizer", JSON_OBJECT, &part, err);
    if (status != STATUS_OK)
        return status;
    if (part == NULL)
        return fail(err, STATUS_UNSUPPORTED, "it has no pre_tokenizer; only ByteLevel is read");
    if (!str_equal(type_of(part), STR("ByteLevel")))
        return not_understood("pre_tokenizer", part, err);
    plan->adds_prefix_space = is_true(part, "add_prefix_space", true);
    plan->keeps_text_whole = !is_true(part, "use_regex", true);
    return STATUS_OK;
}

/* The post-processor frames a text in special tokens. */

static enum status frame_with(const struct tokenizer_plan *plan, const struct json *root,
                              const char *key, uint32_t *frame, struct error *err)
{
    const struct json *pair;
    enum status status = find_part(root, key, JSON_ARRAY, &pair, err);
    if (status != STATUS_OK)
        return status;
    const struct json *text = pair == NULL ? NULL : pair->first;
    const struct json *id = text == NULL ? NULL : text->next;
    if (id == NULL || text->type != JSON_STRING || id->type != JSON_INTEGER || id->integer < 0 ||
        id->integer > plan->largest_id)
        return fail(err, STATUS_INVALID, "its post_processor's '%s' is not a token and its id",
                    key);
    *frame = (uint32_t)id->integer;
    return STATUS_OK;
}

/* {"SpecialToken": {"id": "<s>"}}, whose ids stand under "special_tokens". */
static enum status frame_by_template(const struct json *part, const struct json *token,
                                     uint32_t *frame, size_t *count, struct error *err)
{
    const struct json *name = token->type == JSON_OBJECT ? json_find(token, "id") : NULL;
    const struct json *table = json_find(part, "special_tokens");
    const struct json *entry = NULL, *ids = NULL;
    if (name != NULL && name->type == JSON_STRING && table != NULL && table->type == JSON_OBJECT)
        for (entry = table->first; entry != NULL; entry = entry->next)
            if (str_equal(entry->key, name->string))
                break;
    if (entry != NULL && entry->type == JSON_OBJECT)
        ids = json_find(entry, "ids");
    if (ids == NULL || ids->type != JSON_ARRAY || *count + ids->count > PLAN_FRAME)
        return fail(err, STATUS_INVALID, "its post_processor names a token that has no ids");
    for (const struct json *id = ids->first; id != NULL; id = id->next) {
        if (id->type != JSON_INTEGER || id->integer < 0 || id->integer > INT32_MAX)
            return fail(err, STATUS_INVALID, "its post_processor has an id that is none");
        frame[(*count)++] = (uint32_t)id->integer;
    }
    return STATUS_OK;
}

static enum status read_template(const struct json *part, struct tokenizer_plan *plan,
                                 struct error *err)
{
    const struct json *single;
    bool is_after = false;
    enum status status = find_part(part, "single", JSON_ARRAY, &single, err);
    const struct json *piece = status == STATUS_OK && single != NULL ? single->first : NULL;
    for (; status == STATUS_OK && piece != NULL; piece = piece->next) {
        const struct json *token =
            piece->type == JSON_OBJECT ? json_find(piece, "SpecialToken") : NULL;
        if (token == NULL && is_after)
            return fail(err, STATUS_INVALID, "its post_processor has the text twice");
        if (token == NULL)
            is_after = true;
        else
            status = frame_by_template(part, token, is_after ? plan->after : plan->before,
                                       is_after ? &plan->after_count : &plan->before_count, err);
    }
    if (status == STATUS_OK && !is_after)
        return fail(err, STATUS_INVALID, "its post_processor leaves the text out");
    return status;
}

static enum status read_post_processor(const struct json *root, struct tokenizer_plan *plan,
                                       struct error *err)
{
    const struct json *part;
    enum status status = find_part(root, "post_processor", JSON_OBJECT, &part, err);
    if (status != STATUS_OK || part == NULL || str_equal(type_of(part), STR("ByteLevel")))
        return status;
    if (str_equal(type_of(part), STR("TemplateProcessing")))
        return read_template(part, plan, err);
    if (!str_equal(type_of(part), STR("RobertaProcessing")))
        return not_understood("post_processor", part, err);
    plan->before_count = plan->after_count = 1;
    status = frame_with(plan, part, "cls", plan->before, err);
    return status == STATUS_OK ? frame_with(plan, part, "sep", plan->after, err) : status;
}

static void read_truncation(const struct json *root, struct tokenizer_plan *plan)
{
    const struct json *part = json_find(root, "truncation");
    const struct json *most =
        part != NULL && part->type == JSON_OBJECT ? json_find(part, "max_length") : NULL;
    if (most != NULL && most->type == JSON_INTEGER && most->integer > 0 &&
        most->integer < UINT32_MAX)
        plan->most_tokens = (uint32_t)most->integer;
}

enum status plan_read_tokenizer_json(struct arena *arena, const struct json *root,
                                     struct tokenizer_plan *plan, struct error *err)
{
    const struct json *normalizer;
    enum status status = find_part(root, "normalizer", JSON_OBJECT, &normalizer, err);
    if (status == STATUS_OK && normalizer != NULL)
        return not_understood("normalizer", normalizer, err);
    if (status == STATUS_OK)
        status = read_model(arena, root, plan, err);
    if (status == STATUS_OK)
        status = read_added_tokens(root, plan, err);
    if (status == STATUS_OK)
        status = read_pre_tokenizer(root, plan, err);
    if (status == STATUS_OK)
        status = read_post_processor(root, plan, err);
    if (status == STATUS_OK)
        read_truncation(root, plan);
    return status;
}
