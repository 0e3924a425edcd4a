/* Names that are slow, unknown, or have other addresses than they seem to. */
#include "net/http_client_test_stage.h"
#include "net/http_test_crude.h"
#include "net/http_test_names.h"
#include "net/outbound_url.h"
#include "net/ssrf_test_vectors.h"

#define OK_TEXT "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

const struct house_name house_names[] = {
    {.name = "good.example", .addresses = "127.0.0.1"},
    {.name = "slow.example", .addresses = "127.0.0.1", .delay_ms = 300},
    {.name = "slower.example", .addresses = "127.0.0.1", .delay_ms = 1500},
    {.name = "two.example", .addresses = "127.0.0.9 127.0.0.1"}, /* nobody is at the first */
    {.name = "flip.example", .addresses = "127.0.0.1"},
    {.name = "flip.example", .addresses = "10.0.0.1"},
    {.name = "flip.example", .addresses = "169.254.169.254"},
    {.name = "split.example", .addresses = "127.0.0.1 8.8.8.8 ::1"},
    {.name = "mapped.example", .addresses = "::ffff:10.0.0.1"},
    {.name = "mixed.example", .addresses = "2606:4700::1 fd00::1"},
    {.name = "nothing.example", .addresses = ""},
    {.name = "again.example", .addresses = "", .failure = EAI_AGAIN},
    {.name = "stuck.example", .addresses = "127.0.0.8"}, /* its queue of connections is full */
    {.name = "stuck-first.example", .addresses = "127.0.0.8 127.0.0.1"},
    {.name = "unknown.example", .addresses = "", .failure = EAI_NONAME},
    {.name = "dead.example", .addresses = "127.0.0.9 127.0.0.10"},
    {.name = "*", .addresses = "127.0.0.1"},
    {.name = "*", .addresses = "::1"},
    {.name = "*", .addresses = "8.8.8.8 169.254.169.254"},
    {.name = NULL},
};

static struct crude crude;

static enum status call_name(struct stage *stage, const char *name, unsigned timeout_ms)
{
    struct http_call call = stage_call(stage, crude.port, "/");
    call.url = str_format(&stage->arena, "http://%s:%d/", name, crude.port);
    call.timeout_ms = timeout_ms;
    return stage_fetch(stage, &call);
}

static void play_crude(void (*play)(struct stage *stage))
{
    crude_open(&crude, crude_answer, OK_TEXT);
    stage_play(play, NULL);
    crude_close(&crude);
}

static void call_by_name(struct stage *stage)
{
    for (int i = 0; i < 3; i++)
        EXPECT(call_name(stage, "good.example", 10000) == STATUS_OK && stage->reply.status == 200);
    EXPECT(call_name(stage, "Good.Example.", 10000) == STATUS_OK);
}

static void a_name_is_resolved_for_each_call_and_its_connection_is_kept(void)
{
    atomic_store(&house_questions, 0);
    play_crude(call_by_name);
    EXPECT(atomic_load(&house_questions) == 4 && atomic_load(&crude.connections) == 1);
    EXPECT(strstr(crude.request, "\r\nHost: good.example:") != NULL);
}

static void call_unknown_names(struct stage *stage)
{
    EXPECT(call_name(stage, "unknown.example", 10000) == STATUS_UNAVAILABLE);
    EXPECT(stage_says(stage, "no host named 'unknown.example'"));
    EXPECT(call_name(stage, "nothing.example", 10000) == STATUS_UNAVAILABLE);
    EXPECT(stage_says(stage, "no address"));
    EXPECT(call_name(stage, "again.example", 10000) == STATUS_UNAVAILABLE);
    EXPECT(stage_says(stage, "could not be resolved"));
}

static void unknown_names_are_told_apart_from_silence(void)
{
    play_crude(call_unknown_names);
}

static void call_slow_names(struct stage *stage)
{
    EXPECT(call_name(stage, "slow.example", 50) == STATUS_TIMED_OUT);
    EXPECT(stage_says(stage, "was not resolved in time"));
    for (int i = 0; i < 20; i++) /* most of them wait for a thread */
        EXPECT(call_name(stage, "slow.example", 1) == STATUS_TIMED_OUT);
    EXPECT(call_name(stage, "slow.example", 60000) == STATUS_OK);
}

