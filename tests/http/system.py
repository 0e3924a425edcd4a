"""How the server shows itself to machines: health, metrics, the description, and HTTP's manners."""

import json
import os
import re
import socket
import time

from harness import KEY, Client, read_answer, same, same_as_file

HAPPY = "I love this product, it is absolutely wonderful and works great every day!"
ORIGIN = "https://app.example.com"
SETTINGS = {"HARK_HTTP_CORS_ORIGINS": f"https://other.example.com, {ORIGIN}"}
GOLDEN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden")


def _post(path, headers, body=b"", key=KEY):
    lines = [f"POST {path} HTTP/1.1", "Host: hark", *headers]
    lines += [f"X-API-Key: {key}"] if key else []
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def health_has_seed_001s_shape_and_the_models_name(house):
    health = house.client.get("/health").json
    same(health, {"status": "ok", "ai_provider": "disabled", "ml_fallback": "available",
                  "model": health["model"]}, "/health")
    same(health["model"], house.client.add(HAPPY)["model"], "the model")


def alive_and_ready_are_plain_text(house):
    same(house.client.get("/livez").body, b"alive\n", "/livez")
    same(house.client.get("/readyz").body, b"ready\n", "/readyz")


def metrics_carry_seed_001s_names_and_their_values_move(house):
    text = house.client.get("/metrics").body.decode()
    for name, kind in (("feedback_requests_total", "counter"),
                       ("feedback_latency_seconds", "histogram"),
                       ("ai_fallback_total", "counter")):
        assert f"# TYPE {name} {kind}\n" in text and f"# HELP {name} " in text, name
    before = house.server.metrics()
    item = house.client.add(HAPPY)
    house.client.post("/v1/feedback", {"text": ""})
    after = house.server.metrics()
    for name in (f'feedback_requests_total{{sentiment="{item["sentiment"]}",'
                 f'topic="{item["topic"]}"}}', "feedback_latency_seconds_count",
                 'feedback_latency_seconds_bucket{le="+Inf"}', "db_commits_total",
                 'http_requests_total{operation="addFeedback",code="201"}',
                 'http_requests_total{operation="addFeedback",code="422"}',
                 'processing_method_total{method="ml_fallback"}'):
        same(after.get(name, 0) - before.get(name, 0), 1, f"what one feedback adds to {name}")
    assert after["http_connections"] >= 1, after["http_connections"]


def metrics_are_well_formed(house):
    types, seen = {}, set()
    for line in house.client.get("/metrics").body.decode().splitlines():
        if line.startswith("# TYPE "):
            types[line.split()[2]] = line.split()[3]
        elif not line.startswith("#"):
            match = re.fullmatch(r'([a-z_]+)(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [-+.\deE]+',
                                 line)
            assert match, line
            base = re.sub("_(bucket|sum|count)$", "", match[1])
            assert match[1] in types or types.get(base) == "histogram", line
            assert line.rsplit(" ", 1)[0] not in seen, f"{line} stands there twice"
            seen.add(line.rsplit(" ", 1)[0])


def the_description_is_as_it_was_agreed(house):
    text = json.dumps(house.server.contract.document, indent=1, ensure_ascii=False) + "\n"
    same_as_file(text, os.path.join(GOLDEN, "openapi.json"))


def the_description_is_whole(house):
    document = house.server.contract.document
    same(document["openapi"], "3.1.0", "its version")
    names = [operation["operationId"] for item in document["paths"].values()
             for operation in item.values()]
    same(len(names), len(set(names)), "the number of operation ids")
    for reference in re.findall(r'"\$ref": "#/([^"]*)"', json.dumps(document)):
        node = document
        for part in reference.split("/"):
            node = node[part]
    for path, item in document["paths"].items():
        for operation in item.values():
            named = {parameter["name"] for parameter in operation["parameters"]
                     if parameter["in"] == "path"}
            same(named, set(re.findall(r"\{(.*?)\}", path)), f"the parameters of {path}")


