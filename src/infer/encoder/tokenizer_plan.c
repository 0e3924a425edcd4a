#include "infer/encoder/tokenizer_plan.h"

#include "infer/encoder/folder_file.h"

#include <string.h>

enum {
    MOST_IDS = 16 * 1024 * 1024,
    MOST_ADDED = 1024,
    MOST_LENGTH = 1024 * 1024 /* what says more means: no limit */
};

enum status plan_read_vocabulary(struct arena *arena, const struct json *object,
                                 struct tokenizer_plan *plan, struct error *err)
{
    if (object->type != JSON_OBJECT)
        return fail(err, STATUS_INVALID, "the vocabulary is %s, not an object",
                    json_type_name(object->type));
    map_init(&plan->vocabulary, arena);
    for (const struct json *token = object->first; token != NULL; token = token->next) {
        if (token->type != JSON_INTEGER || token->integer < 0 || token->integer >= MOST_IDS)
            return fail(err, STATUS_INVALID, "the id of '" STR_FORMAT "' is not one",
                        STR_ARG(str_slice(token->key, 0, 32)));
        uint32_t id = (uint32_t)token->integer;
        map_put(&plan->vocabulary, token->key, bpe_value_of(id));
        plan->largest_id = id > plan->largest_id ? id : plan->largest_id;
    }
    return object->count > 0 ? STATUS_OK : fail(err, STATUS_INVALID, "the vocabulary is empty");
}

enum status plan_read_rule(str line, struct bpe_rule *rule, struct error *err)
{
    bool is_pair = str_cut(line, ' ', &rule->left, &rule->right) && rule->left.length > 0 &&
                   rule->right.length > 0 && str_find(rule->right, ' ') == STR_NONE;
    return is_pair ? STATUS_OK
                   : fail(err, STATUS_INVALID, "'" STR_FORMAT "' is not two tokens with a blank",
                          STR_ARG(str_slice(line, 0, 32)));
}

enum status plan_add_token(struct tokenizer_plan *plan, const struct added_token *token,
                           struct error *err)
{
    if (token->text.length == 0)
        return fail(err, STATUS_INVALID, "an added token is empty");
    if (plan->added_count == MOST_ADDED)
        return fail(err, STATUS_TOO_LARGE, "there are more than %d added tokens", MOST_ADDED);
    plan->largest_id = token->id > plan->largest_id ? token->id : plan->largest_id;
    for (size_t i = 0; i < plan->added_count; i++)
        if (str_equal(plan->added[i].text, token->text)) {
            plan->added[i] = *token;
            return STATUS_OK;
        }
    plan->added[plan->added_count++] = *token;
    return STATUS_OK;
}

/* A heading, then "left right" in the order in which they were learnt. */
enum status plan_read_merges(struct arena *arena, str text, struct tokenizer_plan *plan,
                             struct error *err)
{
    str line;
    size_t lines = 1, number = 0;
    for (size_t i = 0; i < text.length; i++)
        lines += text.bytes[i] == '\n';
    plan->rules = arena_array(arena, struct bpe_rule, lines);
    while (text.length > 0) {
        str_cut(text, '\n', &line, &text);
        number++;
        if (str_ends_with(line, STR("\r")))
            line.length--;
        if (line.length == 0 || str_starts_with(line, STR("#version")))
            continue;
        if (plan_read_rule(line, &plan->rules[plan->rule_count++], err) != STATUS_OK)
            return fail(err, STATUS_INVALID, "line %zu is not two tokens with a blank", number);
    }
    return STATUS_OK;
}

/* The names that special tokens go by, and what RoBERTa calls them. */
static const struct special {
    const char *key, *usual;
    bool strips_left; /* when the file gives only its text */
} specials[] = {{"bos_token", "<s>", false},   {"eos_token", "</s>", false},
                {"cls_token", "<s>", false},   {"sep_token", "</s>", false},
                {"unk_token", "<unk>", false}, {"pad_token", "<pad>", false},
                {"mask_token", "<mask>", true}};

enum {
    CLS = 2,
    SEP = 3,
    UNK = 4,
    SPECIALS = sizeof specials / sizeof *specials
};

static bool is_true(const struct json *object, const char *key)
{
    const struct json *member = json_find(object, key);
    return member != NULL && member->type == JSON_BOOLEAN && member->boolean;
}

/* "<s>", or {"content": "<s>", "lstrip": false, ...}. */
static void read_special(const struct json *file, const struct special *special,
                         struct added_token *token)
{
    const struct json *value = file == NULL ? NULL : json_find(file, special->key);
    if (value != NULL && value->type == JSON_STRING) {
        token->text = value->string;
    } else if (value != NULL && value->type == JSON_OBJECT) {
        const struct json *content = json_find(value, "content");
        if (content == NULL || content->type != JSON_STRING)
            return;
        token->text = content->string;
        token->strips_left = is_true(value, "lstrip");
        token->strips_right = is_true(value, "rstrip");
    }
}

/* NULL when the file is not there, which is allowed. */
static enum status read_optional(struct arena *arena, const char *folder, const char *name,
                                 const struct json **value, struct error *err)
{
    *value = NULL;
    return folder_has_file(folder, name) ? folder_read_json(arena, folder, name, value, err)
                                         : STATUS_OK;
}

