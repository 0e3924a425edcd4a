/* The pipeline over a real file, with the shipped model: run from the top of the repository. */
#include "base/clock.h"
#include "base/test.h"
#include "base/utf8.h"
#include "intake/intake.h"
#include "store/store_feedback.h"

#include <string.h>
#include <unistd.h>

static struct arena arena;
static struct intake_options intake;
static struct configuration configuration;
static char folder[] = "/tmp/hark-intake-XXXXXX";

static void open_all(void)
{
    struct error err = {0};
    struct pii_finder *finder;
    struct languages *languages;
    EXPECT(mkdtemp(folder) != NULL);
    str url = str_format(&arena, "sqlite:%s/test.db", folder);
    EXPECT(store_open(&intake.store, url, &err) == STATUS_OK);
    EXPECT(pii_open(&finder, &err) == STATUS_OK);
    intake.finder = finder;
    intake.analyst = analyst_open("models/hark-ngram.bin");
    intake.redact = true;
    EXPECT(languages_open(&languages, "models/hark-language.bin", &err) == STATUS_OK);
    intake.languages = languages;
    EXPECT(analyst_has_model(intake.analyst));
    configuration_defaults(&configuration);
}

static void close_all(void)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    store_close(intake.store);
    languages_close((struct languages *)intake.languages);
    pii_close((struct pii_finder *)intake.finder);
    analyst_close((struct analyst *)intake.analyst);
    for (size_t i = 0; i < 4; i++)
        unlink(str_format(&arena, "%s/test.db%s", folder, endings[i]).bytes);
    rmdir(folder);
}

static enum status prepared(const char *text, bool is_strict, struct feedback *item,
                            struct error *err)
{
    struct preparation preparation = {.configuration = &configuration, .is_strict = is_strict};
    *item = (struct feedback){.tenant_id = TENANT_DEFAULT, .created_at = FIELD_UNSET};
    item->text = str_from_z(text);
    item->rating = FIELD_UNSET;
    return intake_prepare(&intake, &arena, &preparation, item, err);
}

static void hides_personal_data_before_anything_is_kept(void)
{
    struct feedback item;
    EXPECT(prepared("John Smith (john@example.com) loves the product", false, &item, NULL) ==
           STATUS_OK);
    EXPECT(str_equal(item.text, STR("[NAME] ([EMAIL]) loves the product")));
    EXPECT(item.pii_detected && str_find_str(item.analysis.summary, STR("john")) == STR_NONE);
}

static void keeps_texts_as_they_are_when_told_to(void)
{
    struct feedback item;
    intake.redact = false;
    EXPECT(prepared("Write to john@example.com about this problem", false, &item, NULL) ==
           STATUS_OK);
    EXPECT(str_find_str(item.text, STR("john@example.com")) != STR_NONE && item.pii_detected);
    intake.redact = true;
}

static void analyses_the_writers_own_lines_and_keeps_all(void)
{
    static const char mail[] = "Thank you, it works great now!\n\n"
                               "On 3 May 2024 at 10:12, Support wrote:\n"
                               "> It crashes, it is horrible, I want my money back.\n";
    struct feedback item;
    EXPECT(prepared(mail, false, &item, NULL) == STATUS_OK);
    EXPECT(str_find_str(item.text, STR("horrible")) != STR_NONE);
    EXPECT(item.analysis.sentiment == SENTIMENT_POSITIVE && !item.analysis.needs_alert);
    EXPECT(str_find_str(item.analysis.summary, STR("horrible")) == STR_NONE);
}

static void says_how_far_it_knows_the_language(void)
{
    static const struct {
        const char *text;
        enum language_support support;
    } rows[] = {{"The checkout page is very slow today", SUPPORT_FULL},
                {"Die Anwendung ist heute sehr langsam", SUPPORT_MEASURED},
                {"Aplikacja jest dzisiaj bardzo wolna", SUPPORT_LIMITED},
                {"12345 67890 :: 5/5", SUPPORT_UNKNOWN}};
    struct feedback item;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        EXPECT(prepared(rows[i].text, false, &item, NULL) == STATUS_OK);
        EXPECT(item.language_support == (int)rows[i].support);
        double claimed = item.analysis.score;
        bool is_lowered = item.analysis.confidence < claimed;
        EXPECT(is_lowered ==
               (rows[i].support == SUPPORT_MEASURED || rows[i].support == SUPPORT_LIMITED));
    }
}