def head_is_get_without_its_body(house):
    for path in ("/health", "/v1/feedback", "/v1/configurations", "/openapi.json", "/"):
        get, head = house.client.get(path), house.client.request("HEAD", path)
        same((head.status, head.body), (200, b""), f"HEAD {path}")
        for name in ("content-type", "content-length"):
            same(head.headers[name], get.headers[name], f"{name} of {path}")
    same(house.client.request("HEAD", "/v1/feedback/999999").status, 404, "HEAD of nothing")
    same(Client(house.server, None).request("HEAD", "/v1/feedback").status, 401, "without a key")


def a_method_that_a_path_does_not_take_is_405_with_allow(house):
    for method, path, allowed in (("PUT", "/v1/feedback", {"POST", "GET"}),
                                  ("POST", "/health", {"GET"}),
                                  ("DELETE", "/v1/keys", {"GET", "POST"}),
                                  ("POST", "/v1/feedback/1", {"GET", "PATCH", "DELETE"}),
                                  ("TRACE", "/metrics", {"GET"}),
                                  ("PROPFIND", "/feedback", {"POST"})):
        answer = house.client.request(method, path)
        same((answer.status, answer.json["code"]), (405, "METHOD_NOT_ALLOWED"), f"{method} {path}")
        found = set(answer.headers["allow"].replace(" ", "").split(","))
        same(found - {"HEAD", "OPTIONS"}, allowed, f"Allow of {path}")
        answer = house.client.request("OPTIONS", path)
        same((answer.status, answer.body), (204, b""), f"OPTIONS {path}")
        same(set(answer.headers["allow"].replace(" ", "").split(",")), found, "Allow")


def an_unknown_path_is_404(house):
    for path in ("/nothing", "/v1", "/v1/", "/v1/feedback/", "/v1/feedback/1/2", "/v1/keys/1/x",
                 "//v1/feedback", "/V1/feedback", "/v1/feedback/../keys", "/v1/feedback%2f1",
                 "/assets/../hark.db", "/.env"):
        for method in ("GET", "POST", "OPTIONS"):
            answer = house.client.request(method, path)
            same((answer.status, answer.json["code"]), (404, "NOT_FOUND"), f"{method} {path}")


def a_page_of_a_listed_origin_may_call(house):
    answer = house.client.get("/v1/feedback", origin=ORIGIN)
    same((answer.headers["access-control-allow-origin"], answer.headers["vary"]),
         (ORIGIN, "Origin"), "what the browser asks for")
    assert "X-Request-Id" in answer.headers["access-control-expose-headers"], answer.headers
    answer = house.client.request("OPTIONS", "/v1/feedback", None, {
        "X-Api-Key": None, "Origin": ORIGIN, "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-api-key, content-type, idempotency-key"})
    same((answer.status, answer.headers["access-control-allow-origin"]), (204, ORIGIN), "preflight")
    assert "POST" in answer.headers["access-control-allow-methods"], answer.headers
    allowed = answer.headers["access-control-allow-headers"].lower()
    for name in ("x-api-key", "authorization", "content-type", "idempotency-key"):
        assert name in allowed, allowed
    assert int(answer.headers["access-control-max-age"]) > 0, answer.headers
    answer = Client(house.server, None).get("/v1/feedback", origin=ORIGIN)
    same((answer.status, answer.headers["access-control-allow-origin"]), (401, ORIGIN), "a refusal")


def a_page_of_another_origin_may_not(house):
    for origin in ("https://evil.example.com", ORIGIN + ".evil.com", "null", ORIGIN[:-1], "*",
                   ORIGIN.upper(), ORIGIN + ":8443", ""):
        answer = house.client.get("/v1/feedback", origin=origin)
        assert "access-control-allow-origin" not in answer.headers, (origin, answer.headers)
        same(answer.headers["vary"], "Origin", "Vary")
        answer = house.client.request("OPTIONS", "/v1/feedback", None, {"Origin": origin})
        assert not any(name.startswith("access-control") for name in answer.headers), origin


