#include "analysis/llm_cache.h"

#include "analysis/prompts.h"
#include "base/clock.h"
#include "base/heap.h"
#include "base/map.h"
#include "fiber/fiber.h"
#include "store/store_cache.h"
#include "store/store_event.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "text/text.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* To be raised when a value, or what its key is made of, is written in another way. */
    FORMAT = 1,
    KEY_MOST = 4 * FEEDBACK_MAX_BYTES, /* its text and a prompt */
    DIGITS = 6                         /* of the confidence */
};

struct llm_cache {
    struct cache *cache;
    struct store *store;
    int64_t kept_us;
    atomic_uint_least64_t clearings; /* what was found out before one is not written after it */
    atomic_int_least64_t kept_hits;
};

struct llm_cache *llm_cache_open(const struct llm_cache_options *options)
{
    struct llm_cache *cache = heap_new(struct llm_cache);
    cache->cache = options->cache;
    cache->store = options->store;
    cache->kept_us = options->kept_us;
    return cache;
}

void llm_cache_close(struct llm_cache *cache)
{
    free(cache);
}

/* Each part with its length before it, so that no two questions read the same. */
static void add_bytes(struct buf *parts, const void *bytes, size_t size)
{
    buf_add(parts, (str){(const char *)&size, sizeof size});
    buf_add(parts, (str){bytes, size});
}

static void add_text(struct buf *parts, str text)
{
    add_bytes(parts, text.bytes, text.length);
}

static void add_number(struct buf *parts, uint64_t number)
{
    add_bytes(parts, &number, sizeof number);
}

static void add_rules_on_personal_data(struct buf *parts, const struct llm_question *question)
{
    const struct configuration *configuration = question->configuration;
    const struct pii_pattern *patterns = configuration->pii_patterns.items;
    add_number(parts, question->is_redacted);
    add_number(parts, configuration->pii_shown_types);
    add_number(parts, configuration->pii_numbered);
    add_number(parts, configuration->pii_patterns.count);
    for (size_t i = 0; i < configuration->pii_patterns.count; i++) {
        add_text(parts, patterns[i].name);
        add_text(parts, patterns[i].pattern);
        add_text(parts, patterns[i].context);
        add_number(parts, patterns[i].is_hidden);
    }
}

void llm_cache_key(const struct llm_question *question, struct cache_key *key)
{
    struct arena arena = {0};
    struct buf parts;
    buf_init(&parts, &arena, KEY_MOST);
    add_number(&parts, FORMAT);
    add_number(&parts, TEXT_VERSION);
    add_number(&parts, (uint64_t)question->tenant_id);
    add_text(&parts, str_from_z(question->task));
    add_text(&parts, question->prompt->version);
    add_text(&parts, question->prompt->rules);
    add_text(&parts, question->models);
    add_rules_on_personal_data(&parts, question);
    add_text(&parts, question->language_code);
    add_text(&parts, question->text);
    assert(!parts.overflowed && "texts and prompts are limited where they come in");
    key->group = question->tenant_id;
    hash_sha256(buf_str(&parts), key->bytes);
    arena_reset(&arena);
}

static void write_label(struct json_writer *writer, const char *name, const char *const *names,
                        int label)
{
    json_key(writer, name);
    json_string(writer, label_text(names, label));
}

static str write_value(const struct analysis *analysis, char bytes[static CACHE_VALUE_MOST])
{
    struct buf value;
    buf_init_on(&value, bytes, CACHE_VALUE_MOST);
    struct json_writer writer = {.out = &value};
    json_open(&writer, '{');
    write_label(&writer, "sentiment", sentiment_names, analysis->sentiment);
    write_label(&writer, "topic", topic_names, analysis->topic);
    write_label(&writer, "severity", severity_names, analysis->severity);
    json_key(&writer, "confidence");
    json_real(&writer, analysis->confidence, DIGITS);
    json_key(&writer, "needs_review");
    json_boolean(&writer, analysis->needs_review);
    json_key(&writer, "provider");
    json_string(&writer, analysis->provider);
    json_key(&writer, "model");
    json_string(&writer, analysis->model);
    json_key(&writer, "prompt_version");
    json_string(&writer, analysis->prompt_version);
    json_close(&writer, '}');
    return value.overflowed ? (str){0} : buf_str(&value);
}

static bool read_share(const struct json *value, double *share)
{
    bool is_number = value != NULL && (value->type == JSON_REAL || value->type == JSON_INTEGER);
    *share = is_number ? value->real : 0;
    return is_number && value->real >= 0 && value->real <= 1;
}

