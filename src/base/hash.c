#include "base/hash.h"

#include "base/heap.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* To look an algorithm up, and to make room for it, takes OpenSSL several times as long as a short
 * text: each thread does it once. */
struct workshop {
    EVP_MD *sha256;
    EVP_MD_CTX *digest;
    EVP_MAC_CTX *hmac;
    char key[64]; /* that `hmac` is set up with */
    size_t key_length;
};

static pthread_key_t leaving; /* whose destructor ends the workshop of a thread that ends */

static void close_workshop(void *argument)
{
    struct workshop *workshop = argument;
    EVP_MAC_CTX_free(workshop->hmac);
    EVP_MD_CTX_free(workshop->digest);
    EVP_MD_free(workshop->sha256);
    OPENSSL_cleanse(workshop->key, sizeof workshop->key);
    free(workshop);
}

static void must(bool is_done)
{
    if (!is_done) {
        fputs("hark: OpenSSL has no SHA-256\n", stderr);
        abort();
    }
}

static void make_leaving(void)
{
    must(pthread_key_create(&leaving, close_workshop) == 0);
}

static struct workshop *open_workshop(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct workshop *workshop = heap_new(struct workshop);
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    pthread_once(&once, make_leaving);
    must(pthread_setspecific(leaving, workshop) == 0);
    workshop->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    workshop->digest = EVP_MD_CTX_new();
    workshop->hmac = EVP_MAC_CTX_new(hmac);
    EVP_MAC_free(hmac);
    must(workshop->sha256 != NULL && workshop->digest != NULL && workshop->hmac != NULL);
    return workshop;
}

static struct workshop *own_workshop(void)
{
    static _Thread_local struct workshop *own;
    if (own == NULL)
        own = open_workshop();
    return own;
}

void hash_sha256(str data, unsigned char out[static SHA256_SIZE])
{
    struct workshop *own = own_workshop();
    must(EVP_DigestInit_ex2(own->digest, own->sha256, NULL) == 1 &&
         EVP_DigestUpdate(own->digest, data.bytes, data.length) == 1 &&
         EVP_DigestFinal_ex(own->digest, out, NULL) == 1);
}

/* The key of the time before is not set up again. */
static bool set_key(struct workshop *own, str key)
{
    char name[] = "SHA256";
    OSSL_PARAM terms[] = {OSSL_PARAM_construct_utf8_string("digest", name, 0),
                          OSSL_PARAM_construct_end()};
    if (key.length > 0 && str_equal(key, (str){own->key, own->key_length}))
        return EVP_MAC_init(own->hmac, NULL, 0, NULL) == 1;
    bool is_short = key.length <= sizeof own->key;
    if (is_short && key.length > 0)
        memcpy(own->key, key.bytes, key.length);
    own->key_length = is_short ? key.length : 0;
    return EVP_MAC_init(own->hmac, (const unsigned char *)(key.length > 0 ? key.bytes : name),
                        key.length, terms) == 1;
}

void hash_hmac_sha256(str key, str data, unsigned char out[static SHA256_SIZE])
{
    struct workshop *own = own_workshop();
    size_t length;
    must(set_key(own, key) &&
         EVP_MAC_update(own->hmac, (const unsigned char *)data.bytes, data.length) == 1 &&
         EVP_MAC_final(own->hmac, out, &length, SHA256_SIZE) == 1);
}

bool hash_equal(const void *a, const void *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}

void hash_random(void *out, size_t size)
{
    if (RAND_bytes(out, (int)size) != 1) {
        fputs("hark: no random bytes to be had\n", stderr);
        abort();
    }
}

uint32_t hash_crc32(str data)
{
    return (uint32_t)crc32(0, (const unsigned char *)data.bytes, (unsigned)data.length);
}

str hash_hex(struct arena *arena, const void *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *in = bytes;
    char *out = arena_alloc_raw(arena, size * 2 + 1);
    for (size_t i = 0; i < size; i++) {
        out[i * 2] = digits[in[i] >> 4];
        out[i * 2 + 1] = digits[in[i] & 15];
    }
    out[size * 2] = '\0';
    return (str){out, size * 2};
}

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

str hash_base64url(struct arena *arena, const void *bytes, size_t size)
{
    const unsigned char *in = bytes;
    char *out = arena_alloc_raw(arena, size / 3 * 4 + 5);
    size_t length = 0;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t group = (uint32_t)in[i] << 16;
        group |= left > 1 ? (uint32_t)in[i + 1] << 8 : 0;
        group |= left > 2 ? in[i + 2] : 0;
        for (size_t k = 0; k <= (left < 3 ? left : 3); k++)
            out[length++] = base64url[group >> (18 - 6 * k) & 63];
    }
    out[length] = '\0';
    return (str){out, length};
}

str hash_base64(struct arena *arena, const void *bytes, size_t size)
{
    unsigned char *out = arena_alloc_raw(arena, (size + 2) / 3 * 4 + 1);
    int length = EVP_EncodeBlock(out, bytes, (int)size);
    return (str){(const char *)out, (size_t)length};
}

static int base64url_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool hash_from_base64url(struct arena *arena, str text, str *bytes)
{
    if (text.length % 4 == 1)
        return false;
    char *out = arena_alloc_raw(arena, text.length);
    size_t length = 0;
    uint32_t group = 0;
    for (size_t i = 0; i < text.length; i++) {
        int value = base64url_value(text.bytes[i]);
        if (value < 0)
            return false;
        group = group << 6 | (uint32_t)value;
        if (i % 4 != 0)
            out[length++] = (char)(group >> (6 - 2 * (i % 4)));
    }
    *bytes = (str){out, length};
    return true;
}

/* OpenSSL's decoder takes blanks around the text and padding for bytes: what comes out must go back
 * in as it was. */
bool hash_from_base64(struct arena *arena, str text, str *bytes)
{
    size_t padding = str_ends_with(text, STR("==")) ? 2 : str_ends_with(text, STR("=")) ? 1 : 0;
    if (text.length == 0 || text.length % 4 != 0)
        return false;
    unsigned char *out = arena_alloc_raw(arena, text.length);
    int length = EVP_DecodeBlock(out, (const unsigned char *)text.bytes, (int)text.length);
    if (length < 0)
        return false;
    str decoded = {(const char *)out, (size_t)length - padding};
    if (!str_equal(hash_base64(arena, decoded.bytes, decoded.length), text))
        return false;
    *bytes = decoded;
    return true;
}
