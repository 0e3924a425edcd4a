/* hash.h - digests, message authentication and randomness, all from OpenSSL; and their texts.
 *
 * SHA-256 is FIPS 180-4, HMAC is RFC 2104, Base64 is RFC 4648 section 4 with padding, Base64url its
 * section 5 without. Any thread. A library that cannot give random bytes ends the process: there is
 * no safe way on. */
#pragma once

#include "base/str.h"

enum {
    SHA256_SIZE = 32
};

void hash_sha256(str data, unsigned char out[static SHA256_SIZE]);
void hash_hmac_sha256(str key, str data, unsigned char out[static SHA256_SIZE]);
bool hash_equal(const void *a, const void *b, size_t size); /* in constant time */
void hash_random(void *out, size_t size);
uint32_t hash_crc32(str data); /* ISO 3309, as in zlib and GitHub's tokens */

str hash_hex(struct arena *arena, const void *bytes, size_t size);
str hash_base64url(struct arena *arena, const void *bytes, size_t size);
str hash_base64(struct arena *arena, const void *bytes, size_t size);
bool hash_from_base64(struct arena *arena, str text, str *bytes);    /* false: it is not that */
bool hash_from_base64url(struct arena *arena, str text, str *bytes); /* false: it is not that */
