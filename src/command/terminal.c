#include "command/terminal.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    REDRAW_US = 100000,
    BAR_WIDTH = 24
};

static bool has_colours(FILE *out)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fileno(out)) && (no_color == NULL || *no_color == '\0') &&
           (term == NULL || strcmp(term, "dumb") != 0);
}

void terminal_print(FILE *out, enum ink ink, str text)
{
    static const char *const codes[] = {"", "1", "2", "32", "33", "31"};
    bool is_coloured = ink != INK_PLAIN && has_colours(out);
    if (is_coloured)
        fprintf(out, "\033[%sm", codes[ink]);
    if (text.length > 0)
        fwrite(text.bytes, 1, text.length, out);
    if (is_coloured)
        fputs("\033[0m", out);
}

unsigned terminal_width(FILE *out)
{
    struct winsize size;
    bool is_known = ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col : 80;
}

str terminal_line(struct arena *arena, str text, size_t columns)
{
    if (!utf8_is_valid(text))
        return STR("(not UTF-8)");
    struct buf line;
    buf_init(&line, arena, text.length * 2 + 16);
    size_t at = 0;
    for (size_t i = 0; at < text.length; i++) {
        if (i + 1 >= columns && utf8_length(str_slice(text, at, text.length)) > 1) {
            buf_add_z(&line, "…");
            break;
        }
        char bytes[4];
        uint32_t code = utf8_next(text, &at);
        bool is_control = code < 0x20 || (code >= 0x7f && code < 0xa0);
        buf_add(&line, is_control ? STR(" ") : (str){bytes, utf8_encode(code, bytes)});
    }
    return buf_str(&line);
}

void progress_start(struct progress *progress, const char *what, const char *unit, uint64_t total,
                    uint64_t done)
{
    *progress = (struct progress){.what = what,
                                  .unit = unit,
                                  .total = total,
                                  .begun_at = done,
                                  .started_us = clock_monotonic_us(),
                                  .is_shown = isatty(STDERR_FILENO) != 0};
}

static void add_bar(struct buf *text, uint64_t done, uint64_t total)
{
    uint64_t filled = done >= total ? BAR_WIDTH : done * BAR_WIDTH / total;
    buf_add_z(text, "  [");
    for (uint64_t i = 0; i < BAR_WIDTH; i++)
        buf_add_byte(text, i < filled ? '#' : '-');
    buf_format(text, "] %3" PRIu64 "%%", done >= total ? 100 : done * 100 / total);
}

str progress_text(struct arena *arena, const struct progress *progress, uint64_t done,
                  uint64_t units, uint64_t elapsed_us)
{
    struct buf text;
    buf_init(&text, arena, 512);
    buf_add_z(&text, progress->what);
    if (progress->total > 0)
        add_bar(&text, done, progress->total);
    buf_format(&text, "  %" PRIu64 " %s", units, progress->unit);
    double seconds = (double)elapsed_us / 1e6, ours = (double)(done - progress->begun_at);
    if (seconds < 0.5 || ours <= 0)
        return buf_str(&text);
    buf_format(&text, "  %.0f/s", (double)units / seconds);
    if (progress->total > done) {
        uint64_t left = (uint64_t)(seconds * (double)(progress->total - done) / ours + 0.5);
        buf_format(&text, "  %" PRIu64 ":%02" PRIu64 " left", left / 60, left % 60);
    }
    return buf_str(&text);
}

void progress_show(struct progress *progress, uint64_t done, uint64_t units)
{
    uint64_t now = clock_monotonic_us();
    if (!progress->is_shown || now - progress->drawn_us < REDRAW_US)
        return;
    progress->drawn_us = now;
    struct arena arena = {0};
    str text = progress_text(&arena, progress, done, units, now - progress->started_us);
    fprintf(stderr, "\r\033[K" STR_FORMAT, STR_ARG(text));
    fflush(stderr);
    arena_reset(&arena);
}

void progress_end(struct progress *progress)
{
    if (progress->is_shown && progress->drawn_us > 0)
        fputs("\r\033[K", stderr);
}
