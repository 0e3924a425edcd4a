/* submit.h - from a request to a commit: what POST /v1/feedback and its batch have in common. */
#pragma once

#include "api/call.h"

/* Submits under the request's Idempotency-Key, if it has one, and answers: with what
 * `submission->render` makes, or with what was kept. */
enum status submit_and_answer(struct call *call, struct submission *submission,
                              struct error *err) MUST_CHECK;