static bool read_label(const struct json *value, const char *const *names, int *label)
{
    if (value == NULL || value->type != JSON_STRING)
        return false;
    *label = label_find(names, value->string);
    return *label != LABEL_NONE;
}

/* Null: the model was not asked for it, or does not know. */
static bool read_label_or_null(const struct json *value, const char *const *names, int *label)
{
    *label = LABEL_NONE;
    return value != NULL && (value->type == JSON_NULL || read_label(value, names, label));
}

static str read_text(const struct json *value)
{
    return value != NULL && value->type == JSON_STRING ? value->string : (str){0};
}

/* What holds of whatever was kept. */
static void put_marks(struct analysis *analysis)
{
    analysis->band = (int)band_of(analysis->confidence);
    analysis->method = METHOD_CACHE;
    analysis->cost_nano = 0;
}

/* What was kept is believed no more than any other bytes from outside. */
static bool read_value(struct arena *arena, str text, struct analysis *analysis)
{
    const struct json *value;
    struct analysis read = *analysis;
    if (json_parse(arena, text, &value, NULL) != STATUS_OK || value->type != JSON_OBJECT ||
        !read_label(json_find(value, "sentiment"), sentiment_names, &read.sentiment) ||
        !read_label_or_null(json_find(value, "topic"), topic_names, &read.topic) ||
        !read_label_or_null(json_find(value, "severity"), severity_names, &read.severity) ||
        !read_share(json_find(value, "confidence"), &read.confidence))
        return false;
    const struct json *review = json_find(value, "needs_review");
    read.needs_review = review != NULL && review->type == JSON_BOOLEAN && review->boolean;
    read.provider = read_text(json_find(value, "provider"));
    read.model = read_text(json_find(value, "model"));
    read.prompt_version = read_text(json_find(value, "prompt_version"));
    put_marks(&read);
    *analysis = read;
    return true;
}

struct looking {
    struct arena *arena;
    struct kept_result result;
};

static enum status look(struct db_session *session, void *argument, struct error *err)
{
    struct looking *looking = argument;
    return store_get_result(session, looking->arena, &looking->result, err);
}

static str bytes_of(const struct cache_key *key)
{
    return (str){(const char *)key->bytes, sizeof key->bytes};
}

/* A database that fails is as one that holds nothing: the model is asked. */
static bool is_in_database(struct llm_cache *cache, struct arena *arena,
                           const struct cache_key *key, str *value)
{
    struct looking looking = {arena, {.tenant_id = key->group, .key = bytes_of(key)}};
    if (cache->kept_us == 0)
        return false;
    bool is_there = db_read(store_db(cache->store), DB_SHORT, look, &looking, NULL) == STATUS_OK;
    metric_add_labelled(is_there ? METRIC_cache_hits_total : METRIC_cache_misses_total, "database",
                        NULL, 1);
    *value = looking.result.value;
    return is_there;
}

enum cache_outcome llm_cache_claim(struct llm_cache *cache, struct arena *arena,
                                   const struct cache_key *key, uint64_t until_ms,
                                   struct analysis *analysis)
{
    str value;
    enum cache_outcome outcome = cache_claim(cache->cache, arena, key, until_ms, &value);
    if (outcome == CACHE_HIT)
        return read_value(arena, value, analysis) ? CACHE_HIT : CACHE_MINE;
    if (outcome == CACHE_MINE && is_in_database(cache, arena, key, &value) &&
        read_value(arena, value, analysis)) {
        cache_settle(cache->cache, key, value);
        atomic_fetch_add(&cache->kept_hits, 1);
        return CACHE_HIT;
    }
    return outcome;
}

/* On its way to the database, behind the answer. */
struct writing {
    struct llm_cache *cache;
    struct kept_result result;
    uint64_t clearings; /* there were when it was found out */
    struct cache_key key;
    size_t length;
    char value[];
};

static enum status write_result(struct db_session *session, void *argument, struct error *err)
{
    const struct writing *writing = argument;
    return atomic_load(&writing->cache->clearings) == writing->clearings
               ? store_put_result(session, &writing->result, err)
               : STATUS_OK;
}

static void write_behind(void *argument)
{
    struct writing *writing = argument;
    struct error err;
    if (db_write(store_db(writing->cache->store), write_result, writing, &err) != STATUS_OK)
        LOG(WARN, "cache_not_written", LOG_Z("error", err.message),
            LOG_Z("remedy", "the answer was given and stays in memory; see that the database can "
                            "be written"));
    free(writing);
}

