#include "model/spending.h"

#include <stddef.h>

const char *const spending_outcome_names[] = {"reserved", "ok", "failed", "repaired", "lost", NULL};

/* clang-format off */
#define AT(member) offsetof(struct tokens, member)
static const struct field items[] = {
    {"input", FIELD_INTEGER, AT(input), FIELD_REQUIRED, .doc = "All that was sent."},
    {"output", FIELD_INTEGER, AT(output), FIELD_REQUIRED, .doc = "All that came back, reasoning too."},
    {"cached", FIELD_INTEGER, AT(cached), FIELD_REQUIRED, .doc = "Of those sent, what the provider read from its cache."},
};
#undef AT
/* clang-format on */
const struct fields tokens_fields = FIELDS("Tokens", "Tokens as the provider bills them.", items);
