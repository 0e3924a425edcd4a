#include "telemetry/metrics.h"

#include "base/test.h"

#include <pthread.h>

static struct arena arena;

static str written(void)
{
    struct buf out;
    buf_init(&out, &arena, 1 << 16);
    buf_add_byte(&out, '\n'); /* so that every line stands between two */
    metrics_write(&out);
    EXPECT(!out.overflowed);
    return buf_str(&out);
}

static bool has_line(const char *line)
{
    str with_ends = str_format(&arena, "\n%s\n", line);
    return str_find_str(written(), with_ends) != STR_NONE;
}

static void counters_and_gauges_start_at_nought(void)
{
    EXPECT(has_line("db_commits_total 0"));
    metric_add(METRIC_db_commits_total, 2);
    metric_add(METRIC_db_commits_total, 1);
    EXPECT(metric_read(METRIC_db_commits_total) == 3 && has_line("db_commits_total 3"));
    metric_add(METRIC_http_connections, 5);
    metric_add(METRIC_http_connections, -2);
    EXPECT(has_line("http_connections 3"));
    metric_set(METRIC_http_connections, 9);
    EXPECT(has_line("http_connections 9"));
}

static void billionths_are_published_as_decimals(void)
{
    EXPECT(has_line("llm_cost_usd_total 0.000000000"));
    metric_add(METRIC_llm_cost_usd_total, INT64_C(1250000065));
    EXPECT(has_line("llm_cost_usd_total 1.250000065"));
    EXPECT(has_line("# TYPE llm_cost_usd_total counter"));
    metric_set(METRIC_budget_used_ratio, 750000000);
    EXPECT(has_line("budget_used_ratio 0.750000000"));
    EXPECT(has_line("# TYPE budget_used_ratio gauge"));
}

static void every_row_says_what_it_is(void)
{
    EXPECT(has_line("# HELP feedback_requests_total Total feedback requests"));
    EXPECT(has_line("# TYPE feedback_requests_total counter"));
    EXPECT(has_line("# TYPE feedback_latency_seconds histogram"));
    EXPECT(has_line("# TYPE http_connections gauge"));
}

static void a_series_is_known_by_the_text_of_its_labels(void)
{
    static char bug[] = "bug"; /* equal text in another place */
    EXPECT(!has_line("feedback_requests_total{sentiment=\"negative\",topic=\"bug\"} 0"));
    metric_add_labelled(METRIC_feedback_requests_total, "negative", "bug", 1);
    metric_add_labelled(METRIC_feedback_requests_total, "negative", bug, 1);
    metric_add_labelled(METRIC_feedback_requests_total, "bug", "negative", 1);
    EXPECT(has_line("feedback_requests_total{sentiment=\"negative\",topic=\"bug\"} 2"));
    EXPECT(has_line("feedback_requests_total{sentiment=\"bug\",topic=\"negative\"} 1"));
    EXPECT(metric_read(METRIC_feedback_requests_total) == 3);
    metric_add_labelled(METRIC_alerts_opened_total, "high", NULL, 4);
    EXPECT(has_line("alerts_opened_total{severity=\"high\"} 4"));
}

static void a_labelled_gauge_is_what_it_was_set_to_last(void)
{
    metric_set_labelled(METRIC_queue_depth, "sweep", "ready", 7);
    metric_set_labelled(METRIC_queue_depth, "sweep", "ready", 2);
    metric_set_labelled(METRIC_dead_letters, "sweep", NULL, 1);
    EXPECT(has_line("queue_depth{kind=\"sweep\",state=\"ready\"} 2"));
    EXPECT(has_line("dead_letters{kind=\"sweep\"} 1"));
}

static void label_values_are_escaped(void)
{
    metric_add_labelled(METRIC_auth_failures_total, "a\"b\\c\nd", NULL, 1);
    EXPECT(has_line("auth_failures_total{code=\"a\\\"b\\\\c\\nd\"} 1"));
}

static void a_histogram_counts_up_to_each_end(void)
{
    metric_observe(METRIC_db_commit_seconds, 0.0005); /* an end belongs to its bucket */
    metric_observe(METRIC_db_commit_seconds, 0.0006);
    metric_observe(METRIC_db_commit_seconds, 11.5);
    metric_observe(METRIC_db_commit_seconds, -1); /* a clock that was wrong */
    EXPECT(has_line("db_commit_seconds_bucket{le=\"0.0005\"} 2"));
    EXPECT(has_line("db_commit_seconds_bucket{le=\"0.001\"} 3"));
    EXPECT(has_line("db_commit_seconds_bucket{le=\"+Inf\"} 4"));
    EXPECT(has_line("db_commit_seconds_count 4"));
    EXPECT(has_line("db_commit_seconds_sum 11.501100000"));
    EXPECT(metric_read(METRIC_db_commit_seconds) == 4);
}

static const char *const types[] = {"EMAIL", "PHONE", "NAME", "IP_ADDRESS", "URL", "SSN"};

enum {
    TYPES = sizeof types / sizeof types[0],
    ROUNDS = 2000,
    THREADS = 4
};

static size_t count_lines(str prefix)
{
    size_t lines = 0;
    for (str rest = written(), line; rest.length > 0;) {
        str_cut(rest, '\n', &line, &rest);
        lines += str_starts_with(line, prefix);
    }
    return lines;
}

static void *count_all_types(void *argument)
{
    for (int i = 0; i < ROUNDS; i++) {
        metric_add_labelled(METRIC_pii_redacted_total, types[i % TYPES], NULL, 1);
        metric_add(METRIC_db_writes_total, 1);
    }
    return argument;
}

static void threads_that_count_together_lose_nothing(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        EXPECT(pthread_create(&threads[i], NULL, count_all_types, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    EXPECT(metric_read(METRIC_pii_redacted_total) == THREADS * (int64_t)ROUNDS);
    EXPECT(metric_read(METRIC_db_writes_total) == THREADS * (int64_t)ROUNDS);
    EXPECT(count_lines(STR("pii_redacted_total{")) == TYPES);
}

int main(void)
{
    RUN(counters_and_gauges_start_at_nought);
    RUN(billionths_are_published_as_decimals);
    RUN(every_row_says_what_it_is);
    RUN(a_series_is_known_by_the_text_of_its_labels);
    RUN(a_labelled_gauge_is_what_it_was_set_to_last);
    RUN(label_values_are_escaped);
    RUN(a_histogram_counts_up_to_each_end);
    RUN(threads_that_count_together_lose_nothing);
    arena_reset(&arena);
}
