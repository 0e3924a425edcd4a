/* http_client_loop.h - libcurl's multi interface on one event loop. Included by the client's files.
 *
 * libcurl tells which sockets and which time it waits for, and the loop does the waiting: nothing
 * here blocks, and connections are pooled for as long as this lives. A transfer's callbacks run on
 * the loop's stack while its fiber waits. */
#pragma once

#include "fiber/fiber.h"

#include <curl/curl.h>

struct http_client_loop;

/* On the loop's thread; one for each client and thread. */
void http_client_loop_open(const void *owner, uv_loop_t *loop, unsigned max_per_address);

/* Those who are in hand go on to their end, which is this one's too; nobody enters any more. */
void http_client_loop_close(const void *owner);

/* NULL: it is closed, or was never open, on this thread. Each that enters leaves. */
struct http_client_loop *http_client_loop_enter(const void *owner);
void http_client_loop_leave(struct http_client_loop *self);

/* Runs one transfer to its end, `result` then, or takes it back when time runs out or the fiber is
 * cancelled. CURLOPT_PRIVATE is this one's. */
enum wake http_client_loop_run(struct http_client_loop *self, CURL *easy, uint64_t deadline_ms,
                               CURLcode *result);
