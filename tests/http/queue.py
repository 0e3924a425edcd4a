"""The queue as its operator sees it: what waits, what was given up, and what is done about it.

The jobs stand in the database before the server starts: of a kind that every Hark has, so that those
put back are really done."""

import contextlib
import json
import os
import sqlite3
import time
import uuid

from harness import Client, same, with_second_tenant

KIND = "sweep"
HOUR_US = 3600 * 10**6
HISTORY = [{"attempt": 1, "at": "2026-11-20T08:00:00.000Z", "error": "the disk is full"},
           {"attempt": 2, "at": "2026-11-20T08:00:01.000Z", "error": None}]


def _now():
    return time.time_ns() // 1000


def _insert(database, table, **row):
    """Gives the id of a row, of which all but what is said is made up."""
    row = {"id": str(uuid.uuid4()), "tenant_id": 1, "kind": KIND, "lane": "1", "priority": 0,
           "payload": "{}", "attempts": 0, "created_at": _now(), **row}
    database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
                     tuple(row.values()))
    return row["id"]


def _job(database, **row):
    return _insert(database, "queue_jobs", **{"state": "delayed", "run_at": _now() + HOUR_US,
                                              "fence": 0, **row})


def _dead(database, **row):
    return _insert(database, "dead_letters", **{"attempts": 3, "fence": 3,
                                                "history": json.dumps(HISTORY),
                                                "error": "it is broken", "died_at": _now(), **row})


def _restart_with(house, server, insert):
    """The server anew, on its folder, after `insert(database)`; and what that gave."""
    server.own_folder = False
    server.stop()
    with contextlib.closing(sqlite3.connect(server.path("hark.db"))) as database, database:
        made = insert(database)
    again = house.start(folder=server.folder)
    again.own_folder = True
    return again, made


def _start_with(house, insert):
    return _restart_with(house, house.start(), insert)


def _ids(answer):
    same(answer.status, 200, "the list")
    return [row["id"] for row in answer.json["data"]]


def _kind(client, name=KIND):
    return next(row for row in client.get("/v1/queue").json["kinds"] if row["kind"] == name)


def _audit(server, action):
    return [(actor, subject, json.loads(detail)) for actor, subject, detail in server.rows(
        "SELECT actor, subject, detail FROM audit_log WHERE action = ? ORDER BY id", action)]


def _wait_until(claim, limit_s=10):
    deadline = time.monotonic() + limit_s
    while not claim():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def an_empty_queue_says_so(house):
    queue = house.client.get("/v1/queue").json
    same((queue["depth"], queue["dead"], queue["oldest_age_seconds"], queue["workers"]["running"]),
         (0, 0, None, 0), "the queue")
    assert queue["workers"]["most"] >= 1, queue
    assert KIND in [row["kind"] for row in queue["kinds"]], queue
    for row in queue["kinds"]:
        same((row["ready"], row["dead"], row["rate"]), (0, 0, 0), row["kind"])
        assert row["concurrency"] >= 1, row
    same(house.client.get("/v1/queue/jobs").json, {"data": []}, "the jobs")
    same(house.client.get("/v1/dead-letters").json, {"data": []}, "the dead letters")


def jobs_are_counted_by_kind_and_state(house):
    def insert(database):
        _job(database, order_key="a")
        _job(database, order_key="a", state="blocked")
        _job(database)
        _dead(database)
    server, _ = _start_with(house, insert)
    queue, kind = server.client.get("/v1/queue").json, _kind(server.client)
    same((queue["depth"], queue["dead"]), (3, 1), "the queue")
    same((kind["ready"], kind["delayed"], kind["blocked"], kind["leased"], kind["dead"]),
         (0, 2, 1, 0, 1), "the kind")
    metrics = server.metrics()
    same([metrics[f'queue_depth{{kind="{KIND}",state="{state}"}}']
          for state in ("ready", "delayed", "blocked", "leased")], [0, 2, 1, 0], "the gauges")
    same(metrics[f'dead_letters{{kind="{KIND}"}}'], 1, "the gauge of dead letters")
    same(metrics[f'queue_oldest_age_seconds{{kind="{KIND}"}}'], 0, "the gauge of the oldest")


