/* What leaves for a provider of vectors: never personal data, and no more of a text than it takes.
 */
#include "analysis/embed_question.h"

#include "pii/patterns.h"
#include "store/store_configuration.h"

enum {
    MOST_BYTES = 8000 /* of a text: a token is at least a byte, and models take 8,191 of them */
};

struct reading {
    struct arena *arena;
    int64_t tenant_id;
    struct configuration *configuration;
};

static enum status read_configuration(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    return store_get_configuration(session, reading->arena, reading->tenant_id,
                                   reading->configuration, err);
}

static str first_bytes(str text, size_t most)
{
    size_t end = most < text.length ? most : text.length;
    while (end < text.length && ((unsigned char)text.bytes[end] & 0xC0) == 0x80)
        end--;
    return str_slice(text, 0, end);
}

static str outgoing(const struct pii_finder *finder, struct arena *arena,
                    const struct pii_policy *policy, str text)
{
    return first_bytes(pii_redact(arena, text, pii_find_under(finder, policy, arena, text)),
                       MOST_BYTES);
}

enum status embed_question_prepare(struct embed_question *question, struct store *store,
                                   const struct pii_finder *finder,
                                   const struct embedding *embedding, struct error *err)
{
    struct arena *arena = &question->arena;
    struct configuration *configuration = &question->configuration;
    struct reading reading = {arena, embedding->tenant_id, configuration};
    struct pii_patterns *patterns = NULL;
    enum status status = db_read(store_db(store), DB_SHORT, read_configuration, &reading, err);
    if (status == STATUS_OK)
        status = pii_patterns_open_stored(&patterns, configuration, err);
    if (status != STATUS_OK)
        return status;
    struct pii_policy policy = pii_outgoing_policy(configuration, patterns);
    str *texts = arena_array(arena, str, embedding->count);
    for (size_t i = 0; i < embedding->count; i++) /* a copy: who asks may be gone before */
        texts[i] = str_copy(arena, outgoing(finder, arena, &policy, embedding->texts[i]));
    pii_patterns_close(patterns);
    question->tenant_id = embedding->tenant_id;
    question->texts = texts;
    question->count = embedding->count;
    return STATUS_OK;
}
