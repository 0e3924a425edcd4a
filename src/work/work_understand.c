#include "work/work_understand.h"

#include "fiber/fiber.h"

enum {
    LONG_TEXT = 8 * 1024 /* bytes; about a millisecond of thinking */
};

static void think(void *argument)
{
    struct understanding *one = argument;
    intake_analyse(one->call->services->intake, one->call->arena, &one->preparation, &one->after);
}

void work_understand(struct understanding *one)
{
    one->after = one->before;
    one->preparation.configuration = &one->configuration;
    one->preparation.is_first_look = true;
    if (one->before.text.length > LONG_TEXT)
        fiber_offload(think, one);
    else
        think(one);
}