def jobs_are_listed_page_by_page_and_by_filters(house):
    server, ids = _start_with(house, lambda database: [
        _job(database, lane="even" if i % 2 == 0 else "odd", order_key="k" if i in (1, 3) else None,
             state="blocked" if i == 3 else "delayed") for i in range(7)])
    get = server.client.get
    same(_ids(get("/v1/queue/jobs")), ids, "all")
    same(_ids(get("/v1/queue/jobs?lane=even")), ids[::2], "of a lane")
    same(_ids(get("/v1/queue/jobs?state=blocked")), [ids[3]], "of a state")
    same(_ids(get(f"/v1/queue/jobs?kind={KIND}&state=delayed&lane=odd")), [ids[1], ids[5]], "of all")
    same(_ids(get("/v1/queue/jobs?kind=no_such")), [], "of a kind that is not there")
    found, query = [], "?limit=3"
    while query is not None:
        page = get("/v1/queue/jobs" + query).json
        found += [row["id"] for row in page["data"]]
        assert len(page["data"]) <= 3, page
        query = f"?limit=3&cursor={page['next_cursor']}" if "next_cursor" in page else None
    same(found, ids, "page by page")
    cursor = get("/v1/queue/jobs?limit=1").json["next_cursor"]
    for path in (f"/v1/queue/jobs?lane=odd&cursor={cursor}", f"/v1/dead-letters?cursor={cursor}",
                 "/v1/queue/jobs?cursor=x"):
        same(get(path).status, 400, path)
    for query, field in (("state=dead", "state"), ("limit=0", "limit"), ("limit=201", "limit"),
                         ("order=up", "order"), ("kind=", "kind")):
        answer = get("/v1/queue/jobs?" + query)
        same((answer.status, answer.json["error"]["field"]), (422, field), query)
    same(get("/v1/dead-letters?state=ready").status, 422, "dead letters have no state")


def a_job_is_shown_with_its_payload_and_failed_attempts(house):
    server, id = _start_with(house, lambda database: _job(
        database, payload='{"feedback_id":7}', attempts=2, priority=9, order_key="customer 4",
        history=json.dumps(HISTORY)))
    job = server.client.get(f"/v1/queue/jobs/{id}").json
    same((job["payload"], job["history"], job["attempts"], job["priority"], job["order_key"],
          job["state"], job["tenant_id"], job["leased_until"]),
         ({"feedback_id": 7}, HISTORY, 2, 9, "customer 4", "delayed", 1, None), "the job")
    assert job["run_at"] > job["created_at"], job
    row = server.client.get("/v1/queue/jobs").json["data"][0]
    assert "payload" not in row and "history" not in row, row
    for path in (f"/v1/queue/jobs/{uuid.uuid4()}", "/v1/queue/jobs/7", f"/v1/dead-letters/{id}"):
        same(server.client.get(path).status, 404, path)


def a_dead_letter_that_is_put_back_is_done(house):
    server, ids = _start_with(house, lambda database: [_dead(database) for _ in range(2)])
    letter = server.client.get(f"/v1/dead-letters/{ids[0]}").json
    same((letter["error"], letter["history"], letter["attempts"], letter["payload"]),
         ("it is broken", HISTORY, 3, {}), "the letter")
    answer = server.client.post(f"/v1/dead-letters/{ids[0]}:redrive", None)
    same((answer.status, answer.json), (200, {"count": 1}), "the answer")
    _wait_until(lambda: _ids(server.client.get("/v1/queue/jobs")) == [])
    same(_ids(server.client.get("/v1/dead-letters")), [ids[1]], "what is left")
    same(server.client.post(f"/v1/dead-letters/{ids[0]}:redrive", None).status, 404, "a second time")
    assert _kind(server.client)["rate"] > 0, _kind(server.client)
    same(_audit(server, "dead_letters.redriven"),
         [("API_KEY", f"job {ids[0]}", {"kind": None, "lane": None, "state": None, "count": 1})],
         "the audit log")


