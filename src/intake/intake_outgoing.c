#include "intake/intake_outgoing.h"

#include "base/utf8.h"
#include "pii/patterns.h"

enum status intake_hide(const struct intake_options *intake, struct arena *arena,
                        const struct preparation *preparation, str text, str *hidden,
                        struct error *err)
{
    struct pii_patterns *opened = NULL;
    enum status status = STATUS_OK;
    if (preparation->pii == NULL) /* a job knows the configuration alone */
        status = pii_patterns_open_stored(&opened, preparation->configuration, err);
    if (status != STATUS_OK)
        return status;
    struct pii_policy strict = pii_outgoing_policy(
        preparation->configuration, preparation->pii != NULL ? preparation->pii->patterns : opened);
    *hidden = pii_redact(arena, text, pii_find_under(intake->finder, &strict, arena, text));
    pii_patterns_close(opened);
    return STATUS_OK;
}

enum status intake_outgoing(const struct intake_options *intake, struct arena *arena,
                            const struct preparation *preparation, str *text, struct error *err)
{
    size_t most = (size_t)preparation->configuration->text_most_characters;
    return intake_hide(intake, arena, preparation, utf8_prefix(preparation->own, most), text, err);
}
