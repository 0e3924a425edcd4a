/* document_ask.h - what a language model is asked about the parts of a document, and what they say
 * then.
 *
 * Between document_begin() and document_conclude(), on a fiber that has all patience. Asked about
 * are the parts that a feedback of these words would be (cascade.h), several at once; where they
 * are more than the configuration's ai.document_parts, those that the local model is least sure of,
 * and of such that it is as sure of the longest. Answers come from the cache, too: so when the
 * document is sent again, or its job done again after a crash, what was answered is not paid for
 * twice. A part without an answer keeps what the local model said of it. */
#pragma once

#include "analysis/cascade.h"
#include "analysis/document.h"
#include "fiber/gate.h"

struct document_questions {
    struct cascade *cascade;
    struct gate *gate; /* that all documents share: what they ask leaves room for who waits */
    str id;            /* of the document, the same whenever it is asked about again */
    str subject;       /* whom it is about, for experiments: all parts are in one arm */
    uint64_t until_ms;

    /* Filled. */
    size_t asked, answered;
    struct error why; /* of the last that was not answered */
};

/* CANCELLED: the document became unwanted, or the fiber was cancelled. */
enum status document_ask(struct document *document, struct document_questions *questions,
                         struct error *err) MUST_CHECK;
