/* work_cron.h - lines that say when something comes back, as crontab(5) has them, in UTC.
 *
 * Five fields: minute, hour, day of the month, month, day of the week. Each is "*", a number, a
 * range "1-5", either with a step "/2", or several of these with commas between; months and days
 * may be named by their first three letters, and Sunday is 0 and 7. When both days are restricted,
 * either is enough. @hourly, @daily (@midnight), @weekly, @monthly and @yearly (@annually) stand
 * for lines of their own. */
#pragma once

#include "base/status.h"
#include "base/str.h"

struct cron {
    uint64_t minutes; /* a bit for each */
    uint32_t hours, month_days, months, week_days;
    bool has_month_days, has_week_days; /* which of the two is restricted */
};

/* INVALID names the field and the rule; also for a day that no month has. */
enum status cron_parse(struct cron *cron, str line, struct error *err) MUST_CHECK;
int64_t cron_next(const struct cron *cron, int64_t after_us); /* the first time after that one */
