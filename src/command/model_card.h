/* model_card.h - the figures of the model card, measured anew: `hark eval --data`.
 *
 * Every set of test_sets[] that lies in the data folder is measured, and the rows for severity
 * beside it. Printed as the Markdown tables of models/README.md, or as JSON. */
#pragma once

#include "base/json.h"
#include "infer/evaluate.h"

struct card_row {
    str set; /* its path in the folder, without the ".tsv" */
    struct evaluation figures;
};

struct model_card {
    struct card_row *rows;
    size_t count;
};

/* Sets that are missing are left out; NOT_FOUND: all of them are. `severity_test` may be NULL. */
enum status model_card_measure(const struct predictor *predictor, struct arena *arena,
                               const char *folder, const char *severity_test,
                               struct model_card *card, struct error *err) MUST_CHECK;

void model_card_write_markdown(struct buf *out, const struct model_card *card);
void model_card_write_json(struct json_writer *writer, const struct model_card *card);

/* The members that every evaluation has, into an object that is open. */
void evaluation_write_json(struct json_writer *writer, const struct evaluation *figures);

const char *head_name(enum head head); /* "topic" */

/* The names of `head`'s labels, head_lanes[head].count of them; none for HEAD_NOISE. */
const char *const *head_label_names(enum head head);
