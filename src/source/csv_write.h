/* csv_write.h - CSV (RFC 4180) that a spreadsheet shows and never runs.
 *
 * A text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a line end,
 * or with the full-width forms of those signs) gets an apostrophe before it, unless it is a plain
 * number; csv_unguard() takes it off again, so that an export reads back as it was. OWASP, "CSV
 * Injection". */
#pragma once

#include "base/buf.h"

void csv_write_text(struct buf *out, str text); /* absent: an empty cell */
void csv_write_number(struct buf *out, str number);
void csv_write_separator(struct buf *out);
void csv_write_end(struct buf *out); /* of a row: CRLF */

str csv_unguard(str cell);
