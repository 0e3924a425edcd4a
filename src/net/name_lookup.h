/* name_lookup.h - the addresses of a name, without holding up the loop. */
#pragma once

#include "base/status.h"
#include "net/ip_address.h"

#include <uv.h>

/* On a fiber of this loop, which waits. Every address the name has, in the order in which the
 * system would try them. UNAVAILABLE: there is no such name, or nobody knows. TIMED_OUT; CANCELLED.
 *
 * What is no longer waited for goes on by itself, and holds the loop in uv_run until it is over. */
enum status name_lookup(uv_loop_t *loop, struct arena *arena, str name, uint64_t deadline_ms,
                        struct ip_addresses *addresses, struct error *err) MUST_CHECK;
