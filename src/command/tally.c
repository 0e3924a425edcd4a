#include "command/tally.h"

#include "command/member.h"

#include <inttypes.h>

enum {
    MOST_NAMES = 6 /* of sources and languages; the rest is added up */
};

static void print_counts(FILE *out, const struct json *stats, const char *name, int64_t total)
{
    const struct json *counts = json_find(stats, name);
    int64_t shown = 0;
    size_t names = 0;
    if (counts == NULL || counts->count == 0)
        return;
    fprintf(out, "  %-11s", name);
    for (const struct json *at = counts->first; at != NULL && names < MOST_NAMES; at = at->next) {
        fprintf(out, "%s" STR_FORMAT " %" PRId64, names++ == 0 ? "" : ", ", STR_ARG(at->key),
                at->integer);
        if (total > 0)
            fprintf(out, " (%" PRId64 "%%)", (at->integer * 100 + total / 2) / total);
        shown += at->integer;
    }
    if (shown < total && counts->count > names)
        fprintf(out, ", others %" PRId64, total - shown);
    fputc('\n', out);
}

void tally_print(FILE *out, const struct json *stats)
{
    static const char *const parts[] = {"sentiment",  "topic",  "severity",
                                        "confidence", "source", "language"};
    int64_t total = member_integer(stats, "total");
    const struct json *alerts = json_find(stats, "alerts");
    fprintf(out, "  %-11s%" PRId64 "\n", "total", total);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        print_counts(out, stats, parts[i], total);
    if (alerts != NULL)
        fprintf(out, "  %-11s%" PRId64 " triggered, %" PRId64 " open\n", "alerts",
                member_integer(alerts, "triggered"), member_integer(alerts, "open"));
}