static enum status read_specials(struct arena *arena, const char *folder,
                                 const struct json *configuration, struct tokenizer_plan *plan,
                                 struct error *err)
{
    const struct json *map;
    enum status status = read_optional(arena, folder, "special_tokens_map.json", &map, err);
    for (size_t i = 0; status == STATUS_OK && i < SPECIALS; i++) {
        struct added_token token = {.text = str_from_z(specials[i].usual),
                                    .strips_left = specials[i].strips_left};
        read_special(configuration, &specials[i], &token);
        read_special(map, &specials[i], &token);
        token.id = bpe_find_id(&plan->vocabulary, token.text);
        bool is_needed = i == CLS || i == SEP;
        if (token.id == BPE_NO_ID && is_needed)
            return fail(err, STATUS_INVALID, "vocab.json: it has no '" STR_FORMAT "', the %s",
                        STR_ARG(str_slice(token.text, 0, 32)), specials[i].key);
        if (token.id == BPE_NO_ID)
            continue;
        if (i == CLS)
            plan->before[plan->before_count++] = token.id;
        if (i == SEP)
            plan->after[plan->after_count++] = token.id;
        if (i == UNK)
            plan->unknown = token.text;
        status = plan_add_token(plan, &token, err);
    }
    return status;
}

/* added_tokens.json: {"text": id}. */
static enum status read_added(struct arena *arena, const char *folder, struct tokenizer_plan *plan,
                              struct error *err)
{
    const struct json *file;
    enum status status = read_optional(arena, folder, "added_tokens.json", &file, err);
    const struct json *item = status == STATUS_OK && file != NULL ? file->first : NULL;
    for (; status == STATUS_OK && item != NULL; item = item->next) {
        if (item->type != JSON_INTEGER || item->integer < 0 || item->integer >= MOST_IDS)
            return fail(err, STATUS_INVALID,
                        "added_tokens.json: the id of '" STR_FORMAT "' is not one",
                        STR_ARG(str_slice(item->key, 0, 32)));
        struct added_token token = {.text = item->key, .id = (uint32_t)item->integer};
        status = plan_add_token(plan, &token, err);
    }
    return status;
}

static enum status read_two_files(struct arena *arena, const char *folder,
                                  const struct json *configuration, struct tokenizer_plan *plan,
                                  struct error *err)
{
    const struct json *vocabulary;
    enum status status = folder_read_json(arena, folder, "vocab.json", &vocabulary, err);
    if (status != STATUS_OK)
        return status;
    status = plan_read_vocabulary(arena, vocabulary, plan, err);
    if (status != STATUS_OK)
        return folder_blame("vocab.json", status, err);
    str merges;
    status = folder_read_text(arena, folder, "merges.txt", &merges, err);
    if (status != STATUS_OK)
        return status;
    status = plan_read_merges(arena, merges, plan, err);
    if (status != STATUS_OK)
        return folder_blame("merges.txt", status, err);
    status = read_specials(arena, folder, configuration, plan, err);
    if (status == STATUS_OK)
        status = read_added(arena, folder, plan, err);
    if (configuration != NULL)
        plan->adds_prefix_space = is_true(configuration, "add_prefix_space");
    return status;
}

static enum status read_one_file(struct arena *arena, const char *folder,
                                 struct tokenizer_plan *plan, struct error *err)
{
    const struct json *root;
    enum status status = folder_read_json(arena, folder, "tokenizer.json", &root, err);
    if (status != STATUS_OK)
        return status;
    status = plan_read_tokenizer_json(arena, root, plan, err);
    return status == STATUS_OK ? STATUS_OK : folder_blame("tokenizer.json", status, err);
}

/* tokenizer_config.json may say how long a text may be, under one of two names. */
static void read_length(const struct json *configuration, struct tokenizer_plan *plan)
{
    static const char *const keys[] = {"model_max_length", "max_len"};
    for (size_t i = 0; configuration != NULL && i < 2; i++) {
        const struct json *value = json_find(configuration, keys[i]);
        if (value == NULL || value->type != JSON_INTEGER || value->integer < 1 ||
            value->integer > MOST_LENGTH)
            continue;
        uint32_t length = (uint32_t)value->integer;
        if (plan->most_tokens == 0 || length < plan->most_tokens)
            plan->most_tokens = length;
    }
}

static enum status refuse_folder(const char *folder, struct error *err)
{
    if (folder_has_file(folder, "sentencepiece.bpe.model") ||
        folder_has_file(folder, "spiece.model"))
        return fail(err, STATUS_UNSUPPORTED,
                    "its tokenizer is SentencePiece, as XLM-RoBERTa's; only byte-level BPE is read "
                    "(tokenizer.json, or vocab.json and merges.txt)");
    if (folder_has_file(folder, "vocab.txt"))
        return fail(err, STATUS_UNSUPPORTED,
                    "its tokenizer is WordPiece, as BERT's; only byte-level BPE is read "
                    "(tokenizer.json, or vocab.json and merges.txt)");
    return fail(err, STATUS_NOT_FOUND, "'%.180s' has neither tokenizer.json nor vocab.json",
                folder);
}

void tokenizer_plan_init(struct arena *arena, struct tokenizer_plan *plan)
{
    *plan = (struct tokenizer_plan){.added = arena_array(arena, struct added_token, MOST_ADDED)};
}

enum status tokenizer_plan_read(struct arena *arena, const char *folder,
                                struct tokenizer_plan *plan, struct error *err)
{
    const struct json *configuration;
    tokenizer_plan_init(arena, plan);
    enum status status = read_optional(arena, folder, "tokenizer_config.json", &configuration, err);
    if (status != STATUS_OK)
        return status;
    if (folder_has_file(folder, "tokenizer.json"))
        status = read_one_file(arena, folder, plan, err);
    else if (folder_has_file(folder, "vocab.json"))
        status = read_two_files(arena, folder, configuration, plan, err);
    else
        status = refuse_folder(folder, err);
    if (status == STATUS_OK)
        read_length(configuration, plan);
    return status;
}
