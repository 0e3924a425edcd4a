/* tls.h - the stand-in behind TLS, with a certificate that nobody has vouched for. */
#pragma once

/* Listens on `port` and carries what comes to `to`, on threads of its own. The certificate is made
 * here, for "localhost" and 127.0.0.1, and written to `path` (NULL: nowhere) for who would trust
 * it. -1, with a line on stderr, when it cannot. */
int tls_open(int port, int to, const char *path);