static void a_slow_name_costs_no_more_than_the_deadline(void)
{
    play_crude(call_slow_names);
}

enum {
    SILENT = 40, /* more than there are threads */
    HEARD = 20
};

static unsigned running;

static void call_and_give_up(void *argument)
{
    EXPECT(call_name(argument, "slower.example", 100) == STATUS_TIMED_OUT);
    running--;
}

static void call_beside_silent_names(struct stage *stage)
{
    atomic_store(&house_slow_answers, 0);
    for (running = 0; running < HEARD; running++)
        EXPECT(fiber_start(call_and_give_up, stage));
    EXPECT(call_name(stage, "good.example", 60000) == STATUS_OK);
    EXPECT(atomic_load(&house_slow_answers) == 0);
    for (; running < SILENT; running++)
        EXPECT(fiber_start(call_and_give_up, stage));
    while (running > 0)
        EXPECT(fiber_wait_until(fiber_now_ms() + 10) == OUT_OF_TIME);
    EXPECT(call_name(stage, "good.example", 60000) == STATUS_OK);
}

static void names_whose_servers_are_silent_do_not_hold_up_the_others(void)
{
    play_crude(call_beside_silent_names);
}

static void call_and_be_late(void *argument)
{
    EXPECT(call_name(argument, "slow.example", 200) == STATUS_TIMED_OUT);
    running--;
}

/* The loop is kept from both, and finds the time over before it finds the answer. */
static void answer_while_time_runs_out(struct stage *stage)
{
    running = 1;
    EXPECT(fiber_start(call_and_be_late, stage));
    EXPECT(call_name(stage, "good.example", 10000) == STATUS_OK); /* it comes from a socket */
    usleep(400000);
    while (running > 0)
        EXPECT(fiber_wait_until(fiber_now_ms() + 10) == OUT_OF_TIME);
}

static void an_answer_that_comes_as_time_runs_out_is_not_lost(void)
{
    play_crude(answer_while_time_runs_out);
}

struct cancelled {
    struct stage *stage;
    struct fiber *self;
    bool is_over;
};

static void call_and_be_cancelled(void *argument)
{
    struct cancelled *me = argument;
    me->self = fiber_self();
    EXPECT(call_name(me->stage, "slow.example", 60000) == STATUS_CANCELLED);
    me->is_over = true;
}

static void cancel_while_resolving(struct stage *stage)
{
    struct cancelled other = {.stage = stage};
    EXPECT(fiber_start(call_and_be_cancelled, &other));
    EXPECT(fiber_wait_until(fiber_now_ms() + 20) == OUT_OF_TIME);
    fiber_cancel(other.self);
    while (!other.is_over)
        EXPECT(fiber_wait_until(fiber_now_ms() + 1) == OUT_OF_TIME);
}

static void a_call_can_be_cancelled_while_its_name_is_resolved(void)
{
    play_crude(cancel_while_resolving);
    EXPECT(atomic_load(&crude.connections) == 0);
}

/* Each call is judged by the addresses it has been told, though a connection to a good one of
 * before is open. */
static void call_a_name_that_flips(struct stage *stage)
{
    unsigned good = 0;
    atomic_store(&house_questions, 0);
    for (int i = 0; i < 9; i++) {
        enum status status = call_name(stage, "flip.example", 10000);
        EXPECT(status == (i % 3 == 0 ? STATUS_OK : STATUS_DENIED));
        good += status == STATUS_OK;
    }
    EXPECT(good == 3 && stage_says(stage, "not public"));
    EXPECT(strstr(stage->err.message, "169.254") == NULL);
}

static void a_name_that_flips_between_addresses_reaches_the_good_one_alone(void)
{
    play_crude(call_a_name_that_flips);
    EXPECT(atomic_load(&crude.connections) == 1);
}

static void call_names_of_mixed_company(struct stage *stage)
{
    EXPECT(call_name(stage, "split.example", 10000) == STATUS_DENIED);
    EXPECT(call_name(stage, "mapped.example", 10000) == STATUS_DENIED);
    EXPECT(call_name(stage, "mixed.example", 10000) == STATUS_DENIED);
}

