#include "base/clock.h"
#include "base/test.h"
#include "base/uuid.h"

static struct arena arena;

static bool round_trips(const char *in, const char *out)
{
    int64_t at;
    return clock_parse(str_from_z(in), &at) && str_equal_z(clock_text(&arena, at), out);
}

static void reads_and_writes_rfc_3339(void)
{
    EXPECT(round_trips("2026-11-20T08:22:57.123Z", "2026-11-20T08:22:57.123Z"));
    EXPECT(round_trips("2024-02-29T23:59:59+02:00", "2024-02-29T21:59:59.000Z"));
    EXPECT(round_trips("2024-01-15T10:30:00", "2024-01-15T10:30:00.000Z"));
    EXPECT(round_trips("2000-03-01", "2000-03-01T00:00:00.000Z"));
    EXPECT(round_trips("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"));
    EXPECT(round_trips("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999Z"));
}

static void refuses_what_is_no_time(void)
{
    static const char *const bad[] = {
        "",
        "yesterday",
        "2026-13-01",
        "2026-02-29",
        "2026-00-10",
        "2026-01-01T25:00:00Z",
        "2026-01-01T10:00Z",
        "1969-12-31T23:00:00Z",
        "2026-1-1",
        "2026-01-01T10:00:00.",
        "2026-01-01T10:00:00+2",
        "2026-01-01T10:00:00Zx",
    };
    int64_t at;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        EXPECT(!clock_parse(str_from_z(bad[i]), &at));
}

static void floors_to_the_hour_and_day(void)
{
    int64_t at;
    EXPECT(clock_parse(STR("2026-11-20T08:22:57Z"), &at));
    EXPECT(str_equal_z(clock_text(&arena, clock_floor(at, HOUR_US)), "2026-11-20T08:00:00.000Z"));
    EXPECT(str_equal_z(clock_text(&arena, clock_floor(at, DAY_US)), "2026-11-20T00:00:00.000Z"));
    EXPECT(clock_floor(-1, DAY_US) == -DAY_US);
}

static void finds_the_month_and_the_next(void)
{
    static const char *const cases[][3] = {
        {"2026-11-20T08:00:00Z", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"},
        {"2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"},
        {"2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"},
        {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1970-02-01T00:00:00Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t at[3];
        for (size_t k = 0; k < 3; k++)
            EXPECT(clock_parse(str_from_z(cases[i][k]), &at[k]));
        EXPECT(clock_month(at[0]) == at[1] && clock_next_month(at[0]) == at[2]);
        EXPECT(clock_month(at[1]) == at[1]);
    }
}

static void makes_ids_that_sort_by_time(void)
{
    char before[UUID_TEXT_SIZE], after[UUID_TEXT_SIZE];
    uuid_make(before);
    for (int i = 0; i < 10000; i++) {
        uuid_make(after);
        EXPECT(str_compare(str_from_z(before), str_from_z(after)) < 0);
        EXPECT(uuid_is_valid(str_from_z(after)) && after[14] == '7');
        str_compare(str_from_z(after), str_from_z(before));
        for (size_t k = 0; k < sizeof before; k++)
            before[k] = after[k];
    }
}

int main(void)
{
    RUN(reads_and_writes_rfc_3339);
    RUN(refuses_what_is_no_time);
    RUN(floors_to_the_hour_and_day);
    RUN(finds_the_month_and_the_next);
    RUN(makes_ids_that_sort_by_time);
    arena_reset(&arena);
    return 0;
}
