#include "base/test.h"
#include "text/text.h"

static struct arena arena;

static bool leaves(const char *text, const char *expected)
{
    str own = text_without_quotes(&arena, str_from_z(text));
    return str_equal_z(own, expected) && str_equal(text_without_quotes(&arena, own), own);
}

static bool keeps(const char *text)
{
    return text_without_quotes(&arena, str_from_z(text)).bytes == text;
}

static void quoted_lines_go(void)
{
    EXPECT(leaves("Still broken.\n> We fixed it.\n> Try again.", "Still broken."));
    EXPECT(leaves("> Is it slow?\nYes, very.\n>> and why\nNobody knows.",
                  "Yes, very.\nNobody knows."));
}

static void who_wrote_the_quote_goes_with_it(void)
{
    EXPECT(leaves("Thanks!\n\nOn 3 May 2024 at 10:12, Support <help@example.com> wrote:\n> Hello",
                  "Thanks!"));
    EXPECT(leaves("No.\nOn Mon, May 3, 2024 at 10:12 AM Support <help@example.com>\nwrote:\n\n"
                  "> Hello\n\nI want my money back.",
                  "No.\n\n\nI want my money back."));
    EXPECT(leaves("Danke\nAm 03.05.24 um 10:12 schrieb Support:\nHallo", "Danke"));
    EXPECT(leaves("Merci\nLe 3 mai 2024 à 10:12, Aide a écrit :\n> Bonjour", "Merci"));
    EXPECT(leaves("Gracias\nEl 3 may 2024, Ayuda escribió:\n> Hola", "Gracias"));
    EXPECT(leaves("Obrigado\nEm 3 de maio de 2024, Suporte escreveu:\n> Olá", "Obrigado"));
    EXPECT(leaves("Grazie\nIl giorno 3 mag 2024 Aiuto ha scritto:\n> Ciao", "Grazie"));
}

static void all_after_an_earlier_message_goes(void)
{
    EXPECT(
        leaves("It is down.\n-----Original Message-----\nFrom: us\nAll is well.", "It is down."));
    EXPECT(leaves("Geht nicht.\n-----Ursprüngliche Nachricht-----\nHallo", "Geht nicht."));
    EXPECT(leaves("Too slow.\n\nFrom: Support\nSent: Monday\nTo: me\n\nHow is it?", "Too slow."));
    EXPECT(leaves("Zu teuer.\nVon: Hilfe\nGesendet: Montag\nBetreff: Ihr Abo\nHallo", "Zu teuer."));
}

static void signatures_and_footers_go(void)
{
    EXPECT(leaves("Please help.\n-- \nJo Doe\nHead of Everything", "Please help."));
    EXPECT(leaves("Please help.\n\nSent from my iPhone", "Please help."));
    EXPECT(leaves("Bitte helfen.\nVon meinem iPhone gesendet", "Bitte helfen."));
    EXPECT(leaves("Aide svp\nEnvoyé de mon iPhone", "Aide svp"));
}

static void what_only_looks_like_a_quote_stays(void)
{
    EXPECT(keeps("> everything in one line"));
    EXPECT(keeps("On Monday your agent wrote:\nwe will call you"));
    EXPECT(keeps("From: the heart\nthank you"));
    EXPECT(keeps("Pros\n- fast\n-- very fast\nCons\n--- none"));
    EXPECT(keeps("a < b\nb > a"));
    EXPECT(keeps("---------- Forwarded message ---------\nThe app is broken."));
    EXPECT(keeps("Hallo\nVon meinem Konto wurde zweimal abgebucht"));
    EXPECT(keeps("Hallo\nVon meinem iPhone aus geht nichts"));
    EXPECT(keeps("The booking failed\nFrom: Paris\nTo: London\nDate: 3 May"));
    EXPECT(keeps("two lines\nof plain text"));
}

static void when_all_is_quoted_the_quote_is_the_message(void)
{
    EXPECT(keeps("> It crashes.\n> Every time."));
    EXPECT(keeps("-- \nJo Doe"));
    EXPECT(keeps(""));
}

int main(void)
{
    RUN(quoted_lines_go);
    RUN(who_wrote_the_quote_goes_with_it);
    RUN(all_after_an_earlier_message_goes);
    RUN(signatures_and_footers_go);
    RUN(what_only_looks_like_a_quote_stays);
    RUN(when_all_is_quoted_the_quote_is_the_message);
    arena_reset(&arena);
    return 0;
}
