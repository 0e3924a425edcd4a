/* llm_checkup.h - asks each language model once for next to nothing, so that llm_states() says how
 * it is: for `hark doctor`. Paid for as any call is: what no budget allows is not asked. On a
 * fiber. */
#pragma once

#include "model/configuration.h"

struct ledger;
struct llm;

struct llm_checkup {
    struct llm *llm; /* NULL: there is nobody to ask */
    struct ledger *ledger;
    int64_t tenant_id;
    const struct configuration *configuration;
    uint64_t until_ms;
};

void llm_check_up(const struct llm_checkup *checkup, struct arena *arena);
