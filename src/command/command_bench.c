/* hark bench: how fast a part is on this machine, alone and on one core. */
#include "app/model_path.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "command/command.h"
#include "command/queue_timing.h"
#include "command/vector_timing.h"
#include "infer/classifier.h"
#include "infer/corpus.h"
#include "infer/names/name_tagger.h"
#include "pii/pii.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum {
    ROUNDS = 5,
    ROUND_US = 500 * 1000,
    DEFAULT_COUNT = 1000000,
    DEFAULT_JOBS = 20000,
    DEFAULT_BATCH = 64
};

/* What a part is timed on, and how much of it a second was done. */
struct timing {
    struct command_call *call;
    str text;
    int64_t document_bytes;
    double rates[ROUNDS];
};

/* Messages a second over all lines, again and again until the round is over. */
static double classify_all(const struct classifier *classifier, str lines)
{
    uint64_t began = clock_monotonic_us(), now = began, count = 0;
    struct prediction prediction;
    while (now - began < ROUND_US) {
        str rest = lines, line;
        while (rest.length > 0) {
            str_cut(rest, '\n', &line, &rest);
            classifier_predict(classifier, line, &prediction);
            count++;
        }
        now = clock_monotonic_us();
    }
    return (double)count * 1e6 / (double)(now - began);
}

static void sort(double *numbers, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && numbers[k] < numbers[k - 1]; k--) {
            double lower = numbers[k];
            numbers[k] = numbers[k - 1];
            numbers[k - 1] = lower;
        }
}

static enum status time_classifier(struct timing *timing, struct error *err)
{
    struct classifier *classifier = NULL;
    const char *path = app_model_path(timing->call->arena, timing->call->config);
    enum status status = classifier_open(&classifier, path, err);
    for (int i = 0; status == STATUS_OK && i < ROUNDS; i++)
        timing->rates[i] = classify_all(classifier, timing->text);
    classifier_close(classifier);
    return status;
}

/* The next document: so many bytes, and the rest of a character. */
static str take_document(str *rest, size_t bytes)
{
    size_t end = bytes < rest->length ? bytes : rest->length;
    while (end < rest->length && ((unsigned char)rest->bytes[end] & 0xC0) == 0x80)
        end++;
    str document = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end, rest->length);
    return document;
}

/* Of this thread alone, so that a busy machine does not tell. */
static uint64_t thread_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Megabytes a second, found and redacted. */
static double redact_all(const struct pii_finder *finder, str text, size_t document_bytes)
{
    struct arena arena = {0};
    uint64_t began = thread_us(), now = began, bytes = 0;
    while (now - began < ROUND_US) {
        for (str rest = text; rest.length > 0;) {
            str document = take_document(&rest, document_bytes);
            (void)pii_redact(&arena, document, pii_find(finder, &arena, document));
            arena_reset(&arena);
        }
        bytes += text.length;
        now = thread_us();
    }
    return (double)bytes / (double)(now - began);
}

static enum status time_pii(struct timing *timing, struct error *err)
{
    struct pii_finder *finder = NULL;
    struct name_tagger *names = NULL;
    enum status status = utf8_is_valid(timing->text)
                             ? pii_open(&finder, err)
                             : fail(err, STATUS_MALFORMED, "the file is not UTF-8");
    if (status == STATUS_OK)
        status =
            name_tagger_open(&names, app_shipped_path(timing->call->arena, "hark-names.bin"), err);
    if (status == STATUS_OK)
        pii_use_names(finder, names);
    for (int i = 0; status == STATUS_OK && i < ROUNDS; i++)
        timing->rates[i] = redact_all(finder, timing->text, (size_t)timing->document_bytes);
    pii_close(finder);
    name_tagger_close(names);
    return status;
}

static const struct part {
    const char *name, *unit, *member;
    enum status (*run)(struct timing *timing, struct error *err);
} parts[] = {
    {"classifier", "messages/s", "messages_per_second", time_classifier},
    {"pii", "MB/s", "megabytes_per_second", time_pii},
};

static const struct part *find_part(str name)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (str_equal_z(name, parts[i].name))
            return &parts[i];
    return NULL;
}

