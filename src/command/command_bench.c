/* hark bench: how fast a part is on this machine, alone and on one core. */
#include "app/model_path.h"
#include "base/clock.h"
#include "command/command.h"
#include "command/vector_timing.h"
#include "infer/classifier.h"
#include "infer/corpus.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    ROUNDS = 5,
    ROUND_US = 500 * 1000,
    DEFAULT_COUNT = 1000000
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

static enum status time_classifier(struct command_call *call, double *rates, struct error *err)
{
    struct classifier *classifier = NULL;
    str lines;
    enum status status =
        classifier_open(&classifier, app_model_path(call->arena, call->config), err);
    if (status == STATUS_OK)
        status = corpus_read(call->arena, str_z(call->arena, call->words[1]), &lines, err);
    if (status == STATUS_OK && str_trim(lines).length == 0)
        status = fail(err, STATUS_INVALID, "there is no text in the file");
    for (int i = 0; status == STATUS_OK && i < ROUNDS; i++)
        rates[i] = classify_all(classifier, lines);
    classifier_close(classifier);
    return status;
}

static enum exit_code bench_classifier(struct command_call *call)
{
    double rates[ROUNDS];
    struct error err;
    if (time_classifier(call, rates, &err) != STATUS_OK)
        return command_fail(&err);
    sort(rates, ROUNDS);
    printf(call_has(call, "json") ? "{\"messages_per_second\":%.0f,\"least\":%.0f,\"most\":%.0f}\n"
                                  : "%.0f messages/s (%.0f to %.0f in 5 rounds)\n",
           rates[ROUNDS / 2], rates[0], rates[ROUNDS - 1]);
    return EXIT_DONE;
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

static enum exit_code run(struct command_call *call)
{
    if (str_equal(call->words[0], STR("classifier")))
        return bench_classifier(call);
    if (str_equal(call->words[0], STR("vectors")))
        return bench_vectors(call);
    return command_misuse(call->command, "only the classifier and vectors can be timed");
}

const struct command command_bench = {
    .name = "bench",
    .summary = "Time the local model, or searching vectors, on the lines of a file.",
    .words = "classifier|vectors FILE",
    .least_words = 2,
    .most_words = 2,
    .flags = {{"count", "NUMBER", "With vectors: how many to search; a million when not given."},
              {"out", "FILE", "With vectors: where to leave them, for others to search."},
              {"json", NULL, "As JSON."}},
    .run = run,
};
