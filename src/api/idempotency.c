#include "api/idempotency.h"

#include "base/hash.h"

#include <pthread.h>

const char idempotency_mismatch[] = "IDEMPOTENCY_MISMATCH";

static struct {
    pthread_mutex_t lock;
    struct idempotent *first;
} running = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The draft has a quoted string (RFC 8941); the bare form that many clients send is taken too. */
static str unquoted(str key)
{
    if (key.length >= 2 && key.bytes[0] == '"' && key.bytes[key.length - 1] == '"')
        return str_slice(key, 1, key.length - 1);
    return key;
}

static str fingerprint(const struct call *call)
{
    unsigned char body[SHA256_SIZE], all[SHA256_SIZE];
    hash_sha256(call->request->body, body);
    str text = str_format(call->arena, STR_FORMAT " " STR_FORMAT "?" STR_FORMAT " %lld " STR_FORMAT,
                          STR_ARG(call->request->method), STR_ARG(call->request->path),
                          STR_ARG(call->request->query), (long long)call->identity.tenant_id,
                          STR_ARG(hash_hex(call->arena, body, sizeof body)));
    hash_sha256(text, all);
    return hash_hex(call->arena, all, sizeof all);
}

static bool is_running(const struct idempotent *wanted)
{
    for (const struct idempotent *one = running.first; one != NULL; one = one->next)
        if (one->answer.tenant_id == wanted->answer.tenant_id &&
            str_equal(one->answer.key, wanted->answer.key))
            return true;
    return false;
}

enum status idempotency_begin(struct call *call, struct idempotent *idempotent, struct error *err)
{
    str header = http_header(call->request, "Idempotency-Key");
    *idempotent = (struct idempotent){.has_key = !str_is_absent(header)};
    if (!idempotent->has_key)
        return STATUS_OK;
    str key = unquoted(header);
    if (key.length == 0 || key.length > 255)
        return fail(err, STATUS_MALFORMED, "Idempotency-Key must have 1 to 255 characters");

    idempotent->answer = (struct kept_answer){
        .tenant_id = call->identity.tenant_id, .key = key, .fingerprint = fingerprint(call)};
    pthread_mutex_lock(&running.lock);
    bool is_taken = is_running(idempotent);
    if (!is_taken) {
        idempotent->next = running.first;
        running.first = idempotent;
    }
    pthread_mutex_unlock(&running.lock);
    return is_taken ? fail(err, STATUS_CONFLICT,
                           "a request with this Idempotency-Key is being worked on")
                    : STATUS_OK;
}

void idempotency_end(struct idempotent *idempotent)
{
    if (!idempotent->has_key)
        return;
    pthread_mutex_lock(&running.lock);
    struct idempotent **at = &running.first;
    while (*at != idempotent)
        at = &(*at)->next;
    *at = idempotent->next;
    pthread_mutex_unlock(&running.lock);
}

void idempotency_replay(struct call *call, const struct kept_answer *answer)
{
    call->response->status = (int)answer->http_status;
    call->response->content_type = STR("application/json");
    call->response->body = answer->body;
    call_add_header(call, "Idempotent-Replayed", STR("true"));
}