static enum exit_code bench_vectors(struct command_call *call)
{
    struct vector_timing timing;
    struct error err;
    int64_t count = DEFAULT_COUNT;
    const char *out = call_has(call, "out") ? str_z(call->arena, call_value(call, "out")) : NULL;
    enum status status = call_number(call, "count", 1000, &count, &err);
    if (status == STATUS_OK)
        status = vector_timing_measure(call, str_z(call->arena, call->words[1]), count, out,
                                       &timing, &err);
    if (status != STATUS_OK)
        return command_fail(&err);
    printf(call_has(call, "json") ? "{\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"processor_ms\":%.3f,"
                                    "\"recall_at_10\":%.4f,\"embed_us\":%.2f,"
                                    "\"way\":\"%s\"}\n"
                                  : "p50 %.3f ms, p99 %.3f ms, %.3f ms of the processor, recall@10 "
                                    "%.4f, %.2f us to embed a line, by %s\n",
           timing.p50_ms, timing.p99_ms, timing.processor_ms, timing.recall, timing.embed_us,
           timing.way);
    return EXIT_DONE;
}

static enum exit_code bench_queue(struct command_call *call)
{
    struct queue_timing timing = {.jobs = DEFAULT_JOBS, .batch = DEFAULT_BATCH};
    struct error err;
    enum status status = call_number(call, "jobs", 1, &timing.jobs, &err);
    if (status == STATUS_OK)
        status = call_number(call, "batch", 1, &timing.batch, &err);
    if (status == STATUS_OK)
        status = queue_timing_measure(&timing, &err);
    if (status == STATUS_OK && !timing.is_each_once)
        status = fail(&err, STATUS_INTERNAL, "not every job was done once");
    if (status != STATUS_OK)
        return command_fail(&err);
    printf(call_has(call, "json")
               ? "{\"jobs\":%" PRId64 ",\"batch\":%" PRId64
                 ",\"rate\":%.0f,\"p50_us\":%.0f,\"p99_us\":%.0f,\"each_once\":true}\n"
               : "%" PRId64 " jobs in batches of %" PRId64
                 ": %.0f/s; one alone starts after %.0f us (p99 %.0f us)\n",
           timing.jobs, timing.batch, timing.per_second, timing.p50_us, timing.p99_us);
    return EXIT_DONE;
}

static enum exit_code run(struct command_call *call)
{
    struct error err;
    if (str_equal(call->words[0], STR("queue")))
        return call->word_count == 1
                   ? bench_queue(call)
                   : command_misuse(call->command, "'hark bench queue' takes no file");
    struct timing timing = {.call = call, .document_bytes = 1024};
    const struct part *part = find_part(call->words[0]);
    bool is_vectors = str_equal(call->words[0], STR("vectors"));
    if (part == NULL && !is_vectors)
        return command_misuse(call->command,
                              "only classifier, pii, vectors and queue can be timed");
    if (call->word_count == 1)
        return command_misuse(call->command, "'hark bench' needs a FILE to time it on");
    if (is_vectors)
        return bench_vectors(call);
    if (call_number(call, "document-bytes", 1, &timing.document_bytes, &err) != STATUS_OK)
        return command_misuse(call->command, "%s", err.message);
    enum status status =
        corpus_read(call->arena, str_z(call->arena, call->words[1]), &timing.text, &err);
    if (status == STATUS_OK && str_trim(timing.text).length == 0)
        status = fail(&err, STATUS_INVALID, "there is no text in the file");
    if (status == STATUS_OK)
        status = part->run(&timing, &err);
    if (status != STATUS_OK)
        return command_fail(&err);
    sort(timing.rates, ROUNDS);
    double middle = timing.rates[ROUNDS / 2], least = timing.rates[0];
    if (call_has(call, "json"))
        printf("{\"%s\":%.0f,\"least\":%.0f,\"most\":%.0f}\n", part->member, middle, least,
               timing.rates[ROUNDS - 1]);
    else
        printf("%.0f %s (%.0f to %.0f in 5 rounds)\n", middle, part->unit, least,
               timing.rates[ROUNDS - 1]);
    return EXIT_DONE;
}

const struct command command_bench = {
    .name = "bench",
    .summary = "Time the local model, hiding personal data, searching vectors, or the queue.",
    .words = "classifier|pii|vectors FILE, or queue",
    .least_words = 1,
    .most_words = 2,
    .flags = {{"json", NULL, "As JSON."},
              {"document-bytes", "N", "Of pii: how much of the file is one message; 1024."},
              {"count", "NUMBER", "Of vectors: how many to search; a million when not given."},
              {"out", "FILE", "Of vectors: where to leave them, for others to search."},
              {"jobs", "N", "Of queue: how many; 20,000 when not given."},
              {"batch", "N", "Of queue: how many a transaction; 64 when not given."}},
    .run = run,
};
