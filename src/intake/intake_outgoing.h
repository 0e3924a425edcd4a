/* intake_outgoing.h - what of a text may leave this machine: all but what the default policy or the
 * tenant's hides, also where the operator keeps texts as they are. It says so of texts that were
 * stored, too, when less was to be hidden. Any thread. */
#pragma once

#include "intake/intake.h"

/* Of any text, under the configuration of the preparation. INTERNAL: the tenant's patterns do not
 * compile; then nothing may leave. */
enum status intake_hide(const struct intake_options *intake, struct arena *arena,
                        const struct preparation *preparation, str text, str *hidden,
                        struct error *err) MUST_CHECK;

/* Of the preparation's own text: the writer's own words, cut. */
enum status intake_outgoing(const struct intake_options *intake, struct arena *arena,
                            const struct preparation *preparation, str *text,
                            struct error *err) MUST_CHECK;
