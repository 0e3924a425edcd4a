#include "command/client.h"

#include "app/app.h"
#include "base/clock.h"
#include "base/heap.h"
#include "command/member.h"
#include "fiber/loop.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    MAX_REPLY = 256 * 1024 * 1024,
    OWNER_PATIENCE_MS = 5000, /* an owner that is starting opens its socket last */
    CALL_TIMEOUT_S = 600
};

struct client {
    struct app *app; /* we are the owner */
    CURL *curl;      /* or there is one: over its socket */
    struct arena arena;
};

static bool accepts_connections(str path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path.length >= sizeof address.sun_path)
        return false;
    memcpy(address.sun_path, path.bytes, path.length);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool is_accepted = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return is_accepted;
}

static enum status open_remote(struct client *client, str path, struct error *err)
{
    client->curl = curl_easy_init();
    if (client->curl == NULL)
        return fail(err, STATUS_INTERNAL, "libcurl does not start");
    curl_easy_setopt(client->curl, CURLOPT_UNIX_SOCKET_PATH, str_z(&client->arena, path));
    curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(client->curl, CURLOPT_TIMEOUT, (long)CALL_TIMEOUT_S);
    curl_easy_setopt(client->curl, CURLOPT_PROXY, "");
    return STATUS_OK;
}

/* Through the owner; by ourselves when there is none; waiting a while for one that holds the
 * database and does not answer yet. */
static enum status reach(struct client *client, const struct config *config, struct error *err)
{
    str path = app_socket_path(&client->arena, config);
    uint64_t give_up_us = clock_monotonic_us() + OWNER_PATIENCE_MS * UINT64_C(1000);
    for (;;) {
        if (path.length > 0 && accepts_connections(path))
            return open_remote(client, path, err);
        enum status status = app_open(&client->app, config, err);
        if (status != STATUS_CONFLICT || clock_monotonic_us() > give_up_us)
            return status;
        usleep(100 * 1000);
    }
}

enum status client_open(struct client **client, const struct config *config, struct error *err)
{
    struct client *self = heap_new(struct client);
    enum status status = reach(self, config, err);
    if (status != STATUS_OK) {
        client_close(self);
        return status;
    }
    *client = self;
    return STATUS_OK;
}

void client_close(struct client *client)
{
    if (client == NULL)
        return;
    if (client->curl != NULL)
        curl_easy_cleanup(client->curl);
    app_close(client->app);
    arena_reset(&client->arena);
    free(client);
}

bool client_is_remote(const struct client *client)
{
    return client->curl != NULL;
}

struct answer {
    int status;
    str body;
};

static size_t keep_bytes(char *bytes, size_t size, size_t count, void *body)
{
    struct buf *buf = body;
    buf_add(buf, (str){bytes, size * count});
    return buf->overflowed ? 0 : size * count;
}

static enum status call_owner(struct client *client, struct arena *arena,
                              const struct client_request *request, struct answer *answer,
                              struct error *err)
{
    CURL *curl = client->curl;
    struct buf body;
    buf_init(&body, arena, MAX_REPLY);
    str type = str_format(arena, "Content-Type: %s",
                          request->content_type != NULL ? request->content_type : "");
    struct curl_slist *headers = curl_slist_append(NULL, str_z(arena, type));
    headers = curl_slist_append(headers, "Expect:");
    if (request->prefer != NULL)
        headers = curl_slist_append(headers,
                                    str_z(arena, str_format(arena, "Prefer: %s", request->prefer)));
    str url = str_format(arena, "http://hark" STR_FORMAT, STR_ARG(request->path));
    bool has_body = !str_is_absent(request->body);

    curl_easy_setopt(curl, CURLOPT_URL, str_z(arena, url));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    if (has_body) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.bytes);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    CURLcode code = curl_easy_perform(curl);
    curl_slist_free_all(headers);
    if (code != CURLE_OK)
        return fail(err, STATUS_UNAVAILABLE,
                    "the server that owns the database does not answer: %s",
                    curl_easy_strerror(code));

    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    *answer = (struct answer){(int)status, buf_str(&body)};
    return STATUS_OK;
}

struct errand {
    struct app *app;
    struct http_request request;
    struct http_response response;
};

static void run_errand(void *argument)
{
    struct errand *errand = argument;
    app_answer(errand->app, &errand->request, &errand->response);
}