/* Where there is no fiber left to do it, the answer is merely not kept. */
static void keep_in_database(struct llm_cache *cache, const struct cache_key *key, str value,
                             uint64_t clearings)
{
    assert(value.bytes != NULL);
    struct writing *writing = heap_alloc_raw(sizeof *writing + value.length);
    *writing = (struct writing){.cache = cache, .clearings = clearings, .key = *key};
    memcpy(writing->value, value.bytes, value.length);
    writing->result = (struct kept_result){.tenant_id = key->group,
                                           .key = bytes_of(&writing->key),
                                           .value = {writing->value, value.length},
                                           .until = clock_now_us() + cache->kept_us};
    if (!fiber_start(write_behind, writing))
        free(writing);
}

static void put_labels(const struct llm_cache_labels *labels, struct analysis *analysis)
{
    analysis->sentiment = labels->sentiment;
    analysis->topic = labels->topic;
    analysis->severity = labels->severity;
    analysis->needs_review = labels->needs_review;
    analysis->confidence = labels->confidence;
    put_marks(analysis);
}

bool llm_cache_find(struct llm_cache *cache, struct arena *arena, const struct cache_key *key,
                    struct llm_cache_labels *labels, struct analysis *analysis)
{
    str value;
    if (!cache_claim_kept(cache->cache, arena, key, &value))
        return false;
    uint64_t hash = map_hash(value);
    if (labels->value != hash) {
        struct analysis read = {0};
        if (!read_value(arena, value, &read))
            return false;
        *labels = (struct llm_cache_labels){hash,          read.sentiment,    read.topic,
                                            read.severity, read.needs_review, read.confidence};
    }
    put_labels(labels, analysis);
    return true;
}

void llm_cache_settle(struct llm_cache *cache, const struct cache_key *key,
                      const struct analysis *analysis)
{
    char bytes[CACHE_VALUE_MOST];
    uint64_t clearings = atomic_load(&cache->clearings);
    bool is_worth_it = analysis != NULL && analysis->method == METHOD_AI;
    str value = is_worth_it ? write_value(analysis, bytes) : (str){0};
    if (cache_settle(cache->cache, key, value) && cache->kept_us > 0)
        keep_in_database(cache, key, value, clearings);
}

static enum status clear_database(struct db_session *session, void *argument, struct error *err)
{
    struct llm_cache_clearing *clearing = argument;
    struct arena arena = {0};
    int64_t kept;
    enum status status = store_clear_results(session, clearing->tenant_id, &kept, err);
    if (status == STATUS_OK) {
        clearing->removed = kept > clearing->removed ? kept : clearing->removed;
        struct audit_entry entry = {
            .tenant_id = clearing->tenant_id,
            .actor = str_from_z(clearing->actor),
            .action = "cache.cleared",
            .subject = STR("cache"),
            .detail = str_format(&arena, "{\"removed\":%lld}", (long long)clearing->removed),
        };
        status = store_add_audit(session, &entry, err);
    }
    arena_reset(&arena);
    return status;
}

/* Memory first, so that from then on nothing old is written; then what is on its way to the
 * database; then that. */
enum status llm_cache_clear(struct llm_cache *cache, struct llm_cache_clearing *clearing,
                            struct error *err)
{
    clearing->removed = cache_clear(cache->cache, clearing->tenant_id);
    atomic_fetch_add(&cache->clearings, 1);
    return db_write(store_db(cache->store), clear_database, clearing, err);
}

struct llm_cache_stats llm_cache_stats(struct llm_cache *cache)
{
    struct llm_cache_stats stats = {cache_stats(cache->cache), atomic_load(&cache->kept_hits), NAN};
    int64_t asked = stats.memory.hits + stats.memory.misses;
    if (asked > 0)
        stats.hit_rate =
            (double)(stats.memory.hits + stats.memory.shared + stats.kept_hits) / (double)asked;
    return stats;
}

void llm_cache_measure(struct llm_cache *cache)
{
    struct llm_cache_stats stats = llm_cache_stats(cache);
    metric_set(METRIC_cache_entries, stats.memory.entries);
    metric_set(METRIC_cache_hit_percent,
               isnan(stats.hit_rate) ? 0 : (int64_t)lround(stats.hit_rate * 100));
}
