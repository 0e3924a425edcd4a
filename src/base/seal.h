/* seal.h - a secret that must be kept and read back, sealed: AES-256-GCM by OpenSSL (NIST SP
 * 800-38D), with a random nonce for each.
 *
 * What it is `about` ("webhook secret of tenant 3") is sealed with it but not kept: whoever opens
 * it says so again, and a sealed text that was moved to another row does not open. Any thread. */
#pragma once

#include "base/str.h"

enum {
    SEAL_KEY_SIZE = 32
};

/* Base64url. The key has SEAL_KEY_SIZE bytes. */
str seal_close(struct arena *arena, str key, str about, str secret);

/* False: it was not sealed under this key and about this, or was changed since. */
bool seal_open(struct arena *arena, str key, str about, str sealed, str *secret);