static void answers_short_text_without_certainty(void)
{
    struct feedback item;
    struct error err;
    EXPECT(prepared("  bad!  ", false, &item, NULL) == STATUS_OK);
    EXPECT(item.analysis.method == METHOD_VALIDATION && item.analysis.band == BAND_LOW);
    EXPECT(item.analysis.sentiment == SENTIMENT_NEUTRAL && !item.analysis.needs_alert);
    EXPECT(prepared("bad!", true, &item, &err) == STATUS_INVALID);
    EXPECT(strcmp(err.field, "#/text") == 0);
}

/* What stands past the limit changes nothing. */
static void analyses_the_beginning_of_long_text(void)
{
    struct feedback item, beginning;
    struct error err;
    struct buf text;
    buf_init(&text, &arena, 20000);
    while (text.length < 5000)
        buf_add(&text, STR("The new editor is a joy and our whole team likes it. "));
    str good = utf8_prefix(buf_str(&text), 5000);
    EXPECT(prepared(str_z(&arena, good), false, &beginning, NULL) == STATUS_OK);
    EXPECT(!beginning.truncated);
    while (text.length < 10000)
        buf_add(&text, STR("It is broken, I hate it, I want my money back! "));
    const char *all = str_z(&arena, buf_str(&text));
    EXPECT(prepared(all, false, &item, NULL) == STATUS_OK);
    EXPECT(item.truncated && item.text.length > 9000);
    EXPECT(item.analysis.sentiment == beginning.analysis.sentiment);
    EXPECT(item.analysis.confidence == beginning.analysis.confidence);
    EXPECT(prepared(all, true, &item, &err) == STATUS_TOO_LARGE);
}

static void refuses_what_is_empty_once_cleaned(void)
{
    struct feedback item;
    struct error err;
    EXPECT(prepared(" \xe2\x80\x8b\t\n", false, &item, &err) == STATUS_INVALID);
    EXPECT(prepared("<p> <br> </p>", false, &item, &err) == STATUS_INVALID);
    EXPECT(strstr(err.message, "must not be empty") != NULL);
}

static void trusts_its_model_less_in_other_languages(void)
{
    struct feedback item;
    EXPECT(prepared("Die App ist wirklich ganz wunderbar und sehr hilfreich im Alltag.", false,
                    &item, NULL) == STATUS_OK);
    EXPECT(str_equal(item.language_code, STR("de")));
    EXPECT(item.analysis.confidence < item.analysis.score);
}

static void render(struct submission *submission, struct kept_answer *answer)
{
    answer->http_status = submission->was_there[0] ? 200 : 201;
    answer->body = str_format(&arena, "{\"id\":%lld}", (long long)submission->stored[0].id);
}

static struct submission submission_of(struct feedback *item, struct feedback *stored,
                                       bool *was_there, struct kept_answer *answer)
{
    return (struct submission){.items = item,
                               .stored = stored,
                               .was_there = was_there,
                               .count = 1,
                               .answer = answer,
                               .render = render,
                               .arena = &arena};
}

static enum status count_rows(struct db_session *session, void *argument, struct error *err)
{
    int64_t *counts = argument;
    struct db_statement *s =
        db_prepare(session, "SELECT (SELECT COUNT(*) FROM feedback), (SELECT COUNT(*) FROM alerts),"
                            " (SELECT COUNT(*) FROM events), (SELECT COUNT(*) FROM corrections)");
    EXPECT(db_row(s));
    for (int i = 0; i < 4; i++)
        counts[i] = db_integer(s, i);
    return db_end(s, err);
}

static void expect_rows(int64_t feedback, int64_t alerts, int64_t events, int64_t corrections)
{
    int64_t counts[4];
    EXPECT(db_read(store_db(intake.store), DB_SHORT, count_rows, counts, NULL) == STATUS_OK);
    EXPECT(counts[0] == feedback && counts[1] == alerts);
    EXPECT(counts[2] == events && counts[3] == corrections);
}

