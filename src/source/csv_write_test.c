#include "base/test.h"
#include "source/csv_write.h"

static struct arena arena;

static str written(str text)
{
    struct buf out;
    buf_init(&out, &arena, 4096);
    csv_write_text(&out, text);
    return buf_str(&out);
}

static void leaves_plain_words_bare_and_quotes_the_rest(void)
{
    EXPECT(str_equal_z(written(STR("billing")), "billing"));
    EXPECT(str_equal_z(written(STR("")), ""));
    EXPECT(str_equal_z(written(STR("so, \"fine\"")), "\"so, \"\"fine\"\"\""));
    EXPECT(str_equal_z(written(STR("two\nlines")), "\"two\nlines\""));
    EXPECT(str_equal_z(written(STR("a;=1+1")), "\"a;=1+1\""));
}

static void disarms_whatever_begins_like_a_formula(void)
{
    static const char *const formulas[] = {"=1+1", "+1+1",  "-1+1",  "@SUM(1)", "\t=1",
                                           "\r=1", "\n=1",  "＝1+1", "＋1",     "－1+1",
                                           "＠A1", "'=1+1", "''@A1"};
    for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++) {
        str cell = written(str_from_z(formulas[i]));
        EXPECT(str_starts_with(cell, STR("\"'")));
        EXPECT(str_equal_z(str_slice(cell, 2, cell.length - 1), formulas[i]));
    }
}

static void keeps_numbers_numbers(void)
{
    EXPECT(str_equal_z(written(STR("-12.5")), "-12.5"));
    EXPECT(str_equal_z(written(STR("-3")), "-3"));
}

static void takes_off_what_it_put_on(void)
{
    EXPECT(str_equal_z(csv_unguard(STR("'=1+1")), "=1+1"));
    EXPECT(str_equal_z(csv_unguard(STR("''=1+1")), "'=1+1"));
    EXPECT(str_equal_z(csv_unguard(STR("'tis fine")), "'tis fine"));
    EXPECT(str_equal_z(csv_unguard(STR("'")), "'"));
    EXPECT(str_equal_z(csv_unguard(STR("")), ""));
}

int main(void)
{
    RUN(leaves_plain_words_bare_and_quotes_the_rest);
    RUN(disarms_whatever_begins_like_a_formula);
    RUN(keeps_numbers_numbers);
    RUN(takes_off_what_it_put_on);
    arena_reset(&arena);
    return 0;
}
