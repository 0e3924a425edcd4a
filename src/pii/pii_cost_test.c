/* Texts made to cost much: time must grow with their length, and with nothing else. */
#include "base/test.h"
#include "infer/names/name_tagger.h"
#include "pii/pii.h"

#include <string.h>
#include <time.h>

enum {
    SMALL = 16 * 1024,
    LARGE = 16 * SMALL,
    MOST_TIMES = 64, /* for 16 times the text; its square would be 256 */
    ROUNDS = 5
};

static struct pii_finder *finder;

static uint64_t thread_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* The least of some rounds, as what else the machine does only adds. */
static uint64_t time_to_redact(const char *piece, size_t size)
{
    struct arena text_arena = {0}, arena = {0};
    uint64_t least = UINT64_MAX;
    size_t length = strlen(piece);
    size -= size % length; /* whole characters */
    char *text = arena_alloc_raw(&text_arena, size);
    for (size_t i = 0; i < size; i++)
        text[i] = piece[i % length];
    for (int round = 0; round < ROUNDS; round++) {
        str given = {text, size};
        uint64_t began = thread_ns();
        (void)pii_redact(&arena, given, pii_find(finder, &arena, given));
        uint64_t took = thread_ns() - began;
        least = took < least ? took : least;
        arena_reset(&arena);
    }
    arena_reset(&text_arena);
    return least;
}

static const char *const pieces[] = {
    "John ",
    "Jo ",
    "JOHN SMITH ",
    "Al-",
    "O'",
    "thanks ",
    "name john ",
    "Xqz. ",
    "1 ",
    "4 ",
    "9 9 9 9 ",
    "12-",
    "1.",
    "1/",
    "1:",
    "1,",
    "+1 ",
    "07 ",
    "(0123) ",
    "00 1 2 3 ",
    "0123 45 ",
    "2020-01-01 ",
    "10.0.0.1 ",
    "123-45-6789 ",
    "4111 1111 1111 1112 ",
    "4111111111111111 ",
    "a@",
    "a@b.",
    "a@b.c@d.e@",
    "@",
    ".",
    "/",
    "-.",
    ":",
    "::",
    "aa:bb:",
    "fe80::1 ",
    "12:30 ",
    "http://",
    "http://a ",
    "www.a.",
    "a at b dot ",
    "at a dot ",
    "AB 12 ",
    "AB12 CD34 ",
    "0a ",
    "deadbeef ",
    "A",
    "1",
    "e",
    "12 Main St ",
    "1 A B C D E ",
    "1 rue A ",
    "Aweg 1 ",
    "1 Aa 2 ",
    "1 Aa 2, Bb ",
    "1 Aa Bb Cc Dd Ee 2, Ff Gg Hh Ii ",
    "Apt. 5 ",
    "1 Aa, Apt. 5, Bb, IL 62704\n",
    "Aa 1 Suite 5\n",
    "address is 1 Aa ",
    "address ",
    "unit 1 box 1 ",
    "uss A ",
    "zip code is is 12345 ",
    "utca 1 ",
    "mr jo mr li ",
    "A-weg ",
    "Berliner ",
    "C/ A ",
    "Calle A ",
    "Mr A ",
    "Dear A ",
    "may 1 ",
    "1 May ",
    "password is ",
    "pin is is is ",
    "my name is A ",
    "regards,\n",
    "account no no no ",
    "phone me at on ",
    "phone 123 45 ",
    "utr utr utr 1 ",
    "license plate A1 ",
    "phone card tax ssn nhs sin swift 4 5 6 7 8 9 0 ",
    "x (A B (a@b.io) ",
    "\xC3\xA9@",
    "\xEF\xBC\x91 ",
    "4\xE2\x80\x8B",
    "\xE2\x80\xA4",
};

static void hostile_texts_cost_their_length(void)
{
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        uint64_t small = time_to_redact(pieces[i], SMALL), large = time_to_redact(pieces[i], LARGE);
        if (large > MOST_TIMES * small)
            fprintf(stderr, "'%s': %lu ns, then %lu ns\n", pieces[i], (unsigned long)small,
                    (unsigned long)large);
        EXPECT(large <= MOST_TIMES * small);
    }
}

int main(void)
{
    struct error err;
    struct name_tagger *tagger;
    EXPECT(pii_open(&finder, &err) == STATUS_OK);
    EXPECT(name_tagger_open(&tagger, "models/hark-names.bin", &err) == STATUS_OK);
    pii_use_names(finder, tagger);
    RUN(hostile_texts_cost_their_length);
    pii_close(finder);
    name_tagger_close(tagger);
    return 0;
}
