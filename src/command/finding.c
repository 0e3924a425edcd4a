#include "command/finding.h"

#include "command/member.h"
#include "command/terminal.h"
#include "model/labels.h"

#include <inttypes.h>

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

static str reason_to_review(str reason)
{
    static const char *const said[] = {
        [REVIEW_SENTIMENT] = "needed: the local model finds a complaint in it",
        [REVIEW_ORDERS] = "needed: it gives orders, and the local model says otherwise",
        [REVIEW_SEVERITY] = "needed: the local model is sure that it is grave",
    };
    int found = label_find(review_reason_names, reason);
    return found == LABEL_NONE ? STR("needed") : str_from_z(said[found]);
}

/* Said of language models only: of the local one it goes without saying. */
static void print_maker(FILE *out, const struct json *feedback)
{
    str method = member_shown(feedback, "processing_method");
    bool is_remembered = str_equal_z(method, "cache");
    if (!is_remembered && !str_equal_z(method, "ai"))
        return;
    fprintf(out, "  %-11s" STR_FORMAT " " STR_FORMAT "%s\n", "by",
            STR_ARG(member_shown(feedback, "provider")), STR_ARG(member_shown(feedback, "model")),
            is_remembered ? ", remembered" : "");
    if (member_is_true(feedback, "needs_review"))
        print_line(out, "review", reason_to_review(member_shown(feedback, "review_reason")));
}

void finding_print(FILE *out, const struct json *feedback)
{
    str sentiment = member_shown(feedback, "sentiment"),
        summary = member_shown(feedback, "summary");
    str language = member_text(feedback, "language_code");
    fprintf(out, "  %-11s", "sentiment");
    terminal_print(out, ink_of(sentiment), sentiment);
    fprintf(out, " (%.0f%%, " STR_FORMAT " confidence)\n",
            100 * member_real(feedback, "confidence"),
            STR_ARG(member_shown(feedback, "confidence_score")));
    print_line(out, "topic", member_shown(feedback, "topic"));
    print_line(out, "severity", member_shown(feedback, "severity"));
    if (!str_is_absent(language))
        print_line(out, "language", language);
    if (summary.length > 0)
        print_line(out, "summary", summary);
    if (member_is_true(feedback, "pii_detected"))
        print_line(out, "kept as", member_shown(feedback, "text"));
    if (member_is_true(feedback, "alert_triggered")) {
        fprintf(out, "  %-11s", "alert");
        terminal_print(out, INK_RED, STR("yes"));
        fputc('\n', out);
    }
    print_maker(out, feedback);
}

void finding_print_row(FILE *out, struct arena *arena, const struct json *feedback)
{
    str sentiment = member_shown(feedback, "sentiment"), at = member_shown(feedback, "created_at");
    int64_t id = member_integer(feedback, "id");
    size_t width = terminal_width(out), used = 37;
    if (id > 0) {
        fprintf(out, "%6" PRId64 "  " STR_FORMAT " " STR_FORMAT "  ", id,
                STR_ARG(str_slice(at, 5, 10)), STR_ARG(str_slice(at, 11, 16)));
        used += 21;
    }
    terminal_print(out, ink_of(sentiment), str_format(arena, "%-8.*s", STR_ARG(sentiment)));
    fprintf(out, "  %-15.*s  %-8.*s  ", STR_ARG(member_shown(feedback, "topic")),
            STR_ARG(member_shown(feedback, "severity")));
    str text =
        terminal_line(arena, member_shown(feedback, "text"), width > used + 20 ? width - used : 20);
    fprintf(out, STR_FORMAT "\n", STR_ARG(text));
}
