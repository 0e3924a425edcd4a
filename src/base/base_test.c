/* The small tools of the room: str, buf, arena, map, utf8, hash. */
#include "base/buf.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/test.h"
#include "base/utf8.h"

#include <pthread.h>
#include <string.h>

static struct arena arena;

static void numbers_are_read_whole_or_not_at_all(void)
{
    int64_t n;
    double r;
    EXPECT(str_to_integer(STR("-9223372036854775808"), &n) && n == INT64_MIN);
    EXPECT(!str_to_integer(STR("9223372036854775808"), &n));
    EXPECT(!str_to_integer(STR("12 "), &n) && !str_to_integer(STR(""), &n));
    EXPECT(!str_to_integer(STR("+1"), &n) && !str_to_integer(STR("-"), &n));
    EXPECT(str_to_real(STR("-1.5e3"), &r) && r == -1500.0);
    EXPECT(!str_to_real(STR("nan"), &r) && !str_to_real(STR("1e999"), &r));
}

static void cuts_trims_and_finds(void)
{
    str before, after;
    EXPECT(str_cut(STR("key=value=x"), '=', &before, &after));
    EXPECT(str_equal(before, STR("key")) && str_equal(after, STR("value=x")));
    EXPECT(!str_cut(STR("key"), '=', &before, &after) && after.length == 0);
    EXPECT(str_equal(str_trim(STR(" \t a b \n")), STR("a b")));
    EXPECT(str_find_str(STR("feedback"), STR("back")) == 4);
    EXPECT(str_find_str((str){0}, STR("a")) == STR_NONE);
    EXPECT(str_is_absent((str){0}) && !str_is_absent(STR("")));
    EXPECT(str_compare(STR("a"), STR("ab")) < 0 && str_compare(STR("b"), STR("ab")) > 0);
}

static void a_buf_stops_at_its_limit(void)
{
    struct buf buf;
    buf_init(&buf, &arena, 10);
    buf_add(&buf, STR("12345"));
    buf_add_integer(&buf, -42);
    EXPECT(!buf.overflowed && str_equal(buf_str(&buf), STR("12345-42")));
    buf_add(&buf, STR("too long"));
    buf_add(&buf, STR("x"));
    EXPECT(buf.overflowed && buf.length == 8);
}

static void an_arena_gives_all_back(void)
{
    struct arena own = {0};
    memset(arena_alloc(&own, 8), 1, 8);
    memset(arena_alloc(&own, 100000), 1, 100000);
    arena_reset(&own);
    EXPECT(own.newest == NULL);
}

static void a_map_keeps_what_it_is_given(void)
{
    struct map map;
    static char values[5000];
    map_init(&map, &arena);
    for (int i = 0; i < 5000; i++)
        EXPECT(map_put(&map, str_format(&arena, "key %d", i), &values[i]) == NULL);
    for (int i = 0; i < 5000; i++)
        EXPECT(map_find(&map, str_format(&arena, "key %d", i)) == &values[i]);
    EXPECT(map_find(&map, STR("key 5000")) == NULL);
    EXPECT(map_put(&map, STR("key 7"), &values[0]) == &values[7] && map.count == 5000);

    size_t at = 0, seen = 0;
    while (map_next(&map, &at) != NULL)
        seen++;
    EXPECT(seen == 5000);
}

static void utf8_is_checked_and_counted(void)
{
    EXPECT(utf8_is_valid(STR("na\xc3\xafve \xf0\x9f\x98\x80 and a long tail of plain text")));
    EXPECT(!utf8_is_valid(STR("\xc0\x80")) && !utf8_is_valid(STR("\xed\xa0\x80")));
    EXPECT(!utf8_is_valid(STR("\xf4\x90\x80\x80")) && !utf8_is_valid(STR("abc\xe2\x82")));
    EXPECT(utf8_length(STR("a\xc3\xa9\xf0\x9f\x98\x80")) == 3);
    EXPECT(str_equal(utf8_prefix(STR("a\xc3\xa9z"), 2), STR("a\xc3\xa9")));
    EXPECT(str_equal(utf8_prefix(STR("\xc3\xa9"), 1), STR("\xc3\xa9")));
    for (uint32_t code = 1; code < 0x110000; code += 37) {
        char bytes[4];
        size_t at = 0, length = utf8_encode(code, bytes);
        if (code >= 0xD800 && code < 0xE000)
            continue;
        EXPECT(utf8_is_valid((str){bytes, length}));
        EXPECT(utf8_next((str){bytes, length}, &at) == code && at == length);
    }
}

