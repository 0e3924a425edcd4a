/* compose.h - rows made of two: praise and complaint in one message is rare in public sets.
 *
 * Short positive and negative texts of the corpus are joined with "but" and its kin, and labelled
 * mixed; pairs of one kind are joined as well and keep their label, so that joining alone says
 * nothing. Always the same ones. */
#pragma once

#include "infer/corpus.h"

void compose_add_rows(struct corpus *corpus, size_t count);
