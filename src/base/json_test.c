#include "base/json.h"
#include "base/test.h"

#include <math.h>
#include <string.h>

static struct arena arena;

static bool is_refused(str text, const char *because)
{
    struct error err = {0};
    const struct json *value;
    return json_parse(&arena, text, &value, &err) == STATUS_MALFORMED &&
           strstr(err.message, because) != NULL;
}

static void reads_every_kind_of_value(void)
{
    const struct json *root = NULL;
    str text = STR("{\"a\":null,\"b\":true,\"c\":-12,\"d\":1.5,\"e\":\"x\\u00e9\\n\",\"f\":[1,2]}");
    EXPECT(json_parse(&arena, text, &root, NULL) == STATUS_OK);
    EXPECT(root->type == JSON_OBJECT && root->count == 6);
    EXPECT(json_find(root, "a")->type == JSON_NULL);
    EXPECT(json_find(root, "b")->boolean);
    EXPECT(json_find(root, "c")->integer == -12);
    EXPECT(json_find(root, "d")->type == JSON_REAL);
    EXPECT(str_equal(json_find(root, "e")->string, STR("x\xc3\xa9\n")));
    EXPECT(json_find(root, "f")->count == 2 && json_find(root, "f")->first->next->integer == 2);
    EXPECT(json_find(root, "g") == NULL);
}

static void refuses_what_is_not_strict_json(void)
{
    EXPECT(is_refused(STR(""), "empty"));
    EXPECT(is_refused(STR("{"), "not JSON"));
    EXPECT(is_refused(STR("{\"a\":01}"), "not JSON"));
    EXPECT(is_refused(STR("[1,]"), "not JSON"));
    EXPECT(is_refused(STR("{} x"), "not JSON"));
    EXPECT(is_refused(STR("\xef\xbb\xbf{}"), "not JSON"));
    EXPECT(is_refused(STR("\"\xff\""), "UTF-8"));
    EXPECT(is_refused(STR("{\"\xc0\xaf\":1}"), "UTF-8"));
    EXPECT(is_refused(STR("\"\\ud83d\""), "lone surrogate"));
    EXPECT(is_refused(STR("\"\\ude00\\ud83d\""), "lone surrogate"));
    EXPECT(is_refused(STR("\"a\\u0000b\""), "U+0000"));
    EXPECT(is_refused(STR("{\"a\":1,\"a\":2}"), "stands there twice"));
    EXPECT(is_refused(STR("[1e999]"), "out of range"));
}

static bool names_the_key(str text, const char *field)
{
    struct error err = {0};
    const struct json *value;
    return json_parse(&arena, text, &value, &err) == STATUS_MALFORMED &&
           strcmp(err.field, field) == 0;
}

static void says_which_key_is_to_blame(void)
{
    EXPECT(names_the_key(STR("{\"a\":\"b: \\\" c\",\"text\":\"x \\ud800\"}"), "#/text"));
    EXPECT(names_the_key(STR("{\"a\":1,\"text\":\"x \\u0000\"}"), "#/text"));
    EXPECT(names_the_key(STR("{\"text\":1,\"a\":2,\"text\":3}"), "#/text"));
    EXPECT(names_the_key(STR("[\"\\udc00\"]"), ""));
}

static void reads_a_surrogate_pair(void)
{
    const struct json *root = NULL;
    EXPECT(json_parse(&arena, STR("\"\\ud83d\\ude00 \\\\ud83d\""), &root, NULL) == STATUS_OK);
    EXPECT(str_equal(root->string, STR("\xf0\x9f\x98\x80 \\ud83d")));
}

static void finds_a_key_twice_among_many(void)
{
    struct buf buf;
    buf_init(&buf, &arena, 1 << 20);
    buf_add(&buf, STR("{"));
    for (int i = 0; i < 500; i++)
        buf_format(&buf, "\"k%d\":0,", i);
    buf_add(&buf, STR("\"k250\":1}"));
    EXPECT(is_refused(buf_str(&buf), "twice"));
}

static void refuses_deep_nesting_and_many_keys(void)
{
    struct buf buf;
    buf_init(&buf, &arena, 1 << 20);
    for (int i = 0; i < 33; i++)
        buf_add_byte(&buf, '[');
    EXPECT(is_refused(buf_str(&buf), "32 deep"));

    buf_init(&buf, &arena, 1 << 20);
    buf_add_byte(&buf, '{');
    for (int i = 0; i < 1001; i++)
        buf_format(&buf, "\"k%d\":0,", i);
    EXPECT(is_refused(buf_str(&buf), "1000 keys"));
}

static void writes_what_it_read(void)
{
    str text = STR("{\"a\":[1,-2,0.5,\"q\\\"\\\\\\u001f\\u003c\"],\"b\":{},\"c\":[],\"d\":null}");
    const struct json *root = NULL;
    struct buf buf;
    buf_init(&buf, &arena, 4096);
    EXPECT(json_parse(&arena, text, &root, NULL) == STATUS_OK);
    json_write(&(struct json_writer){.out = &buf}, root);
    EXPECT(str_equal(buf_str(&buf), text));
}

static void writes_reals_with_so_many_digits(void)
{
    struct buf buf;
    struct json_writer writer = {.out = &buf};
    buf_init(&buf, &arena, 4096);
    json_open(&writer, '[');
    json_real(&writer, 0, 4);
    json_real(&writer, 0.99996, 4);
    json_real(&writer, -0.05, 2);
    json_real(&writer, 12.5, 0);
    json_real(&writer, 123456.789, 3);
    json_real(&writer, 1e18, 1);
    json_real(&writer, (double)NAN, 4);
    json_close(&writer, ']');
    EXPECT(str_equal(buf_str(&buf), STR("[0.0000,1.0000,-0.05,13,123456.789,1000000000000000000.0,"
                                        "null]")));
}

int main(void)
{
    RUN(reads_every_kind_of_value);
    RUN(refuses_what_is_not_strict_json);
    RUN(says_which_key_is_to_blame);
    RUN(reads_a_surrogate_pair);
    RUN(finds_a_key_twice_among_many);
    RUN(refuses_deep_nesting_and_many_keys);
    RUN(writes_what_it_read);
    RUN(writes_reals_with_so_many_digits);
    arena_reset(&arena);
    return 0;
}
