/* Emoji, emoticons and repeated letters as features. */
#include "base/test.h"
#include "infer/features.h"

#include <string.h>

enum {
    IDS_MAX = 256
};

struct collected {
    size_t count;
    uint32_t ids[IDS_MAX];
};

static struct collected collect(const char *text)
{
    static struct feature_scanner scanner;
    static struct feature_block block;
    struct collected all = {0};
    features_start(&scanner, str_from_z(text));
    while (features_next(&scanner, &block))
        for (uint32_t i = 0; i < block.count && all.count < IDS_MAX; i++)
            all.ids[all.count++] = block.ids[i];
    return all;
}

static bool same(const char *one, const char *other)
{
    struct collected a = collect(one), b = collect(other);
    return a.count == b.count && memcmp(a.ids, b.ids, a.count * sizeof *a.ids) == 0;
}

/* Whether the first feature of `part` is among those of `whole`. */
static bool holds(const char *whole, const char *part)
{
    struct collected all = collect(whole), one = collect(part);
    for (size_t i = 0; i < all.count; i++)
        if (one.count > 0 && all.ids[i] == one.ids[0])
            return true;
    return false;
}

static void an_emoji_is_a_word_of_its_own(void)
{
    EXPECT(collect("😀").count > 0 && !same("😀", "😡"));
    EXPECT(holds("good 😡", "😡") && holds("good😡", "😡") && holds("good😡", "good"));
    EXPECT(!holds("good 😀", "😡"));
}

static void an_emoji_is_heard_however_it_is_drawn(void)
{
    EXPECT(holds("\xE2\x9D\xA4\xEF\xB8\x8F", "\xE2\x9D\xA4")); /* heart, as picture and as text */
    EXPECT(holds("👍👍👍", "👍"));
}

static void an_emoticon_is_no_punctuation(void)
{
    static const char *const faces[] = {":)", ":(", ":D", ";)", ":-)", ":-("};
    for (size_t i = 0; i < sizeof faces / sizeof *faces; i++)
        EXPECT(collect(faces[i]).count > 0);
    EXPECT(!same(":)", ":(") && !same(":-)", ":-("));
    EXPECT(!same("fine :)", "fine."));
}

static void letters_repeated_at_will_are_one_stretching(void)
{
    EXPECT(same("sooooo slow", "sooooooooo slow"));
    EXPECT(!same("so slow", "sooooo slow"));
    EXPECT(same("nooooo!!!!!", "noooooooo!!!!!!!!"));
}

int main(void)
{
    RUN(an_emoji_is_a_word_of_its_own);
    RUN(an_emoji_is_heard_however_it_is_drawn);
    RUN(an_emoticon_is_no_punctuation);
    RUN(letters_repeated_at_will_are_one_stretching);
    return 0;
}
