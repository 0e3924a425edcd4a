/* train_pack.h - makes the trained weights small: keeps the features that matter, in 8 bits.
 *
 * A feature matters by its squared weights times how often it was met. Each goes to the line its id
 * belongs to, the most telling first, until four rows are there. */
#pragma once

#include "infer/model_file.h"
#include "infer/train_linear.h"

/* Fills `lines` (zeroed, `header->line_count` of them) and `header->scale`; gives how many features
 * were kept. */
size_t pack_model(const struct linear_model *linear, struct model_header *header,
                  struct model_line *lines);
