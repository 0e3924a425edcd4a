#include "work/work_cron.h"

#include "base/clock.h"

#include <time.h>

enum {
    MINUTE,
    HOUR,
    MONTH_DAY,
    MONTH,
    WEEK_DAY,
    FIELDS,
    MINUTES_A_HOUR = 60,
    HOURS_A_DAY = 24,
    DAYS_LOOKED_AT = 366 * 9 /* 29 February comes back after eight years at most */
};

static const char month_names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
static const char day_names[] = "sunmontuewedthufrisat";

static const struct {
    const char *name;
    int least, most;
    const char *names; /* of three letters each, from `least` on */
} fields[FIELDS] = {
    [MINUTE] = {"minute", 0, 59, ""},
    [HOUR] = {"hour", 0, 23, ""},
    [MONTH_DAY] = {"day of the month", 1, 31, ""},
    [MONTH] = {"month", 1, 12, month_names},
    [WEEK_DAY] = {"day of the week", 0, 7, day_names},
};

static const struct {
    const char *name, *line;
} nicknames[] = {
    {"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},   {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
};

static bool read_name(int field, str text, int *number)
{
    str names = str_from_z(fields[field].names);
    for (size_t at = 0; text.length == 3 && at < names.length; at += 3)
        if (str_equal_ignoring_case(text, str_slice(names, at, at + 3))) {
            *number = fields[field].least + (int)(at / 3);
            return true;
        }
    return false;
}

static bool read_value(int field, str text, int *number)
{
    int64_t value;
    if (read_name(field, text, number))
        return true;
    if (!str_to_integer(text, &value) || value < fields[field].least || value > fields[field].most)
        return false;
    *number = (int)value;
    return true;
}

/* "*", "5", "1-5", and "/2" after the first and the last of them. */
static bool read_part(int field, str part, uint64_t *bits)
{
    str range, step_text = {0}, first_text, last_text;
    int first = fields[field].least, last = fields[field].most;
    int64_t step = 1;
    bool has_step = str_cut(part, '/', &range, &step_text);
    bool is_star = str_equal(range, STR("*"));
    if (has_step && (!str_to_integer(step_text, &step) || step < 1 || step > last))
        return false;
    bool is_range = str_cut(range, '-', &first_text, &last_text);
    if (!is_star && !read_value(field, first_text, &first))
        return false;
    if (is_range && !read_value(field, last_text, &last))
        return false;
    if (!is_star && !is_range)
        last = first;
    if (first > last || (has_step && !is_star && !is_range))
        return false;
    for (int value = first; value <= last; value += (int)step)
        *bits |= UINT64_C(1) << value;
    return true;
}

static enum status read_field(int field, str text, uint64_t *bits, struct error *err)
{
    str rest = text, part;
    bool has_more = true;
    *bits = 0;
    while (has_more) {
        has_more = str_cut(rest, ',', &part, &rest);
        if (!read_part(field, part, bits))
            return fail(err, STATUS_INVALID,
                        "the %s of a cron line is \"*\", a number from %d to %d, a range, steps of "
                        "either or several with commas, not '" STR_FORMAT "'",
                        fields[field].name, fields[field].least, fields[field].most, STR_ARG(text));
    }
    return STATUS_OK;
}

static str full_line(str line)
{
    for (size_t i = 0; i < sizeof nicknames / sizeof nicknames[0]; i++)
        if (str_equal_z(line, nicknames[i].name))
            return str_from_z(nicknames[i].line);
    return line;
}

/* Blanks part the fields; FIELDS + 1 says that there are more. */
static int split(str line, str texts[static FIELDS])
{
    int count = 0;
    size_t at = 0;
    while (at < line.length) {
        size_t from = at;
        while (at < line.length && line.bytes[at] != ' ' && line.bytes[at] != '\t')
            at++;
        if (at > from && count == FIELDS)
            return FIELDS + 1;
        if (at > from)
            texts[count++] = str_slice(line, from, at);
        at++;
    }
    return count;
}

static bool is_leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int month, int year)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap_year(year));
}

