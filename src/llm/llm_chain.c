/* Which models are asked for which job, and in which order. */
#include "base/heap.h"
#include "llm/llm_inside.h"

#include <string.h>

enum {
    MOST_TARGETS = 64
};

const char *const llm_job_names[] = {
    [LLM_CLASSIFY] = "classify", [LLM_TICKET] = "ticket", [LLM_PLAN] = "plan",
    [LLM_ASK] = "ask",           [LLM_EMBED] = "embed",   NULL,
};

/* --- labels --- */

static struct label {
    char *text;
    struct label *next;
} * labels;
static pthread_mutex_t labels_lock = PTHREAD_MUTEX_INITIALIZER;

const char *llm_label(str text)
{
    pthread_mutex_lock(&labels_lock);
    struct label *label = labels;
    while (label != NULL && !str_equal_z(text, label->text))
        label = label->next;
    if (label == NULL) {
        label = heap_new(struct label);
        label->text = heap_alloc(text.length + 1);
        memcpy(label->text, text.bytes, text.length);
        label->next = labels;
        labels = label;
    }
    pthread_mutex_unlock(&labels_lock);
    return label->text;
}

/* --- chains --- */

static struct llm_seat *find_seat(struct llm *llm, str name)
{
    for (size_t i = 0; i < llm->seat_count; i++)
        if (str_equal_z(name, llm->seats[i].provider.options.name))
            return &llm->seats[i];
    return NULL;
}

static struct llm_target *get_target(struct llm *llm, struct llm_seat *seat, str model)
{
    for (size_t i = 0; i < llm->target_count; i++)
        if (llm->targets[i].seat == seat && str_equal_z(model, llm->targets[i].model))
            return &llm->targets[i];
    if (llm->target_count == MOST_TARGETS)
        return NULL;
    struct llm_target *target = &llm->targets[llm->target_count++];
    *target = (struct llm_target){.seat = seat,
                                  .model = llm_label(model),
                                  .breaker = {.first_us = (int64_t)llm->options.pause_ms * 1000}};
    target->takes = llm_models_find(llm->models, target->model);
    return target;
}

static bool can_do(const struct llm_seat *seat, enum llm_job job)
{
    const struct llm_backend *backend = seat->provider.backend;
    return job == LLM_EMBED ? backend->embed != NULL
                            : job == LLM_CLASSIFY || !backend->only_classifies;
}

static enum status add_link(struct llm *llm, enum llm_job job, str word, struct error *err)
{
    struct llm_chain *chain = &llm->chains[job];
    str name, model;
    bool has_model = str_cut(word, ':', &name, &model);
    struct llm_seat *seat = find_seat(llm, name);
    word = str_slice(word, 0, 80);
    if (seat == NULL)
        return fail(err, STATUS_INVALID,
                    "ai.%s: '" STR_FORMAT "' names a provider that is not set up; give its key or "
                    "base URL",
                    llm_job_names[job], STR_ARG(word));
    if (has_model && model.length == 0)
        return fail(err, STATUS_INVALID, "ai.%s: '" STR_FORMAT "' names no model",
                    llm_job_names[job], STR_ARG(word));
    if (!can_do(seat, job))
        return fail(err, STATUS_INVALID, "ai.%s: " STR_FORMAT " cannot do that", llm_job_names[job],
                    STR_ARG(str_slice(name, 0, 40)));
    struct llm_target *target = get_target(
        llm, seat, has_model ? model : str_from_z(seat->provider.backend->default_model));
    if (target == NULL || chain->length == MOST_TARGETS)
        return fail(err, STATUS_INVALID, "ai.%s: more than %d models are named", llm_job_names[job],
                    MOST_TARGETS);
    chain->links[chain->length++] = target;
    return STATUS_OK;
}

static str next_word(str *text)
{
    size_t at = 0, end;
    while (at < text->length && strchr(" \t,", text->bytes[at]) != NULL)
        at++;
    for (end = at; end < text->length && strchr(" \t,", text->bytes[end]) == NULL;)
        end++;
    str word = str_slice(*text, at, end);
    *text = str_slice(*text, end, text->length);
    return word;
}

/* Vectors are made here unless somebody asks for others by name. */
static enum status add_defaults(struct llm *llm, enum llm_job job, struct error *err)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < llm->seat_count && status == STATUS_OK && job != LLM_EMBED; i++)
        if (can_do(&llm->seats[i], job))
            status = add_link(llm, job, str_from_z(llm->seats[i].provider.options.name), err);
    return status;
}

/* Names of models are labels: the same pointer for the same name. */
static enum status check_vectors(const struct llm_chain *chain, struct error *err)
{
    for (size_t i = 1; i < chain->length; i++)
        if (chain->links[i]->model != chain->links[0]->model)
            return fail(err, STATUS_INVALID,
                        "ai.embed: the vectors of %.60s and %.60s cannot be compared; name one "
                        "model, at one provider or several",
                        chain->links[0]->model, chain->links[i]->model);
    return STATUS_OK;
}

static enum status build_chain(struct llm *llm, enum llm_job job, struct error *err)
{
    str words = str_trim(llm->options.chains[job]);
    enum status status = STATUS_OK;
    llm->chains[job].links = arena_array(&llm->arena, struct llm_target *, MOST_TARGETS);
    if (words.length == 0)
        return add_defaults(llm, job, err);
    for (str word = next_word(&words); word.length > 0 && status == STATUS_OK;
         word = next_word(&words))
        status = add_link(llm, job, word, err);
    return status == STATUS_OK && job == LLM_EMBED ? check_vectors(&llm->chains[job], err) : status;
}

enum status llm_build_chains(struct llm *llm, struct error *err)
{
    enum status status = STATUS_OK;
    llm->targets = arena_array(&llm->arena, struct llm_target, MOST_TARGETS);
    for (int job = 0; job < LLM_JOB_COUNT && status == STATUS_OK; job++)
        status = build_chain(llm, (enum llm_job)job, err);
    return status;
}
