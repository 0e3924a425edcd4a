/* analyze_api.h - the handlers that analyse and store nothing. */
#pragma once

#include "api/call.h"

handler analyze;      /* our own shape, one or many; in batch_api.c */
handler analyze_sync; /* seed 004's, to the letter */

extern const struct fields analyze_sync_input_fields, analyze_sync_fields;
