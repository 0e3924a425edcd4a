#include "net/http_server.h"

#include "base/heap.h"
#include "net/http_connection.h"
#include "telemetry/log.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    DEFAULT_WRITE_STALL_MS = 30 * 1000
};

/* A loop's share of the server. */
struct part {
    struct part *next;
    unsigned index;
    struct http_home home;
};

struct http_server {
    struct http_options options;
    struct http_peers *peers;
    struct sockaddr_storage address;
    int fd, owner_fd; /* bound at open, given to the first loop; -1: given, or not wanted */
    bool owns_path;   /* the owner's socket is at unix_path */
    pthread_mutex_t lock;
    struct part *parts;
};

static socklen_t size_of(const struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static enum status cannot(struct error *err, const char *what, const char *where)
{
    return fail(err, STATUS_UNAVAILABLE, "cannot %s %s: %s", what, where, strerror(errno));
}

/* Several sockets share a port when all say so: then the kernel spreads connections over them. */
static int bound_socket(const struct sockaddr_storage *address, bool is_shared)
{
    int yes = 1;
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if ((!is_shared || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) == 0) &&
        bind(fd, (const struct sockaddr *)address, size_of(address)) == 0)
        return fd;
    int cause = errno;
    close(fd);
    errno = cause;
    return -1;
}

/* First without sharing: another server on this port would otherwise get half of our clients. */
static enum status bind_address(struct http_server *server, struct error *err)
{
    char where[INET6_ADDRSTRLEN + 16];
    snprintf(where, sizeof where, "%s:%d", server->options.host, server->options.port);

    int probe = bound_socket(&server->address, false);
    if (probe < 0)
        return cannot(err, "listen on", where);
    close(probe);
    server->fd = bound_socket(&server->address, true);
    socklen_t size = sizeof server->address;
    if (server->fd < 0 || listen(server->fd, HTTP_BACKLOG) != 0 ||
        getsockname(server->fd, (struct sockaddr *)&server->address, &size) != 0)
        return cannot(err, "listen on", where);
    return STATUS_OK;
}

static enum status read_address(struct http_server *server, struct error *err)
{
    const char *host = server->options.host;
    int port = server->options.port;
    if (uv_ip4_addr(host, port, (struct sockaddr_in *)&server->address) == 0 ||
        uv_ip6_addr(host, port, (struct sockaddr_in6 *)&server->address) == 0)
        return STATUS_OK;
    return fail(err, STATUS_INVALID, "'%s' is not an IP address to listen on", host);
}

/* A socket file nobody listens behind is what a server left that was killed. */
static bool is_stale(const struct sockaddr_un *address)
{
    struct stat found;
    if (lstat(address->sun_path, &found) != 0 || !S_ISSOCK(found.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_refused = fd >= 0 &&
                      connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
                      errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return is_refused;
}

/* The mode is set before the file is there, so that there is no moment in which others get in. It
 * listens at once, or another server starting now would think the file stale. */
static int bound_owner_socket(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (fchmod(fd, 0600) == 0 && bind(fd, (const struct sockaddr *)address, sizeof *address) == 0) {
        if (chmod(address->sun_path, 0600) == 0 && listen(fd, HTTP_BACKLOG) == 0)
            return fd;
        unlink(address->sun_path);
    }
    int cause = errno;
    close(fd);
    errno = cause;
    return -1;
}

static enum status bind_owner(struct http_server *server, struct error *err)
{
    const char *path = server->options.unix_path;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL)
        return STATUS_OK;
    if (strlen(path) >= sizeof address.sun_path)
        return fail(err, STATUS_INVALID, "the path '%s' is too long for a socket", path);
    memcpy(address.sun_path, path, strlen(path));

    if (is_stale(&address))
        unlink(path);
    server->owner_fd = bound_owner_socket(&address);
    server->owns_path = server->owner_fd >= 0;
    return server->owns_path ? STATUS_OK : cannot(err, "listen on", path);
}

static void copy_options(struct http_server *server, const struct http_options *options)
{
    server->options = *options;
    server->options.host = heap_text(options->host);
    server->options.unix_path = options->unix_path == NULL ? NULL : heap_text(options->unix_path);
    if (options->write_stall_ms == 0)
        server->options.write_stall_ms = DEFAULT_WRITE_STALL_MS;
}

enum status http_server_open(struct http_server **server, const struct http_options *options,
                             struct error *err)
{
    struct http_server *opened = heap_new(struct http_server);
    opened->fd = opened->owner_fd = -1;
    pthread_mutex_init(&opened->lock, NULL);
    copy_options(opened, options);
    opened->peers = http_peers_open(options->max_connections, options->max_per_address);
    signal(SIGPIPE, SIG_IGN); /* a client that left is an error of its write, not of ours */

    enum status status = read_address(opened, err);
    if (status == STATUS_OK)
        status = bind_address(opened, err);
    if (status == STATUS_OK)
        status = bind_owner(opened, err);
    if (status == STATUS_OK)
        *server = opened;
    else
        http_server_close(opened);
    return status;
}

int http_server_port(const struct http_server *server)
{
    const struct sockaddr_storage *address = &server->address;
    return ntohs(address->ss_family == AF_INET
                     ? ((const struct sockaddr_in *)(const void *)address)->sin_port
                     : ((const struct sockaddr_in6 *)(const void *)address)->sin6_port);
}

static struct part *add_part(struct http_server *server, uv_loop_t *loop, unsigned index)
{
    struct part *part = heap_new(struct part);
    part->index = index;
    http_home_init(&part->home, loop, &server->options, server->peers);
    pthread_mutex_lock(&server->lock);
    part->next = server->parts;
    server->parts = part;
    pthread_mutex_unlock(&server->lock);
    return part;
}

static struct part *find_part(struct http_server *server, unsigned index)
{
    pthread_mutex_lock(&server->lock);
    struct part *part = server->parts;
    while (part != NULL && part->index != index)
        part = part->next;
    pthread_mutex_unlock(&server->lock);
    return part;
}

/* Gives the socket away: from here on it is the loop's. */
static int take_fd(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

void http_server_start(void *server, uv_loop_t *loop, unsigned index)
{
    struct http_server *self = server;
    struct http_home *home = &add_part(self, loop, index)->home;
    struct error err = {0};

    int fd = index == 0 ? take_fd(&self->fd) : bound_socket(&self->address, true);
    enum status status =
        fd < 0 ? cannot(&err, "listen on", self->options.host) : http_home_listen(home, fd, &err);
    if (status == STATUS_OK && index == 0 && self->owner_fd >= 0)
        status = http_home_listen_to_owner(home, take_fd(&self->owner_fd), &err);
    if (status != STATUS_OK)
        LOG(ERROR, "http_listen_failed", LOG_Z("error", err.message), LOG_INT("loop", index));
}

void http_server_stop(void *server, uv_loop_t *loop, unsigned index)
{
    (void)loop;
    struct part *part = find_part(server, index);
    if (part != NULL)
        http_home_drain(&part->home);
}

void http_server_close(struct http_server *server)
{
    if (server == NULL)
        return;
    while (server->parts != NULL) {
        struct part *next = server->parts->next;
        free(server->parts);
        server->parts = next;
    }
    if (server->fd >= 0)
        close(server->fd);
    if (server->owner_fd >= 0)
        close(server->owner_fd);
    if (server->owns_path)
        unlink(server->options.unix_path);
    http_peers_close(server->peers);
    pthread_mutex_destroy(&server->lock);
    free((char *)server->options.host);
    free((char *)server->options.unix_path);
    free(server);
}
