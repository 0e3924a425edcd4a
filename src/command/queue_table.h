/* queue_table.h - how the queue looks in a terminal: what GET /v1/queue answers, as a table or as
 * one line. */
#pragma once

#include "base/json.h"

#include <stdio.h>

/* `line_end` stands at the end of each line: "\n", or what also clears the rest of it. */
void queue_table_print(FILE *out, const struct json *queue, const char *line_end);
void queue_line_print(FILE *out, const struct json *queue, int64_t now_us);

/* How many of this kind (absent: all) and state (absent: all that nobody holds) are there; with
 * `dead`, how many dead letters. */
int64_t queue_count(const struct json *queue, str kind, str state, bool dead);