def a_document_that_cannot_be_read_dies_and_is_analysed_once_it_is_put_back(house):
    server = house.start()
    client = server.client
    for _ in range(8):  # so much that what comes next has to wait
        client.post("/v1/analyze/async", {"text": "It is good. " * 80000})
    id = client.post("/v1/analyze/async", {"text": "I love it, it works great."}).json["job_id"]
    document = server.path(f"hark.db.blobs/documents/{id}")
    os.rename(document, document + ".away")
    os.symlink(document + ".away", document)  # which is not followed
    _wait_until(lambda: _ids(client.get("/v1/dead-letters")) == [id], limit_s=60)
    letter = client.get(f"/v1/dead-letters/{id}").json
    same([attempt["attempt"] for attempt in letter["history"]], [1, 2, 3, 4], "the attempts")
    same((letter["kind"], letter["attempts"]), ("analyze", 4), "the letter")
    assert all(attempt["error"] for attempt in letter["history"]), letter
    status = client.get(f"/v1/status/{id}").json
    same((status["status"], status["error"]["code"]), ("FAILED", "PROCESSING_ERROR"), "the status")
    os.remove(document)
    os.rename(document + ".away", document)
    same(client.post(f"/v1/dead-letters/{id}:redrive", None).json, {"count": 1}, "the answer")
    _wait_until(lambda: client.get(f"/v1/status/{id}").json["status"] == "COMPLETED")
    same(client.get("/v1/dead-letters").json, {"data": []}, "the dead letters")


def dead_letters_are_put_back_by_kind_or_all(house):
    server, ids = _start_with(house, lambda database: [
        _dead(database, kind=KIND if i < 2 else "of_an_older_hark") for i in range(4)])
    post = server.client.post
    same(_ids(server.client.get(f"/v1/dead-letters?kind={KIND}&limit=1")), ids[:1], "one of a kind")
    same(post("/v1/dead-letters:redrive", {"kind": "no_such"}).json, {"count": 0}, "of no kind")
    same(post("/v1/dead-letters:redrive", {"kind": KIND}).json, {"count": 2}, "of a kind")
    _wait_until(lambda: _ids(server.client.get("/v1/queue/jobs")) == [])
    same(_ids(server.client.get("/v1/dead-letters")), ids[2:], "what is left")
    same(post("/v1/dead-letters:redrive", None).json, {"count": 2}, "all")
    same(_ids(server.client.get("/v1/queue/jobs")), ids[2:], "nobody does what nobody knows")
    same(post("/v1/dead-letters:redrive", {"state": "ready"}).status, 422, "by a state")


def a_dead_letter_can_be_given_up_for_good(house):
    server, ids = _start_with(house, lambda database: [_dead(database) for _ in range(2)])
    same(server.client.delete(f"/v1/dead-letters/{ids[0]}").status, 204, "the answer")
    same(_ids(server.client.get("/v1/dead-letters")), [ids[1]], "what is left")
    same(server.client.get("/v1/queue/jobs").json, {"data": []}, "it was not put back")
    same(server.client.delete(f"/v1/dead-letters/{ids[0]}").status, 404, "a second time")
    same([row[1] for row in _audit(server, "dead_letters.purged")], [f"job {ids[0]}"], "the audit log")


