#include "command/eval_names.h"
#include "app/model_path.h"
#include "infer/corpus.h"
#include "infer/names/name_compose.h"
#include "infer/names/name_tagger.h"
#include "infer/random.h"
#include "pii/pii.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    PLAIN_NAMES = 2000,
    REVIEWS = 5000,
    SHOWN = 100,
    TEXT_ROOM = 512
};

struct judge {
    struct command_call *call;
    const char *folder;
    struct pii_finder *finder;
    bool shows;
};

/* Exact spans, as the shared task of CoNLL-2003 counts them. */
struct agreement {
    size_t found, marked, both;
    size_t covered; /* marked, and hidden to the last letter */
};

static bool is_name(const struct pii_span *span)
{
    return span->type == PII_NAME;
}

static bool is_hidden(struct pii_spans spans, size_t begin, size_t end)
{
    for (size_t i = 0; i < spans.count; i++)
        if (spans.items[i].begin <= begin && spans.items[i].end >= end &&
            pii_is_hidden(NULL, &spans.items[i]))
            return true;
    return false;
}

static void compare(const struct judge *judge, const struct name_text *text, struct pii_spans spans,
                    struct agreement *agreement)
{
    for (size_t i = 0; i < spans.count; i++)
        agreement->found += is_name(&spans.items[i]);
    agreement->marked += text->mark_count;
    for (size_t i = 0; i < text->mark_count; i++) {
        const struct name_mark *mark = &text->marks[i];
        bool is_exact = false;
        for (size_t j = 0; j < spans.count; j++)
            is_exact =
                is_exact || (is_name(&spans.items[j]) && spans.items[j].begin == mark->begin &&
                             spans.items[j].end == mark->end);
        agreement->both += is_exact;
        agreement->covered += is_hidden(spans, mark->begin, mark->end);
        if (judge->shows && !is_exact)
            printf("missed\t" STR_FORMAT "\t" STR_FORMAT "\n",
                   STR_ARG(str_slice(text->text, mark->begin, mark->end)), STR_ARG(text->text));
    }
    for (size_t i = 0; judge->shows && i < spans.count; i++) {
        bool is_exact = !is_name(&spans.items[i]);
        for (size_t j = 0; j < text->mark_count; j++)
            is_exact = is_exact || (text->marks[j].begin == spans.items[i].begin &&
                                    text->marks[j].end == spans.items[i].end);
        if (!is_exact)
            printf("wrong\t" STR_FORMAT "\t" STR_FORMAT "\n",
                   STR_ARG(str_slice(text->text, spans.items[i].begin, spans.items[i].end)),
                   STR_ARG(text->text));
    }
}

