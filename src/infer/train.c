#include "infer/train.h"

#include "infer/calibrate.h"
#include "infer/compose.h"
#include "infer/noise.h"
#include "infer/severity.h"
#include "infer/train_ngrams.h"
#include "infer/train_reader.h"

#include <stdio.h>

enum {
    PATH_ROOM = 1024,
    LINE_COUNT = 69000, /* 4.4 MB */
    WORD_COUNT = 16000, /* with the endings 3.3 MB */
    NOISE_ROWS = 12000,
    COMPOSED_ROWS = 16000,
    OWN_COPIES = 4,
    LANGUAGES_COPIES = 2, /* more, and what they say of topics drowns what others do */
};

static const struct data_set own_set = {"", SCHEME_OWN, 3.0F, true, KIND_UNKNOWN, 1.0F};

static bool speaks_of_severity(enum label_scheme scheme)
{
    return scheme == SCHEME_FIVE_STARS || scheme == SCHEME_TOPIC || scheme == SCHEME_RATING ||
           scheme == SCHEME_PAYMENT;
}

static void label_severity(struct corpus *corpus, size_t from)
{
    for (size_t i = from; i < corpus->count; i++) {
        struct corpus_row *row = &corpus->rows[i];
        row->labels[HEAD_SEVERITY] =
            severity_guess(row->text, row->labels[HEAD_SENTIMENT], row->labels[HEAD_TOPIC]);
        row->is_severity_guessed = true;
    }
}

static enum status read_set(struct corpus *corpus, const char *folder, const struct data_set *set,
                            struct error *err)
{
    char path[PATH_ROOM];
    int length = snprintf(path, sizeof path, "%s/%s", folder, set->path);
    if (length < 0 || (size_t)length >= sizeof path)
        return fail(err, STATUS_TOO_LARGE, "the name of the data folder is too long");
    size_t from = corpus->count;
    enum status status = corpus_add_file(corpus, path, set, err);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    if (status == STATUS_OK && speaks_of_severity(set->scheme))
        label_severity(corpus, from);
    return status;
}

static enum status read_own(struct corpus *corpus, const char *path, int copies, struct error *err)
{
    enum status status = STATUS_OK;
    for (int i = 0; i < copies && status == STATUS_OK; i++)
        status = corpus_add_file(corpus, path, &own_set, err);
    return status;
}

/* What is made up must not be more than what people wrote. */
static size_t made_up(const struct corpus *corpus, size_t most)
{
    return corpus->count < most ? corpus->count : most;
}

static enum status read_corpus(struct corpus *corpus, const struct train_options *options,
                               struct error *err)
{
    enum status status = corpus_forbid_tests_under(corpus, options->data_folder, err);
    for (const char *const *path = options->forbidden;
         status == STATUS_OK && path != NULL && *path != NULL; path++)
        status = corpus_forbid(corpus, *path, err);
    for (const struct data_set *set = training_sets; status == STATUS_OK && set->path != NULL;
         set++)
        if (set->is_permissive || !options->permissive_only)
            status = read_set(corpus, options->data_folder, set, err);
    if (status == STATUS_OK && corpus->count == 0)
        status = fail(err, STATUS_NOT_FOUND, "there is nothing to learn from under '%s'",
                      options->data_folder);
    if (status == STATUS_OK)
        compose_add_rows(corpus, made_up(corpus, COMPOSED_ROWS));
    if (status == STATUS_OK && options->own_path != NULL)
        status = read_own(corpus, options->own_path, OWN_COPIES, err);
    if (status == STATUS_OK && options->languages_path != NULL)
        status = read_own(corpus, options->languages_path, LANGUAGES_COPIES, err);
    if (status == STATUS_OK)
        noise_add_rows(corpus, made_up(corpus, NOISE_ROWS));
    return status;
}

/* Reviews that nobody labelled, for the vectors of words. */
static enum status read_unlabelled(struct corpus *corpus, const struct train_options *options,
                                   str *text, struct error *err)
{
    char path[PATH_ROOM];
    int length = snprintf(path, sizeof path, "%s/imdb/unlabelled.txt", options->data_folder);
    if (options->permissive_only || length < 0 || (size_t)length >= sizeof path)
        return STATUS_OK;
    enum status status = corpus_read(&corpus->arena, path, text, err);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static void tell(const struct train_options *options, const char *what, double share)
{
    if (options->progress != NULL)
        options->progress(options->context, what, share);
}

static size_t count_held_out(const struct corpus *corpus)
{
    size_t count = 0;
    for (size_t i = 0; i < corpus->count; i++)
        count += corpus->rows[i].is_held_out;
    return count;
}

static void read(struct model_parts *parts, const struct corpus *corpus, str unlabelled,
                 const struct train_options *options)
{
    struct reader_options how = {
        .unlabelled = unlabelled, .progress = options->progress, .context = options->context};
    reader_train(parts, corpus, &how);
}

static enum status make_model(const struct corpus *corpus, str unlabelled,
                              const struct train_options *options, struct train_report *report,
                              struct error *err)
{
    struct model model = {0};
    struct model_parts parts;
    struct ngrams ngrams = {0};
    enum status status = model_make(&model, LINE_COUNT, WORD_COUNT, &parts, err);
    if (status != STATUS_OK)
        return status;
    struct model_header *header = parts.header;
    header->trained_rows = corpus->count;
    snprintf(header->name, sizeof header->name, "%s",
             options->name != NULL ? options->name : "hark-ngram-2");

    noise_count_letters(corpus, &header->letters);
    ngrams_learn(&ngrams, corpus, options->progress, options->context);
    ngrams_pack_without_held_out(&ngrams, &parts);
    read(&parts, corpus, unlabelled, options);
    tell(options, "calibrating", 0.0);
    calibrate_model(&model, header, corpus);
    report->features = ngrams_pack(&ngrams, &parts);
    ngrams_close(&ngrams);
    tell(options, "done", 1.0);
    status = model_write(header, options->out_path, err);
    model_unmap(&model);
    return status;
}

enum status train_model(const struct train_options *options, struct train_report *report,
                        struct error *err)
{
    struct corpus corpus = {0};
    tell(options, "reading", 0.0);
    enum status status = read_corpus(&corpus, options, err);
    if (status == STATUS_OK) {
        report->rows = corpus.count;
        report->refused = corpus.refused;
        report->held_out = count_held_out(&corpus);
        str unlabelled = {0};
        status = read_unlabelled(&corpus, options, &unlabelled, err);
        if (status == STATUS_OK)
            status = make_model(&corpus, unlabelled, options, report, err);
    }
    corpus_close(&corpus);
    return status;
}
