/* orders.h - whether a text seems to give orders to a machine that reads it.
 *
 * No defence: whoever knows it writes around it. It says which answers of a language model a person
 * should see when the local model cannot contradict them, as in languages it does not know. Honest
 * feedback does not name our labels' fields, speak in turns of a conversation, or carry Base64. */
#pragma once

#include "base/str.h"

bool text_gives_orders(struct arena *arena, str text);
