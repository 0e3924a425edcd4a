/* How the tagger of names joins the other finders of personal data. */
#include "base/test.h"
#include "infer/names/name_tagger.h"
#include "pii/pii.h"

#include <string.h>

static struct arena arena;
static struct pii_finder *finder, *plain;
static struct name_tagger *tagger;

static void expect_redacted(const struct pii_finder *with, const char *text, const char *wanted)
{
    str given = str_from_z(text);
    str redacted = pii_redact(&arena, given, pii_find(with, &arena, given));
    if (!str_equal_z(redacted, wanted))
        fprintf(stderr, "'%s' became '" STR_FORMAT "'\n", text, STR_ARG(redacted));
    EXPECT(str_equal_z(redacted, wanted));
    arena_reset(&arena);
}

static void names_in_running_text_are_hidden(void)
{
    expect_redacted(finder, "Sarah from support was great. I love it.",
                    "[NAME] from support was great. I love it.");
    expect_redacted(finder, "My name is Priya Sharma, ask Mike Jones.",
                    "My name is [NAME], ask [NAME].");
    expect_redacted(finder, "thanks mike", "thanks [NAME]");
}

static void what_is_something_else_is_no_name(void)
{
    expect_redacted(finder, "Martin Miller (martin.miller@example.com) wrote",
                    "[NAME] ([EMAIL]) wrote");
    expect_redacted(finder, "I live at 12 Martin Street", "I live at [ADDRESS]");
    expect_redacted(finder, "It broke on May 5, 2024", "It broke on May 5, 2024");
}

static void places_are_those_of_the_text_as_given(void)
{
    str text = STR("\xE2\x80\x9CZo\xC3\xAB\xE2\x80\x99s friend Ana\xE2\x80\x8B "
                   "M\xC3\xBCller\xE2\x80\x9D called");
    struct pii_spans spans = pii_find(finder, &arena, text);
    EXPECT(spans.count >= 1);
    for (size_t i = 0; i < spans.count; i++)
        EXPECT(spans.items[i].type == PII_NAME && spans.items[i].score > 0);
    const struct pii_span *last = &spans.items[spans.count - 1];
    EXPECT(str_equal(str_slice(text, last->end, text.length), STR("\xE2\x80\x9D called")));
    arena_reset(&arena);
}

static void without_a_tagger_frames_alone_work(void)
{
    EXPECT(pii_has_names(finder) && !pii_has_names(plain));
    expect_redacted(plain, "Sarah helped. My name is John Smith.",
                    "Sarah helped. My name is [NAME].");
}

int main(void)
{
    struct error err;
    EXPECT(name_tagger_open(&tagger, "models/hark-names.bin", &err) == STATUS_OK);
    EXPECT(pii_open(&finder, &err) == STATUS_OK && pii_open(&plain, &err) == STATUS_OK);
    pii_use_names(finder, tagger);
    RUN(names_in_running_text_are_hidden);
    RUN(what_is_something_else_is_no_name);
    RUN(places_are_those_of_the_text_as_given);
    RUN(without_a_tagger_frames_alone_work);
    pii_close(finder);
    pii_close(plain);
    name_tagger_close(tagger);
    arena_reset(&arena);
    return EXIT_SUCCESS;
}
