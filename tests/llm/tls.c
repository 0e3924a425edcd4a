#include "tls.h"

#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    DAY_S = 86400,
    PIECE = 4096
};

static SSL_CTX *context;
static int plain_port;

static void add_extension(X509 *certificate, int id, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, id, value);
    if (extension != NULL)
        X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/* Signed by itself, and so its own authority. */
static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_S);
    X509_gmtime_adj(X509_getm_notAfter(certificate), DAY_S);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)"localhost", -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    add_extension(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(certificate, key, EVP_sha256());
    return certificate;
}

static bool write_certificate(X509 *certificate, const char *path)
{
    FILE *file = path == NULL ? NULL : fopen(path, "w");
    if (path == NULL)
        return true;
    return file != NULL && PEM_write_X509(file, certificate) == 1 && fclose(file) == 0;
}

static int connect_plain(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)plain_port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

/* False: one of the two has ended. */
static bool carry_once(SSL *ssl, int outside, int inside)
{
    char bytes[PIECE];
    struct pollfd ends[] = {{.fd = outside, .events = POLLIN}, {.fd = inside, .events = POLLIN}};
    if (SSL_pending(ssl) == 0 && poll(ends, 2, -1) < 0)
        return false;
    if (SSL_pending(ssl) > 0 || ends[0].revents != 0) {
        int count = SSL_read(ssl, bytes, sizeof bytes);
        return count > 0 && write(inside, bytes, (size_t)count) == count;
    }
    ssize_t count = read(inside, bytes, sizeof bytes);
    return count > 0 && SSL_write(ssl, bytes, (int)count) == (int)count;
}

static void *carry(void *argument)
{
    int outside = (int)(intptr_t)argument, inside = -1;
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, outside);
    if (SSL_accept(ssl) == 1 && (inside = connect_plain()) >= 0)
        while (carry_once(ssl, outside, inside)) {
        }
    SSL_free(ssl);
    if (inside >= 0)
        close(inside);
    close(outside);
    return NULL;
}

static void *welcome(void *argument)
{
    int listener = (int)(intptr_t)argument;
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, carry, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
        else
            close(fd);
    }
    return NULL;
}

int tls_open(int port, int to, const char *path)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    pthread_t thread;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = make_certificate(key);
    plain_port = to;
    context = SSL_CTX_new(TLS_server_method());
    bool is_open = SSL_CTX_use_certificate(context, certificate) == 1 &&
                   SSL_CTX_use_PrivateKey(context, key) == 1 &&
                   write_certificate(certificate, path) &&
                   bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, 128) == 0 &&
                   getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
                   pthread_create(&thread, NULL, welcome, (void *)(intptr_t)fd) == 0;
    X509_free(certificate);
    EVP_PKEY_free(key);
    if (is_open)
        return ntohs(address.sin_port);
    fprintf(stderr, "llm-stand-in: port %d cannot be listened on with TLS\n", port);
    return -1;
}
