#include "base/seal.h"

#include "base/hash.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum {
    NONCE_SIZE = 12,
    TAG_SIZE = 16
};

/* A sealed text is nonce, tag, and as many bytes as the secret has. */
str seal_close(struct arena *arena, str key, str about, str secret)
{
    unsigned char *out = arena_alloc_raw(arena, NONCE_SIZE + TAG_SIZE + secret.length + 1);
    unsigned char *tag = out + NONCE_SIZE, *text = tag + TAG_SIZE;
    int size;
    assert(key.length == SEAL_KEY_SIZE);
    hash_random(out, NONCE_SIZE);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool is_sealed = context != NULL &&
                     EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL,
                                        (const unsigned char *)key.bytes, out) == 1 &&
                     EVP_EncryptUpdate(context, NULL, &size, (const unsigned char *)about.bytes,
                                       (int)about.length) == 1 &&
                     EVP_EncryptUpdate(context, text, &size, (const unsigned char *)secret.bytes,
                                       (int)secret.length) == 1 &&
                     EVP_EncryptFinal_ex(context, text + size, &size) == 1 &&
                     EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, tag) == 1;
    EVP_CIPHER_CTX_free(context);
    if (!is_sealed)
        abort(); /* the library cannot do what it is for: there is no safe way on */
    return hash_base64url(arena, out, NONCE_SIZE + TAG_SIZE + secret.length);
}

bool seal_open(struct arena *arena, str key, str about, str sealed, str *secret)
{
    str bytes;
    int size = 0, rest = 0;
    assert(key.length == SEAL_KEY_SIZE);
    if (!hash_from_base64url(arena, sealed, &bytes) || bytes.length < NONCE_SIZE + TAG_SIZE)
        return false;
    const unsigned char *in = (const unsigned char *)bytes.bytes;
    unsigned char tag[TAG_SIZE];
    memcpy(tag, in + NONCE_SIZE, TAG_SIZE);
    size_t length = bytes.length - NONCE_SIZE - TAG_SIZE;
    unsigned char *out = arena_alloc_raw(arena, length + 1);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool is_open =
        context != NULL &&
        EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, (const unsigned char *)key.bytes,
                           in) == 1 &&
        EVP_DecryptUpdate(context, NULL, &size, (const unsigned char *)about.bytes,
                          (int)about.length) == 1 &&
        EVP_DecryptUpdate(context, out, &size, in + NONCE_SIZE + TAG_SIZE, (int)length) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) == 1 &&
        EVP_DecryptFinal_ex(context, out + size, &rest) == 1;
    EVP_CIPHER_CTX_free(context);
    if (is_open)
        *secret = (str){(const char *)out, length};
    return is_open;
}
