#include "analysis/document_ask.h"

#include "analysis/document_inside.h"
#include "analysis/ledger.h"
#include "base/hash.h"
#include "fiber/fan_out.h"
#include "fiber/fiber.h"

#include <stdlib.h>

enum {
    AT_ONCE = 8, /* of one document, if the gate lets them */
    ID_BYTES = 8 /* of a part's digest that tell its question from the others' */
};

struct asking_parts {
    struct document *document;
    struct document_questions *questions;
    struct part **chosen;
};

static int by_need(const void *left, const void *right)
{
    const struct part *one = *(struct part *const *)left, *other = *(struct part *const *)right;
    double one_sure = one->analysis.confidence, other_sure = other->analysis.confidence;
    if (one_sure != other_sure)
        return one_sure < other_sure ? -1 : 1;
    if (one->text.length != other->text.length)
        return one->text.length > other->text.length ? -1 : 1;
    return one < other ? -1 : 1;
}

/* The neediest first, so that they have an answer if the time ends before all do. */
static void choose(struct asking_parts *asking)
{
    struct document *document = asking->document;
    struct document_questions *questions = asking->questions;
    size_t most = (size_t)document->request.configuration->ai_document_parts, count = 0;
    asking->chosen = arena_array(document->arena, struct part *, document->count);
    for (size_t i = 0; i < document->count; i++)
        if (cascade_is_wanted(questions->cascade, document->parts[i].text,
                              &document->parts[i].analysis))
            asking->chosen[count++] = &document->parts[i];
    qsort(asking->chosen, count, sizeof(struct part *), by_need);
    questions->asked = count < most ? count : most;
    for (size_t i = 0; i < questions->asked; i++)
        asking->chosen[i]->is_asked = true;
}

/* Named after what it asks, as the text may be split otherwise the next time. */
static str id_of(const struct document_questions *questions, struct arena *arena, str text)
{
    unsigned char digest[SHA256_SIZE];
    hash_sha256(text, digest);
    return str_format(arena, STR_FORMAT "-" STR_FORMAT, STR_ARG(questions->id),
                      STR_ARG(hash_hex(arena, digest, ID_BYTES)));
}

static void take(const struct asking_parts *asking, struct part *part,
                 const struct analysis *answer)
{
    struct analysis local = part->analysis;
    cascade_merge(asking->questions->cascade, &local, answer, &part->analysis);
    analysis_keep_texts(asking->document->arena, &part->analysis);
    document_weigh(asking->document, part);
    asking->questions->answered++;
}

/* In an arena of its own: a long document would hold the letters to and fro of all its parts. */
static void ask_about(const struct asking_parts *asking, struct part *part)
{
    struct document_questions *questions = asking->questions;
    const struct document_request *request = &asking->document->request;
    struct arena arena = {0};
    struct analysis answer;
    struct error err;
    struct cascade_question question = {
        .tenant_id = request->tenant_id,
        .configuration = request->configuration,
        .text = part->text,
        .language_code = request->language_code,
        .subject = questions->subject,
        .id = id_of(questions, &arena, part->text),
        .request_id = questions->id,
        .until_ms = questions->until_ms,
        .is_patient = true,
    };
    if (cascade_ask(questions->cascade, &arena, &question, &answer, &err) == STATUS_OK) {
        take(asking, part, &answer);
    } else {
        ledger_charge(&part->analysis, answer.cost_nano, &answer.tokens);
        questions->why = err;
    }
    arena_reset(&arena);
}

static void ask_in_turn(void *argument, size_t index)
{
    struct asking_parts *asking = argument;
    struct document_questions *questions = asking->questions;
    if (fiber_now_ms() >= questions->until_ms ||
        gate_enter(questions->gate, questions->until_ms) != WOKEN) {
        fail(&questions->why, STATUS_TIMED_OUT, "there was no time left to ask");
        return;
    }
    ask_about(asking, asking->chosen[index]);
    gate_leave(questions->gate);
}

static bool is_unwanted(void *argument)
{
    const struct document_request *request = &((struct asking_parts *)argument)->document->request;
    return request->is_unwanted != NULL && request->is_unwanted(request->context);
}

static void count_all(const struct document *document)
{
    for (size_t i = 0; i < document->count; i++)
        cascade_count(&document->parts[i].analysis, document->parts[i].is_asked);
}

enum status document_ask(struct document *document, struct document_questions *questions,
                         struct error *err)
{
    struct asking_parts asking = {document, questions, NULL};
    questions->answered = 0;
    choose(&asking);
    bool is_over = fan_out_run(&(struct fan_out){
        .count = questions->asked,
        .at_once = AT_ONCE,
        .one = ask_in_turn,
        .is_unwanted = is_unwanted,
        .context = &asking,
    });
    if (!is_over)
        return fail(err, STATUS_CANCELLED, "the document is not wanted any more");
    count_all(document);
    return STATUS_OK;
}
