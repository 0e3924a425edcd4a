#include "command/finding.h"

#include "command/terminal.h"

#include <inttypes.h>

str member_text(const struct json *object, const char *name)
{
    const struct json *member = object != NULL ? json_find(object, name) : NULL;
    return member != NULL && member->type == JSON_STRING ? member->string : (str){0};
}

int64_t member_integer(const struct json *object, const char *name)
{
    const struct json *member = object != NULL ? json_find(object, name) : NULL;
    return member != NULL && member->type == JSON_INTEGER ? member->integer : 0;
}

double member_real(const struct json *object, const char *name)
{
    const struct json *member = object != NULL ? json_find(object, name) : NULL;
    bool is_number = member != NULL && (member->type == JSON_REAL || member->type == JSON_INTEGER);
    return is_number ? member->real : 0;
}

bool member_is_true(const struct json *object, const char *name)
{
    const struct json *member = object != NULL ? json_find(object, name) : NULL;
    return member != NULL && member->type == JSON_BOOLEAN && member->boolean;
}

/* For printing: nothing where there is nothing. */
static str shown(const struct json *object, const char *name)
{
    str text = member_text(object, name);
    return str_is_absent(text) ? STR("") : text;
}

static enum ink ink_of(str sentiment)
{
    return str_equal_z(sentiment, "positive")   ? INK_GREEN
           : str_equal_z(sentiment, "negative") ? INK_RED
           : str_equal_z(sentiment, "mixed")    ? INK_YELLOW
                                                : INK_PLAIN;
}

static void print_line(FILE *out, const char *name, str value)
{
    fprintf(out, "  %-11s", name);
    terminal_print(out, INK_PLAIN, value);
    fputc('\n', out);
}

void finding_print(FILE *out, const struct json *feedback)
{
    str sentiment = shown(feedback, "sentiment"), summary = shown(feedback, "summary");
    str language = member_text(feedback, "language_code");
    fprintf(out, "  %-11s", "sentiment");
    terminal_print(out, ink_of(sentiment), sentiment);
    fprintf(out, " (%.0f%%, " STR_FORMAT " confidence)\n",
            100 * member_real(feedback, "confidence"),
            STR_ARG(shown(feedback, "confidence_score")));
    print_line(out, "topic", shown(feedback, "topic"));
    print_line(out, "severity", shown(feedback, "severity"));
    if (!str_is_absent(language))
        print_line(out, "language", language);
    if (summary.length > 0)
        print_line(out, "summary", summary);
    if (member_is_true(feedback, "pii_detected"))
        print_line(out, "kept as", shown(feedback, "text"));
    if (member_is_true(feedback, "alert_triggered")) {
        fprintf(out, "  %-11s", "alert");
        terminal_print(out, INK_RED, STR("yes"));
        fputc('\n', out);
    }
}

void finding_print_row(FILE *out, struct arena *arena, const struct json *feedback)
{
    str sentiment = shown(feedback, "sentiment"), at = shown(feedback, "created_at");
    const size_t labels_width = 61;
    size_t width = terminal_width(out);
    fprintf(out, "%6" PRId64 "  %-16.*s  ", member_integer(feedback, "id"),
            STR_ARG(str_slice(at, 0, 16)));
    terminal_print(out, ink_of(sentiment), str_format(arena, "%-8.*s", STR_ARG(sentiment)));
    fprintf(out, "  %-15.*s  %-8.*s ", STR_ARG(shown(feedback, "topic")),
            STR_ARG(shown(feedback, "severity")));
    str text = terminal_line(arena, shown(feedback, "text"),
                             width > labels_width + 20 ? width - labels_width : 20);
    fprintf(out, STR_FORMAT "\n", STR_ARG(text));
}
