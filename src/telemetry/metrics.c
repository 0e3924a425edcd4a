#include "telemetry/metrics.h"

#include "base/heap.h"

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum kind {
    COUNTER,
    GAUGE,
    COUNTER_NANO, /* counted in billionths */
    GAUGE_NANO,
    HISTOGRAM
};

static const struct {
    enum kind kind;
    const char *name, *labels, *help;
} rows[] = {
#define METRIC(kind, name, labels, help) {kind, #name, labels, help},
#include "telemetry/metrics.def"
#undef METRIC
};

/* Seconds. The last bucket, past these, is +Inf. */
static const double bucket_ends[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                     0.1,    0.25,  0.5,    1,     2.5,  5,     10};

enum {
    BUCKETS = sizeof bucket_ends / sizeof bucket_ends[0] + 1,
    CHAINS = 32 /* of series, by the hash of their labels */
};

/* One combination of labels. Once pushed on its chain it stays there for good. */
struct series {
    const char *first, *second;
    atomic_int_least64_t value;
    struct series *next;
};

/* What is counted for each row; on cache lines of its own, for all threads write here. */
static struct {
    alignas(64) atomic_int_least64_t value;
    atomic_int_least64_t buckets[BUCKETS];
    atomic_int_least64_t sum_ns;
    _Atomic(struct series *) chains[CHAINS];
} measures[METRIC_COUNT];

static bool is_gauge(enum metric metric)
{
    return rows[metric].kind == GAUGE || rows[metric].kind == GAUGE_NANO;
}

void metric_add(enum metric metric, int64_t amount)
{
    assert(rows[metric].kind != HISTOGRAM && rows[metric].labels[0] == '\0');
    atomic_fetch_add_explicit(&measures[metric].value, amount, memory_order_relaxed);
}

void metric_set(enum metric metric, int64_t value)
{
    assert(is_gauge(metric) && rows[metric].labels[0] == '\0');
    atomic_store_explicit(&measures[metric].value, value, memory_order_relaxed);
}

