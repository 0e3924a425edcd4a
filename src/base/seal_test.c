#include "base/seal.h"

#include "base/test.h"

#include <string.h>

#define KEY STR("0123456789abcdef0123456789ABCDEF")
#define ABOUT STR("webhook of tenant 1")

static void what_was_sealed_opens_again(void)
{
    struct arena arena = {0};
    str back;
    for (size_t size = 0; size < 100; size++) {
        char text[100];
        memset(text, (int)size, sizeof text);
        str sealed = seal_close(&arena, KEY, ABOUT, (str){text, size});
        EXPECT(seal_open(&arena, KEY, ABOUT, sealed, &back));
        EXPECT(str_equal(back, (str){text, size}));
    }
    arena_reset(&arena);
}

static void the_same_secret_is_never_sealed_alike(void)
{
    struct arena arena = {0};
    EXPECT(!str_equal(seal_close(&arena, KEY, ABOUT, STR("secret")),
                      seal_close(&arena, KEY, ABOUT, STR("secret"))));
    arena_reset(&arena);
}

static void another_key_another_row_or_a_changed_byte_does_not_open(void)
{
    struct arena arena = {0};
    str back = STR("untouched"), sealed = seal_close(&arena, KEY, ABOUT, STR("a secret"));
    EXPECT(!seal_open(&arena, STR("0123456789abcdef0123456789ABCDEf"), ABOUT, sealed, &back));
    EXPECT(!seal_open(&arena, KEY, STR("webhook of tenant 2"), sealed, &back));
    for (size_t i = 0; i < sealed.length; i++) {
        char *changed = (char *)str_z(&arena, sealed);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT(!seal_open(&arena, KEY, ABOUT, (str){changed, sealed.length}, &back) ||
               i + 1 == sealed.length); /* its last letter may have bits that nothing reads */
        EXPECT(!seal_open(&arena, KEY, ABOUT, str_slice(sealed, 0, i), &back));
    }
    EXPECT(!seal_open(&arena, KEY, ABOUT, STR("no seal!"), &back));
    EXPECT(str_equal(back, STR("untouched")));
    arena_reset(&arena);
}

int main(void)
{
    RUN(what_was_sealed_opens_again);
    RUN(the_same_secret_is_never_sealed_alike);
    RUN(another_key_another_row_or_a_changed_byte_does_not_open);
    return 0;
}
