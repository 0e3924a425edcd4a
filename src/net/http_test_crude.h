/* http_test_crude.h - for tests: a server of few manners, which does with a connection what it is
 * told, one after the other. */
#pragma once

#include "base/test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct crude {
    int fd, port;
    pthread_t thread;
    void (*behave)(struct crude *crude, int fd);
    const char *text;
    atomic_int connections, requests;
    atomic_bool is_over;
    char request[16 * 1024]; /* the last, as it came */
};

/* Whether the head is there, and as much of a body as it says. */
static inline bool crude_is_whole(const char *request, size_t length)
{
    const char *end = strstr(request, "\r\n\r\n"), *said = strstr(request, "\r\nContent-Length: ");
    if (end == NULL)
        return false;
    size_t body = said == NULL || said > end ? 0 : strtoul(said + 18, NULL, 10);
    return length >= (size_t)(end - request) + 4 + body;
}

/* False: there is no further request on this connection. */
static inline bool crude_read(struct crude *crude, int fd)
{
    size_t length = 0;
    while (length < sizeof crude->request - 1) {
        ssize_t size = recv(fd, crude->request + length, sizeof crude->request - 1 - length, 0);
        if (size <= 0)
            return false;
        length += (size_t)size;
        crude->request[length] = '\0';
        if (crude_is_whole(crude->request, length))
            break;
    }
    atomic_fetch_add(&crude->requests, 1);
    return true;
}

static inline void crude_send(int fd, const char *text)
{
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL); /* the client may have left */
}

static inline void *crude_run(void *argument)
{
    struct crude *crude = argument;
    for (;;) {
        int fd = accept(crude->fd, NULL, NULL);
        if (fd < 0 || atomic_load(&crude->is_over)) {
            if (fd >= 0)
                close(fd);
            return NULL;
        }
        atomic_fetch_add(&crude->connections, 1);
        crude->behave(crude, fd);
        close(fd);
    }
}

static inline int crude_listen(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT(bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, 1024) == 0);
    EXPECT(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static inline void crude_open(struct crude *crude, void (*behave)(struct crude *crude, int fd),
                              const char *text)
{
    memset(crude, 0, sizeof *crude);
    crude->fd = crude_listen(&crude->port);
    crude->behave = behave;
    crude->text = text;
    EXPECT(pthread_create(&crude->thread, NULL, crude_run, crude) == 0);
}

static inline void crude_close(struct crude *crude)
{
    atomic_store(&crude->is_over, true);
    shutdown(crude->fd, SHUT_RDWR);
    pthread_join(crude->thread, NULL);
    close(crude->fd);
}

/* Answers each request of a connection with its text. */
static inline void crude_answer(struct crude *crude, int fd)
{
    while (crude_read(crude, fd))
        crude_send(fd, crude->text);
}

/* Answers with its text, and leaves. */
static inline void crude_answer_once(struct crude *crude, int fd)
{
    if (crude_read(crude, fd))
        crude_send(fd, crude->text);
}
