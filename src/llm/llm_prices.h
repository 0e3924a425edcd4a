/* llm_prices.h - what models cost: a table file that users may replace (prompts and models change,
 * and so do prices).
 *
 * A line: provider model input cache_read cache_write output [over TOKENS input*FACTOR
 * output*FACTOR], in US dollars a million tokens, read as decimal fractions into integer
 * nano-dollars a token; '#' begins a comment, "-" is the price of input, "*" any other model. An
 * unknown model has no price, and never the price 0. Immutable; any thread. */
#pragma once

#include "base/status.h"
#include "base/str.h"

#define LLM_COST_UNKNOWN INT64_MIN

struct llm_prices;
struct llm_usage;

/* NULL: the table compiled in. INVALID names file and line. */
enum status llm_prices_open(struct llm_prices **prices, const char *path,
                            struct error *err) MUST_CHECK;
void llm_prices_close(struct llm_prices *prices); /* NULL is fine */

/* In nano-dollars, rounded up; LLM_COST_UNKNOWN. */
int64_t llm_cost(const struct llm_prices *prices, const char *provider, const char *model,
                 const struct llm_usage *usage);