static void call_ourselves(struct client *client, struct arena *arena,
                           const struct client_request *request, struct answer *answer)
{
    struct errand *errand = arena_new(arena, struct errand);
    errand->app = client->app;
    errand->request = (struct http_request){.arena = arena,
                                            .method = str_from_z(request->method),
                                            .body = request->body,
                                            .peer = STR("unix"),
                                            .is_local = true,
                                            .arrived_us = clock_monotonic_us()};
    if (!str_cut(request->path, '?', &errand->request.path, &errand->request.query))
        errand->request.query = (str){0};
    if (request->content_type != NULL)
        errand->request.headers[errand->request.header_count++] =
            (struct http_header){STR("Content-Type"), str_from_z(request->content_type)};
    if (request->prefer != NULL)
        errand->request.headers[errand->request.header_count++] =
            (struct http_header){STR("Prefer"), str_from_z(request->prefer)};
    loop_run_alone(run_errand, errand);
    *answer = (struct answer){errand->response.status, errand->response.body};
}

static enum status status_of_http(int http)
{
    switch (http) {
    case 400:
    case 422:
        return STATUS_INVALID;
    case 401:
    case 403:
        return STATUS_DENIED;
    case 404:
        return STATUS_NOT_FOUND;
    case 409:
    case 412:
        return STATUS_CONFLICT;
    case 413:
        return STATUS_TOO_LARGE;
    case 429:
        return STATUS_BUSY;
    case 503:
        return STATUS_UNAVAILABLE;
    case 507:
        return STATUS_FULL;
    default:
        return STATUS_INTERNAL;
    }
}

/* What a problem (RFC 9457) says, and of which field. */
static enum status fail_as_told(struct arena *arena, const struct answer *answer, struct error *err)
{
    const struct json *problem = NULL;
    enum status status = status_of_http(answer->status);
    if (json_parse(arena, answer->body, &problem, NULL) != STATUS_OK ||
        problem->type != JSON_OBJECT)
        return fail(err, status, "the server answered %d", answer->status);
    str detail = member_text(problem, "detail");
    const struct json *errors = json_find(problem, "errors");
    const struct json *first = errors != NULL ? errors->first : NULL;
    if (str_is_absent(detail))
        detail = member_text(problem, "title");
    fail(err, status, STR_FORMAT, STR_ARG(detail));
    str pointer = member_text(first, "pointer");
    if (err != NULL && pointer.length > 0 && str_find_str(detail, pointer) == STR_NONE)
        snprintf(err->field, sizeof err->field, STR_FORMAT, STR_ARG(pointer));
    return status;
}

enum status client_call(struct client *client, struct arena *arena,
                        const struct client_request *request, str *reply, struct error *err)
{
    struct answer answer = {0};
    if (client->curl == NULL) {
        call_ourselves(client, arena, request, &answer);
    } else {
        enum status status = call_owner(client, arena, request, &answer, err);
        if (status != STATUS_OK)
            return status;
    }
    if (answer.status < 200 || answer.status >= 300)
        return fail_as_told(arena, &answer, err);
    *reply = answer.body;
    return STATUS_OK;
}

enum status client_call_json(struct client *client, struct arena *arena,
                             const struct client_request *request, const struct json **reply,
                             struct error *err)
{
    str body = {0};
    enum status status = client_call(client, arena, request, &body, err);
    return status == STATUS_OK ? json_parse(arena, body, reply, err) : status;
}

void client_add_query(struct buf *path, const char *name, str value)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char unreserved[] = "-._~";
    buf_add_byte(path, str_find(buf_str(path), '?') == STR_NONE ? '?' : '&');
    buf_format(path, "%s=", name);
    for (size_t i = 0; i < value.length; i++) {
        unsigned char byte = (unsigned char)value.bytes[i];
        bool is_plain = (byte >= '0' && byte <= '9') ||
                        ((byte | 32) >= 'a' && (byte | 32) <= 'z') ||
                        (byte != '\0' && strchr(unreserved, byte) != NULL);
        if (is_plain) {
            buf_add_byte(path, (char)byte);
        } else {
            buf_add_byte(path, '%');
            buf_add_byte(path, digits[byte >> 4]);
            buf_add_byte(path, digits[byte & 15]);
        }
    }
}
