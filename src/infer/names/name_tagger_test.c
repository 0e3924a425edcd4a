/* The shipped tagger, models/hark-names.bin, as found from the root of the tree. */
#include "base/test.h"
#include "infer/names/name_field_fit.h"
#include "infer/names/name_tagger.h"

#include <string.h>
#include <unistd.h>

static const char SHIPPED[] = "models/hark-names.bin";
static struct arena arena;
static struct name_tagger *tagger;

/* The names that are found, with '|' between them. */
static const char *names_in(const char *text)
{
    static char joined[512];
    size_t cue_count;
    str given = str_from_z(text);
    uint32_t *cues = name_cues_find(&arena, given, &cue_count);
    struct name_spans spans = name_tagger_find(tagger, &arena, given, cues, cue_count);
    joined[0] = '\0';
    for (size_t i = 0; i < spans.count; i++) {
        EXPECT(spans.items[i].begin < spans.items[i].end && spans.items[i].end <= given.length);
        EXPECT(i == 0 || spans.items[i].begin >= spans.items[i - 1].end);
        EXPECT(spans.items[i].score > 0 && spans.items[i].score <= 1);
        str name = str_slice(given, spans.items[i].begin, spans.items[i].end);
        size_t used = strlen(joined);
        snprintf(joined + used, sizeof joined - used, "%s" STR_FORMAT, i > 0 ? "|" : "",
                 STR_ARG(name));
    }
    arena_reset(&arena);
    return joined;
}

static void expect_names(const char *text, const char *names)
{
    const char *found = names_in(text);
    if (strcmp(found, names) != 0)
        fprintf(stderr, "in '%s': '%s' in place of '%s'\n", text, found, names);
    EXPECT(strcmp(found, names) == 0);
}

static void finds_people_in_feedback(void)
{
    static const char *const rows[][2] = {
        {"Sarah from support was great.", "Sarah"},
        {"I want to say thanks to Mike, he fixed it.", "Mike"},
        {"Hi, this is Priya, my order is late.", "Priya"},
        {"Ask for Priya Sharma at the desk.", "Priya Sharma"},
        {"I spoke to John Smith and Maria Lopez on Monday.", "John Smith|Maria Lopez"},
        {"cc Maria Lopez", "Maria Lopez"},
        {"The parcel went to Jean-Luc O'Neill instead of me.", "Jean-Luc O'Neill"},
        {"My name is Wei Zhang and I want a refund.", "Wei Zhang"},
        {"It was signed by José Álvarez.", "José Álvarez"},
        {"The invoice is for Ludwig van Beethoven.", "Ludwig van Beethoven"},
        {"Anna's account is locked.", "Anna"},
        {"I saw Robert De Niro there.", "Robert De Niro"},
        {"thanks mike, that worked", "mike"},
        {"my name is john", "john"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_names(rows[i][0], rows[i][1]);
}

static void leaves_a_title_outside(void)
{
    expect_names("Please thank Dr. Cettina Fanucci for me.", "Cettina Fanucci");
    expect_names("I was told so by Mrs Johnson.", "Johnson");
}

static void leaves_what_is_no_person(void)
{
    static const char *const texts[] = {
        "THE APP IS GREAT AND I LOVE IT",
        "Will this ever be fixed? May I have my money back?",
        "Mark as read is broken. Hope you fix it.",
        "The grace period is too short. Grace period!",
        "My Apple Watch will not sync with the Rose Gold one.",
        "Netflix and Amazon Prime stopped working in March.",
        "I moved from Paris to Berlin in May.",
        "Since Monday the Settings page is empty.",
        "The iPhone and the Samsung Galaxy are fine.",
        "Thanks Guys! Best App Ever",
        "Good app. Nice design. Very useful.",
        "Dear Support Team, please fix the Dark Mode.",
        "Error 404 at 10:30, version 2.3.1, order 123-456",
        "",
        " ",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_names(texts[i], "");
}

static void reads_what_is_not_english(void)
{
    (void)names_in("Привет, это Иван Петров из Москвы");
    (void)names_in("你好，我是王芳。 日本語 한국어");
    (void)names_in("\xF0\x9F\x98\x80\xF0\x9F\x98\x80 Anna\xCC\x81 \xEF\xBB\xBF");
    (void)names_in("ÀÉÎ Õü ŠŽ Ł Ñ-Ñ'Ñ É");
}

static void a_long_row_of_names_is_cut_into_windows(void)
{
    enum {
        ROWS = 500
    };
    static const str piece = {"John Smith, ", 12};
    static char text[ROWS * 12];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = piece.bytes[i % piece.length];
    str given = {text, sizeof text};
    struct name_spans spans = name_tagger_find(tagger, &arena, given, NULL, 0);
    EXPECT(spans.count >= ROWS * 9 / 10);
    arena_reset(&arena);
}

static void write_file(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wbe");
    EXPECT(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static void expect_refused(const char *path, enum status wanted)
{
    struct name_tagger *none = NULL;
    struct error err = {0};
    EXPECT(name_tagger_open(&none, path, &err) == wanted);
    EXPECT(none == NULL && strlen(err.message) > 0);
}

static void refuses_a_file_that_is_not_whole(void)
{
    static char bytes[sizeof(struct name_model)];
    char path[] = "/tmp/hark-names-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fopen(SHIPPED, "rbe");
    EXPECT(fd >= 0 && file != NULL && fread(bytes, 1, sizeof bytes, file) == sizeof bytes);
    fclose(file);
    close(fd);
    expect_refused("/nonexistent/names.bin", STATUS_NOT_FOUND);
    expect_refused("/tmp", STATUS_CORRUPT);
    write_file(path, bytes, 0);
    expect_refused(path, STATUS_CORRUPT);
    write_file(path, bytes, sizeof bytes - 1);
    expect_refused(path, STATUS_CORRUPT);
    static const size_t places[] = {0, 8, 12, 16, 24, 40, sizeof bytes / 2, sizeof bytes - 1};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        bytes[places[i]] ^= 1;
        write_file(path, bytes, sizeof bytes);
        expect_refused(path, STATUS_CORRUPT);
        bytes[places[i]] ^= 1;
    }
    write_file(path, bytes, sizeof bytes);
    struct name_tagger *whole = NULL;
    EXPECT(name_tagger_open(&whole, path, NULL) == STATUS_OK);
    name_tagger_close(whole);
    unlink(path);
}

int main(void)
{
    struct error err;
    EXPECT(name_tagger_open(&tagger, SHIPPED, &err) == STATUS_OK);
    RUN(finds_people_in_feedback);
    RUN(leaves_a_title_outside);
    RUN(leaves_what_is_no_person);
    RUN(reads_what_is_not_english);
    RUN(a_long_row_of_names_is_cut_into_windows);
    RUN(refuses_a_file_that_is_not_whole);
    name_tagger_close(tagger);
    arena_reset(&arena);
    return EXIT_SUCCESS;
}