/* Whether some month that is named has some day that is named. */
static bool can_come(const struct cron *cron)
{
    enum {
        A_LEAP_YEAR = 2024
    };
    for (int month = 1; month <= 12; month++)
        for (int day = 1; (cron->months >> month & 1) != 0 && day <= days_in(month, A_LEAP_YEAR);
             day++)
            if ((cron->month_days >> day & 1) != 0)
                return true;
    return cron->has_week_days;
}

enum status cron_parse(struct cron *cron, str line, struct error *err)
{
    str texts[FIELDS];
    uint64_t bits[FIELDS];
    int count = split(full_line(str_trim(line)), texts);
    if (count != FIELDS)
        return fail(err, STATUS_INVALID,
                    "a cron line has five fields or is one of @hourly, @daily, @weekly, @monthly "
                    "and @yearly");
    for (int field = 0; field < FIELDS; field++) {
        enum status status = read_field(field, texts[field], &bits[field], err);
        if (status != STATUS_OK)
            return status;
    }
    struct cron read = {
        .minutes = bits[MINUTE],
        .hours = (uint32_t)bits[HOUR],
        .month_days = (uint32_t)bits[MONTH_DAY],
        .months = (uint32_t)bits[MONTH],
        .week_days = (uint32_t)(bits[WEEK_DAY] | bits[WEEK_DAY] >> 7), /* 7 is Sunday too */
        .has_month_days = texts[MONTH_DAY].bytes[0] != '*',
        .has_week_days = texts[WEEK_DAY].bytes[0] != '*',
    };
    if (!can_come(&read))
        return fail(err, STATUS_INVALID, "no month of this cron line has such a day");
    *cron = read;
    return STATUS_OK;
}

/* crontab(5): "if both fields are restricted (i.e., do not contain the "*" character), the command
 * will be run when either field matches the current time". */
static bool fits_day(const struct cron *cron, const struct tm *day)
{
    if ((cron->months >> (day->tm_mon + 1) & 1) == 0)
        return false;
    bool fits_month = (cron->month_days >> day->tm_mday & 1) != 0;
    bool fits_week = (cron->week_days >> day->tm_wday & 1) != 0;
    if (cron->has_month_days && cron->has_week_days)
        return fits_month || fits_week;
    return fits_month && fits_week;
}

static void move_to_next_day(struct tm *day)
{
    day->tm_wday = (day->tm_wday + 1) % 7;
    if (++day->tm_mday <= days_in(day->tm_mon + 1, day->tm_year + 1900))
        return;
    day->tm_mday = 1;
    if (++day->tm_mon < 12)
        return;
    day->tm_mon = 0;
    day->tm_year++;
}

/* The first minute of the day, from `from` on, that fits; its length when there is none. */
static int find_minute(const struct cron *cron, int from)
{
    for (int minute = from; minute < HOURS_A_DAY * MINUTES_A_HOUR; minute++)
        if ((cron->hours >> (minute / MINUTES_A_HOUR) & 1) != 0 &&
            (cron->minutes >> (minute % MINUTES_A_HOUR) & 1) != 0)
            return minute;
    return HOURS_A_DAY * MINUTES_A_HOUR;
}

int64_t cron_next(const struct cron *cron, int64_t after_us)
{
    const int64_t minute_us = 60 * SECOND_US;
    int64_t first = clock_floor(after_us, minute_us) + minute_us;
    int64_t midnight = clock_floor(first, DAY_US);
    int from = (int)((first - midnight) / minute_us);
    time_t seconds = (time_t)(midnight / SECOND_US);
    struct tm day;
    gmtime_r(&seconds, &day);
    for (int i = 0; i < DAYS_LOOKED_AT; i++, midnight += DAY_US, from = 0) {
        int minute = fits_day(cron, &day) ? find_minute(cron, from) : HOURS_A_DAY * MINUTES_A_HOUR;
        if (minute < HOURS_A_DAY * MINUTES_A_HOUR)
            return midnight + minute * minute_us;
        move_to_next_day(&day);
    }
    return INT64_MAX; /* past what can_come() lets through */
}
