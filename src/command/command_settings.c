/* hark settings: every setting, its value, and where it comes from. */
#include "command/command.h"

#include <stdio.h>

static enum exit_code run(struct command_call *call)
{
    struct buf out;
    buf_init(&out, call->arena, COMMAND_OUTPUT);
    enum config_form form = call_has(call, "json")       ? CONFIG_AS_JSON
                            : call_has(call, "markdown") ? CONFIG_AS_MARKDOWN
                                                         : CONFIG_AS_TEXT;
    config_write_reference(&out, call->config, form);
    fwrite(out.bytes, 1, out.length, stdout);
    return EXIT_DONE;
}

const struct command command_settings = {
    .name = "settings",
    .summary = "List the settings: name, value, where it comes from, what it is.",
    .words = "",
    .flags = {{"json", NULL, "As JSON."}, {"markdown", NULL, "The reference, as Markdown."}},
    .run = run,
};
