/* language_quality.h - how well languages are told: what `hark eval --task language` prints. */
#pragma once

#include "command/command.h"

/* Names the language of every row of langid/test.tsv (sentences) and langid/test_wordpairs.tsv in
 * `folder`, and prints for both which share was named rightly, wrongly and not at all: in the
 * mean of all languages, of those most met, and for each. A row that is not named is not right. */
enum status language_quality_print(struct command_call *call, const char *folder,
                                   struct error *err) MUST_CHECK;
