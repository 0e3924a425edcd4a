#include "net/http_client_test_stage.h"
#include "net/http_test_crude.h"
#include "net/http_test_house.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

static struct crude crude;

/* --- what is sent, what comes back --- */

static void call_and_keep_the_connection(struct stage *stage)
{
    struct http_header headers[] = {{STR("webhook-id"), STR("msg_1")}, {STR("X-Empty"), STR("")}};
    struct http_call call = stage_call(stage, crude.port, "/a/../b?c=d#e");
    call.method = "POST";
    call.body = STR("{\"type\":\"ping\"}");
    call.headers = headers;
    call.header_count = 2;
    for (int i = 0; i < 5; i++) {
        EXPECT(stage_fetch(stage, &call) == STATUS_OK);
        EXPECT(stage->reply.status == 200 && str_equal_z(stage->reply.body, "hello"));
        EXPECT(!stage->reply.was_cut && stage->reply.retry_after_us == 0);
    }
}

static void answers_come_back_and_connections_are_kept(void)
{
    crude_open(&crude, crude_answer, OK_HEAD "Content-Length: 5\r\n\r\nhello");
    stage_play(call_and_keep_the_connection, &crude);
    crude_close(&crude);
    EXPECT(atomic_load(&crude.connections) == 1 && atomic_load(&crude.requests) == 5);
    EXPECT(strncmp(crude.request, "POST /a/../b?c=d HTTP/1.1\r\nHost: 127.0.0.1:", 43) == 0);
    EXPECT(strstr(crude.request, "\r\nUser-Agent: Hark/" HARK_VERSION "\r\n") != NULL);
    EXPECT(strstr(crude.request, "\r\nwebhook-id: msg_1\r\n") != NULL);
    EXPECT(strstr(crude.request, "\r\nX-Empty:\r\n") != NULL);
    EXPECT(strstr(crude.request, "\r\nContent-Length: 15\r\n") != NULL);
    EXPECT(strstr(crude.request, "Expect") == NULL &&
           strstr(crude.request, "Content-Type") == NULL);
    EXPECT(strstr(crude.request, "\r\n\r\n{\"type\":\"ping\"}") != NULL);
}

int main(void)
{
    RUN(answers_come_back_and_connections_are_kept);
    return 0;
}
