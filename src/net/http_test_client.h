/* http_test_client.h - for tests: a client that sends what it is told, byte for byte. */
#pragma once

#include "base/str.h"
#include "base/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
    int fd;
    size_t length;
    char bytes[96 * 1024];
};

static inline void client_open(struct client *client, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct timeval patience = {.tv_sec = 10};
    client->fd = socket(AF_INET, SOCK_STREAM, 0);
    client->length = 0;
    setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    for (int tries = 0; tries < 200; tries++) { /* the loops may not listen yet */
        if (connect(client->fd, (struct sockaddr *)&address, sizeof address) == 0)
            return;
        usleep(10000);
    }
    EXPECT(false && "the server can be reached");
}

static inline void client_close(struct client *client)
{
    close(client->fd);
}

static inline void client_send(struct client *client, str text)
{
    EXPECT(send(client->fd, text.bytes, text.length, MSG_NOSIGNAL) == (ssize_t)text.length);
}

/* False at the end of what the server sends. */
static inline bool client_read_more(struct client *client)
{
    EXPECT(client->length < sizeof client->bytes);
    ssize_t size =
        recv(client->fd, client->bytes + client->length, sizeof client->bytes - client->length, 0);
    EXPECT(size >= 0 || errno == ECONNRESET); /* and not that patience ran out */
    if (size > 0)
        client->length += (size_t)size;
    return size > 0;
}

static inline bool client_sees_the_end(struct client *client)
{
    return client->length == 0 && !client_read_more(client);
}

/* One answer, taken off what has come. `text` is kept until the next call. */
struct answer {
    int status; /* 0: the connection ended instead */
    str head, body;
    char text[64 * 1024];
};

static inline int64_t length_told(str head)
{
    int64_t length = 0;
    str rest, line = {0};
    size_t at = str_find_str(head, STR("\r\nContent-Length: "));
    if (at == STR_NONE)
        return -1;
    rest = str_slice(head, at + strlen("\r\nContent-Length: "), head.length);
    EXPECT(str_cut(rest, '\r', &line, &rest) && str_to_integer(line, &length));
    return length;
}

static inline int client_read(struct client *client, struct answer *answer, bool has_body)
{
    size_t end;
    answer->status = 0;
    while ((end = str_find_str((str){client->bytes, client->length}, STR("\r\n\r\n"))) == STR_NONE)
        if (!client_read_more(client))
            return 0;
    size_t head_length = end + 4;
    int64_t told = length_told((str){client->bytes, head_length});
    size_t length = head_length + (has_body && told > 0 ? (size_t)told : 0);
    while (client->length < length)
        if (!client_read_more(client))
            return 0;

    EXPECT(length <= sizeof answer->text);
    memcpy(answer->text, client->bytes, length);
    client->length -= length;
    memmove(client->bytes, client->bytes + length, client->length);
    answer->head = (str){answer->text, head_length};
    answer->body = (str){answer->text + head_length, length - head_length};
    EXPECT(str_starts_with(answer->head, STR("HTTP/1.1 ")));
    answer->status = (int)strtol(answer->text + 9, NULL, 10);
    return answer->status;
}

static inline bool answer_says(const struct answer *answer, str line)
{
    return str_find_str(answer->head, line) != STR_NONE;
}
