/* http_exchange.h - one request and its answer on a connection: take it in, admit it, serve it on a
 * fiber, write the answer. For http_connection.c, which reads, and holds back what is too early. */
#pragma once

#include "net/http_connection.h"

/* Waits for a request; ends whatever the one before took. */
void http_exchange_begin(struct http_connection *connection);

/* Takes in what it can of `input` and says how much that was: it stops when a request is whole
 * (READY), or is refused, or when the rest is too little to tell. */
size_t http_exchange_take(struct http_connection *connection, str input);

/* The body is read straight to its place, and is whole. */
void http_exchange_set_ready(struct http_connection *connection);

/* On the loop's own stack only. Afterwards the connection may be anything but READY. */
void http_exchange_serve(struct http_connection *connection);

/* Answers with the handler's dressing of `why`; what is left of the request is not read. */
void http_exchange_refuse(struct http_connection *connection, int status, const char *why);
