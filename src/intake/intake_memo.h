/* intake_memo.h - what was found out about texts that came before: who sends the same again is
 * answered by a look or two, without cleaning, looking for personal data, telling the language and
 * asking the local model.
 *
 * For what is answered and not stored (`is_brief`), as what is stored needs its redacted text. The
 * key is a digest of the text as it came and of all that shapes what is made of it: the tenant, the
 * request's claims, and the numbers that change with the tenant's configuration, with its prompts
 * and experiments, and with what corrections taught. So nothing is ever taken back: what was
 * found out under other rules is not found any more. Kept are labels and numbers, never a text, and
 * never what a language model said: of that only where llm_cache.h has it, which remains the truth,
 * with its lifetime and its clearing. An answer that is still owed, that failed, or that a
 * transformer had no time for is not kept. On the loop; never waits. */
#pragma once

#include "intake/intake_ask.h"

/* Understands the item as intake_prepare() and intake_ask() would and did before, and counts what
 * they count; its text is taken away, for it is not the redacted one. False: nothing is known of
 * it, and nothing was done. Until then the item is as it was sent. */
bool intake_recall(const struct intake_options *intake, struct arena *arena,
                   struct preparation *preparation, struct feedback *item);

/* After intake_recall() was false and the two were called: keeps what they found out. */
void intake_remember(const struct intake_options *intake, const struct inquiry *inquiry);

/* Forgets all that is known of a tenant's texts. */
void intake_forget(const struct intake_options *intake, int64_t tenant_id);
