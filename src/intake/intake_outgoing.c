#include "intake/intake_outgoing.h"

#include "base/utf8.h"
#include "pii/patterns.h"

/* A job knows the configuration alone; a request has the patterns compiled. */
static enum status open_patterns(const struct preparation *preparation,
                                 struct pii_patterns **opened, struct error *err)
{
    const struct field_list *list = &preparation->configuration->pii_patterns;
    struct error why = {0};
    *opened = NULL;
    if (preparation->pii != NULL || list->count == 0 ||
        pii_patterns_open(opened, list->items, list->count, &why) == STATUS_OK)
        return STATUS_OK;
    return fail(err, STATUS_INTERNAL, "pii.patterns, %s: %s", why.field, why.message);
}

enum status intake_hide(const struct intake_options *intake, struct arena *arena,
                        const struct preparation *preparation, str text, str *hidden,
                        struct error *err)
{
    struct pii_patterns *opened;
    enum status status = open_patterns(preparation, &opened, err);
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
