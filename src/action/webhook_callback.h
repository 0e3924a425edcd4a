/* webhook_callback.h - a job tells the URL that its caller gave that it is over, once.
 *
 * The delivery is put in the transaction that ends the job, after the event that says so; it is
 * then signed, tried again and logged as a webhook's is (webhook.h). One secret per tenant signs
 * all of its callbacks; it is made when it is first needed or first asked for (GET
 * /v1/webhooks/callback-secret). */
#pragma once

#include "action/webhook.h"
#include "model/event.h"

/* `event` has been added to the log. The URL has been checked by http_check_url(); it is checked
 * again, with its addresses, whenever it is called. */
enum status webhook_put_callback(struct webhooks *webhooks, struct db_session *session,
                                 const struct event *event, str url, struct error *err) MUST_CHECK;
