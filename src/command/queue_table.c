#include "command/queue_table.h"

#include "base/clock.h"
#include "command/member.h"
#include "command/terminal.h"

#include <inttypes.h>

enum {
    AGE_SIZE = 16
};

/* "4.2 s", "3:05 min", "7:12 h"; "-" where nothing waits. */
static const char *age_text(const struct json *object, char text[static AGE_SIZE])
{
    double seconds = member_real(object, "oldest_age_seconds");
    int64_t whole = (int64_t)seconds;
    if (seconds <= 0)
        snprintf(text, AGE_SIZE, "-");
    else if (whole < 60)
        snprintf(text, AGE_SIZE, "%.1f s", seconds);
    else if (whole < 3600)
        snprintf(text, AGE_SIZE, "%d:%02d min", (int)(whole / 60), (int)(whole % 60));
    else
        snprintf(text, AGE_SIZE, "%d:%02d h", (int)(whole / 3600 % 100000), (int)(whole / 60 % 60));
    return text;
}

static void print_sum(FILE *out, const struct json *queue, const char *line_end)
{
    char age[AGE_SIZE], text[160];
    const struct json *workers = json_find(queue, "workers");
    bool has_oldest = member_real(queue, "oldest_age_seconds") > 0;
    snprintf(text, sizeof text,
             "%" PRId64 " waiting%s%s; %" PRId64 " of %" PRId64 " workers running; %.1f/s",
             member_integer(queue, "depth"), has_oldest ? ", the oldest for " : "",
             has_oldest ? age_text(queue, age) : "", member_integer(workers, "running"),
             member_integer(workers, "most"), member_real(queue, "rate"));
    terminal_print(out, INK_BOLD, str_from_z(text));
    int64_t dead = member_integer(queue, "dead");
    if (dead > 0) {
        snprintf(text, sizeof text, "; %" PRId64 " dead", dead);
        terminal_print(out, INK_RED, str_from_z(text));
    }
    fputs(line_end, out);
}

static void print_kind(FILE *out, const struct json *kind, const char *line_end)
{
    char age[AGE_SIZE], text[160];
    snprintf(text, sizeof text,
             "%-20.*s %7" PRId64 " %7" PRId64 " %7" PRId64 " %4" PRId64 "/%-4" PRId64
             " %10s %7.1f ",
             STR_ARG(str_slice(member_shown(kind, "kind"), 0, 20)), member_integer(kind, "ready"),
             member_integer(kind, "delayed"), member_integer(kind, "blocked"),
             member_integer(kind, "running"), member_integer(kind, "concurrency"),
             age_text(kind, age), member_real(kind, "rate"));
    fputs(text, out);
    int64_t dead = member_integer(kind, "dead");
    snprintf(text, sizeof text, "%5" PRId64, dead);
    terminal_print(out, dead > 0 ? INK_RED : INK_PLAIN, str_from_z(text));
    fputs(line_end, out);
}

void queue_table_print(FILE *out, const struct json *queue, const char *line_end)
{
    char head[160];
    print_sum(out, queue, line_end);
    fputs(line_end, out);
    snprintf(head, sizeof head, "%-20s %7s %7s %7s %9s %10s %7s %5s", "kind", "ready", "delayed",
             "blocked", "running", "oldest", "per s", "dead");
    terminal_print(out, INK_DIM, str_from_z(head));
    fputs(line_end, out);
    const struct json *kinds = json_find(queue, "kinds");
    for (const struct json *kind = kinds != NULL ? kinds->first : NULL; kind; kind = kind->next)
        print_kind(out, kind, line_end);
}

void queue_line_print(FILE *out, const struct json *queue, int64_t now_us)
{
    char now[CLOCK_TEXT_SIZE];
    clock_format(now_us, now);
    fprintf(out,
            "%s depth=%" PRId64 " oldest=%.1f running=%" PRId64 " rate=%.1f dead=%" PRId64 "\n",
            now, member_integer(queue, "depth"), member_real(queue, "oldest_age_seconds"),
            member_integer(json_find(queue, "workers"), "running"), member_real(queue, "rate"),
            member_integer(queue, "dead"));
}

int64_t queue_count(const struct json *queue, str kind, str state, bool dead)
{
    static const char *const states[] = {"ready", "delayed", "blocked"};
    int64_t count = 0;
    const struct json *kinds = json_find(queue, "kinds");
    for (const struct json *item = kinds != NULL ? kinds->first : NULL; item; item = item->next) {
        if (!str_is_absent(kind) && !str_equal(kind, member_text(item, "kind")))
            continue;
        count += dead ? member_integer(item, "dead") : 0;
        for (size_t i = 0; !dead && i < sizeof states / sizeof *states; i++)
            if (str_is_absent(state) || str_equal_z(state, states[i]))
                count += member_integer(item, states[i]);
    }
    return count;
}
