"""Bad input: each a 4xx whose body names the field and the rule."""

import http.client
import json
import random

from harness import Client, same

HAPPY = "I love this product, it is absolutely wonderful and works great every day!"
DEEP = b'{"text":"fine, thank you","metadata":' + b'{"a":' * 40 + b"1" + b"}" * 40 + b"}"

# What is sent to POST /v1/feedback: the body, the status, the field, and words of the rule.
BODIES = (
    (b"", 400, None, "JSON"),
    (b"   ", 400, None, "JSON"),
    (b"nope", 400, None, "JSON"),
    (b'{"text":', 400, None, "JSON"),
    (b'{"text":"a" "b"}', 400, None, "JSON"),
    (b"{'text':'a'}", 400, None, "JSON"),
    (b'{"text":"a"} {}', 400, None, "JSON"),
    (b'{"text":"a",}', 400, None, "JSON"),
    (b'{"text":NaN}', 400, None, "JSON"),
    (b'{"text":"tab\there"}', 400, None, "JSON"),
    (b'\xef\xbb\xbf{"text":"a"}', 400, None, "JSON"),
    (b"[]", 400, None, "object"),
    (b'"text"', 400, None, "object"),
    (b"null", 400, None, "object"),
    (b'{"text":"a \xff b"}', 400, None, "UTF"),
    (b'{"text":"overlong \xc0\xaf"}', 400, None, "UTF"),
    (b'{"text":"\xed\xa0\x80"}', 400, None, "UTF"),
    (b'{"text":"fine, thank you","metadata":{"k":"overlong \xc0\xaf"}}', 400, None, "UTF"),
    (b'{"text":"fine, thank you","metadata":{"\xf4\x90\x80\x80":"too far"}}', 400, None, "UTF"),
    (b'{"text":"fine, thank you","metadata":{"k":"\xed\xa0\x80"}}', 400, None, "UTF"),
    (b'{"text":"lone \\ud800 high"}', 400, "text", "surrogate"),
    (b'{"text":"lone \\udc00 low"}', 400, "text", "surrogate"),
    (b'{"te\\ud800xt":"a"}', 400, None, "surrogate"),
    (b'{"text":"NUL \\u0000 here"}', 400, "text", "U+0000"),
    (b'{"te\\u0000xt":"a"}', 400, None, "U+0000"),
    (b'{"text":"raw NUL \x00"}', 400, None, "JSON"),
    (b'{"text":"a","text":"b"}', 400, "text", "twice"),
    (b'{"text":"fine, thank you","metadata":{"k":1,"k":2}}', 400, "k", "twice"),
    (DEEP, 400, None, "deep"),
    (b"[" * 100000, 400, None, "deep"),
    (b'{"text":"fine, thank you","rating":1e999}', 400, None, "range"),
    (json.dumps({"text": HAPPY, "metadata": {str(n): 0 for n in range(1001)}}).encode(), 400, None,
     "1000"),
    ({}, 422, "text", "required"),
    ({"text": None}, 422, "text", "required"),
    ({"text": ""}, 422, "text", "empty"),
    ({"text": " \n\t "}, 422, "text", "empty"),
    ({"text": 3}, 422, "text", "string"),
    ({"text": True}, 422, "text", "string"),
    ({"text": ["a"]}, 422, "text", "string"),
    ({"text": {"a": "b"}}, 422, "text", "string"),
    ({"message": 3}, 422, "message", "string"),
    ({"text": "x" * 1048577}, 413, "text", "1048576"),
    ({"text": HAPPY, "source": ""}, 422, "source", "empty"),
    ({"text": HAPPY, "source": "x" * 101}, 422, "source", "100"),
    ({"text": HAPPY, "source": 3}, 422, "source", "string"),
    ({"text": HAPPY, "source_id": "x" * 256}, 422, "source_id", "255"),
    ({"text": HAPPY, "source_id": 17}, 422, "source_id", "string"),
    ({"text": HAPPY, "rating": 11}, 422, "rating", "from 0 to 10"),
    ({"text": HAPPY, "rating": -1}, 422, "rating", "from 0 to 10"),
    ({"text": HAPPY, "rating": 3.5}, 422, "rating", "integer"),
    ({"text": HAPPY, "rating": "5"}, 422, "rating", "integer"),
    (b'{"text":"fine, thank you","rating":99999999999999999999}', 422, "rating", "integer"),
    ({"text": HAPPY, "customer": 3}, 422, "customer", "object or a string"),
    ({"text": HAPPY, "customer": ""}, 422, "customer", "empty"),
    ({"text": HAPPY, "customer": {}}, 422, "customer/id", "required"),
    ({"text": HAPPY, "customer": {"id": "1", "vip": "yes"}}, 422, "customer/vip", "true or false"),
    ({"text": HAPPY, "customer": {"id": "1", "email": "a"}}, 422, "customer/email", "3"),
    ({"text": HAPPY, "customer": {"id": "1", "age": 3}}, 422, "customer/age", "known"),
    ({"text": HAPPY, "customer": {"id": "1", "attributes": {"a": {}}}}, 422,
     "customer/attributes", "flat"),
    ({"text": HAPPY, "user_name": "x" * 256}, 422, "user_name", "255"),
    ({"text": HAPPY, "created_at": "yesterday"}, 422, "created_at", "RFC 3339"),
    ({"text": HAPPY, "created_at": "2026-02-30T00:00:00Z"}, 422, "created_at", "RFC 3339"),
    ({"text": HAPPY, "created_at": "1969-12-31T23:59:59Z"}, 422, "created_at", "1970"),
    ({"text": HAPPY, "created_at": "2026-01-01T25:00:00Z"}, 422, "created_at", "RFC 3339"),
    ({"text": HAPPY, "created_at": 1700000000}, 422, "created_at", "string"),
    ({"text": HAPPY, "created_at": "2999-01-01T00:00:00Z"}, 422, "created_at", "future"),
    ({"text": HAPPY, "language_code": "e"}, 422, "language_code", "2"),
    ({"text": HAPPY, "language_code": "no language"}, 422, "language_code", "BCP 47"),
    ({"text": HAPPY, "metadata": []}, 422, "metadata", "object"),
    ({"text": HAPPY, "metadata": "a"}, 422, "metadata", "object"),
    ({"text": HAPPY, "metadata": {"a": [1]}}, 422, "metadata", "flat"),
    ({"text": HAPPY, "metadata": {"a": "x" * 4096}}, 422, "metadata", "4096"),
    ({"text": HAPPY, "colour": "red"}, 422, "colour", "known"),
    ({"text": HAPPY, "id": 7}, 422, "id", "known"),
    ({"text": HAPPY, "tenant_id": 2}, 422, "tenant_id", "known"),
    ({"text": HAPPY, "sentiment": "positive"}, 422, "sentiment", "known"),
    ({"Text": HAPPY}, 422, "Text", "known"),
)


