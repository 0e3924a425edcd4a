/* A tokenizer from hostile files, and hostile text for it. The first byte says which: a
 * tokenizer.json; a vocab.json and, after a NUL, a merges.txt; or a text for a small tokenizer of
 * our own. Whatever builds must encode: within its room, the same each time, and ids it knows. */
#include "base/utf8.h"
#include "infer/encoder/tokenizer.h"
#include "infer/encoder/tokenizer_plan.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROOM = 512,
    FEW = 24
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char own_json[] =
    "{\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":true},"
    "\"post_processor\":{\"type\":\"RobertaProcessing\",\"sep\":[\"</s>\",1],\"cls\":[\"<s>\",0]},"
    "\"added_tokens\":[{\"id\":0,\"content\":\"<s>\"},{\"id\":1,\"content\":\"</s>\"},"
    "{\"id\":9,\"content\":\"<mask>\",\"lstrip\":true,\"rstrip\":true}],"
    "\"model\":{\"type\":\"BPE\",\"unk_token\":\"?\",\"vocab\":{\"<s>\":0,\"</s>\":1,\"?\":2,"
    "\"a\":3,\"b\":4,\"\\u0120\":5,\"ab\":6,\"abab\":7,\"\\u0120a\":8,\"<mask>\":9,\"aa\":10,"
    "\"aaa\":11},\"merges\":[\"a b\",\"ab ab\",[\"\\u0120\",\"a\"],\"a a\",\"aa a\"]}}";

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void encode(const struct tokenizer *tokenizer, str text)
{
    uint32_t ids[ROOM], again[ROOM];
    struct tokenizer_worker *worker = tokenizer_worker_open(tokenizer);
    size_t count = tokenizer_encode(worker, text, ids, ROOM);
    require(count <= ROOM);
    for (size_t i = 0; i < count; i++)
        require(ids[i] <= tokenizer_largest_id(tokenizer));
    require(tokenizer_encode(worker, text, again, ROOM) == count);
    require(memcmp(ids, again, count * sizeof *ids) == 0);
    require(tokenizer_encode(worker, text, again, FEW) <= FEW);
    tokenizer_worker_close(worker);
}

static enum status plan_one_file(struct arena *arena, str text, struct tokenizer_plan *plan)
{
    struct error err;
    const struct json *root;
    if (json_parse(arena, text, &root, &err) != STATUS_OK || root->type != JSON_OBJECT)
        return STATUS_MALFORMED;
    return plan_read_tokenizer_json(arena, root, plan, &err);
}

static enum status plan_two_files(struct arena *arena, str text, struct tokenizer_plan *plan)
{
    struct error err;
    const struct json *root;
    str vocabulary, merges;
    str_cut(text, '\0', &vocabulary, &merges);
    enum status status = json_parse(arena, vocabulary, &root, &err);
    if (status == STATUS_OK)
        status = plan_read_vocabulary(arena, root, plan, &err);
    return status == STATUS_OK ? plan_read_merges(arena, merges, plan, &err) : status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct tokenizer_plan plan;
    struct tokenizer *tokenizer;
    struct error err;
    if (size < 2)
        return 0;
    str input = {(const char *)data + 1, size - 1}, text = STR("abab <mask> a'll b\n aaaaa </s>");
    tokenizer_plan_init(&arena, &plan);
    enum status status = data[0] % 3 == 0   ? plan_one_file(&arena, input, &plan)
                         : data[0] % 3 == 1 ? plan_two_files(&arena, input, &plan)
                                            : plan_one_file(&arena, str_from_z(own_json), &plan);
    if (data[0] % 3 == 2) {
        require(status == STATUS_OK);
        text = utf8_is_valid(input) ? input : STR("a");
    }
    if (status == STATUS_OK && tokenizer_build(&tokenizer, &plan, &err) == STATUS_OK) {
        encode(tokenizer, text);
        tokenizer_close(tokenizer);
    } else {
        require(data[0] % 3 != 2);
    }
    arena_reset(&arena);
    return 0;
}
