/* webhook_api.h - the handlers behind /v1/webhooks and /v1/deliveries. */
#pragma once

#include "api/call.h"
#include "model/delivery.h"

handler webhook_list_all;
handler webhook_add;
handler webhook_read;
handler webhook_patch;
handler webhook_delete;
handler webhook_try;
handler webhook_rotate_secret;
handler webhook_enable;
handler webhook_turn_off;
handler webhook_list_deliveries;
handler callback_secret_read;
handler callback_secret_rotate;

handler delivery_list_all;
handler delivery_read;
handler delivery_repeat;
