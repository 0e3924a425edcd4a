/* app.h - the whole server as one value: opened bottom-up, served, closed top-down. */
#pragma once

#include "config/config.h"
#include "net/http.h"

struct app;

/* Opens log, store, queue, personal-data finder, local model and API, in that order. CONFLICT:
 * another process owns the database file (then its Unix socket is the way in: app_socket_path()).
 */
enum status app_open(struct app **app, const struct config *config, struct error *err) MUST_CHECK;
void app_close(struct app *app); /* half-open or NULL is fine */

/* Serves HTTP and does the jobs until SIGTERM or SIGINT, then lets what is in flight end. */
enum status app_serve(struct app *app, struct error *err) MUST_CHECK;

/* UNSUPPORTED: the database has one owner, so no process can have a part of the work. */
enum status app_check_role(const struct config *config, struct error *err) MUST_CHECK;

/* Answers one request as the owner, who does not serve; on a fiber (loop_run_alone). The response
 * lives in the request's arena. */
void app_answer(struct app *app, struct http_request *request, struct http_response *response);

/* Where the owner of this database listens for commands: "<database path>.sock". */
str app_socket_path(struct arena *arena, const struct config *config);