static void digests_match_published_vectors(void)
{
    unsigned char digest[SHA256_SIZE];
    hash_sha256(STR("abc"), digest); /* FIPS 180-4 example */
    EXPECT(str_equal_z(hash_hex(&arena, digest, 4), "ba7816bf"));
    hash_hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), digest); /* RFC 4231, 2 */
    EXPECT(str_equal_z(hash_hex(&arena, digest, 4), "5bdcc146"));
    EXPECT(hash_crc32(STR("123456789")) == 0xCBF43926);
}

static bool has_hmac(str key, str data, const char *hex)
{
    unsigned char digest[SHA256_SIZE];
    hash_hmac_sha256(key, data, digest);
    return str_equal_z(hash_hex(&arena, digest, 4), hex);
}

/* A thread keeps the key of the time before. RFC 4231, 1, 2 and 6. */
static void *change_keys(void *unused)
{
    char first[20], long_one[131];
    memset(first, 0x0b, sizeof first);
    memset(long_one, 0xaa, sizeof long_one);
    str hi = STR("Hi There"), wanted = STR("what do ya want for nothing?");
    str large = STR("Test Using Larger Than Block-Size Key - Hash Key First");
    for (int turn = 0; turn < 3; turn++) {
        EXPECT(has_hmac((str){first, sizeof first}, hi, "b0344c61"));
        EXPECT(has_hmac((str){first, sizeof first}, hi, "b0344c61"));
        EXPECT(has_hmac(STR("Jefe"), wanted, "5bdcc146"));
        EXPECT(has_hmac((str){long_one, sizeof long_one}, large, "60e43159"));
        EXPECT(has_hmac((str){long_one, sizeof long_one}, large, "60e43159"));
        EXPECT(has_hmac(STR(""), STR(""), "b613679a"));
        EXPECT(has_hmac(STR(""), STR(""), "b613679a"));
    }
    return unused;
}

static void each_thread_changes_keys_as_it_likes(void)
{
    pthread_t thread;
    change_keys(NULL);
    EXPECT(pthread_create(&thread, NULL, change_keys, NULL) == 0);
    EXPECT(pthread_join(thread, NULL) == 0);
    change_keys(NULL);
}

/* However it lies to the words that are counted at once. */
static void characters_are_counted_wherever_they_stand(void)
{
    static const unsigned char three[] = {0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xc3, 0xa9};
    char text[64];
    for (size_t before = 0; before < 20; before++) {
        memset(text, 'a', sizeof text);
        memcpy(text + before, three, sizeof three);
        for (size_t length = before + sizeof three; length < sizeof text; length++)
            EXPECT(utf8_length((str){text, length}) == length - 6);
    }
    EXPECT(utf8_length(STR("")) == 0 && utf8_length((str){0}) == 0);
}

static void base64_is_padded_and_read_strictly(void)
{
    static const char *const rows[][2] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}};
    static const char *const wrong[] = {"Zg=", "Zg", "Z===", " Zg==", "Zh==", "Zm9v\n", "Zm-_", ""};
    str back;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) { /* RFC 4648, 10 */
        str text = hash_base64(&arena, rows[i][0], strlen(rows[i][0]));
        EXPECT(str_equal_z(text, rows[i][1]));
        EXPECT(i == 0 || (hash_from_base64(&arena, text, &back) && str_equal_z(back, rows[i][0])));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        EXPECT(!hash_from_base64(&arena, str_from_z(wrong[i]), &back));
}

static void base64url_round_trips(void)
{
    for (size_t size = 0; size < 40; size++) {
        unsigned char bytes[40];
        str back;
        hash_random(bytes, sizeof bytes);
        EXPECT(hash_from_base64url(&arena, hash_base64url(&arena, bytes, size), &back));
        EXPECT(back.length == size && memcmp(back.bytes, bytes, size) == 0);
    }
    str back;
    EXPECT(!hash_from_base64url(&arena, STR("a"), &back));
    EXPECT(!hash_from_base64url(&arena, STR("ab+d"), &back));
}

int main(void)
{
    RUN(numbers_are_read_whole_or_not_at_all);
    RUN(cuts_trims_and_finds);
    RUN(a_buf_stops_at_its_limit);
    RUN(an_arena_gives_all_back);
    RUN(a_map_keeps_what_it_is_given);
    RUN(utf8_is_checked_and_counted);
    RUN(digests_match_published_vectors);
    RUN(each_thread_changes_keys_as_it_likes);
    RUN(characters_are_counted_wherever_they_stand);
    RUN(base64url_round_trips);
    RUN(base64_is_padded_and_read_strictly);
    arena_reset(&arena);
    return 0;
}
