/* webhook_fixture_sign.h - how a receiver of the fixture checks what it is told. For tests. */
#pragma once

#include "action/webhook_fixture.h"
#include "action/webhook_sign.h"

/* What the last call was signed with: checked as its receiver would. */
static inline bool fixture_is_signed_with(struct webhook_fixture *fixture, str secret)
{
    const struct received *last = &fixture->calls[fixture->call_count - 1];
    str signature = webhook_signatures(&fixture->arena, &secret, 1, str_from_z(last->id),
                                       last->at / SECOND_US, fixture->last_body);
    return str_find_str(fixture->last_signature, signature) != STR_NONE;
}
