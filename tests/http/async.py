"""Analysis that is made later: documents (seed 004's async path), their status and end, and
feedback sent with Prefer: respond-async."""

import base64
import datetime
import hashlib
import hmac
import http.server
import json
import os
import threading
import time

from harness import Client, same, with_second_tenant

LIMIT = 1024 * 1024
HAPPY = "I love this product, it is absolutely wonderful and works great every day!"
ANGRY = "This is awful, the app crashes all the time and I hate using it."
WORDS = "The app is nice and I use it every day. "
ASYNC = {"Prefer": "respond-async"}


def _ask(client, text, status=202, **fields):
    answer = client.post("/v1/analyze/async", {"text": text, **fields})
    same(answer.status, status, f"the answer {answer}")
    return answer.json


def _wait(client, job_id, limit_s=240, until=("COMPLETED", "FAILED")):
    deadline = time.monotonic() + limit_s
    while True:
        answer = client.get(f"/v1/status/{job_id}")
        same(answer.status, 200, "the status")
        if answer.json["status"] in until:
            return answer.json
        assert time.monotonic() < deadline, f"it is still {answer.json}"
        time.sleep(0.002)


def _later(client, text, **fields):
    answer = client.request("POST", "/v1/feedback", {"text": text, **fields}, ASYNC)
    same(answer.status, 202, f"the answer {answer}")
    return answer.json