void metric_observe(enum metric metric, double seconds)
{
    assert(rows[metric].kind == HISTOGRAM);
    size_t bucket = 0;
    while (bucket < BUCKETS - 1 && seconds > bucket_ends[bucket])
        bucket++;
    int64_t ns = seconds > 0 ? (int64_t)(seconds * 1e9) : 0;
    atomic_fetch_add_explicit(&measures[metric].buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&measures[metric].sum_ns, ns, memory_order_relaxed);
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* FNV-1a (Fowler, Noll and Vo). */
static uint32_t hash_label(uint32_t hash, const char *label)
{
    for (; label != NULL && *label != '\0'; label++)
        hash = (hash ^ (unsigned char)*label) * 16777619u;
    return hash;
}

static struct series *find_series(struct series *chain, const char *first, const char *second)
{
    while (chain != NULL && !(is_same(chain->first, first) && is_same(chain->second, second)))
        chain = chain->next;
    return chain;
}

/* Several threads may want the same new series: who loses the push looks again. */
static struct series *get_series(enum metric metric, const char *first, const char *second)
{
    uint32_t hash = hash_label(hash_label(2166136261u, first), second);
    _Atomic(struct series *) *chain = &measures[metric].chains[hash % CHAINS];
    struct series *newest = atomic_load_explicit(chain, memory_order_acquire);
    struct series *found = find_series(newest, first, second);
    if (found != NULL)
        return found;

    struct series *made = heap_new(struct series);
    made->first = first;
    made->second = second;
    do {
        found = find_series(newest, first, second);
        if (found != NULL) {
            free(made);
            return found;
        }
        made->next = newest;
    } while (!atomic_compare_exchange_weak(chain, &newest, made));
    return made;
}

static struct series *get_labelled(enum metric metric, const char *first, const char *second)
{
    assert(rows[metric].labels[0] != '\0');
    assert((strchr(rows[metric].labels, ',') != NULL) == (second != NULL));
    return get_series(metric, first, second);
}

void metric_add_labelled(enum metric metric, const char *first, const char *second, int64_t amount)
{
    struct series *series = get_labelled(metric, first, second);
    atomic_fetch_add_explicit(&series->value, amount, memory_order_relaxed);
}

void metric_set_labelled(enum metric metric, const char *first, const char *second, int64_t value)
{
    assert(is_gauge(metric));
    struct series *series = get_labelled(metric, first, second);
    atomic_store_explicit(&series->value, value, memory_order_relaxed);
}

int64_t metric_read(enum metric metric)
{
    int64_t sum = atomic_load(&measures[metric].value);
    for (size_t i = 0; i < BUCKETS; i++)
        sum += atomic_load(&measures[metric].buckets[i]);
    for (size_t i = 0; i < CHAINS; i++)
        for (struct series *at = atomic_load(&measures[metric].chains[i]); at; at = at->next)
            sum += atomic_load(&at->value);
    return sum;
}

static void write_label(struct buf *out, str name, const char *value)
{
    buf_add(out, name);
    buf_add_z(out, "=\"");
    for (; *value != '\0'; value++) {
        if (*value == '\n') {
            buf_add_z(out, "\\n");
            continue;
        }
        if (*value == '"' || *value == '\\')
            buf_add_byte(out, '\\');
        buf_add_byte(out, *value);
    }
    buf_add_byte(out, '"');
}

static void write_number(struct buf *out, enum metric metric, int64_t value)
{
    bool is_nano = rows[metric].kind == COUNTER_NANO || rows[metric].kind == GAUGE_NANO;
    buf_add_fixed(out, value, is_nano ? 9 : 0);
}

static void write_series(struct buf *out, enum metric metric, struct series *series)
{
    str first_name, second_name;
    str_cut(str_from_z(rows[metric].labels), ',', &first_name, &second_name);
    buf_format(out, "%s{", rows[metric].name);
    write_label(out, first_name, series->first);
    if (series->second != NULL) {
        buf_add_byte(out, ',');
        write_label(out, second_name, series->second);
    }
    buf_add_z(out, "} ");
    write_number(out, metric, atomic_load(&series->value));
    buf_add_byte(out, '\n');
}

/* _count is the sum of the buckets read here, so the text agrees with itself while others count. */
static void write_histogram(struct buf *out, enum metric metric)
{
    const char *name = rows[metric].name;
    int64_t count = 0;
    for (size_t i = 0; i < BUCKETS - 1; i++) {
        count += atomic_load(&measures[metric].buckets[i]);
        buf_format(out, "%s_bucket{le=\"%g\"} %lld\n", name, bucket_ends[i], (long long)count);
    }
    count += atomic_load(&measures[metric].buckets[BUCKETS - 1]);
    buf_format(out, "%s_bucket{le=\"+Inf\"} %lld\n", name, (long long)count);
    int64_t sum_ns = atomic_load(&measures[metric].sum_ns);
    buf_format(out, "%s_sum %lld.%09lld\n", name, (long long)(sum_ns / 1000000000),
               (long long)(sum_ns % 1000000000));
    buf_format(out, "%s_count %lld\n", name, (long long)count);
}

static void write_values(struct buf *out, enum metric metric)
{
    if (rows[metric].kind == HISTOGRAM) {
        write_histogram(out, metric);
    } else if (rows[metric].labels[0] == '\0') {
        buf_format(out, "%s ", rows[metric].name);
        write_number(out, metric, atomic_load(&measures[metric].value));
        buf_add_byte(out, '\n');
    } else {
        for (size_t i = 0; i < CHAINS; i++)
            for (struct series *at = atomic_load(&measures[metric].chains[i]); at; at = at->next)
                write_series(out, metric, at);
    }
}

void metrics_write(struct buf *out)
{
    static const char *const kind_names[] = {"counter", "gauge", "counter", "gauge", "histogram"};
    for (enum metric metric = 0; metric < METRIC_COUNT; metric++) {
        buf_format(out, "# HELP %s %s\n", rows[metric].name, rows[metric].help);
        buf_format(out, "# TYPE %s %s\n", rows[metric].name, kind_names[rows[metric].kind]);
        write_values(out, metric);
    }
}
