#include "analysis/document_inside.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "text/text.h"

#include <string.h>

enum {
    CROWD = 32 /* parts that a transformer is asked for together */
};

static void add_part(struct document *document, str text)
{
    if (document->count == document->room) {
        size_t wanted = document->room > 0 ? document->room * 2 : 16;
        document->parts =
            arena_grow(document->arena, document->parts, document->room * sizeof(struct part),
                       wanted * sizeof(struct part));
        document->room = wanted;
    }
    document->parts[document->count++] = (struct part){.text = text};
}

/* The longest beginning of at most `most` code points that ends with a word; where words are longer
 * than half of that, or are not set apart, any beginning will do. */
static str whole_words(str text, size_t most)
{
    str beginning = utf8_prefix(text, most);
    for (size_t at = beginning.length; at > beginning.length / 2; at--)
        if (strchr(" \t\n", beginning.bytes[at - 1]) != NULL)
            return str_slice(beginning, 0, at);
    return beginning;
}

/* Gives what is left of a sentence once it is short enough. */
static str cut_down(struct document *document, str sentence, size_t most)
{
    while (utf8_length(sentence) > most) {
        str part = whole_words(sentence, most);
        add_part(document, str_trim(part));
        sentence = str_trim(str_slice(sentence, part.length, sentence.length));
    }
    return sentence;
}

/* From the first byte of one to the last of the other, both of the same text. */
static str span(str first, str last)
{
    return (str){first.bytes, (size_t)(last.bytes + last.length - first.bytes)};
}

/* As many whole sentences to a part as fit, with what stands between them. */
static void split(struct document *document)
{
    str text = document->request.text, part = {0};
    size_t most = (size_t)document->request.configuration->text_most_characters, length = 0;
    size_t count = text_sentences(text, NULL, 0);
    str *sentences = arena_array(document->arena, str, count);
    count = text_sentences(text, sentences, count);

    for (size_t i = 0; i < count; i++) {
        if (part.length > 0) {
            str end = {part.bytes + part.length, 0};
            size_t more = utf8_length(span(end, sentences[i]));
            if (length + more <= most) {
                part = span(part, sentences[i]);
                length += more;
                continue;
            }
            add_part(document, part);
        }
        part = cut_down(document, sentences[i], most);
        length = utf8_length(part);
    }
    if (part.length > 0)
        add_part(document, part);
}

struct analysis_request document_part_request(const struct document *document,
                                              const struct part *part)
{
    const struct document_request *request = &document->request;
    return (struct analysis_request){
        part->text,         request->language_code, request->configuration, true,
        request->tenant_id, part->reading,          request->is_first_look};
}

void document_weigh(const struct document *document, struct part *part)
{
    int method = part->analysis.method;
    bool says_nothing = method == METHOD_VALIDATION || part->analysis.is_gibberish ||
                        (method == METHOD_ML_FALLBACK && !analyst_has_model(document->analyst));
    part->weight = says_nothing ? 0 : (int64_t)utf8_length(part->text);
}

static void analyse_crowd(struct document *document, size_t from, size_t to)
{
    bool truncated;
    for (size_t i = from; i < to; i++) {
        struct analysis_request request = document_part_request(document, &document->parts[i]);
        document->parts[i].reading = analyst_ask(document->analyst, &request, to - from);
    }
    for (size_t i = from; i < to; i++) {
        struct part *part = &document->parts[i];
        struct analysis_request request = document_part_request(document, part);
        analyst_analyse(document->analyst, document->arena, &request, &part->analysis, &truncated);
        document_weigh(document, part);
    }
}

static enum status analyse_parts(struct document *document, struct error *err)
{
    const struct document_request *request = &document->request;
    for (size_t from = 0; from < document->count; from += CROWD) {
        if (request->is_unwanted != NULL && request->is_unwanted(request->context))
            return fail(err, STATUS_CANCELLED, "the document is not wanted any more");
        size_t to = from + CROWD < document->count ? from + CROWD : document->count;
        analyse_crowd(document, from, to);
    }
    return STATUS_OK;
}

enum status document_begin(struct document **document, const struct analyst *analyst,
                           struct arena *arena, const struct document_request *request,
                           struct error *err)
{
    struct document *begun = arena_new(arena, struct document);
    *begun = (struct document){
        .analyst = analyst, .request = *request, .arena = arena, .began_us = clock_monotonic_us()};
    split(begun);
    if (begun->count == 0)
        add_part(begun, request->text);
    enum status status = analyse_parts(begun, err);
    if (status == STATUS_OK)
        *document = begun;
    return status;
}
