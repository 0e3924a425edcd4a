#include "net/name_lookup.h"

#include "base/heap.h"
#include "fiber/fiber.h"

#include <netdb.h>
#include <stdlib.h>

/* A thread may be in the middle of getaddrinfo(3) when the fiber gives up: so this belongs to the
 * fiber and the request, and whoever is last frees it. */
struct lookup {
    uv_getaddrinfo_t request;
    struct fiber *fiber; /* NULL: nobody waits any more */
    struct addrinfo *found;
    int failure;
};

static void free_lookup(struct lookup *lookup)
{
    uv_freeaddrinfo(lookup->found);
    free(lookup);
}

static void on_answer(uv_getaddrinfo_t *request, int failure, struct addrinfo *found)
{
    struct lookup *lookup = request->data;
    lookup->found = found;
    lookup->failure = failure;
    if (lookup->fiber != NULL)
        fiber_wake(lookup->fiber);
    else
        free_lookup(lookup);
}

static void copy_addresses(struct arena *arena, const struct addrinfo *found,
                           struct ip_addresses *addresses)
{
    size_t most = 0;
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next)
        most++;
    *addresses = (struct ip_addresses){.items = arena_array(arena, struct ip_address, most)};
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next)
        if (ip_address_from_socket(at->ai_addr, &addresses->items[addresses->count]))
            addresses->count++;
}

static enum status failed(str name, int failure, struct error *err)
{
    if (failure == UV_EAI_NONAME || failure == UV_EAI_NODATA)
        return fail(err, STATUS_UNAVAILABLE, "there is no host named '" STR_FORMAT "'",
                    STR_ARG(name));
    return fail(err, STATUS_UNAVAILABLE, "the name '" STR_FORMAT "' could not be resolved: %s",
                STR_ARG(name), uv_strerror(failure));
}

static enum status gave_up(str name, enum wake by, struct error *err)
{
    if (by == CANCELLED)
        return fail(err, STATUS_CANCELLED, "cancelled while '" STR_FORMAT "' was resolved",
                    STR_ARG(name));
    return fail(err, STATUS_TIMED_OUT, "the name '" STR_FORMAT "' was not resolved in time",
                STR_ARG(name));
}

enum status name_lookup(uv_loop_t *loop, struct arena *arena, str name, uint64_t deadline_ms,
                        struct ip_addresses *addresses, struct error *err)
{
    struct lookup *lookup = heap_new(struct lookup);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    lookup->request.data = lookup;
    lookup->fiber = fiber_self();
    int failure =
        uv_getaddrinfo(loop, &lookup->request, on_answer, str_z(arena, name), NULL, &hints);
    if (failure != 0) {
        free(lookup);
        return failed(name, failure, err);
    }

    enum wake by = fiber_wait_until(deadline_ms);
    if (by != WOKEN) {
        lookup->fiber = NULL;
        uv_cancel((uv_req_t *)&lookup->request); /* in vain when a thread has begun with it */
        return gave_up(name, by, err);
    }
    enum status status = STATUS_OK;
    if (lookup->failure != 0)
        status = failed(name, lookup->failure, err);
    else
        copy_addresses(arena, lookup->found, addresses);
    free_lookup(lookup);
    return status;
}
