/* uuid.h - ids that sort by time: UUID version 7 (RFC 9562, 5.7). Any thread. */
#pragma once

#include "base/str.h"

enum {
    UUID_TEXT_SIZE = 37
};

/* "0190d6f0-1c2b-7e3f-8a4b-5c6d7e8f9a0b". Ids made by one thread grow strictly. */
void uuid_make(char out[static UUID_TEXT_SIZE]);
str uuid_text(struct arena *arena);
bool uuid_is_valid(str text); /* any version, lower or upper case */
