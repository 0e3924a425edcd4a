/* keyring.h - who is asking: API keys, looked up in memory.
 *
 * A key is `hark_live_` + 32 letters and digits + 6 of their CRC-32 (after GitHub's tokens). Only
 * its HMAC-SHA256 under a pepper is kept, in the database and here; what is presented is hashed and
 * looked up by that, so neither a copy of the database nor the time a look-up takes tells a key; a
 * thread remembers the one it found last, and compares it in constant time. Any thread. */
#pragma once

#include "api/call.h"
#include "model/access.h"

struct keyring_options {
    struct store *store;
    str pepper;      /* borrowed */
    str setting_key; /* API_KEY of the settings, with all scopes; absent: none */
};

enum status keyring_open(struct keyring **keyring, const struct keyring_options *options,
                         struct error *err) MUST_CHECK;
void keyring_close(struct keyring *keyring);
bool keyring_is_empty(struct keyring *keyring); /* nobody could get in */

/* UNAUTHENTICATED: the key is missing, or is not valid; nobody is told whether it is unknown,
 * expired or revoked. */
enum status keyring_find(struct keyring *keyring, const struct http_request *request,
                         struct identity *identity, struct error *err) MUST_CHECK;

/* Makes a key, stores it, and leaves the whole of it in key->secret. Waits for the commit. */
enum status keyring_create(struct keyring *keyring, struct arena *arena, struct api_key *key,
                           const char *actor, struct error *err) MUST_CHECK;
enum status keyring_revoke(struct keyring *keyring, struct arena *arena, int64_t tenant_id,
                           int64_t id, const char *actor, struct error *err) MUST_CHECK;
