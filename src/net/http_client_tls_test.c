/* Certificates and versions of TLS: a server with a certificate made for the test. */
#include "net/http_client_test_stage.h"
#include "net/http_test_crude.h"
#include "net/http_test_names.h"

#include <signal.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

const struct house_name house_names[] = {
    {.name = "hooks.example", .addresses = "127.0.0.1"},
    {.name = "other.example", .addresses = "127.0.0.1"},
    {.name = NULL},
};

static struct crude crude;
static char ca_path[64];

struct tls_house {
    EVP_PKEY *key;
    SSL_CTX *context;
    pthread_t threads[8];
    int thread_count;
    atomic_int handshakes; /* that came about */
    char offered[32];      /* protocols, by ALPN */
    char server_name[64];
};

static struct tls_house house;

static void add_extension(X509 *certificate, int id, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, id, value);
    EXPECT(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

/* Signed by itself, and so its own authority. */
static X509 *make_certificate(EVP_PKEY *key, const char *name, long from_s, long to_s)
{
    X509 *certificate = X509_new();
    char names[128];
    snprintf(names, sizeof names, "DNS:%s", name);
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), from_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate), to_s);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    add_extension(certificate, NID_subject_alt_name, names);
    add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    EXPECT(X509_sign(certificate, key, EVP_sha256()) > 0);
    return certificate;
}

static void keep_authority(X509 *certificate)
{
    snprintf(ca_path, sizeof ca_path, "/tmp/hark-tls-test-%d.pem", (int)getpid());
    FILE *file = fopen(ca_path, "w");
    EXPECT(file != NULL && PEM_write_X509(file, certificate) == 1);
    EXPECT(fclose(file) == 0);
}

static int choose_http1(SSL *ssl, const unsigned char **chosen, unsigned char *length,
                        const unsigned char *offered, unsigned offered_length, void *context)
{
    static const unsigned char http1[] = "http/1.1";
    (void)ssl, (void)context;
    for (unsigned i = 0; i < offered_length && i < sizeof house.offered - 1; i++)
        house.offered[i] = offered[i] < ' ' ? ' ' : (char)offered[i];
    *chosen = http1;
    *length = sizeof http1 - 1;
    return SSL_TLSEXT_ERR_OK;
}

static void speak_tls(struct crude *server, int fd)
{
    char request[4096];
    SSL *ssl = SSL_new(house.context);
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1) {
        atomic_fetch_add(&house.handshakes, 1);
        const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        if (house.server_name[0] == '\0' && name != NULL)
            snprintf(house.server_name, sizeof house.server_name, "%s", name);
        while (SSL_read(ssl, request, sizeof request) > 0) {
            atomic_fetch_add(&server->requests, 1);
            SSL_write(ssl, server->text, (int)strlen(server->text));
        }
    }
    SSL_free(ssl);
}

static void *speak_tls_apart(void *argument)
{
    int fd = (int)(intptr_t)argument;
    speak_tls(&crude, fd);
    close(fd);
    return NULL;
}

/* On a thread of its own, so that a connection that is kept keeps nobody out. */
static void speak_tls_to_each(struct crude *server, int fd)
{
    (void)server;
    EXPECT(house.thread_count < 8);
    EXPECT(pthread_create(&house.threads[house.thread_count++], NULL, speak_tls_apart,
                          (void *)(intptr_t)dup(fd)) == 0);
}

