/* terminal.h - how things look: colours on a terminal that wants them, a progress bar, plain text
 * everywhere else. Colours follow no-color.org. */
#pragma once

#include "base/str.h"

#include <stdio.h>

enum ink {
    INK_PLAIN,
    INK_BOLD,
    INK_DIM,
    INK_GREEN,
    INK_YELLOW,
    INK_RED
};

void terminal_print(FILE *out, enum ink ink, str text); /* in colour where there are colours */
unsigned terminal_width(FILE *out);                     /* columns; 80 when it is no terminal */

/* One line of text: line ends become blanks, control characters go, and what is longer than
 * `columns` code points is cut with an ellipsis. */
str terminal_line(struct arena *arena, str text, size_t columns);

/* A bar on stderr: "import  [#####-----]  52%  1,300 rows  2,100/s  0:03 left". Silent unless
 * stderr is a terminal. */
struct progress {
    const char *what, *unit;
    uint64_t total, begun_at; /* of what `done` counts; total 0: not known */
    uint64_t started_us, drawn_us;
    bool is_shown;
};

void progress_start(struct progress *progress, const char *what, const char *unit, uint64_t total,
                    uint64_t done);
void progress_show(struct progress *progress, uint64_t done, uint64_t units);
void progress_end(struct progress *progress); /* takes the bar away */

/* What progress_show() draws; for its test. */
str progress_text(struct arena *arena, const struct progress *progress, uint64_t done,
                  uint64_t units, uint64_t elapsed_us);
