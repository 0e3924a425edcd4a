#include "net/http_retry_after.h"

#include "base/clock.h"
#include "base/test.h"

static void retry_after_is_read_in_seconds_and_as_a_date(void)
{
    const int64_t now_us = INT64_C(1500000000) * 1000000 + 500000; /* Fri, 14 Jul 2017 02:40:00.5 */
    const int64_t longest_us = INT64_C(366) * 24 * 3600 * 1000000;
    const struct {
        const char *value;
        int64_t wait_us;
    } cases[] = {
        {"120", 120000000},
        {" 7 ", 7000000},
        {"0", 0},
        {"000", 0},
        {"-1", 0},
        {"1.5", 0},
        {"1e9", 0},
        {"+5", 0},
        {"5s", 0},
        {"", 0},
        {"soon", 0},
        {"1000000000", longest_us},
        {"99999999999999999999999999", longest_us},
        {"Fri, 14 Jul 2017 02:41:00 GMT", 59500000},
        {"Friday, 14-Jul-17 02:41:00 GMT", 59500000},
        {"Fri Jul 14 02:41:00 2017", 59500000},
        {"Fri, 14 Jul 2017 02:39:59 GMT", 0},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Fri, 31 Dec 9999 23:59:59 GMT", longest_us},
        {"Fri, 14 Jul 2017 02:41:00", 0},
        {"Fri, 14 Jul 2017 02:41:00 GMT x", 0},
        {"Fri, 14 Jul 2017 02:41:00 +0100", 0},
        {"14 Jul 2017", 0},
        {"2017-07-14T02:41:00Z", 0},
        {"Fri, 14 Jul 2017 02:41:00 GMT                                                   ",
         59500000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        EXPECT(http_read_retry_after(str_from_z(cases[i].value), now_us) == cases[i].wait_us);
}

static void retry_after_ms_is_read_to_the_microsecond_and_at_most_a_year(void)
{
    const int64_t longest_us = 366 * DAY_US;
    static const struct {
        const char *value;
        int64_t wait_us;
    } cases[] = {
        {"250", 250000}, {" 1.5 ", 1500}, {"0", 0}, {"-5", 0}, {"", 0}, {"soon", 0}, {"nan", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        EXPECT(http_read_retry_after_ms(str_from_z(cases[i].value)) == cases[i].wait_us);
    EXPECT(http_read_retry_after_ms(STR("1e300")) == longest_us);
}

int main(void)
{
    RUN(retry_after_ms_is_read_to_the_microsecond_and_at_most_a_year);
    RUN(retry_after_is_read_in_seconds_and_as_a_date);
    return 0;
}