static double share(size_t part, size_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static enum status judge_marked(const struct judge *judge, const char *file, struct error *err)
{
    struct name_corpus corpus = {0};
    struct agreement agreement = {0};
    const char *path = str_format(judge->call->arena, "%s/%s", judge->folder, file).bytes;
    enum status status = name_corpus_add_file(&corpus, path, 1, err);
    for (size_t i = 0; status == STATUS_OK && i < corpus.count; i++) {
        struct arena arena = {0};
        compare(judge, &corpus.texts[i], pii_find(judge->finder, &arena, corpus.texts[i].text),
                &agreement);
        arena_reset(&arena);
    }
    double precision = share(agreement.both, agreement.found);
    double recall = share(agreement.both, agreement.marked);
    if (status == STATUS_OK)
        printf("%-26s %5zu names  F1 %.3f  precision %.3f  recall %.3f  hidden %.3f\n", file,
               agreement.marked, 2 * precision * recall / (precision + recall + 1e-12), precision,
               recall, share(agreement.covered, agreement.marked));
    name_corpus_close(&corpus);
    return status;
}

/* None of these is a frame that was trained on. */
static const char *const plain_frames[] = {
    "The order was placed by %s yesterday.",
    "%s opened the app and it crashed.",
    "Yesterday %s returned the shoes.",
    "We received the parcel that %s sent.",
    "The chat with %s took an hour.",
    "It took %s three days to reply.",
    "Nobody except %s was able to help with the printer.",
    "For %s the update came too late.",
    "The screen still shows the address of %s after the move.",
    "I waited until %s came back from lunch.",
};

/* Hidden with the name of a person in one of the frames. */
static bool hides(const struct judge *judge, const char *frame, const char *name)
{
    char text[TEXT_ROOM];
    struct arena arena = {0};
    const char *hole = strstr(frame, "%s");
    snprintf(text, sizeof text, "%.*s%s%s", (int)(hole - frame), frame, name, hole + 2);
    size_t begin = (size_t)(hole - frame);
    struct pii_spans spans = pii_find(judge->finder, &arena, str_from_z(text));
    bool hidden = is_hidden(spans, begin, begin + strlen(name));
    if (judge->shows && !hidden)
        printf("missed\t%s\t%s\n", name, text);
    arena_reset(&arena);
    return hidden;
}

/* The next of the list that no training text had, from a random place near the front on. */
static str pick_held_out(const struct name_list *list, size_t most, uint64_t *random)
{
    size_t at = (size_t)(random_next(random) >> 33) % (list->count < most ? list->count : most);
    while (!name_is_held_out(list->names[at]))
        at = (at + 1) % list->count;
    return list->names[at];
}

static void judge_plain(const struct judge *judge, const struct name_lists *lists,
                        size_t first_most, size_t last_most, const char *what)
{
    uint64_t random = 2026;
    size_t hidden = 0;
    for (size_t i = 0; i < PLAIN_NAMES; i++) {
        char name[128];
        str first = pick_held_out(&lists->firsts[i % 2], first_most, &random);
        str last = pick_held_out(&lists->lasts[0], last_most, &random);
        snprintf(name, sizeof name, STR_FORMAT " " STR_FORMAT, STR_ARG(first), STR_ARG(last));
        hidden +=
            hides(judge, plain_frames[i % (sizeof plain_frames / sizeof *plain_frames)], name);
    }
    printf("%-26s %5d names  hidden %.4f\n", what, PLAIN_NAMES, share(hidden, PLAIN_NAMES));
}

/* "group<TAB>Full Name" a line: each in each frame. */
static enum status judge_origins(const struct judge *judge, const char *path, struct error *err)
{
    struct arena arena = {0};
    str rest, group, name, last = {0};
    size_t hidden = 0, count = 0;
    enum status status = corpus_read(&arena, path, &rest, err);
    while (status == STATUS_OK) {
        bool has_row = corpus_next_line(&rest, &group, &name);
        if (count > 0 && (!has_row || !str_equal(group, last))) {
            printf("origin " STR_FORMAT "%*s %5zu names  hidden %.4f\n", STR_ARG(last),
                   (int)(19 - last.length), "", count, share(hidden, count));
            hidden = count = 0;
        }
        if (!has_row)
            break;
        last = group;
        for (size_t i = 0; i < sizeof plain_frames / sizeof *plain_frames; i++, count++)
            hidden += hides(judge, plain_frames[i], str_z(&arena, name));
    }
    arena_reset(&arena);
    return status;
}

/* What of reviews without marks is called a name: to be read by a person. */
static enum status judge_reviews(const struct judge *judge, const char *file, struct error *err)
{
    struct arena arena = {0};
    str rest, label, text;
    size_t texts = 0, words = 0, hit = 0, names = 0;
    const char *path = str_format(&arena, "%s/%s", judge->folder, file).bytes;
    enum status status = corpus_read(&arena, path, &rest, err);
    while (status == STATUS_OK && texts < REVIEWS && corpus_next_line(&rest, &label, &text)) {
        struct arena inner = {0};
        struct pii_spans spans = pii_find(judge->finder, &inner, text);
        size_t before = names;
        for (size_t i = 0; i < spans.count; i++) {
            if (!is_name(&spans.items[i]))
                continue;
            names++;
            if (judge->shows)
                printf("name\t" STR_FORMAT "\t%.2f\t" STR_FORMAT "\n",
                       STR_ARG(str_slice(text, spans.items[i].begin, spans.items[i].end)),
                       spans.items[i].score, STR_ARG(text));
        }
        texts++;
        hit += names > before;
        for (size_t i = 0; i < text.length; i++)
            words += text.bytes[i] == ' ';
        arena_reset(&inner);
    }
    if (status == STATUS_OK)
        printf("%-26s %5zu texts  with a name %.4f  names in 1000 words %.3f\n", file, texts,
               share(hit, texts), share(names * 1000, words));
    arena_reset(&arena);
    return status;
}

static const char by_origin[] = "models/names-by-origin.tsv"; /* ours, in the source tree */

static enum status judge_all(const struct judge *judge, struct error *err)
{
    struct name_lists lists;
    enum status status = judge_marked(judge, "pii_presidio/test.jsonl", err);
    if (status == STATUS_OK)
        status = judge_marked(judge, "ner_wnut17/dev.jsonl", err);
    if (status == STATUS_OK)
        status = judge_marked(judge, "ner_wnut17/test.jsonl", err);
    if (status == STATUS_OK)
        status = name_lists_read(&lists, judge->call->arena, judge->folder, err);
    if (status == STATUS_OK) {
        judge_plain(judge, &lists, SIZE_MAX, 10000, "plain, held out");
        judge_plain(judge, &lists, SIZE_MAX, SIZE_MAX, "plain, rare surnames");
    }
    if (status == STATUS_OK && access(by_origin, R_OK) == 0)
        status = judge_origins(judge, by_origin, err);
    if (status == STATUS_OK)
        status = judge_reviews(judge, "app_reviews_stars/test.tsv", err);
    if (status == STATUS_OK)
        status = judge_reviews(judge, "urr_stars/test.tsv", err);
    return status;
}

enum status eval_names(struct command_call *call, const char *folder, struct error *err)
{
    struct judge judge = {.call = call, .folder = folder, .shows = call_has(call, "show")};
    struct name_tagger *tagger = NULL;
    enum status status =
        name_tagger_open(&tagger, app_shipped_path(call->arena, "hark-names.bin"), err);
    if (status == STATUS_OK)
        status = pii_open(&judge.finder, err);
    if (status == STATUS_OK) {
        pii_use_names(judge.finder, tagger);
        status = judge_all(&judge, err);
    }
    pii_close(judge.finder);
    name_tagger_close(tagger);
    return status;
}