static void commits_feedback_alert_and_events_together(void)
{
    struct feedback item, stored;
    bool was_there;
    EXPECT(prepared("The app keeps crashing and I lost all of my work!", false, &item, NULL) ==
           STATUS_OK);
    item.source_id = STR("1");
    EXPECT(item.analysis.needs_alert);
    struct submission submission = submission_of(&item, &stored, &was_there, NULL);
    EXPECT(intake_submit(&intake, &submission, NULL) == STATUS_OK);
    EXPECT(stored.id == 1 && !was_there);
    expect_rows(1, 1, 3, 0);

    EXPECT(intake_submit(&intake, &submission, NULL) == STATUS_OK);
    EXPECT(was_there && stored.id == 1 && str_equal(stored.text, item.text));
    expect_rows(1, 1, 3, 0);
}

static void answers_a_repeated_key_from_what_was_kept(void)
{
    struct feedback item, stored;
    bool was_there;
    struct kept_answer answer = {
        .tenant_id = TENANT_DEFAULT, .key = STR("k"), .fingerprint = STR("f")};
    EXPECT(prepared("Thank you for the quick help yesterday", false, &item, NULL) == STATUS_OK);
    struct submission submission = submission_of(&item, &stored, &was_there, &answer);
    EXPECT(intake_submit(&intake, &submission, NULL) == STATUS_OK && !submission.is_replay);
    expect_rows(2, 1, 5, 0);

    struct kept_answer again = {
        .tenant_id = TENANT_DEFAULT, .key = STR("k"), .fingerprint = STR("f")};
    submission = submission_of(&item, &stored, &was_there, &again);
    EXPECT(intake_submit(&intake, &submission, NULL) == STATUS_OK && submission.is_replay);
    EXPECT(again.http_status == 201 && str_equal(again.body, STR("{\"id\":2}")));
    again.fingerprint = STR("other");
    EXPECT(intake_submit(&intake, &submission, NULL) == STATUS_CONFLICT);
    expect_rows(2, 1, 5, 0);
}

static void a_correction_may_open_an_alert_and_closes_none(void)
{
    struct correction worse = {SENTIMENT_NEGATIVE, LABEL_NONE, SEVERITY_HIGH, {0}};
    struct correction better = {SENTIMENT_POSITIVE, LABEL_NONE, LABEL_NONE, STR("irony")};
    struct correcting correcting = {.tenant_id = TENANT_DEFAULT,
                                    .id = 2,
                                    .correction = &worse,
                                    .configuration = &configuration,
                                    .actor = STR("test"),
                                    .arena = &arena};
    EXPECT(intake_correct(&intake, &correcting, NULL) == STATUS_OK);
    EXPECT(correcting.after.analysis.needs_alert);
    expect_rows(2, 2, 7, 2); /* feedback.corrected, alert.opened */

    correcting.correction = &better;
    EXPECT(intake_correct(&intake, &correcting, NULL) == STATUS_OK);
    EXPECT(correcting.after.analysis.sentiment == SENTIMENT_POSITIVE);
    EXPECT(correcting.after.analysis.needs_alert);
    expect_rows(2, 2, 9, 3); /* feedback.corrected, alert.unmade */
    correcting.id = 99;
    EXPECT(intake_correct(&intake, &correcting, NULL) == STATUS_NOT_FOUND);
}

static void removal_takes_all_that_hangs_on_it(void)
{
    struct removal removal = {TENANT_DEFAULT, 2, STR("test"), &arena};
    EXPECT(intake_remove(&intake, &removal, NULL) == STATUS_OK);
    expect_rows(1, 1, 10, 0);
    EXPECT(intake_remove(&intake, &removal, NULL) == STATUS_NOT_FOUND);
}

int main(void)
{
    open_all();
    RUN(hides_personal_data_before_anything_is_kept);
    RUN(keeps_texts_as_they_are_when_told_to);
    RUN(analyses_the_writers_own_lines_and_keeps_all);
    RUN(says_how_far_it_knows_the_language);
    RUN(answers_short_text_without_certainty);
    RUN(analyses_the_beginning_of_long_text);
    RUN(refuses_what_is_empty_once_cleaned);
    RUN(trusts_its_model_less_in_other_languages);
    RUN(commits_feedback_alert_and_events_together);
    RUN(answers_a_repeated_key_from_what_was_kept);
    RUN(a_correction_may_open_an_alert_and_closes_none);
    RUN(removal_takes_all_that_hangs_on_it);
    close_all();
    arena_reset(&arena);
    return 0;
}