def _long(size=LIMIT, words=WORDS):
    return (words * (size // len(words) + 1))[:size]


def _at(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


ONE_AT_A_TIME = {"HARK_WORK_CONCURRENCY": "1"}


def _busy(client, count=6):
    """So much to do, one at a time, that what comes next has to wait."""
    return [_ask(client, _long(LIMIT // 4))["job_id"] for _ in range(count)]


def _events(server, job_id):
    return [(kind, json.loads(data)) for kind, data in server.rows(
        "SELECT type, data FROM events WHERE type LIKE 'job.%' ORDER BY seq")
            if json.loads(data)["job_id"] == job_id]


def _is_exact(house):
    answer = house.client.post("/v1/maintenance:check", {}).json
    same((answer["rollups_wrong"], answer["database"]), (0, "ok"), "the rollups")


# The shapes of seed 004

def a_document_is_promised_in_the_shape_of_the_seed(house):
    before = time.time()
    answer = house.client.post("/v1/analyze/async", {"text": HAPPY, "source_id": "batch_001"})
    same(answer.status, 202, "the status")
    body = answer.json
    same(sorted(body), ["created_at", "estimated_completion", "job_id", "message", "status"],
         "its members")
    same((body["message"], body["status"]), ("Analysis initiated", "PENDING"), "message, status")
    same((len(body["job_id"]), body["job_id"].count("-")), (36, 4), "a UUID")
    same(answer.headers["location"], f"/v1/status/{body['job_id']}", "Location")
    assert int(answer.headers["retry-after"]) >= 1, answer.headers
    assert before - 1 < _at(body["created_at"]) < _at(body["estimated_completion"]), body


def a_completed_job_has_the_shape_of_the_seed(house):
    job_id = _ask(house.client, HAPPY)["job_id"]
    status = _wait(house.client, job_id)
    same(sorted(status), ["completed_at", "job_id", "result", "status"], "its members")
    same((status["status"], status["job_id"]), ("COMPLETED", job_id), "status and id")
    result = status["result"]
    same((result["sentiment"], result["language_code"]), ("POSITIVE", "en"), "the result")
    assert 0 < result["score"] <= 1 and result["processing_time_ms"] >= 0, result
    assert {"sentiment", "score", "language_code", "processing_time_ms"} < set(result), result
    assert _at(status["completed_at"]) > 0


def a_pending_job_has_the_shape_of_the_seed(house):
    client = house.start(settings=ONE_AT_A_TIME).client
    busy = _busy(client)
    job_id = _ask(client, HAPPY)["job_id"]
    status = client.get(f"/v1/status/{job_id}").json
    same(sorted(status), ["created_at", "estimated_completion", "job_id", "status"], "its members")
    assert _at(status["estimated_completion"]) > time.time() - 0.1, status
    for one in busy + [job_id]:
        same(_wait(client, one)["status"], "COMPLETED", "the end")


def a_failed_job_has_the_shape_of_the_seed(house):
    server = house.start(settings=ONE_AT_A_TIME)
    server.expected_errors.add("document_lost")
    busy = _busy(server.client)
    job_id = _ask(server.client, HAPPY)["job_id"]
    os.unlink(server.path(f"hark.db.blobs/documents/{job_id}"))
    status = _wait(server.client, job_id)
    same(sorted(status), ["error", "failed_at", "job_id", "status"], "its members")
    same((status["status"], status["error"]["code"]), ("FAILED", "PROCESSING_ERROR"), "the end")
    same(sorted(status["error"]), ["code", "message"], "the error's members")
    assert "/" not in status["error"]["message"], "it names a file"
    same([kind for kind, _ in _events(server, job_id)], ["job.failed"], "its events")
    for one in busy:
        same(_wait(server.client, one)["status"], "COMPLETED", "the others")
    same(server.rows("SELECT COUNT(*) FROM dead_letters"), [(0,)], "dead letters")


def a_document_that_was_changed_on_the_disk_is_refused(house):
    server = house.start(settings=ONE_AT_A_TIME)
    server.expected_errors.add("document_lost")
    busy = _busy(server.client)
    job_id = _ask(server.client, HAPPY)["job_id"]
    with open(server.path(f"hark.db.blobs/documents/{job_id}"), "w", encoding="utf-8") as file:
        file.write(ANGRY)
    status = _wait(server.client, job_id)
    same((status["status"], status["error"]["code"]), ("FAILED", "PROCESSING_ERROR"), "the end")
    for one in busy:
        _wait(server.client, one)


def what_cannot_be_read_fails_with_the_last_attempt_and_is_done_when_it_is_redriven(house):
    server = house.start(settings=ONE_AT_A_TIME)
    busy = _busy(server.client)
    job_id = _ask(server.client, HAPPY)["job_id"]
    path = server.path(f"hark.db.blobs/documents/{job_id}")
    os.rename(path, path + "-elsewhere")
    os.symlink(path + "-elsewhere", path)  # which is not followed
    while server.client.get(f"/v1/jobs/{job_id}").json["started_at"] is None:
        time.sleep(0.005)
    status = _wait(server.client, job_id)
    same((status["status"], status["error"]["code"]), ("FAILED", "PROCESSING_ERROR"), "the end")
    same(server.rows("SELECT attempts FROM dead_letters WHERE id = ?", job_id), [(4,)], "attempts")
    same([kind for kind, _ in _events(server, job_id)], ["job.failed"], "its events")
    os.rename(path + "-elsewhere", path)
    same(server.client.request("POST", f"/v1/dead-letters/{job_id}:redrive").status, 200, "redrive")
    status = _wait(server.client, job_id, until=("COMPLETED",))
    same((status["status"], "error" in status), ("COMPLETED", False), "the end after all")
    same([kind for kind, _ in _events(server, job_id)], ["job.failed", "job.completed"], "events")
    for one in busy:
        _wait(server.client, one)


# What is taken

def a_document_of_one_megabyte_is_taken_and_a_byte_more_is_not(house):
    exact = _ask(house.client, _long())
    answer = house.client.post("/v1/analyze/async", {"text": _long(LIMIT + 1)})
    same((answer.status, answer.json["error"]["code"], answer.json["error"]["field"]),
         (413, "PAYLOAD_TOO_LARGE", "text"), "a byte more")
    status = _wait(house.client, exact["job_id"])
    same(status["status"], "COMPLETED", "the whole")
    assert status["result"]["parts"] > 200, status


def the_limit_counts_bytes_and_not_characters(house):
    same(house.client.post("/v1/analyze/async", {"text": "\u00e4" * (LIMIT // 2 + 1)}).status,
         413, "two bytes each")
    job_id = _ask(house.client, "\u00e4 " * (LIMIT // 3))["job_id"]
    same(_wait(house.client, job_id)["status"], "COMPLETED", "the end")


def a_text_that_is_escaped_throughout_fits(house):
    text = "\u00fc\u00e9 " * (LIMIT // 5)
    body = json.dumps({"text": text, "source_id": "x" * 255}).encode()
    assert len(body) > 2.5 * LIMIT, len(body)
    answer = house.client.post("/v1/analyze/async", body)
    same(answer.status, 202, f"the answer {answer}")
    same(_wait(house.client, answer.json["job_id"])["status"], "COMPLETED", "the end")


def chinese_without_blanks_is_cut_between_characters(house):
    text = ("\u8fd9\u4e2a\u5e94\u7528\u5f88\u68d2" * 60000)[:LIMIT // 3]
    status = _wait(house.client, _ask(house.client, text)["job_id"])
    same((status["status"], status["result"]["language_code"]), ("COMPLETED", "zh"), "the end")
    assert status["result"]["parts"] >= 60, status


def a_body_that_is_far_too_long_is_refused_by_its_head(house):
    answer = house.client.post("/v1/analyze/async", b" " * (3200 * 1024 + 1))
    same((answer.status, answer.json["code"]), (413, "PAYLOAD_TOO_LARGE"), "the answer")


def bad_requests_are_400_and_name_the_field(house):
    for body, field in (({}, "text"), ({"text": ""}, "text"), ({"text": 3}, "text"),
                        ({"text": " \u200b "}, "text"),
                        ({"text": HAPPY, "other": 1}, "other"),
                        ({"text": HAPPY, "source_id": ""}, "source_id"),
                        ({"text": HAPPY, "source_id": "x" * 256}, "source_id"),
                        ({"text": HAPPY, "options": {"language_code": "!!"}}, "language_code"),
                        ({"text": HAPPY, "options": {"x": 1}}, "options/x"),
                        ({"text": HAPPY, "callback_url": "https://a.example/1",
                          "options": {"callback_url": "https://a.example/2"}}, "callback_url")):
        answer = house.client.post("/v1/analyze/async", body)
        same((answer.status, answer.json["error"]["code"], answer.json["error"]["field"]),
             (400, "VALIDATION_ERROR", field), f"the answer to {body}")
    same(house.client.post("/v1/analyze/async", b'{"text": "a\xff"}').status, 400, "bad UTF-8")


def a_callback_to_the_inside_is_refused_where_it_is_typed(house):
    for url in ("http://127.0.0.1/x", "https://127.0.0.1/x", "https://[::1]/x", "ftp://a.example/",
                "https://169.254.169.254/latest", "https://user@a.example/", "nonsense"):
        for body, field in (({"callback_url": url}, "callback_url"),
                            ({"options": {"callback_url": url}}, "options/callback_url")):
            answer = house.client.post("/v1/analyze/async", {"text": HAPPY, **body})
            same((answer.status, answer.json["error"]["field"]), (400, field), url)


def personal_data_is_hidden_before_anything_is_written(house):
    server = house.start()
    text = "Mail me at jane.doe@example.com or call 030 1234567. " + HAPPY
    job_id = _ask(server.client, text)["job_id"]
    status = _wait(server.client, job_id)
    same(status["result"]["pii_detected"], True, "pii_detected")
    with open(server.path(f"hark.db.blobs/documents/{job_id}"), encoding="utf-8") as file:
        document = file.read()
    assert "[EMAIL]" in document and "jane.doe" not in document, document
    for name in os.listdir(server.folder):
        path = server.path(name)
        if os.path.isfile(path) and name != "out":
            with open(path, "rb") as file:
                assert b"jane.doe" not in file.read(), name


def the_document_is_for_the_servers_owner_alone(house):
    server = house.start()
    job_id = _ask(server.client, HAPPY)["job_id"]
    for name, mode in (("hark.db.blobs", 0o700), ("hark.db.blobs/documents", 0o700),
                       (f"hark.db.blobs/documents/{job_id}", 0o600)):
        same(os.stat(server.path(name)).st_mode & 0o7777, mode, name)
    _wait(server.client, job_id)


def a_language_that_is_given_is_believed(house):
    job_id = _ask(house.client, HAPPY, options={"language_code": "de"})["job_id"]
    same(_wait(house.client, job_id)["result"]["language_code"], "de", "the language")


def a_short_document_is_answered_as_the_sync_path_answers_it(house):
    for text in (HAPPY, ANGRY, "ok", "The parcel came on Monday."):
        now = house.client.post("/v1/analyze/sync", {"text": text}).json
        later = _wait(house.client, _ask(house.client, text)["job_id"])["result"]
        for name in ("sentiment", "score", "confidence", "language_code", "pii_detected"):
            same(later[name], now[name], f"{name} of {text}")


def what_is_both_praised_and_cursed_is_mixed(house):
    status = _wait(house.client, _ask(house.client, (HAPPY + " ") * 300 + (ANGRY + " ") * 300)
                   ["job_id"])
    same(status["result"]["sentiment"], "MIXED", "the sentiment")


# Once

def the_same_request_again_is_the_same_job(house):
    server = house.start()
    body = {"text": HAPPY, "source_id": "once"}
    first = server.client.post("/v1/analyze/async", body, idempotency_key="async-1")
    second = server.client.post("/v1/analyze/async", body, idempotency_key="async-1")
    same((second.status, second.body), (202, first.body), "the second")
    same(second.headers["idempotent-replayed"], "true", "Idempotent-Replayed")
    other = server.client.post("/v1/analyze/async", {"text": ANGRY}, idempotency_key="async-1")
    same((other.status, other.json["code"]), (422, "IDEMPOTENCY_MISMATCH"), "another request")
    same(len(server.client.get("/v1/jobs").json["data"]), 1, "the jobs")
    same(len(os.listdir(server.path("hark.db.blobs/documents"))), 1, "the documents")
    _wait(server.client, first.json["job_id"])


# Jobs

def jobs_are_listed_page_by_page_and_narrowed(house):
    server = house.start()
    ids = [_ask(server.client, HAPPY, source_id=f"s{i % 2}")["job_id"] for i in range(5)]
    feedback = _later(server.client, ANGRY)["job_id"]
    for job_id in ids + [feedback]:
        _wait(server.client, job_id)
    listed, cursor = [], ""
    while True:
        page = server.client.get(f"/v1/jobs?limit=2{cursor}")
        listed += [row["job_id"] for row in page.json["data"]]
        if "next_cursor" not in page.json:
            break
        assert f"cursor={page.json['next_cursor']}" in page.headers["link"], page.headers
        cursor = "&cursor=" + page.json["next_cursor"]
    same(listed, [feedback] + ids[::-1], "the jobs")
    for query, count in (("kind=analyze", 5), ("kind=feedback", 1), ("source_id=s1", 2),
                         ("status=COMPLETED", 6), ("status=FAILED", 0), ("since=2100-01-01", 0),
                         ("until=2100-01-01", 6)):
        same(len(server.client.get("/v1/jobs?" + query).json["data"]), count, query)
    for query, status in (("status=DONE", 422), ("cursor=x", 400), ("colour=red", 422),
                          ("since=2026-02-01&until=2026-01-01", 422)):
        same(server.client.get("/v1/jobs?" + query).status, status, query)
    cursor = server.client.get("/v1/jobs?limit=2").json["next_cursor"]
    same(server.client.get(f"/v1/jobs?limit=2&kind=analyze&cursor={cursor}").status, 400,
         "a cursor of another list")


def all_of_a_job_can_be_read(house):
    job_id = _ask(house.client, HAPPY, source_id="batch_7")["job_id"]
    _wait(house.client, job_id)
    job = house.client.get(f"/v1/jobs/{job_id}").json
    same((job["kind"], job["status"], job["source_id"], job["bytes"], job["feedback_id"]),
         ("analyze", "COMPLETED", "batch_7", len(HAPPY), None), "the job")
    assert _at(job["created_at"]) <= _at(job["started_at"]) <= _at(job["finished_at"]), job


def what_is_no_job_is_not_found(house):
    for path in ("/v1/status/b78b0d2d-d55a-49a7-8f5a-39c59520c083", "/v1/status/x",
                 "/v1/jobs/b78b0d2d-d55a-49a7-8f5a-39c59520c083", "/v1/jobs/%00"):
        same(house.client.get(path).status, 404, path)
    same(house.client.request("POST", "/v1/jobs/x:cancel").status, 404, "cancelling it")


def another_tenant_sees_none_of_it(house):
    server, other = with_second_tenant(house, house.start())
    job_id = _ask(server.client, HAPPY)["job_id"]
    for path in (f"/v1/status/{job_id}", f"/v1/jobs/{job_id}"):
        same(other.get(path).status, 404, path)
    same(other.request("POST", f"/v1/jobs/{job_id}:cancel").status, 404, "cancelling")
    same(other.get("/v1/jobs").json["data"], [], "the list")
    same(_wait(server.client, job_id)["status"], "COMPLETED", "the end")


def a_key_sees_the_jobs_it_may_ask_for(house):
    server = house.start()

    def client(scopes):
        answer = server.client.post("/v1/keys", {"name": scopes, "scopes": scopes})
        return Client(server, key=answer.json["key"])

    document = _ask(server.client, HAPPY)["job_id"]
    feedback = _later(server.client, ANGRY)["job_id"]
    for job_id in (document, feedback):
        _wait(server.client, job_id)
    for scopes, sees in (("analyze", document), ("feedback:read", feedback),
                         ("feedback:write", feedback)):
        key = client(scopes)
        same([row["job_id"] for row in key.get("/v1/jobs").json["data"]], [sees], scopes)
        for job_id in (document, feedback):
            same(key.get(f"/v1/status/{job_id}").status, 200 if job_id == sees else 404, scopes)
    same(client("analyze").get("/v1/jobs?kind=feedback").status, 403, "the other kind")
    for scopes, status in (("feedback:read", 403), ("analyze feedback:read", 403),
                           ("feedback:write", 409)):
        same(client(scopes).request("POST", f"/v1/jobs/{feedback}:cancel").status, status,
             f"cancelling with {scopes}")
    same(client("usage:read").get("/v1/jobs").status, 403, "no scope for any")
    same(client("feedback:write").post("/v1/analyze/async", {"text": HAPPY}).status, 403,
         "asking without the scope")


def a_job_that_waits_can_be_cancelled_once(house):
    server = house.start(settings=ONE_AT_A_TIME)
    busy = _busy(server.client)
    job_id = _ask(server.client, HAPPY)["job_id"]
    answer = server.client.request("POST", f"/v1/jobs/{job_id}:cancel")
    same((answer.status, answer.json["status"], answer.json["error"]["code"]),
         (200, "FAILED", "CANCELLED"), "the answer")
    again = server.client.request("POST", f"/v1/jobs/{job_id}:cancel")
    same((again.status, again.json["code"]), (409, "CONFLICT"), "again")
    for one in busy:
        same(_wait(server.client, one)["status"], "COMPLETED", "the others")
    status = server.client.get(f"/v1/status/{job_id}").json
    same((status["status"], status["error"]["code"]), ("FAILED", "CANCELLED"), "the end")
    same([(kind, data["code"]) for kind, data in _events(server, job_id)],
         [("job.failed", "CANCELLED")], "its events")
    same(server.rows("SELECT COUNT(*) FROM queue_jobs WHERE kind = 'analyze'"), [(0,)], "the queue")


def a_job_that_runs_can_be_cancelled_and_its_late_end_changes_nothing(house):
    server = house.start()
    server.client.put("/v1/configurations/text.most_characters", {"value": 100})
    for _ in range(20):
        job_id = _ask(server.client, _long(words="I like it. It is bad! "))["job_id"]
        _wait(server.client, job_id, until=("PROCESSING", "COMPLETED"))
        answer = server.client.request("POST", f"/v1/jobs/{job_id}:cancel")
        if answer.status == 200:
            break
        same(answer.status, 409, "it was done already")
    same(answer.status, 200, "cancelling")
    deadline = time.monotonic() + 30
    while server.metrics().get('jobs_running{kind="analyze"}', 0) > 0:
        assert time.monotonic() < deadline, "it still runs"
        time.sleep(0.005)
    status = server.client.get(f"/v1/status/{job_id}").json
    same((status["status"], status["error"]["code"]), ("FAILED", "CANCELLED"), "the end")
    same([kind for kind, _ in _events(server, job_id)], ["job.failed"], "its events")


def a_job_that_is_over_cannot_be_cancelled(house):
    job_id = _ask(house.client, HAPPY)["job_id"]
    _wait(house.client, job_id)
    same(house.client.request("POST", f"/v1/jobs/{job_id}:cancel").status, 409, "cancelling")
    same(_wait(house.client, job_id)["status"], "COMPLETED", "the end")


def three_hundred_jobs_are_each_done_once(house):
    server = house.start()
    ids = []

    def send(count):
        client = Client(server)
        ids.extend([_ask(client, f"{HAPPY} {ANGRY} Number {i}.")["job_id"] for i in range(count)])

    threads = [threading.Thread(target=send, args=(75,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(len(set(ids)), 300, "the jobs")
    for job_id in ids:
        same(_wait(server.client, job_id)["status"], "COMPLETED", "the end")
    events = server.rows("SELECT COUNT(*), COUNT(DISTINCT data) FROM events"
                         " WHERE type = 'job.completed'")
    same(events, [(300, 300)], "the events")


def what_waits_is_done_after_a_restart(house):
    server = house.start(settings=ONE_AT_A_TIME)
    ids = _busy(server.client, 6)
    again = server.end_for(house.start, settings=ONE_AT_A_TIME)
    for job_id in ids:
        same(_wait(again.client, job_id)["status"], "COMPLETED", "the end")
    same(again.rows("SELECT COUNT(*) FROM events WHERE type = 'job.completed'"), [(6,)],
         "the events")


# The callback

class _Receiver:
    """Takes what is posted to it; its address is of this machine, so the settings must allow it."""

    def __init__(self):
        received = self.received = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append((dict(self.headers), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def settings(self):
        return {"HARK_OUTBOUND_ALLOW": "127.0.0.1/32", "HARK_OUTBOUND_ALLOW_HTTP": "true",
                "HARK_OUTBOUND_PORTS": str(self.port)}

    def wait(self, count=1, limit_s=20):
        deadline = time.monotonic() + limit_s
        while len(self.received) < count:
            assert time.monotonic() < deadline, f"{len(self.received)} calls came, not {count}"
            time.sleep(0.005)
        return self.received[count - 1]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def _verify(secret, headers, body):
    headers = {name.lower(): value for name, value in headers.items()}
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert wanted in headers["webhook-signature"].split(" "), headers
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 300, headers


def whoever_asked_is_called_back_with_a_signature(house):
    receiver = _Receiver()
    try:
        server = house.start(settings=receiver.settings())
        secret = server.client.get("/v1/webhooks/callback-secret").json["secret"]
        url = f"http://127.0.0.1:{receiver.port}/hook"
        top = _ask(server.client, HAPPY, callback_url=url, source_id="c1")["job_id"]
        headers, body = receiver.wait(1)
        _verify(secret, headers, body)
        event = json.loads(body)
        same((event["type"], event["data"]["job_id"], event["data"]["source_id"],
              event["data"]["sentiment"]), ("job.completed", top, "c1", "positive"), "the event")
        option = _ask(server.client, ANGRY, options={"callback_url": url},
                      callback_url=url)["job_id"]
        headers, body = receiver.wait(2)
        _verify(secret, headers, body)
        same(json.loads(body)["data"]["job_id"], option, "the second")
        server.stop()
    finally:
        receiver.close()


def whoever_asked_is_told_of_a_cancellation(house):
    receiver = _Receiver()
    try:
        server = house.start(settings={**receiver.settings(), **ONE_AT_A_TIME})
        busy = _busy(server.client)
        job_id = _ask(server.client, HAPPY,
                      callback_url=f"http://127.0.0.1:{receiver.port}/")["job_id"]
        same(server.client.request("POST", f"/v1/jobs/{job_id}:cancel").status, 200, "cancelling")
        event = json.loads(receiver.wait(1)[1])
        same((event["type"], event["data"]["job_id"], event["data"]["code"]),
             ("job.failed", job_id, "CANCELLED"), "the event")
        for one in busy:
            _wait(server.client, one)
        server.stop()
    finally:
        receiver.close()


# Prefer: respond-async

def a_feedback_is_stored_at_once_and_understood_later(house):
    server = house.start()
    answer = server.client.request("POST", "/v1/feedback",
                                   {"text": ANGRY + " Ask jane.doe@example.com.", "source": "web"},
                                   {"Prefer": "wait=5; x=1, Respond-Async"})
    body = answer.json
    same((answer.status, answer.headers["preference-applied"], answer.headers["location"]),
         (202, "respond-async", f"/v1/status/{body['job_id']}"), "the answer")
    same((body["status"], body["sentiment"], body["topic"], body["confidence_score"],
          body["scores"], body["processing_method"], body["alert_triggered"]),
         ("pending", None, None, None, None, None, False), "what is promised")
    assert "[EMAIL]" in body["text"], body
    status = _wait(server.client, body["job_id"])
    same((status["status"], status["feedback_id"], status["result"]["sentiment"]),
         ("COMPLETED", body["id"], "NEGATIVE"), "the status")
    assert "summary" not in status["result"], "what is said stays with the feedback"
    later = server.client.get(f"/v1/feedback/{body['id']}").json
    now = server.client.add(ANGRY + " Ask jane.doe@example.com.", source="web")
    for name in set(now) - {"id", "created_at", "processing_time_ms"}:
        same(later[name], now[name], name)
    same(len(server.client.get(f"/v1/feedback/{body['id']}/analyses").json["data"]), 1, "analyses")
    same([kind for kind, in server.rows("SELECT type FROM events ORDER BY seq LIMIT 4")],
         ["feedback.created", "feedback.analyzed", "alert.opened", "job.completed"], "the events")
    created, analyzed = (json.loads(data) for data, in server.rows(
        "SELECT data FROM events WHERE type LIKE 'feedback.%' ORDER BY seq LIMIT 2"))
    same((created.get("sentiment"), analyzed["sentiment"], analyzed["source"]),
         (None, "negative", "web"), "what they say")


def other_preferences_are_passed_over(house):
    for prefer in ("wait=10", "return=minimal", "respond-asynchronous", "handling=lenient", ";,=,"):
        answer = house.client.request("POST", "/v1/feedback", {"text": HAPPY}, {"Prefer": prefer})
        same((answer.status, "preference-applied" in answer.headers), (201, False), prefer)


def the_path_of_seed_003_answers_with_a_task(house):
    answer = house.client.post("/feedback/", {"feedback_text": ANGRY})
    same((answer.status, sorted(answer.json)), (202, ["feedback_id", "status", "task_id"]),
         "the answer")
    same(answer.json["status"], "pending", "the status")
    status = _wait(house.client, answer.json["task_id"])
    same((status["status"], status["feedback_id"]), ("COMPLETED", answer.json["feedback_id"]),
         "the task")
    same(house.client.get(f"/feedback/{answer.json['feedback_id']}").json["sentiment"], "negative",
         "the feedback")


def a_batch_can_be_understood_later_too(house):
    server = house.start()
    rows = [{"text": HAPPY}, {"text": ANGRY}, {"text": 3}, {"text": HAPPY, "source_id": "b1"}]
    answer = server.client.request("POST", "/v1/feedback:batch", rows, ASYNC)
    same((answer.status, answer.headers["preference-applied"]), (202, "respond-async"),
         "the answer")
    same([row["status"] for row in answer.json["results"]], [202, 202, 202], "the results")
    same([row["index"] for row in answer.json["errors"]], [2], "the errors")
    for row in answer.json["results"]:
        same(row["feedback"]["status"], "pending", "the status")
        same(_wait(server.client, row["feedback"]["job_id"])["status"], "COMPLETED", "the end")
    _is_exact(server)


def a_feedback_that_is_there_already_is_answered_as_it_is(house):
    first = house.client.add(HAPPY, source="web", source_id="there")
    answer = house.client.request(
        "POST", "/v1/feedback", {"text": HAPPY, "source": "web", "source_id": "there"}, ASYNC)
    same((answer.status, answer.json["id"], "job_id" in answer.json), (200, first["id"], False),
         "the answer")


def a_deferred_request_again_is_the_same_job(house):
    first = house.client.request("POST", "/v1/feedback", {"text": HAPPY},
                                 {**ASYNC, "Idempotency-Key": "later-1"})
    second = house.client.request("POST", "/v1/feedback", {"text": HAPPY},
                                  {**ASYNC, "Idempotency-Key": "later-1"})
    same((second.status, second.body), (202, first.body), "the second")
    _wait(house.client, first.json["job_id"])


def _hold(server):
    """Keeps the worker from feedback jobs: theirs come after so many others."""
    rows = [{"text": f"{ANGRY} {i}"} for i in range(500)]
    answer = server.client.request("POST", "/v1/feedback:batch", rows, ASYNC)
    same(answer.status, 202, "the batch")
    return [row["feedback"]["job_id"] for row in answer.json["results"]]


def what_is_pending_is_counted_in_the_total_and_in_no_label(house):
    server = house.start()
    held = _hold(server)
    stats = server.client.get("/v1/dashboard/stats").json
    same(stats["total"], 500, "the total")
    assert sum(stats["sentiment"].values()) <= 500, stats
    _is_exact(server)
    for job_id in held:
        _wait(server.client, job_id)
    stats = server.client.get("/v1/dashboard/stats").json
    same((stats["total"], sum(stats["sentiment"].values())), (500, 500), "in the end")
    _is_exact(server)
    same(server.rows("SELECT COUNT(*) FROM feedback WHERE status <> 'completed'"), [(0,)],
         "pending")


def deleting_a_pending_feedback_cancels_its_job(house):
    server = house.start()
    held = _hold(server)
    last = _later(server.client, HAPPY)
    same(server.client.delete(f"/v1/feedback/{last['id']}").status, 204, "deleting")
    status = _wait(server.client, last["job_id"])
    if status["status"] == "FAILED":
        same(status["error"]["code"], "CANCELLED", "its code")
    same(server.client.get(f"/v1/feedback/{last['id']}").status, 404, "it is gone")
    for job_id in held:
        _wait(server.client, job_id)
    _is_exact(server)


def cancelling_leaves_the_feedback_without_labels(house):
    server = house.start()
    for _ in range(20):
        held = _hold(server)
        last = _later(server.client, HAPPY)
        answer = server.client.request("POST", f"/v1/jobs/{last['job_id']}:cancel")
        for job_id in held:
            _wait(server.client, job_id)
        if answer.status == 200:
            break
    same(answer.status, 200, "cancelling")
    item = server.client.get(f"/v1/feedback/{last['id']}").json
    same((item["status"], item["sentiment"]), ("failed", None), "the feedback")
    answer = server.client.patch(f"/v1/feedback/{last['id']}", {"sentiment": "positive"})
    same((answer.status, answer.json["code"]), (409, "CONFLICT"), "correcting it")
    same(server.client.delete(f"/v1/feedback/{last['id']}").status, 204, "deleting it")
    _is_exact(server)


def bad_requests_are_refused_at_once(house):
    for body, status in (({"text": ""}, 422), ({}, 422), ({"text": HAPPY, "x": 1}, 422)):
        answer = house.client.request("POST", "/v1/feedback", body, ASYNC)
        same((answer.status, "preference-applied" in answer.headers), (status, False), f"{body}")
    answer = house.client.request("POST", "/v1/feedback?strict=true", {"text": "ok"}, ASYNC)
    same(answer.status, 422, "too short")
