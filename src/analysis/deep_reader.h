/* deep_reader.h - reads messages with a transformer, which takes milliseconds, on threads of its
 * own.
 *
 * Who wants a text read asks, and then awaits: a fiber waits as fibers do, any other thread blocks.
 * What waits in line is read together, as one packed batch. The line is ordered by when each answer
 * is wanted, so that a large import never holds up who waits for a single answer; who cannot be
 * served in time, going by how fast reading went lately, is turned away at once. A reading that is
 * not awaited must be dropped. Any thread. */
#pragma once

#include "infer/encoder/transformer.h"

struct deep_reader;
struct deep_reading; /* one text that is being read */

struct deep_reader_options {
    const char *folder; /* a Hugging Face folder */
    enum encoder_precision precision;
    unsigned threads; /* 0: one for each two cores */
};

/* The statuses are transformer_open()'s. */
enum status deep_reader_open(struct deep_reader **reader, const struct deep_reader_options *options,
                             struct error *err) MUST_CHECK;
void deep_reader_close(struct deep_reader *reader); /* NULL is fine; when nobody waits any more */
const char *deep_reader_name(const struct deep_reader *reader); /* the model's */

/* Copies `text`, of which it reads the beginning. NULL: the line is too long. */
struct deep_reading *deep_reader_ask(struct deep_reader *reader, str text, uint64_t until_us);

/* Waits until it is read, or until the time that was asked for (clock_monotonic_us). False: there
 * was no time, or reading it failed. The reading is gone after it. */
bool deep_reader_await(struct deep_reader *reader, struct deep_reading *reading,
                       struct opinion *opinion);
void deep_reader_drop(struct deep_reader *reader, struct deep_reading *reading);
