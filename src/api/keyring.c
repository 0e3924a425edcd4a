#include "api/keyring.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/map.h"
#include "net/http_stream.h"
#include "store/store_event.h"
#include "store/store_key.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SECRET_LENGTH = 32,
    CHECK_LENGTH = 6,
    PREFIX_SHOWN = 15, /* "hark_live_" and five of the secret */
    LONGEST_LAST = 128 /* bytes of a key that a thread remembers */
};

static const char key_start[] = "hark_live_";

struct entry {
    struct identity identity;
    int64_t expires_at, revoked_at;
    char actor[32];
};

/* All that is known, by HMAC in hex. Replaced whole when a key changes. */
struct ring {
    struct arena arena;
    struct map entries;
};

struct keyring {
    struct keyring_options options;
    pthread_rwlock_t lock; /* of `ring` */
    struct ring *ring;
    atomic_uint_least64_t generation; /* of the ring: no other in this process has it */
};

/* The key that was found last on this thread, as most requests bring the same as the one before:
 * as long as the ring is the same, it need not be hashed again. */
static _Thread_local struct {
    uint64_t generation;
    size_t length;
    char key[LONGEST_LAST];
    struct entry entry;
} last;

static bool is_last(str key, uint64_t generation)
{
    return last.generation == generation && last.length == key.length &&
           hash_equal(last.key, key.bytes, key.length);
}

static void remember(str key, uint64_t generation, const struct entry *entry)
{
    if (key.length > sizeof last.key)
        return;
    memcpy(last.key, key.bytes, key.length);
    last.length = key.length;
    last.entry = *entry;
    last.generation = generation;
}

static str hmac_of(const struct keyring *keyring, struct arena *arena, str key)
{
    unsigned char digest[SHA256_SIZE];
    hash_hmac_sha256(keyring->options.pepper, key, digest);
    return hash_hex(arena, digest, sizeof digest);
}

static void add_entry(struct ring *ring, str hmac, const struct entry *entry)
{
    struct entry *kept = arena_new(&ring->arena, struct entry);
    *kept = *entry;
    kept->identity.actor = kept->actor;
    map_put(&ring->entries, str_copy(&ring->arena, hmac), kept);
}

static void drop_ring(struct ring *ring)
{
    if (ring == NULL)
        return;
    arena_reset(&ring->arena);
    free(ring);
}

struct reading {
    struct arena *arena;
    int64_t tenant_id;
    struct api_key *keys;
    size_t count;
};

static enum status read_keys(struct db_session *session, void *argument, struct error *err)
{
    struct reading *reading = argument;
    return store_list_keys(session, reading->arena, reading->tenant_id, &reading->keys,
                           &reading->count, err);
}

static void add_setting_key(const struct keyring *keyring, struct ring *ring)
{
    if (keyring->options.setting_key.length == 0)
        return;
    struct entry entry = {.identity = {.tenant_id = TENANT_DEFAULT, .scopes = SCOPE_ALL},
                          .expires_at = FIELD_UNSET,
                          .revoked_at = FIELD_UNSET,
                          .actor = "API_KEY"};
    add_entry(ring, hmac_of(keyring, &ring->arena, keyring->options.setting_key), &entry);
}

static struct ring *make_ring(const struct keyring *keyring, const struct reading *reading)
{
    struct ring *ring = heap_new(struct ring);
    map_init(&ring->entries, &ring->arena);
    add_setting_key(keyring, ring);
    for (size_t i = 0; i < reading->count; i++) {
        const struct api_key *key = &reading->keys[i];
        struct entry entry = {.identity = {key->tenant_id, key->scopes, NULL},
                              .expires_at = key->expires_at,
                              .revoked_at = key->revoked_at};
        snprintf(entry.actor, sizeof entry.actor, "key %lld", (long long)key->id);
        add_entry(ring, key->hmac, &entry);
    }
    return ring;
}

/* Read and replaced under one lock: of two changes at once, the later reading must stay. The ring
 * has its number last: what was found in the one before is remembered under that one's. */
static enum status reload(struct keyring *keyring, struct error *err)
{
    static atomic_uint_least64_t generations;
    struct arena arena = {0};
    struct reading reading = {.arena = &arena};
    struct ring *before = NULL;
    pthread_rwlock_wrlock(&keyring->lock);
    enum status status =
        db_read(store_db(keyring->options.store), DB_SHORT, read_keys, &reading, err);
    if (status == STATUS_OK) {
        before = keyring->ring;
        keyring->ring = make_ring(keyring, &reading);
        atomic_store(&keyring->generation, atomic_fetch_add(&generations, 1) + 1);
    }
    pthread_rwlock_unlock(&keyring->lock);
    drop_ring(before);
    arena_reset(&arena);
    return status;
}

enum status keyring_open(struct keyring **keyring, const struct keyring_options *options,
                         struct error *err)
{
    struct keyring *self = heap_new(struct keyring);
    self->options = *options;
    pthread_rwlock_init(&self->lock, NULL);
    enum status status = reload(self, err);
    if (status != STATUS_OK) {
        keyring_close(self);
        return status;
    }
    *keyring = self;
    return STATUS_OK;
}

void keyring_close(struct keyring *keyring)
{
    if (keyring == NULL)
        return;
    drop_ring(keyring->ring);
    pthread_rwlock_destroy(&keyring->lock);
    free(keyring);
}