def each_bad_body_is_refused_by_field_and_rule(house):
    before = house.client.get("/v1/feedback:count").json["count"]
    wrong = []
    for body, status, field, words in BODIES:
        answer = house.client.post("/v1/feedback", body)
        problem = answer.json
        named = problem.get("error", {}).get("field")
        if (answer.status, named) != (status, field) or words not in problem.get("detail", ""):
            wrong.append(f"{str(body)[:70]} is answered {answer}")
        elif field and field not in problem["detail"]:
            wrong.append(f"{str(body)[:70]} does not name {field}: {answer}")
    assert not wrong, "\n    ".join(wrong)
    same(house.client.get("/v1/feedback:count").json["count"], before, "the count")


def every_fault_of_a_body_is_named_at_once(house):
    answer = house.client.post("/v1/feedback", {"text": 3, "rating": 99, "colour": 1,
                                                "customer": {"vip": 3}})
    pointers = {fault["pointer"] for fault in answer.json["errors"]}
    same(pointers, {"#/text", "#/rating", "#/colour", "#/customer/vip", "#/customer/id"},
         "the faults")
    for fault in answer.json["errors"]:
        assert fault["detail"], fault


def text_on_the_limits_is_taken(house):
    for body in ({"text": "x", "source": "s" * 100, "source_id": "i" * 255, "rating": 0},
                 {"text": "x" * 1048576, "rating": 10}, {"text": HAPPY, "user_name": "é" * 255},
                 {"text": "astral \U0001f600 plane", "metadata": {"k": "v" * 4000}},
                 {"text": HAPPY, "created_at": "1970-01-01T00:00:00Z"}):
        same(house.client.post("/v1/feedback", body).status, 201, str(body)[:60])
    body = b'{"text":"a pair \\ud83d\\ude00 of surrogates"}'
    answer = house.client.post("/v1/feedback", body)
    same(answer.json["text"], "a pair \U0001f600 of surrogates", "the text")


def a_body_past_the_limit_is_413(house):
    answer = house.client.post("/v1/feedback", b" " * (2048 * 1024 + 1))
    same((answer.status, answer.json["code"]), (413, "PAYLOAD_TOO_LARGE"), "2 MiB and a byte")


