#include "infer/names/name_corpus.h"

#include "base/heap.h"
#include "base/json.h"
#include "base/utf8.h"
#include "infer/corpus.h"
#include "infer/names/name_lexicon.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_MARKS = 256, /* in a text; a line with more is no text of ours */
    LONGEST_TAG = 40
};

void name_corpus_close(struct name_corpus *corpus)
{
    free(corpus->texts);
    free(corpus->forbidden);
    arena_reset(&corpus->arena);
    *corpus = (struct name_corpus){0};
}

static int compare_keys(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static bool is_forbidden(const struct name_corpus *corpus, str text)
{
    uint64_t key = corpus_key(text);
    return corpus->forbidden_count > 0 && bsearch(&key, corpus->forbidden, corpus->forbidden_count,
                                                  sizeof key, compare_keys) != NULL;
}

static void forbid(struct name_corpus *corpus, str text)
{
    if (corpus->forbidden_count == corpus->forbidden_capacity) {
        corpus->forbidden_capacity = corpus->forbidden_capacity * 2 + 1024;
        corpus->forbidden =
            heap_resize(corpus->forbidden, corpus->forbidden_capacity * sizeof *corpus->forbidden);
    }
    corpus->forbidden[corpus->forbidden_count++] = corpus_key(text);
}

void name_corpus_add(struct name_corpus *corpus, const struct name_text *text)
{
    if (is_forbidden(corpus, text->text)) {
        corpus->refused++;
        return;
    }
    if (corpus->count == corpus->capacity) {
        corpus->capacity = corpus->capacity * 2 + 1024;
        corpus->texts = heap_resize(corpus->texts, corpus->capacity * sizeof *corpus->texts);
    }
    corpus->texts[corpus->count++] = *text;
}

static bool is_title(str word)
{
    const char *titles = name_words_of_kind(KIND_TITLE);
    for (str title, rest = str_from_z(titles); rest.length > 0;) {
        str_cut(rest, ' ', &title, &rest);
        if (str_equal_ignoring_case(title, word))
            return true;
    }
    return false;
}

/* Without "Dr." and blanks before; empty when that is all there was. */
static struct name_mark without_title(str text, struct name_mark mark)
{
    struct name_token word = name_token_after(str_slice(text, 0, mark.end), mark.begin);
    while (word.shape != SHAPE_EDGE && is_title(str_slice(text, word.begin, word.end)))
        word = name_token_after(str_slice(text, 0, mark.end), word.next);
    mark.begin = word.shape == SHAPE_EDGE ? mark.end : word.begin;
    return mark;
}

static void mark_name(struct name_text *text, struct name_mark mark)
{
    mark = without_title(text->text, mark);
    bool is_apart = text->mark_count == 0 || mark.begin >= text->marks[text->mark_count - 1].end;
    if (mark.begin < mark.end && is_apart && text->mark_count < MOST_MARKS)
        text->marks[text->mark_count++] = mark;
}

static uint32_t byte_of(str text, int64_t code_points)
{
    return code_points < 0 ? 0 : (uint32_t)utf8_prefix(text, (size_t)code_points).length;
}

static enum status read_spans(const struct json *spans, struct name_text *text, struct error *err)
{
    for (const struct json *span = spans->first; span != NULL; span = span->next) {
        const struct json *begin = span->first, *end = begin != NULL ? begin->next : NULL;
        const struct json *type = end != NULL ? end->next : NULL;
        if (type == NULL || begin->type != JSON_INTEGER || end->type != JSON_INTEGER ||
            type->type != JSON_STRING)
            return fail(err, STATUS_MALFORMED, "a span is [begin, end, TYPE]");
        if (str_equal_ignoring_case(type->string, STR("person")))
            mark_name(text, (struct name_mark){byte_of(text->text, begin->integer),
                                               byte_of(text->text, end->integer)});
    }
    return STATUS_OK;
}

/* The next "[NAME_1]" of `rest`; `before` is what stands before it, all when there is none. */
static bool cut_tag(str *rest, str *before, str *tag)
{
    for (size_t at = 0; at < rest->length; at++) {
        if (rest->bytes[at] != '[')
            continue;
        str inside = str_slice(*rest, at + 1, at + 1 + LONGEST_TAG);
        size_t end = str_find(inside, ']');
        if (end == STR_NONE || end == 0 || inside.bytes[0] < 'A' || inside.bytes[0] > 'Z' ||
            inside.bytes[end - 1] < '0' || inside.bytes[end - 1] > '9')
            continue;
        *before = str_slice(*rest, 0, at);
        *tag = str_slice(inside, 0, end);
        *rest = str_slice(*rest, at + end + 2, rest->length);
        return true;
    }
    *before = *rest;
    *rest = (str){0};
    return false;
}

/* Marks what the tags stand for, by what stands between them; false when they do not fit. */
static bool align(str anonymized, struct name_text *text)
{
    size_t at = 0, hidden = 0;
    bool was_name = false, was_tag = false;
    for (bool has_tag = true; has_tag;) {
        str before, tag = {0};
        has_tag = cut_tag(&anonymized, &before, &tag);
        size_t found = str_find_str(str_slice(text->text, at, text->text.length), before);
        bool is_last = !has_tag && before.length == 0;
        size_t place = is_last ? text->text.length : found == STR_NONE ? STR_NONE : at + found;
        if (place == STR_NONE || (!was_tag && place != 0) ||
            (was_tag && place == hidden && !is_last))
            return false;
        if (was_name)
            mark_name(text, (struct name_mark){(uint32_t)hidden, (uint32_t)place});
        at = hidden = place + before.length;
        was_tag = has_tag;
        was_name = has_tag && str_starts_with(tag, STR("NAME"));
    }
    return at == text->text.length;
}

enum line_use {
    LINE_LEARN,
    LINE_FORBID
};

/* Its text and marks; `is_usable`: false when what was hidden cannot be found in the text. */
static enum status read_row(const struct json *row, struct name_text *read, bool *is_usable,
                            struct error *err)
{
    const struct json *text = json_find(row, "text"), *spans = json_find(row, "spans");
    const struct json *anonymized = json_find(row, "anonymized");
    if (text == NULL || text->type != JSON_STRING)
        return fail(err, STATUS_MALFORMED, "a line has no text");
    read->text = text->string;
    *is_usable = spans != NULL || (anonymized != NULL && align(anonymized->string, read));
    return spans != NULL ? read_spans(spans, read, err) : STATUS_OK;
}

static void add_copy(struct name_corpus *corpus, struct name_text text)
{
    size_t size = text.mark_count * sizeof *text.marks;
    text.text = str_copy(&corpus->arena, text.text);
    text.marks = memcpy(arena_alloc_raw(&corpus->arena, size + 1), text.marks, size);
    name_corpus_add(corpus, &text);
}

static enum status read_line(struct name_corpus *corpus, str line, float weight, enum line_use use,
                             struct error *err)
{
    struct arena arena = {0};
    struct name_mark marks[MOST_MARKS];
    const struct json *row = NULL;
    struct name_text read = {.marks = marks, .weight = weight};
    bool is_usable = false;
    enum status status = json_parse(&arena, line, &row, err);
    if (status == STATUS_OK)
        status = read_row(row, &read, &is_usable, err);
    if (status == STATUS_OK && use == LINE_FORBID)
        forbid(corpus, read.text);
    else if (status == STATUS_OK && is_usable)
        add_copy(corpus, read);
    arena_reset(&arena);
    return status;
}

static enum status read_file(struct name_corpus *corpus, const char *path, float weight,
                             enum line_use use, struct error *err)
{
    struct arena arena = {0};
    str rest, line;
    enum status status = corpus_read(&arena, path, &rest, err);
    while (status == STATUS_OK && rest.length > 0) {
        str_cut(rest, '\n', &line, &rest);
        if (line.length > 0)
            status = read_line(corpus, line, weight, use, err);
    }
    arena_reset(&arena);
    return status;
}

enum status name_corpus_forbid(struct name_corpus *corpus, const char *path, struct error *err)
{
    enum status status = read_file(corpus, path, 0, LINE_FORBID, err);
    if (corpus->forbidden_count > 1)
        qsort(corpus->forbidden, corpus->forbidden_count, sizeof *corpus->forbidden, compare_keys);
    return status;
}

enum status name_corpus_add_file(struct name_corpus *corpus, const char *path, float weight,
                                 struct error *err)
{
    return read_file(corpus, path, weight, LINE_LEARN, err);
}
