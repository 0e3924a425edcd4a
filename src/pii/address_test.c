#include "base/test.h"
#include "pii/address.h"
#include "pii/words.h"

#include <stdio.h>
#include <string.h>

/* What is grown from `core`, a piece of the text; NULL: nothing. */
static const char *grown(const char *text, const char *core)
{
    static char found[256];
    const char *place = strstr(text, core);
    EXPECT(place != NULL);
    size_t begin = (size_t)(place - text), end = begin + strlen(core);
    if (!address_grow(str_from_z(text), &begin, &end))
        return NULL;
    EXPECT(begin <= end && end <= strlen(text));
    snprintf(found, sizeof found, "%.*s", (int)(end - begin), text + begin);
    return found;
}

static void expect_grown(const char *text, const char *core, const char *wanted)
{
    const char *found = grown(text, core);
    if (found == NULL || strcmp(found, wanted) != 0)
        fprintf(stderr, "in '%s': '%s' in place of '%s'\n", text, found ? found : "", wanted);
    EXPECT(found != NULL && strcmp(found, wanted) == 0);
}

static void a_flat_takes_in_its_street_and_its_town(void)
{
    static const char *const rows[][3] = {
        {"He lives at 1 Purje 57\n Apt. 626\n Ridalepa\n Mali 44998 now", "Apt. 626",
         "1 Purje 57\n Apt. 626\n Ridalepa\n Mali 44998"},
        {"Send it to 88 Baldock Street, Apt 5, Boston, MA 02118.", "Apt 5",
         "88 Baldock Street, Apt 5, Boston, MA 02118"},
        {"Schaarsteinweg 58, Suite 485, Ebermannsdorf", "Suite 485",
         "Schaarsteinweg 58, Suite 485, Ebermannsdorf"},
        {"Unit 5, 12 Example Rd, Suburb QLD 4000", "Unit 5",
         "Unit 5, 12 Example Rd, Suburb QLD 4000"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_grown(rows[i][0], rows[i][1], rows[i][2]);
}

static void a_street_takes_in_what_stands_on_the_next_lines(void)
{
    expect_grown("Beispielweg 12 a\n80331 M\xC3\xBCnchen\nDanke", "Beispielweg 12 a",
                 "Beispielweg 12 a\n80331 M\xC3\xBCnchen");
    expect_grown("12 Main Street\nSpringfield\nIL 62704", "12 Main Street",
                 "12 Main Street\nSpringfield\nIL 62704");
    expect_grown("to 99 82 Maidstone Road today", "82 Maidstone Road", "99 82 Maidstone Road");
    expect_grown("Write to P.O. Box 5", "Box 5", "P.O. Box 5");
}

static void a_flat_alone_is_none(void)
{
    static const char *const rows[][2] = {
        {"Suite 5 is noisy", "Suite 5"},
        {"we spent 2 nights in Suite 12, lovely", "Suite 12"},
        {"Unit 3 of the course is too hard", "Unit 3"},
        {"Since Office Suite 2, nothing works", "Suite 2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        EXPECT(grown(rows[i][0], rows[i][1]) == NULL);
}

static void a_sentence_after_it_is_none_of_it(void)
{
    expect_grown("I am at 12 Main Street. Thanks for the help", "12 Main Street", "12 Main Street");
    expect_grown("At 12 Main Street, Bob told me to wait", "12 Main Street", "12 Main Street");
    expect_grown("12 Main Street 2000 dollars", "12 Main Street", "12 Main Street");
    expect_grown("12 Main Street\nThanks\n", "12 Main Street", "12 Main Street");
}

int main(void)
{
    word_meanings_open();
    RUN(a_flat_takes_in_its_street_and_its_town);
    RUN(a_street_takes_in_what_stands_on_the_next_lines);
    RUN(a_flat_alone_is_none);
    RUN(a_sentence_after_it_is_none_of_it);
    return 0;
}
