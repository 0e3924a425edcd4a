/* webhook_router.h - the fiber that turns events into deliveries as they come (webhook.h). */
#pragma once

#include "action/webhook.h"

struct webhook_router;

/* Both on the loop's thread; the loop is over when the router is. */
struct webhook_router *webhook_router_start(struct webhooks *webhooks);
void webhook_router_stop(struct webhook_router *router);
void webhook_router_close(struct webhook_router *router); /* NULL is fine; after its loop */
