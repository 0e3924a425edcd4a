/* tokenizer_plan.h - what a folder's files say of its tokenizer, before it is built.
 *
 * Read from tokenizer.json where there is one, else from vocab.json and merges.txt with what
 * special_tokens_map.json, tokenizer_config.json and added_tokens.json add. What the files ask for
 * and is not understood is refused by name, never passed over: a tokenizer that is almost right
 * makes a model quietly wrong. */
#pragma once

#include "base/json.h"
#include "infer/encoder/bpe.h"

enum {
    PLAN_FRAME = 8 /* special tokens on either side of a text */
};

/* A token that is found in the text as it stands, before anything is cut into words. */
struct added_token {
    str text;
    uint32_t id;
    bool strips_left, strips_right; /* takes the white space on that side with it */
};

struct tokenizer_plan {
    struct map vocabulary; /* values by bpe_value_of() */
    uint32_t largest_id;
    struct bpe_rule *rules;
    size_t rule_count;
    str unknown; /* absent: none */
    struct added_token *added;
    size_t added_count;
    bool adds_prefix_space;
    bool keeps_text_whole; /* not cut by the pattern: "use_regex" is false */
    uint32_t before[PLAN_FRAME], after[PLAN_FRAME];
    size_t before_count, after_count;
    uint32_t most_tokens; /* with the frame; 0: not said */
};

/* All of `plan` lives in the arena. INVALID, UNSUPPORTED, NOT_FOUND, MALFORMED, TOO_LARGE. */
enum status tokenizer_plan_read(struct arena *arena, const char *folder,
                                struct tokenizer_plan *plan, struct error *err) MUST_CHECK;

/* Its parts: of an empty plan, the text of tokenizer.json, or those of the two files. */
void tokenizer_plan_init(struct arena *arena, struct tokenizer_plan *plan);
enum status plan_read_tokenizer_json(struct arena *arena, const struct json *root,
                                     struct tokenizer_plan *plan, struct error *err) MUST_CHECK;
enum status plan_read_vocabulary(struct arena *arena, const struct json *object,
                                 struct tokenizer_plan *plan, struct error *err) MUST_CHECK;
enum status plan_read_merges(struct arena *arena, str text, struct tokenizer_plan *plan,
                             struct error *err) MUST_CHECK;

/* For the readers of the files. */
enum status plan_read_rule(str line, struct bpe_rule *rule, struct error *err) MUST_CHECK;
enum status plan_add_token(struct tokenizer_plan *plan, const struct added_token *token,
                           struct error *err) MUST_CHECK;