def a_body_of_another_type_is_415(house):
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded", "json", "",
                 "application/jsonp", "application/x-ndjson", "multipart/form-data; boundary=x"):
        answer = house.client.post("/v1/feedback", b'{"text":"fine, thank you"}',
                                   content_type=kind)
        same((answer.status, answer.json["code"]), (415, "UNSUPPORTED_MEDIA_TYPE"), kind)
        assert "application/json" in answer.json["detail"], answer
    for kind in ("application/json; charset=utf-8", "Application/JSON", "application/json ;x=y"):
        answer = house.client.post("/v1/feedback", {"text": HAPPY}, content_type=kind)
        same(answer.status, 201, kind)
    answer = house.client.post("/v1/feedback", b"\x1f\x8b\x08", content_encoding="gzip")
    assert answer.status == 415 and "compressed" in answer.json["detail"], answer


def refusals_come_before_the_body_is_read(house):
    """Only the head is sent: who waits for the body would never answer."""
    length, kind = "Content-Length: 1000", "Content-Type: application/json"
    for head, status in (
            (_post("/v1/feedback", ["Content-Length: 99999999", kind]), 413),
            (_post("/v1/feedback", ["Content-Length: 99999999999999", kind]), 413),
            (_post("/v1/feedback", [length, kind], key=None), 401),
            (_post("/v1/feedback", [length, kind], key="wrong"), 401),
            (_post("/v1/feedback", ["Content-Length: 99999999", kind], key=None), 401),
            (_post("/v1/feedback", [length, "Content-Type: text/plain"]), 415),
            (_post("/nothing", [length, kind]), 404),
            (_post("/health", [length, kind]), 405)):
        began = time.monotonic()
        same(house.server.ask(head).status, status, str(head[:60]))
        assert time.monotonic() - began < 4, "it waited for the body"


def a_client_that_waits_for_100_continue_gets_it_or_a_refusal(house):
    body = b'{"text":"fine, thank you very much"}'
    head = ["Expect: 100-continue", f"Content-Length: {len(body)}",
            "Content-Type: application/json"]
    with socket.create_connection(("127.0.0.1", house.server.port), 5) as connection:
        connection.sendall(_post("/v1/feedback", head))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 "), "no 100 Continue came"
        connection.sendall(body)
        same(read_answer(connection).status, 201, "the answer")
    same(house.server.ask(_post("/v1/feedback", head, key="wrong")).status, 401, "the refusal")


def a_body_in_chunks_is_read(house):
    body = b'{"text":"fine, thank you very much"}'
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part)
                      for part in (body[:5], body[5:6], body[6:])) + b"0\r\n\r\n"
    head = ["Transfer-Encoding: chunked", "Content-Type: application/json"]
    same(house.server.ask(_post("/v1/feedback", head, chunks)).status, 201, "the answer")
    big = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    same(house.server.ask(_post("/v1/feedback", head, big * 3 + b"0\r\n\r\n")).status, 413,
         "three MiB in chunks")


def the_callers_request_id_is_given_back(house):
    for path in ("/health", "/v1/feedback", "/nothing"):
        answer = house.client.get(path, x_request_id="my-request.17")
        same(answer.headers["x-request-id"], "my-request.17", path)
    same(house.client.get("/nothing", x_request_id="abc").json["request_id"], "abc", "the problem")
    for bad in ("x" * 129, "with blank", "", "t\u00e9"):
        given = house.client.get("/health", x_request_id=bad.encode()).headers["x-request-id"]
        assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
                            given), given


def pages_and_answers_carry_the_headers_that_keep_them_safe(house):
    page = house.client.get("/")
    same((page.status, page.headers["content-type"]), (200, "text/html; charset=utf-8"), "/")
    assert "default-src 'none'" in page.headers["content-security-policy"], page.headers
    assert "unsafe-inline" not in page.headers["content-security-policy"], page.headers
    for asset in re.findall(r'(?:src|href)="(/[^"]+)"', page.body.decode()):
        same(house.client.get(asset).status, 200, asset)
    for path in ("/", "/v1/feedback", "/nothing"):
        same(house.client.get(path).headers["x-content-type-options"], "nosniff", path)