# Heads that a strict reader refuses (RFC 9112); what follows them must never be answered.
HEADS = (
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET /\r\n\r\n",
    b"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\nHost: a\n\n",
    b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX\x01: b\r\n\r\n",
    b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /feedback HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"POST /feedback HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na",
    b"POST /feedback HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\na",
    b"POST /feedback HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n",
    b"POST /feedback HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\na",
    b"POST /feedback HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
    b"\r\n0\r\n\r\n",
    b"POST /feedback HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    b"POST /feedback HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 65 + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 9000 + b"\r\n\r\n",
    b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 20 + b"\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
)


def a_head_that_two_readers_may_read_in_two_ways_is_refused(house):
    follower = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
    wrong = []
    for head in HEADS:
        raw = house.server.raw(head + follower)
        if not raw.startswith(b"HTTP/1.1 ") or raw[9:10] not in b"45" or b"alive" in raw:
            wrong.append(f"{head[:80]} is answered {raw[:200]}")
        elif raw.count(b"\r\nDate: ") != 1 or b"connection: close" not in raw.lower():
            wrong.append(f"{head[:80]} leaves the connection open")
    assert not wrong, "\n    ".join(wrong)
    same(house.client.get("/livez").body, b"alive\n", "the server afterwards")


CANARIES = {"text": "canarytext@example.com canarytextword", "source_id": "canarysourceid",
            "user_name": "canaryusername", "metadata": {"note": "canarymetadata"},
            "customer": {"id": "canarycustomer", "name": "canaryname",
                         "email": "canarymail@example.com"}}


def logs_metrics_and_refusals_tell_no_text_no_key_and_no_person(house):
    server = house.start(settings={"HARK_LOG_LEVEL": "debug", "HARK_KEY_PEPPER": "canarypepper"})
    client = server.client
    said = [client.post("/v1/feedback", {**CANARIES, "rating": 99}),
            client.post("/v1/feedback", {**CANARIES, "created_at": "canarytime"}),
            client.post("/v1/feedback", {**CANARIES, "language_code": "canarylanguage"}),
            client.post("/v1/feedback", b'{"text":"canarytext"'),
            client.post("/v1/feedback", b'{"text":"canary\xff"}'),
            client.post("/v1/feedback", [CANARIES]),
            client.post("/v1/feedback:batch", [{**CANARIES, "rating": -1}]),
            client.get("/v1/feedback?sentiment=canaryfilter"),
            client.get("/v1/feedback?cursor=canarycursor"),
            Client(server, "canarykey").get("/v1/feedback"),
            client.put("/v1/configurations/alert.on_mixed", {"value": "canaryvalue"}),
            client.post("/v1/keys", {"name": "canaryname", "scopes": "canaryscope"})]
    for answer in said:
        assert answer.status >= 400 or b'"errors":[{' in answer.body, answer
        assert b"canary" not in answer.body, f"a refusal tells: {answer}"
    made = client.post("/v1/keys", {"name": "canarykeyname"}).json["key"]
    item = client.add(**CANARIES)
    same(client.post("/v1/feedback", CANARIES, idempotency_key="canaryidempotency").status, 200,
         "the same again")
    client.patch(f"/v1/feedback/{item['id']}", {"sentiment": "negative", "note": "canarynote"})
    client.post("/v1/analyze/sync", {"text": CANARIES["text"]})
    client.get("/v1/feedback?q=canarysearch&source=canarysource&customer=canarycustomer")
    client.get("/canarypath?canaryquery=1", user_agent="canaryagent", x_request_id="request-1")
    metrics = client.get("/metrics").body.decode()
    client.delete(f"/v1/feedback/{item['id']}")
    server.wait_for_log("feedback_analyzed", feedback_id=item["id"])
    for name, text in (("the log", server.log_text()), ("the output", server.out()),
                       ("/metrics", metrics)):
        at = max(0, text.find("canary") - 200)
        assert "canary" not in text, f"{name} tells: {text[at:at + 400]}"
        assert made[10:] not in text, f"{name} tells a key"


def a_flood_of_random_bytes_does_no_harm(house):
    chance = random.Random(6)
    model = (b"POST /v1/feedback HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
             b"X-API-Key: none\r\nContent-Length: 20\r\n\r\n{\"text\":\"a text ok\"}")
    for _ in range(300):
        data = bytearray(model)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        connection = http.client.HTTPConnection("127.0.0.1", house.server.port, timeout=5)
        connection.connect()
        connection.sock.sendall(bytes(data[:chance.randint(1, len(data))]))
        connection.close()
    same(house.client.get("/livez").body, b"alive\n", "the server afterwards")