static bool is_valid(const struct entry *entry)
{
    return entry->revoked_at == FIELD_UNSET &&
           (entry->expires_at == FIELD_UNSET || entry->expires_at > clock_now_us());
}

bool keyring_is_empty(struct keyring *keyring)
{
    bool is_empty = true;
    size_t at = 0;
    pthread_rwlock_rdlock(&keyring->lock);
    for (const struct map_slot *slot; (slot = map_next(&keyring->ring->entries, &at)) != NULL;)
        is_empty = is_empty && !is_valid(slot->value);
    pthread_rwlock_unlock(&keyring->lock);
    return is_empty;
}

/* A page cannot set headers on a WebSocket, but may offer subprotocols; in a URL the key would end
 * in logs and histories. */
static str key_of_websocket(const struct http_request *request)
{
    str protocol, prefix = STR("hark.key.");
    if (!http_wants_websocket(request))
        return (str){0};
    for (size_t at = 0; http_websocket_next_protocol(request, &at, &protocol);)
        if (str_starts_with(protocol, prefix))
            return str_slice(protocol, prefix.length, protocol.length);
    return (str){0};
}

static str presented_key(const struct http_request *request)
{
    str key = http_header(request, "X-API-Key");
    if (!str_is_absent(key))
        return str_trim(key);
    str given = http_header(request, "Authorization"), kind, rest;
    if (str_cut(given, ' ', &kind, &rest) && str_equal_ignoring_case(kind, STR("Bearer")))
        return str_trim(rest);
    return key_of_websocket(request);
}

static bool find(struct keyring *keyring, struct arena *arena, str key, struct entry *entry)
{
    uint64_t generation = atomic_load(&keyring->generation);
    if (is_last(key, generation)) {
        *entry = last.entry;
        return true;
    }
    pthread_rwlock_rdlock(&keyring->lock);
    const struct entry *found = map_find(&keyring->ring->entries, hmac_of(keyring, arena, key));
    if (found != NULL)
        *entry = *found;
    pthread_rwlock_unlock(&keyring->lock);
    if (found != NULL)
        remember(key, generation, entry);
    return found != NULL;
}

enum status keyring_find(struct keyring *keyring, const struct http_request *request,
                         struct identity *identity, struct error *err)
{
    str key = presented_key(request);
    if (key.length == 0)
        return fail(err, STATUS_UNAUTHENTICATED,
                    "a key is needed: send it as X-API-Key or as Authorization: Bearer");

    struct entry entry;
    if (!find(keyring, request->arena, key, &entry) || !is_valid(&entry))
        return fail(err, STATUS_UNAUTHENTICATED, "Invalid API key");
    *identity = entry.identity;
    identity->actor = str_z(request->arena, str_from_z(entry.actor));
    return STATUS_OK;
}

/* Bytes past the last whole multiple of 62 are thrown away, so that every letter is as likely. */
static void random_letters(char *out, size_t count)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    while (count > 0) {
        unsigned char byte;
        hash_random(&byte, 1);
        if (byte < 62 * 4)
            out[--count] = letters[byte % 62];
    }
}

static str made_key(struct arena *arena)
{
    char secret[SECRET_LENGTH];
    random_letters(secret, sizeof secret);
    return str_format(arena, "%s%.*s%0*x", key_start, SECRET_LENGTH, secret, CHECK_LENGTH,
                      hash_crc32((str){secret, sizeof secret}) & 0xFFFFFF);
}

struct changing {
    struct api_key *key;
    struct audit_entry audit;
    int64_t revoke_id;
};

static enum status add_key(struct db_session *session, void *argument, struct error *err)
{
    struct changing *changing = argument;
    enum status status = store_add_key(session, changing->key, err);
    return status == STATUS_OK ? store_add_audit(session, &changing->audit, err) : status;
}

enum status keyring_create(struct keyring *keyring, struct arena *arena, struct api_key *key,
                           const char *actor, struct error *err)
{
    key->secret = made_key(arena);
    key->prefix = str_slice(key->secret, 0, PREFIX_SHOWN);
    key->hmac = hmac_of(keyring, arena, key->secret);
    key->created_at = clock_now_us();
    key->revoked_at = FIELD_UNSET;
    key->scopes_text = scopes_text(arena, key->scopes);
    struct changing changing = {
        .key = key,
        .audit = {key->tenant_id, str_from_z(actor), "key.created", key->prefix,
                  str_format(arena, "{\"scopes\":\"" STR_FORMAT "\"}", STR_ARG(key->scopes_text))},
    };
    enum status status = db_write(store_db(keyring->options.store), add_key, &changing, err);
    return status == STATUS_OK ? reload(keyring, err) : status;
}

static enum status revoke(struct db_session *session, void *argument, struct error *err)
{
    struct changing *changing = argument;
    enum status status = store_revoke_key(session, changing->audit.tenant_id, changing->revoke_id,
                                          clock_now_us(), err);
    return status == STATUS_OK ? store_add_audit(session, &changing->audit, err) : status;
}

enum status keyring_revoke(struct keyring *keyring, struct arena *arena, int64_t tenant_id,
                           int64_t id, const char *actor, struct error *err)
{
    struct changing changing = {
        .revoke_id = id,
        .audit = {tenant_id, str_from_z(actor), "key.revoked",
                  str_format(arena, "key %lld", (long long)id), STR("{}")},
    };
    enum status status = db_write(store_db(keyring->options.store), revoke, &changing, err);
    return status == STATUS_OK ? reload(keyring, err) : status;
}
