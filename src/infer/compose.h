/* compose.h - rows made of others: praise and complaint in one message is rare in public sets.
 *
 * Two or three short texts of the corpus, praise and complaints and reports of trouble, are joined
 * by a full stop, a "but" and its kin, and labelled mixed; texts of one kind are joined as well and
 * keep their label, so that joining alone says nothing. Always the same ones. */
#pragma once

#include "infer/corpus.h"

/* Adds `count` rows, a tenth of them held out and made of held-out rows alone. */
void compose_add_rows(struct corpus *corpus, size_t count);