static void speak_no_tls(struct crude *server, int fd)
{
    (void)server;
    crude_send(fd, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    usleep(20000);
}

static void open_house(const char *name, long from_s, long to_s, int newest)
{
    memset(&house, 0, sizeof house);
    house.key = EVP_RSA_gen(2048);
    X509 *certificate = make_certificate(house.key, name, from_s, to_s);
    keep_authority(certificate);
    house.context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(house.context, 0); /* old versions need it */
    SSL_CTX_set_min_proto_version(house.context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(house.context, newest);
    SSL_CTX_set_alpn_select_cb(house.context, choose_http1, NULL);
    EXPECT(SSL_CTX_use_certificate(house.context, certificate) == 1);
    EXPECT(SSL_CTX_use_PrivateKey(house.context, house.key) == 1);
    X509_free(certificate);
    crude_open(&crude, speak_tls, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
}

static void close_house(void)
{
    crude_close(&crude);
    for (int i = 0; i < house.thread_count; i++)
        pthread_join(house.threads[i], NULL);
    SSL_CTX_free(house.context);
    EVP_PKEY_free(house.key);
    unlink(ca_path);
}

static struct http_client_options tls_options(const char *ca_file)
{
    struct http_client_options options = stage_options();
    options.allow_http = false;
    options.ca_file = ca_file;
    return options;
}

static enum status call_host(struct stage *stage, const char *host)
{
    struct http_call call = stage_call(stage, crude.port, "/");
    call.url = str_format(&stage->arena, "https://%s:%d/", host, crude.port);
    return stage_fetch(stage, &call);
}

static void call_who_is_trusted(struct stage *stage)
{
    for (int i = 0; i < 3; i++)
        EXPECT(call_host(stage, "hooks.example") == STATUS_OK && stage->reply.status == 200);
}

static void an_authority_of_the_operators_is_trusted_and_its_connection_is_kept(void)
{
    open_house("hooks.example", -60, 3600, 0);
    stage_play_with(call_who_is_trusted, NULL, tls_options(ca_path));
    close_house();
    EXPECT(house.handshakes == 1 && atomic_load(&crude.requests) == 3);
    EXPECT(strcmp(house.server_name, "hooks.example") == 0);
    EXPECT(strstr(house.offered, "h2") != NULL && strstr(house.offered, "http/1.1") != NULL);
}

static void call_who_is_not(struct stage *stage)
{
    EXPECT(call_host(stage, stage->props) == STATUS_UNAVAILABLE);
    if (!stage_says(stage, "certificate"))
        fprintf(stderr, "%s\n", stage->err.message);
    EXPECT(stage_says(stage, "certificate"));
}

static void a_certificate_that_nobody_vouches_for_is_refused(void)
{
    open_house("hooks.example", -60, 3600, 0);
    stage_play_with(call_who_is_not, "hooks.example", tls_options(NULL));
    close_house();
    EXPECT(atomic_load(&crude.requests) == 0);
}

static void a_certificate_of_another_name_is_refused(void)
{
    open_house("hooks.example", -60, 3600, 0);
    stage_play_with(call_who_is_not, "other.example", tls_options(ca_path));
    stage_play_with(call_who_is_not, "127.0.0.1", tls_options(ca_path));
    close_house();
    EXPECT(atomic_load(&crude.requests) == 0);
}

static void call_two_at_one_address(struct stage *stage)
{
    EXPECT(call_host(stage, "hooks.example") == STATUS_OK && stage->reply.status == 200);
    EXPECT(call_host(stage, "other.example") == STATUS_UNAVAILABLE);
    EXPECT(stage_says(stage, "certificate"));
    EXPECT(call_host(stage, "hooks.example") == STATUS_OK && stage->reply.status == 200);
}

static void a_kept_connection_is_not_lent_to_another_name_at_its_address(void)
{
    open_house("hooks.example", -60, 3600, 0);
    crude.behave = speak_tls_to_each;
    stage_play_with(call_two_at_one_address, NULL, tls_options(ca_path));
    close_house();
}

static void a_certificate_that_is_over_or_not_yet_valid_is_refused(void)
{
    open_house("hooks.example", -7200, -3600, 0);
    stage_play_with(call_who_is_not, "hooks.example", tls_options(ca_path));
    close_house();
    open_house("hooks.example", 3600, 7200, 0);
    stage_play_with(call_who_is_not, "hooks.example", tls_options(ca_path));
    close_house();
}

static void call_without_agreement(struct stage *stage)
{
    EXPECT(call_host(stage, "hooks.example") == STATUS_UNAVAILABLE);
    EXPECT(stage_says(stage, stage->props));
}

static void versions_of_tls_before_1_2_are_refused(void)
{
    open_house("hooks.example", -60, 3600, TLS1_1_VERSION);
    stage_play_with(call_without_agreement, "TLS could not be agreed on", tls_options(ca_path));
    close_house();
    EXPECT(house.handshakes == 0);
    open_house("hooks.example", -60, 3600, TLS1_2_VERSION);
    stage_play_with(call_who_is_trusted, NULL, tls_options(ca_path));
    close_house();
}

static void who_speaks_no_tls_is_told(void)
{
    crude_open(&crude, speak_no_tls, NULL);
    stage_play_with(call_without_agreement, "TLS", tls_options(NULL));
    crude_close(&crude);
}

static void an_authority_file_that_is_not_there_is_told(void)
{
    open_house("hooks.example", -60, 3600, 0);
    stage_play_with(call_without_agreement, "outbound.ca_file",
                    tls_options("/nonexistent/authorities.pem"));
    close_house();
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    RUN(an_authority_of_the_operators_is_trusted_and_its_connection_is_kept);
    RUN(a_certificate_that_nobody_vouches_for_is_refused);
    RUN(a_certificate_of_another_name_is_refused);
    RUN(a_kept_connection_is_not_lent_to_another_name_at_its_address);
    RUN(a_certificate_that_is_over_or_not_yet_valid_is_refused);
    RUN(versions_of_tls_before_1_2_are_refused);
    RUN(who_speaks_no_tls_is_told);
    RUN(an_authority_file_that_is_not_there_is_told);
    return 0;
}
