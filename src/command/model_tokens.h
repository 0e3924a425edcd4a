/* model_tokens.h - `hark model tokens`: what the tokenizer of a model's folder makes of texts. */
#pragma once

#include "base/status.h"

/* Reads a text a line from standard input and prints its ids, with blanks between. As JSON, a line
 * is a text as a JSON string, and its ids are an array. Texts are not cut off. */
enum status model_print_tokens(const char *folder, bool as_json, struct error *err) MUST_CHECK;