static void one_bad_address_among_good_ones_is_enough(void)
{
    struct http_client_options options = stage_options();
    options.allowed = STR("127.0.0.0/8"); /* ::1 is bad */
    crude_open(&crude, crude_answer, OK_TEXT);
    stage_play_with(call_names_of_mixed_company, NULL, options);
    crude_close(&crude);
    EXPECT(atomic_load(&crude.connections) == 0);
}

static void call_two_addresses(struct stage *stage)
{
    EXPECT(call_name(stage, "two.example", 10000) == STATUS_OK && stage->reply.status == 200);
    EXPECT(call_name(stage, "dead.example", 10000) == STATUS_UNAVAILABLE);
    EXPECT(stage_says(stage, "no connection could be made"));
}

static void when_nobody_is_at_one_address_the_next_is_tried(void)
{
    play_crude(call_two_addresses);
}

static bool is_public_address(struct stage *stage, str text)
{
    struct outbound_url url;
    return outbound_url_parse(&stage->arena, text, &url, NULL) == STATUS_OK && url.is_address;
}

static void call_every_vector(struct stage *stage)
{
    struct http_call call = stage_call(stage, 80, "/");
    static struct vectors vectors;
    vectors_open(&vectors);
    while (vectors_next(&vectors)) {
        call.url = vectors.url;
        if (str_equal_z(vectors.verdict, "OK") && is_public_address(stage, call.url))
            continue;
        enum status status = stage_fetch(stage, &call);
        if (status != STATUS_DENIED && status != STATUS_INVALID)
            fprintf(stderr, "%s: %s\n", vectors.line, status_name(status));
        EXPECT(status == STATUS_DENIED || status == STATUS_INVALID);
    }
    vectors_close(&vectors);
}

static void no_vector_of_the_table_is_called_when_dns_says_the_worst(void)
{
    stage_play_with(call_every_vector, NULL,
                    (struct http_client_options){.allow_http = true, .ports = STR("1-65535")});
}

enum {
    STUCK = 16
};

/* A queue of connections that is full lets SYN packets go unanswered. */
static void fill_queue(int port, int fds[static STUCK + 1])
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK + 7)}};
    fds[STUCK] = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT(bind(fds[STUCK], (struct sockaddr *)&address, sizeof address) == 0);
    EXPECT(listen(fds[STUCK], 0) == 0);
    for (int i = 0; i < STUCK; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fds[i], (struct sockaddr *)&address, sizeof address);
    }
    usleep(20000);
}

static void call_the_stuck(struct stage *stage)
{
    EXPECT(call_name(stage, "stuck.example", 200) == STATUS_TIMED_OUT);
    EXPECT(call_name(stage, "stuck-first.example", 2000) == STATUS_OK);
}

static void a_connection_that_does_not_come_about_leaves_time_for_the_next_address(void)
{
    int fds[STUCK + 1];
    crude_open(&crude, crude_answer, OK_TEXT);
    fill_queue(crude.port, fds);
    stage_play(call_the_stuck, NULL);
    for (int i = 0; i <= STUCK; i++)
        close(fds[i]);
    crude_close(&crude);
}

int main(void)
{
    RUN(a_name_is_resolved_for_each_call_and_its_connection_is_kept);
    RUN(unknown_names_are_told_apart_from_silence);
    RUN(a_slow_name_costs_no_more_than_the_deadline);
    RUN(names_whose_servers_are_silent_do_not_hold_up_the_others);
    RUN(an_answer_that_comes_as_time_runs_out_is_not_lost);
    RUN(a_call_can_be_cancelled_while_its_name_is_resolved);
    RUN(a_name_that_flips_between_addresses_reaches_the_good_one_alone);
    RUN(one_bad_address_among_good_ones_is_enough);
    RUN(no_vector_of_the_table_is_called_when_dns_says_the_worst);
    RUN(when_nobody_is_at_one_address_the_next_is_tried);
    RUN(a_connection_that_does_not_come_about_leaves_time_for_the_next_address);
    return 0;
}
