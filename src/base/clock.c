#include "base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t clock_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

uint64_t clock_monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)(now.tv_sec * SECOND_US + now.tv_nsec / 1000);
}

int64_t clock_floor(int64_t at_us, int64_t unit_us)
{
    int64_t over = at_us % unit_us;
    return at_us - (over < 0 ? over + unit_us : over);
}

static void put_digits(char *out, int64_t number, int digits)
{
    for (int i = digits - 1; i >= 0; i--, number /= 10)
        out[i] = (char)('0' + number % 10);
}

/* Days since 1970 to a civil date, and back: Howard Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms", for the proleptic Gregorian calendar. */
static void civil_from_days(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * of_year + 2) / 153;
    *day = of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = year_of_era + era * 400 + (*month <= 2);
}

static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    return era * 146097 + of_era - 719468;
}

int64_t clock_month(int64_t at_us)
{
    int64_t year, month, day;
    civil_from_days(clock_floor(at_us, DAY_US) / DAY_US, &year, &month, &day);
    return days_from_civil(year, month, 1) * DAY_US;
}

int64_t clock_next_month(int64_t at_us)
{
    return clock_month(clock_month(at_us) + 31 * DAY_US);
}

size_t clock_format(int64_t at_us, char out[static CLOCK_TEXT_SIZE])
{
    int64_t day_start = clock_floor(at_us, DAY_US);
    int64_t ms = (at_us - day_start) / 1000, year, month, day;
    civil_from_days(day_start / DAY_US, &year, &month, &day);

    static const char shape[] = "0000-00-00T00:00:00.000Z";
    for (size_t i = 0; i < sizeof shape; i++)
        out[i] = shape[i];
    put_digits(out, year, 4);
    put_digits(out + 5, month, 2);
    put_digits(out + 8, day, 2);
    put_digits(out + 11, ms / 3600000, 2);
    put_digits(out + 14, ms / 60000 % 60, 2);
    put_digits(out + 17, ms / 1000 % 60, 2);
    put_digits(out + 20, ms % 1000, 3);
    return sizeof shape - 1;
}

str clock_text(struct arena *arena, int64_t at_us)
{
    char *text = arena_alloc_raw(arena, CLOCK_TEXT_SIZE);
    return (str){text, clock_format(at_us, text)};
}

/* Reads exactly `digits` digits off the front of `*rest`. */
static bool take_number(str *rest, size_t digits, int64_t *number)
{
    if (rest->length < digits)
        return false;
    *number = 0;
    for (size_t i = 0; i < digits; i++) {
        if (rest->bytes[i] < '0' || rest->bytes[i] > '9')
            return false;
        *number = *number * 10 + (rest->bytes[i] - '0');
    }
    *rest = str_slice(*rest, digits, rest->length);
    return true;
}

static bool take_byte(str *rest, const char *any_of)
{
    for (; *any_of != '\0'; any_of++)
        if (rest->length > 0 && rest->bytes[0] == *any_of) {
            *rest = str_slice(*rest, 1, rest->length);
            return true;
        }
    return false;
}

static bool take_date(str *rest, int64_t *at_us)
{
    static const int longest[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t year, month, day;
    if (!take_number(rest, 4, &year) || !take_byte(rest, "-") || !take_number(rest, 2, &month) ||
        !take_byte(rest, "-") || !take_number(rest, 2, &day))
        return false;
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > longest[month - 1] ||
        (month == 2 && day == 29 && !is_leap))
        return false;
    *at_us = days_from_civil(year, month, day) * DAY_US;
    return true;
}

static bool take_time(str *rest, int64_t *at_us)
{
    int64_t hour, minute, second, digit, unit = SECOND_US / 10;
    if (!take_number(rest, 2, &hour) || !take_byte(rest, ":") || !take_number(rest, 2, &minute) ||
        !take_byte(rest, ":") || !take_number(rest, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    *at_us += ((hour * 60 + minute) * 60 + second) * SECOND_US;
    if (!take_byte(rest, "."))
        return true;
    if (!take_number(rest, 1, &digit))
        return false;
    do {
        *at_us += digit * unit;
        unit /= 10;
    } while (take_number(rest, 1, &digit));
    return true;
}

static bool take_offset(str *rest, int64_t *at_us)
{
    int64_t hours, minutes;
    if (rest->length == 0 || take_byte(rest, "Zz"))
        return true;
    int64_t sign = take_byte(rest, "+") ? -1 : take_byte(rest, "-") ? 1 : 0;
    if (sign == 0 || !take_number(rest, 2, &hours) || !take_byte(rest, ":") ||
        !take_number(rest, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *at_us += sign * (hours * 60 + minutes) * 60 * SECOND_US;
    return true;
}

bool clock_parse(str text, int64_t *at_us)
{
    int64_t at;
    if (!take_date(&text, &at))
        return false;
    if (text.length > 0 &&
        (!take_byte(&text, "Tt ") || !take_time(&text, &at) || !take_offset(&text, &at)))
        return false;
    if (text.length > 0 || at < 0)
        return false;
    *at_us = at;
    return true;
}