def purging_is_confirmed_narrowed_and_audited(house):
    def insert(database):
        for i in range(5):
            _job(database, lane="a" if i < 2 else "b")
        for i in range(3):
            _dead(database)
    server, _ = _start_with(house, insert)
    post = server.client.post
    for body, field in (({}, "confirm"), ({"confirm": False}, "confirm"),
                        ({"confirm": True, "state": "leased"}, "state"),
                        ({"confirm": True, "dead": True, "state": "ready"}, "state"),
                        ({"confirm": True, "state": "dead"}, "state")):
        answer = post("/v1/queue:purge", body)
        same((answer.status, answer.json["error"]["field"]), (422, field), str(body))
    same(post("/v1/queue:purge", {"confirm": True, "state": "ready"}).json["count"], 0, "ready")
    same(post("/v1/queue:purge", {"confirm": True, "lane": "a"}).json["count"], 2, "of a lane")
    same(_kind(server.client)["delayed"], 3, "what is left")
    same(post("/v1/queue:purge", {"confirm": True, "dead": True}).json["count"], 3, "the dead")
    same(post("/v1/queue:purge", {"confirm": True, "kind": KIND}).json["count"], 3, "of a kind")
    queue = server.client.get("/v1/queue").json
    same((queue["depth"], queue["dead"]), (0, 0), "the queue")
    same([row[2]["count"] for row in _audit(server, "queue.purged")], [0, 2, 3], "the audit log")
    same([row[2]["count"] for row in _audit(server, "dead_letters.purged")], [3], "of dead letters")


def however_much_it_is_it_is_done_in_bounded_transactions(house):
    def insert(database):
        for _ in range(2500):
            _dead(database)
        for _ in range(2000):
            _job(database)
    server, _ = _start_with(house, insert)
    post = server.client.post
    same(post("/v1/queue:purge", {"confirm": True}).json["count"], 2000, "what waited")
    same([row[2]["count"] for row in _audit(server, "queue.purged")], [1000, 1000], "in bites")
    same(post("/v1/dead-letters:redrive", None).json["count"], 2500, "the dead")
    same([row[2]["count"] for row in _audit(server, "dead_letters.redriven")], [1000, 1000, 500],
         "in bites")
    same(server.client.get("/v1/queue").json["dead"], 0, "what is left")


def another_tenant_sees_and_moves_none_of_it(house):
    def insert(database):
        return _job(database), _dead(database)
    server, (job, letter) = _start_with(house, insert)
    server, other = with_second_tenant(house, server)
    same(_ids(other.get("/v1/queue/jobs")) + _ids(other.get("/v1/dead-letters")), [], "the lists")
    queue = other.get("/v1/queue").json
    same((queue["depth"], queue["dead"]), (0, 0), "the queue")
    for method, path in (("GET", f"/v1/queue/jobs/{job}"), ("GET", f"/v1/dead-letters/{letter}"),
                         ("DELETE", f"/v1/dead-letters/{letter}"),
                         ("POST", f"/v1/dead-letters/{letter}:redrive")):
        same(other.request(method, path).status, 404, f"{method} {path}")
    for path, body in (("/v1/dead-letters:redrive", {}), ("/v1/queue:purge", {"confirm": True}),
                       ("/v1/queue:purge", {"confirm": True, "dead": True})):
        same(other.post(path, body).json, {"count": 0}, path)
    same((_ids(server.client.get("/v1/queue/jobs")), _ids(server.client.get("/v1/dead-letters"))),
         ([job], [letter]), "what is left")


def all_of_it_needs_the_scope_admin(house):
    secret = house.client.post("/v1/keys", {"name": "reader", "scopes": "feedback:read analyze"}).json["key"]
    reader = Client(house.server, key=secret)
    for method, path, body in (
            ("GET", "/v1/queue", None), ("GET", "/v1/queue/jobs", None),
            ("GET", f"/v1/queue/jobs/{uuid.uuid4()}", None), ("GET", "/v1/dead-letters", None),
            ("GET", f"/v1/dead-letters/{uuid.uuid4()}", None),
            ("DELETE", f"/v1/dead-letters/{uuid.uuid4()}", None),
            ("POST", f"/v1/dead-letters/{uuid.uuid4()}:redrive", None),
            ("POST", "/v1/dead-letters:redrive", {}), ("POST", "/v1/queue:purge", {"confirm": True})):
        same(reader.request(method, path, body).status, 403, f"{method} {path}")
