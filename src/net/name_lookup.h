/* name_lookup.h - the addresses of a name, without holding up the loop.
 *
 * getaddrinfo(3) blocks, and for a name whose servers are silent it does so for many seconds: so it
 * has threads of its own, enough that a few such names do not make all others wait. They are
 * started when they are needed, and shared by all loops. */
#pragma once

#include "base/status.h"
#include "net/ip_address.h"

struct name_lookups;

struct name_lookups *name_lookups_open(void);
void name_lookups_close(struct name_lookups *self); /* when nobody asks any more; NULL is fine */

/* On a fiber, which waits. Every address the name has, in the order in which the system would try
 * them. UNAVAILABLE: there is no such name, or nobody knows. TIMED_OUT; CANCELLED. */
enum status name_lookup(struct name_lookups *lookups, struct arena *arena, str name,
                        uint64_t deadline_ms, struct ip_addresses *addresses,
                        struct error *err) MUST_CHECK;
