#include "work/work_cron.h"

#include "base/clock.h"
#include "base/test.h"

#include <string.h>

static struct error err;

static int64_t at(const char *text)
{
    int64_t us = 0;
    EXPECT(clock_parse(str_from_z(text), &us));
    return us;
}

static void comes_when_crontab_says(void)
{
    static const struct {
        const char *line, *after, *next;
    } rows[] = {
        {"* * * * *", "2026-11-20T10:00:00Z", "2026-11-20T10:01:00Z"},
        {"* * * * *", "2026-11-20T10:00:59.999Z", "2026-11-20T10:01:00Z"},
        {"* * * * *", "2026-12-31T23:59:30Z", "2027-01-01T00:00:00Z"},
        {"30 4 * * *", "2026-11-20T04:29:59Z", "2026-11-20T04:30:00Z"},
        {"30 4 * * *", "2026-11-20T04:30:00Z", "2026-11-21T04:30:00Z"},
        {"*/15 * * * *", "2026-11-20T10:46:00Z", "2026-11-20T11:00:00Z"},
        {"10-20/5 9-17 * * *", "2026-11-20T09:10:00Z", "2026-11-20T09:15:00Z"},
        {"10-20/5 9-17 * * *", "2026-11-20T17:20:00Z", "2026-11-21T09:10:00Z"},
        {"5,35,50 */6 * * *", "2026-11-20T06:36:00Z", "2026-11-20T06:50:00Z"},
        {"0 0 1 * *", "2026-11-20T10:00:00Z", "2026-12-01T00:00:00Z"},
        {"0 12 31 * *", "2026-11-20T10:00:00Z", "2026-12-31T12:00:00Z"},
        {"0 0 31 4,5 *", "2026-11-20T10:00:00Z", "2027-05-31T00:00:00Z"},
        {"0 0 29 2 *", "2026-11-20T10:00:00Z", "2028-02-29T00:00:00Z"},
        {"0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"}, /* 2100 is no leap year */
        {"0 0 29 Feb *", "1999-03-01T00:00:00Z", "2000-02-29T00:00:00Z"},
        {"0 9 * * MON-FRI", "2026-11-20T09:00:00Z", "2026-11-23T09:00:00Z"}, /* from a Friday */
        {"0 9 * * mon,wed", "2026-11-24T00:00:00Z", "2026-11-25T09:00:00Z"},
        {"0 0 * * 7", "2026-11-20T10:00:00Z", "2026-11-22T00:00:00Z"},
        {"0 0 * * 5-7", "2026-11-21T10:00:00Z", "2026-11-22T00:00:00Z"},
        {"0 0 13 * 5", "2026-11-20T10:00:00Z", "2026-11-27T00:00:00Z"}, /* the 13th, or a Friday */
        {"0 0 13 * 5", "2026-12-11T00:00:00Z", "2026-12-13T00:00:00Z"},
        {"0 0 */2 * 5", "2026-11-20T10:00:00Z", "2026-11-27T00:00:00Z"}, /* "*": both must fit */
        {"0 0 30 2 1", "2026-11-20T10:00:00Z", "2027-02-01T00:00:00Z"},  /* Mondays of February */
        {"0 0 * JAN,jul *", "2026-11-20T10:00:00Z", "2027-01-01T00:00:00Z"},
        {"@hourly", "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"},
        {"@daily", "2026-11-20T10:00:00Z", "2026-11-21T00:00:00Z"},
        {"@midnight", "2026-11-20T10:00:00Z", "2026-11-21T00:00:00Z"},
        {"@weekly", "2026-11-20T10:00:00Z", "2026-11-22T00:00:00Z"},
        {"@monthly", "2026-11-20T10:00:00Z", "2026-12-01T00:00:00Z"},
        {"@yearly", "2026-11-20T10:00:00Z", "2027-01-01T00:00:00Z"},
        {"@annually", "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"},
        {" \t0  0\t1 1 * ", "2026-11-20T10:00:00Z", "2027-01-01T00:00:00Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cron cron;
        EXPECT(cron_parse(&cron, str_from_z(rows[i].line), &err) == STATUS_OK);
        int64_t next = cron_next(&cron, at(rows[i].after));
        if (next != at(rows[i].next)) {
            char text[CLOCK_TEXT_SIZE];
            clock_format(next, text);
            fprintf(stderr, "'%s' after %s: %s, not %s\n", rows[i].line, rows[i].after, text,
                    rows[i].next);
            exit(EXIT_FAILURE);
        }
    }
}

static int digits_at(const char *text)
{
    return (text[0] - '0') * 10 + text[1] - '0';
}

/* Every minute of a leap year and the one after it, against the plainest reading of the line. */
static void misses_no_minute_and_makes_none_up(void)
{
    struct cron cron;
    EXPECT(cron_parse(&cron, STR("7,37 3-5 10-12 2,3 tue"), &err) == STATUS_OK);
    int64_t from = at("2028-01-01T00:00:00Z"), until = at("2030-01-01T00:00:00Z");
    int64_t expected = cron_next(&cron, from);
    int found = 0;
    for (int64_t t = from + 60 * SECOND_US; t < until; t += 60 * SECOND_US) {
        char text[CLOCK_TEXT_SIZE];
        clock_format(t, text);
        int month = digits_at(text + 5), day = digits_at(text + 8), hour = digits_at(text + 11),
            minute = digits_at(text + 14);
        bool is_tuesday = (t / DAY_US + 4) % 7 == 2; /* 1970 began on a Thursday */
        bool fits = (minute == 7 || minute == 37) && hour >= 3 && hour <= 5 &&
                    (month == 2 || month == 3) && ((day >= 10 && day <= 12) || is_tuesday);
        EXPECT(fits == (t == expected));
        if (fits) {
            expected = cron_next(&cron, t);
            found++;
        }
    }
    EXPECT(found > 100);
}

static void refuses_what_can_never_come_or_cannot_be_read(void)
{
    static const struct {
        const char *line, *says;
    } rows[] = {
        {"", "five fields"},
        {"* * * *", "five fields"},
        {"* * * * * *", "five fields"},
        {"@often", "five fields"},
        {"60 * * * *", "minute"},
        {"-1 * * * *", "minute"},
        {"1- * * * *", "minute"},
        {"5-1 * * * *", "minute"},
        {"*/0 * * * *", "minute"},
        {"*/60 * * * *", "minute"},
        {"5/2 * * * *", "minute"},
        {"1,,2 * * * *", "minute"},
        {"1, * * * *", "minute"},
        {"1.5 * * * *", "minute"},
        {"x * * * *", "minute"},
        {"99999999999999999999 * * * *", "minute"},
        {"* 24 * * *", "hour"},
        {"* * 0 * *", "day of the month"},
        {"* * 32 * *", "day of the month"},
        {"* * * 13 *", "month"},
        {"* * * mon *", "month"},
        {"* * * january *", "month"},
        {"* * * * 8", "day of the week"},
        {"* * * * feb", "day of the week"},
        {"0 0 30 2 *", "no month"},
        {"0 0 31 2,4,6,9,11 *", "no month"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cron cron;
        EXPECT(cron_parse(&cron, str_from_z(rows[i].line), &err) == STATUS_INVALID);
        EXPECT(strstr(err.message, rows[i].says) != NULL);
    }
}

int main(void)
{
    RUN(comes_when_crontab_says);
    RUN(misses_no_minute_and_makes_none_up);
    RUN(refuses_what_can_never_come_or_cannot_be_read);
    return 0;
}
