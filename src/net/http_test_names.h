/* http_test_names.h - for tests: getaddrinfo(3) with names of its own, in place of the C library's.
 *
 * Included by one file of a test. A name's addresses stand in `house_names`; those of a name with
 * more than one row alternate from one question to the next, as when a time to live is 0. "*" is
 * every name that is in no other row. */
#pragma once

#include "base/heap.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct house_name {
    const char *name;
    const char *addresses; /* with blanks between; empty: there is no such name */
    unsigned delay_ms;
    int failure;
};

extern const struct house_name house_names[]; /* ends with a NULL */
static atomic_uint house_questions, house_slow_answers;

static inline const struct house_name *house_find_name(const char *name, unsigned question)
{
    const struct house_name *found[8];
    unsigned count = 0;
    for (const struct house_name *at = house_names; at->name != NULL && count < 8; at++)
        if (strcmp(at->name, name) == 0)
            found[count++] = at;
    if (count == 0)
        return strcmp(name, "*") == 0 ? NULL : house_find_name("*", question);
    return found[question % count];
}

static inline struct addrinfo *house_address(const char *text, size_t length)
{
    struct addrinfo *made = heap_alloc(sizeof *made + sizeof(struct sockaddr_in6));
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)(made + 1);
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)(made + 1);
    char z[INET6_ADDRSTRLEN] = {0};
    memcpy(z, text, length);
    made->ai_addr = (struct sockaddr *)(void *)(made + 1);
    if (inet_pton(AF_INET, z, &four->sin_addr) == 1)
        four->sin_family = AF_INET;
    else if (inet_pton(AF_INET6, z, &six->sin6_addr) == 1)
        six->sin6_family = AF_INET6;
    return made;
}

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict found)
{
    const struct house_name *row = house_find_name(name, atomic_fetch_add(&house_questions, 1));
    struct addrinfo **end = found;
    (void)service, (void)hints;
    *found = NULL;
    if (row == NULL)
        return EAI_NONAME;
    usleep(row->delay_ms * 1000);
    atomic_fetch_add(&house_slow_answers, row->delay_ms > 0);
    for (const char *at = row->addresses; *at != '\0'; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        *end = house_address(at, length);
        end = &(*end)->ai_next;
        at += length;
    }
    return row->failure;
}

void freeaddrinfo(struct addrinfo *found)
{
    while (found != NULL) {
        struct addrinfo *next = found->ai_next;
        free(found);
        found = next;
    }
}
