/* The tokenizer against ids that @huggingface/transformers gave (tests/golden/tokenizer), and
 * against folders that are wrong. Run from the top of the repository. */
#include "infer/encoder/tokenizer.h"

#include "base/json.h"
#include "base/test.h"
#include "infer/encoder/folder_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;
static char folder[] = "/tmp/hark-tokenizer-XXXXXX";
static const char golden[] = "tests/golden/tokenizer";

enum {
    ROOM = 600
};

static const char *path_of(const char *name)
{
    return str_format(&arena, "%s/%s", folder, name).bytes;
}

static void put(const char *name, str text)
{
    FILE *file = fopen(path_of(name), "w");
    EXPECT(file != NULL && fwrite(text.bytes, 1, text.length, file) == text.length);
    EXPECT(fclose(file) == 0);
}

static void clear(void)
{
    static const char *const names[] = {"vocab.json",
                                        "merges.txt",
                                        "tokenizer.json",
                                        "special_tokens_map.json",
                                        "tokenizer_config.json",
                                        "added_tokens.json",
                                        "sentencepiece.bpe.model"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(path_of(names[i]));
}

static str golden_text(const char *name)
{
    str text;
    EXPECT(folder_read_text(&arena, golden, name, &text, NULL) == STATUS_OK);
    return text;
}

/* The golden vocabulary and rules, to be made worse. */
static void put_golden(void)
{
    clear();
    put("vocab.json", golden_text("vocab.json"));
    put("merges.txt", golden_text("merges.txt"));
}

static size_t encode(const char *where, str text, uint32_t *ids, size_t room)
{
    struct tokenizer *tokenizer;
    struct error err;
    EXPECT(tokenizer_open(&tokenizer, where, &err) == STATUS_OK);
    struct tokenizer_worker *worker = tokenizer_worker_open(tokenizer);
    size_t count = tokenizer_encode(worker, text, ids, room);
    tokenizer_worker_close(worker);
    tokenizer_close(tokenizer);
    return count;
}

static void expect_ids(struct tokenizer_worker *worker, const struct json *row)
{
    uint32_t ids[ROOM];
    const struct json *wanted = json_find(row, "ids");
    size_t count = tokenizer_encode(worker, json_find(row, "text")->string, ids, ROOM), i = 0;
    EXPECT(count == wanted->count);
    for (const struct json *id = wanted->first; id != NULL; id = id->next)
        EXPECT(ids[i++] == (uint32_t)id->integer);
}

/* Twice, so that the second time words come from the cache. */
static void gives_the_ids_that_hugging_faces_gives(void)
{
    struct tokenizer *tokenizer;
    struct error err;
    EXPECT(tokenizer_open(&tokenizer, golden, &err) == STATUS_OK);
    struct tokenizer_worker *worker = tokenizer_worker_open(tokenizer);
    for (int round = 0; round < 2; round++) {
        str rest = golden_text("expected.jsonl"), line;
        while (str_cut(rest, '\n', &line, &rest)) {
            const struct json *row;
            EXPECT(json_parse(&arena, line, &row, NULL) == STATUS_OK);
            expect_ids(worker, row);
        }
    }
    tokenizer_worker_close(worker);
    tokenizer_close(tokenizer);
}

static void cuts_a_long_text_and_keeps_its_frame(void)
{
    uint32_t all[ROOM], some[8];
    str text = STR("one two three four five six seven eight nine ten eleven");
    size_t count = encode(golden, text, all, ROOM);
    EXPECT(count > 8 && all[0] == 0 && all[count - 1] == 2);
    EXPECT(encode(golden, text, some, 8) == 8 && some[7] == 2);
    EXPECT(memcmp(some, all, 7 * sizeof *some) == 0);
    EXPECT(encode(golden, text, some, 2) == 2 && some[0] == 0 && some[1] == 2);
    EXPECT(encode(golden, STR(""), some, 8) == 2);
}

static void a_long_word_costs_no_more_than_its_length(void)
{
    enum {
        LONG = 1 << 20
    };
    char *bytes = arena_alloc_raw(&arena, LONG);
    uint32_t *ids = arena_alloc_raw(&arena, (LONG + 2) * sizeof *ids);
    memset(bytes, 'e', LONG);
    size_t count = encode(golden, (str){bytes, LONG}, ids, LONG + 2);
    EXPECT(count > 2 && count <= LONG + 2 && ids[count - 1] == 2);
}

static void the_files_beside_may_say_what_is_special(void)
{
    uint32_t ids[ROOM], plain[ROOM];
    put_golden();
    put("added_tokens.json", STR("{\"[NAME]\": 600}"));
    put("tokenizer_config.json", STR("{\"model_max_length\": 128, \"add_prefix_space\": true}"));
    put("special_tokens_map.json", STR("{\"mask_token\": {\"content\": \"<mask>\"}}"));
    struct tokenizer *tokenizer;
    EXPECT(tokenizer_open(&tokenizer, folder, NULL) == STATUS_OK);
    EXPECT(tokenizer_most_tokens(tokenizer) == 128 && tokenizer_largest_id(tokenizer) == 600);
    tokenizer_close(tokenizer);
    EXPECT(encode(folder, STR("[NAME]"), ids, ROOM) == 3 && ids[1] == 600);
    size_t count = encode(folder, STR("word"), ids, ROOM);
    EXPECT(count == encode(golden, STR(" word"), plain, ROOM));
    EXPECT(memcmp(ids, plain, count * sizeof *ids) == 0);
    size_t with_blank = encode(folder, STR("a <mask>"), ids, ROOM);
    EXPECT(with_blank == encode(golden, STR("a <mask>"), plain, ROOM) + 1); /* no lstrip now */
    clear();
}

/* Opening the folder says `wanted`, and a sentence that has `words` in it. */
static void expect_refusal(enum status wanted, const char *words)
{
    struct tokenizer *tokenizer;
    struct error err = {0};
    EXPECT(tokenizer_open(&tokenizer, folder, &err) == wanted);
    if (strstr(err.message, words) == NULL)
        fprintf(stderr, "'%s' does not say '%s'\n", err.message, words);
    EXPECT(strstr(err.message, words) != NULL);
}

static void two_files_that_are_wrong_are_refused_by_name(void)
{
    static const struct {
        const char *name, *text;
        enum status status;
        const char *words;
    } cases[] = {
        {"vocab.json", "", STATUS_MALFORMED, "vocab.json"},
        {"vocab.json", "{\"<s>\": 0, \"</s>\"", STATUS_MALFORMED, "vocab.json"},
        {"vocab.json", "[]", STATUS_INVALID, "not an object"},
        {"vocab.json", "{}", STATUS_INVALID, "empty"},
        {"vocab.json", "{\"<s>\": -1}", STATUS_INVALID, "the id of '<s>'"},
        {"vocab.json", "{\"<s>\": 0.5}", STATUS_INVALID, "the id of '<s>'"},
        {"vocab.json", "{\"<s>\": 99999999999}", STATUS_INVALID, "the id of '<s>'"},
        {"vocab.json", "{\"<s>\": 0, \"<s>\": 1}", STATUS_MALFORMED, "twice"},
        {"vocab.json", "{\"<s>\": 0, \"x\": 1}", STATUS_INVALID, "no '</s>'"},
        {"vocab.json", "{\"\xff\": 0}", STATUS_MALFORMED, "UTF-8"},
        {"merges.txt", "#version: 0.2\na b c\n", STATUS_INVALID, "merges.txt: line 2"},
        {"merges.txt", "#version: 0.2\nab\n", STATUS_INVALID, "merges.txt: line 2"},
        {"merges.txt", "a never-seen\n", STATUS_INVALID, "'never-seen', which is no token"},
        {"merges.txt", "Q Q\n", STATUS_INVALID, "'QQ', which is no token"},
        {"special_tokens_map.json", "{\"cls_token\": \"[CLS]\"}", STATUS_INVALID, "no '[CLS]'"},
        {"special_tokens_map.json", "nonsense", STATUS_MALFORMED, "special_tokens_map.json"},
        {"added_tokens.json", "{\"x\": \"y\"}", STATUS_INVALID, "the id of 'x'"},
        {"added_tokens.json", "{\"\": 5}", STATUS_INVALID, "empty"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_golden();
        put(cases[i].name, str_from_z(cases[i].text));
        expect_refusal(cases[i].status, cases[i].words);
    }
    clear();
}

static void a_folder_without_a_tokenizer_we_read_is_refused(void)
{
    clear();
    expect_refusal(STATUS_NOT_FOUND, "neither tokenizer.json nor vocab.json");
    put("sentencepiece.bpe.model", STR("x"));
    expect_refusal(STATUS_UNSUPPORTED, "SentencePiece");
    clear();
    put("vocab.json", golden_text("vocab.json"));
    expect_refusal(STATUS_NOT_FOUND, "merges.txt");
    clear();
    EXPECT(mkdir(path_of("vocab.json"), 0700) == 0);
    expect_refusal(STATUS_INVALID, "vocab.json is not a file");
    EXPECT(rmdir(path_of("vocab.json")) == 0);
}

/* A whole tokenizer.json, with one part in place of the usual. */
static void put_tokenizer(const char *key, const char *instead)
{
    static const char *const parts[][2] = {
        {"normalizer", "null"},
        {"pre_tokenizer", "{\"type\":\"ByteLevel\",\"add_prefix_space\":false}"},
        {"post_processor",
         "{\"type\":\"RobertaProcessing\",\"sep\":[\"</s>\",1],\"cls\":[\"<s>\",0]}"},
        {"added_tokens", "[{\"id\":0,\"content\":\"<s>\"},{\"id\":1,\"content\":\"</s>\"}]"},
        {"model", "{\"type\":\"BPE\",\"vocab\":{\"<s>\":0,\"</s>\":1,\"a\":2,\"b\":3,\"ab\":4},"
                  "\"merges\":[\"a b\"]}"},
    };
    struct buf out;
    buf_init(&out, &arena, 1 << 20);
    struct json_writer writer = {.out = &out};
    json_open(&writer, '{');
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        json_key(&writer, parts[i][0]);
        bool is_other = key != NULL && strcmp(key, parts[i][0]) == 0;
        json_raw(&writer, str_from_z(is_other ? instead : parts[i][1]));
    }
    json_close(&writer, '}');
    put("tokenizer.json", buf_str(&out));
}

static void one_file_says_all(void)
{
    uint32_t ids[ROOM];
    clear();
    put_tokenizer(NULL, NULL);
    EXPECT(encode(folder, STR("abb"), ids, ROOM) == 4 && ids[1] == 4 && ids[2] == 3);
    EXPECT(encode(folder, STR("xa"), ids, ROOM) == 3 && ids[1] == 2); /* x is no token: left out */
    put_tokenizer("model", "{\"vocab\":{\"<s>\":0,\"</s>\":1,\"a\":2,\"b\":3,\"ab\":4,\"?\":5},"
                           "\"unk_token\":\"?\",\"merges\":[[\"a\",\"b\"]]}");
    EXPECT(encode(folder, STR("xab"), ids, ROOM) == 4 && ids[1] == 5 && ids[2] == 4);
    put_tokenizer("post_processor",
                  "{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"</s>\"}"
                  "},{\"Sequence\":{\"id\":\"A\"}},{\"SpecialToken\":{\"id\":\"<s>\"}}],"
                  "\"special_tokens\":{\"<s>\":{\"ids\":[0]},\"</s>\":{\"ids\":[1,1]}}}");
    EXPECT(encode(folder, STR("a"), ids, ROOM) == 4 && ids[1] == 1 && ids[2] == 2 && ids[3] == 0);
    put_tokenizer("post_processor", "null");
    EXPECT(encode(folder, STR("a</s>"), ids, ROOM) == 2 && ids[1] == 1);
    clear();
}

static void what_one_file_asks_for_beyond_us_is_refused_by_name(void)
{
    static const struct {
        const char *key, *instead;
        enum status status;
        const char *words;
    } cases[] = {
        {"normalizer", "{\"type\":\"NFC\"}", STATUS_UNSUPPORTED, "normalizer is 'NFC'"},
        {"pre_tokenizer", "{\"type\":\"Metaspace\"}", STATUS_UNSUPPORTED, "'Metaspace'"},
        {"pre_tokenizer", "null", STATUS_UNSUPPORTED, "no pre_tokenizer"},
        {"pre_tokenizer", "7", STATUS_INVALID, "'pre_tokenizer' is an integer"},
        {"post_processor", "{\"type\":\"BertProcessing\"}", STATUS_UNSUPPORTED, "BertProcessing"},
        {"post_processor", "{\"type\":\"RobertaProcessing\"}", STATUS_INVALID, "'cls'"},
        {"post_processor", "{\"type\":\"TemplateProcessing\"}", STATUS_INVALID, "leaves the text"},
        {"post_processor",
         "{\"type\":\"RobertaProcessing\",\"sep\":[\"</s>\",99],\"cls\":[\"<s>\",0]}",
         STATUS_INVALID, "'sep'"},
        {"added_tokens", "[{\"id\":0}]", STATUS_INVALID, "no text or no id"},
        {"added_tokens", "[{\"id\":0,\"content\":\"x\",\"single_word\":true}]", STATUS_UNSUPPORTED,
         "single word"},
        {"model", "{\"type\":\"Unigram\",\"vocab\":[[\"<s>\",0.0]]}", STATUS_UNSUPPORTED,
         "Unigram"},
        {"model", "{\"type\":\"WordPiece\",\"vocab\":{}}", STATUS_UNSUPPORTED, "WordPiece"},
        {"model", "{\"type\":\"BPE\",\"vocab\":{\"a\":0}}", STATUS_INVALID, "no merges"},
        {"model", "{\"type\":\"BPE\",\"merges\":[]}", STATUS_INVALID, "no vocabulary"},
        {"model", "{\"vocab\":{\"a\":0},\"merges\":[],\"byte_fallback\":true}", STATUS_UNSUPPORTED,
         "byte_fallback"},
        {"model", "{\"vocab\":{\"a\":0},\"merges\":[[\"a\"]]}", STATUS_INVALID, "not two tokens"},
        {"model", "{\"vocab\":{\"a\":0},\"merges\":[\"a  a\"]}", STATUS_INVALID, "not two tokens"},
        {"model", "null", STATUS_INVALID, "no 'model'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        clear();
        put_tokenizer(cases[i].key, cases[i].instead);
        expect_refusal(cases[i].status, cases[i].words);
    }
    clear();
}

int main(void)
{
    EXPECT(mkdtemp(folder) != NULL);
    RUN(gives_the_ids_that_hugging_faces_gives);
    RUN(cuts_a_long_text_and_keeps_its_frame);
    RUN(a_long_word_costs_no_more_than_its_length);
    RUN(the_files_beside_may_say_what_is_special);
    RUN(two_files_that_are_wrong_are_refused_by_name);
    RUN(a_folder_without_a_tokenizer_we_read_is_refused);
    RUN(one_file_says_all);
    RUN(what_one_file_asks_for_beyond_us_is_refused_by_name);
    clear();
    EXPECT(rmdir(folder) == 0);
    arena_reset(&arena);
    return 0;
}
