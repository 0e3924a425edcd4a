/* document.h - understands a long text in parts, and says of the whole what its parts say together.
 *
 * The text is split at sentence ends into parts of at most the configuration's text.most_characters
 * code points; a sentence longer than that is cut at a word. Each part is analysed as a feedback
 * would be. The rule by which they are merged:
 *
 * - A part weighs as much as it is long. What is too short to be analysed, or noise, weighs
 *   nothing; when all of it is, the whole is answered as such a feedback is: neutral, general, low.
 * - Scores and topics are the means of the parts'. Then what speaks for opposite sides becomes
 *   mixed: of the parts that are positive and of those that are negative, each with a confidence of
 *   medium or more, the lesser share is taken from both and given to mixed. So a text is mixed once
 *   its lesser side is a third of the greater, and one angry sentence in a long praise is not.
 * - Sentiment and topic are the largest of these; score and confidence are that share, the latter
 *   lowered for the language of the whole as everywhere.
 * - Severity is the worst that parts of a tenth of the weight together reach. The worst of all
 *   would make nearly every long text critical, as one part in some is judged too hard by mistake;
 *   up to ten parts of equal length, it is the worst of all.
 * - The summary is that of the part that speaks most for the sentiment of the whole (of a text that
 *   is mixed only by its parts, of the one that complains most): a language model's, or its most
 *   telling sentence.
 * - Cost and tokens are sums. The whole was made by a language model once parts of half the weight
 *   were, and comes from the cache when all of those do; provider, model and prompt are those of
 *   the longest of them, also where they are fewer. A person should look at it when he should at
 *   one of its parts.
 *
 * A text of one part is so answered exactly as a feedback of these words. Any thread. */
#pragma once

#include "analysis/analyst.h"

#include <stdatomic.h>

struct document_request {
    str text; /* cleaned, and its personal data hidden */
    str language_code;
    const struct configuration *configuration;
    int64_t tenant_id;
    bool is_first_look; /* document_ask() will follow */
    /* Asked between parts, some at a time, on the thread of the call; NULL: it always is wanted. */
    bool (*is_unwanted)(void *context);
    void *context;
};

struct document_analysis {
    struct analysis whole; /* its latency is the time that all of it took */
    int64_t parts;
    int64_t by_sentiment[SENTIMENT_COUNT]; /* how many parts were found to be so */
    int64_t by_method[METHOD_COUNT];       /* and what that comes from */
};

/* Splits the text, and has the local model read each part. It lives in the arena, and all that the
 * request refers to must. CANCELLED: it became unwanted. */
struct document;
enum status document_begin(struct document **document, const struct analyst *analyst,
                           struct arena *arena, const struct document_request *request,
                           struct error *err) MUST_CHECK;

/* After it, and perhaps after a language model has had its say (document_ask.h). */
void document_conclude(const struct document *document, struct document_analysis *analysis);

/* How fast documents are done here, as running averages, for saying when one will be: thinking, by
 * length, and asking a language model, by document, as no more than so many parts are asked about.
 * {0} is one that has seen none. Any thread. */
struct document_pace {
    _Atomic int64_t us_per_mb, asking_us;
};
void document_pace_note(struct document_pace *pace, size_t bytes, int64_t thought_us,
                        int64_t asked_us);
/* What so many documents of so many bytes together will take. */
int64_t document_pace_us(struct document_pace *pace, int64_t documents, int64_t bytes);
