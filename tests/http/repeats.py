"""A request that is repeated asks no language model again, whatever way it comes. The cache is off
here: it would make the second call for the same text unnecessary, and hide who asks."""

import json
import os
import subprocess
import threading

from harness import BINARY, Client, same, wait_until
from stand_in import StandIn

FLAT = "The parcel came on the day that the letter before it had named, in box {}."
LONG = {"Prefer": "wait=20"}
LATER = {"Prefer": "respond-async"}
NO_CACHE = {"CACHE_MAX_SIZE": "0"}


def _start(house, model, **settings):
    return house.start(settings=model.settings(**NO_CACHE, **settings))


def _post(client, body, headers=None, path="/v1/feedback", key=None):
    headers = dict(headers or LONG)
    if key:
        headers["Idempotency-Key"] = key
    return client.request("POST", path, body, headers)


def _calls(model):
    return len(model.requests())


def the_same_key_again_asks_nobody(house):
    with StandIn() as model:
        client = _start(house, model).client
        for path, body in (("/v1/feedback", {"text": FLAT.format(1)}),
                           ("/v1/feedback:batch", [{"text": FLAT.format(2)},
                                                   {"text": FLAT.format(3)}, {"text": ""}])):
            first = _post(client, body, path=path, key=path)
            calls = _calls(model)
            for _ in range(3):
                again = _post(client, body, path=path, key=path)
                same((again.status, again.body), (first.status, first.body), path)
                same(again.headers["idempotent-replayed"], "true", path)
            other = _post(client, [{"text": FLAT.format(4)}] if isinstance(body, list) else
                          {"text": FLAT.format(4)}, path=path, key=path)
            same((other.status, other.json["code"]), (422, "IDEMPOTENCY_MISMATCH"), path)
            same(_calls(model), calls, f"calls for repeats of {path}")
        same(_calls(model), 3, "calls in all")


def the_same_key_while_it_is_being_asked_about_asks_nobody(house):
    with StandIn() as model:
        server = _start(house, model)
        model.behave(delay_ms=1500)
        body, answers = {"text": FLAT.format(1)}, []
        first = threading.Thread(target=lambda: answers.append(
            _post(Client(server), body, key="slow")))
        first.start()
        wait_until(lambda: _calls(model) == 1)
        same(_post(server.client, body, key="slow").status, 409, "meanwhile")
        first.join()
        again = _post(server.client, body, key="slow")
        same((again.status, again.body), (201, answers[0].body), "afterwards")
        same(_calls(model), 1, "calls")


def what_is_stored_under_its_source_id_is_not_asked_about_again(house):
    with StandIn() as model:
        server = _start(house, model)
        first = _post(server.client, {"text": FLAT.format(1), "source_id": "s-1"}).json
        for number in (1, 2):
            again = _post(server.client, {"text": FLAT.format(number), "source_id": "s-1"})
            same((again.status, again.json["id"], again.json["processing_method"]),
                 (200, first["id"], "ai"), "a repeat")
        same(_calls(model), 1, "calls")
        other = _post(server.client, {"text": FLAT.format(1), "source_id": "s-1", "source": "web"})
        same((other.status, _calls(model)), (201, 2), "the same id of another source")
        counted = server.metrics()['processing_method_total{method="ai"}']
        same(counted, 2, "what a repeat is not counted as")


def of_a_batch_only_what_is_new_is_asked_about(house):
    with StandIn() as model:
        client = _start(house, model).client
        rows = [{"text": FLAT.format(n), "source_id": f"s-{n}"} for n in range(30)]
        _post(client, rows, path="/v1/feedback:batch")
        same(_calls(model), 30, "calls for what is new")
        rows += [{"text": FLAT.format(n), "source_id": f"s-{n}"} for n in range(30, 33)]
        rows += [{"text": FLAT.format(99), "source_id": "s-32"}, {"text": FLAT.format(98)}]
        answer = _post(client, rows, path="/v1/feedback:batch")
        results = answer.json["results"]
        same([one["status"] for one in results], [200] * 30 + [201] * 3 + [200, 201],
             "the statuses")
        same(results[33]["feedback"]["id"], results[32]["feedback"]["id"],
             "one that comes twice in a batch")
        same(_calls(model), 34, "calls in all")


def a_file_that_is_imported_again_is_not_asked_about_again(house):
    with StandIn() as model:
        server = _start(house, model, SYNC_BUDGET_MS="20000")
        path = server.path("reviews.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("text\n" + "".join(f'"{FLAT.format(n)}"\n' for n in range(20)))
        for counts in ((20, 0), (0, 20)):
            done = subprocess.run([BINARY[0], "import", "--json", path], capture_output=True,
                                  cwd=server.folder, check=True, timeout=60,
                                  env={"PATH": os.environ["PATH"], **server.settings})
            report = json.loads(done.stdout)
            same((report["imported"], report["already_there"]), counts, "the report")
        same(_calls(model), 20, "calls")


def what_is_analysed_later_is_asked_about_once(house):
    with StandIn() as model:
        server = _start(house, model)
        for headers, key, source_id in ((LATER, "k-1", None), (LATER, None, "s-1")):
            body = {"text": FLAT.format(key), **({"source_id": source_id} if source_id else {})}
            calls = _calls(model)
            first = _post(server.client, body, headers, key=key).json["id"]
            _post(server.client, body, headers, key=key)
            wait_until(lambda first=first: server.client.get(f"/v1/feedback/{first}").json
                        ["status"] == "completed")
            same(_post(server.client, body, headers, key=key).json["id"], first, "the feedback")
            wait_until(lambda: server.rows("SELECT COUNT(*) FROM queue_jobs")[0][0] == 0)
            same(_calls(model), calls + 1, "calls")


def a_repeat_does_not_hurry_the_upgrade_that_is_owed(house):
    with StandIn() as model:
        server = _start(house, model)
        model.behave(delay_ms=2000)
        body = {"text": FLAT.format(1), "source_id": "s-1"}
        first = _post(server.client, body, {"Prefer": "wait=0.1"}).json
        again = _post(server.client, body, {"Prefer": "wait=0.1"})
        same((again.status, again.json["processing_method"]), (200, "ml_fallback"), "meanwhile")
        wait_until(lambda: server.client.get(f"/v1/feedback/{first['id']}").json
                    ["processing_method"] == "ai")
        wait_until(lambda: server.rows("SELECT COUNT(*) FROM queue_jobs")[0][0] == 0)
        same(_calls(model), 1, "calls")


def of_twins_that_are_asked_about_at_once_one_is_stored(house):
    with StandIn() as model:
        server = _start(house, model)
        model.behave(delay_ms=500)
        answers = []
        twins = [threading.Thread(target=lambda number=number: answers.append(
            _post(Client(server), {"text": FLAT.format(number), "source_id": "twin"})))
                 for number in range(4)]
        for twin in twins:
            twin.start()
        for twin in twins:
            twin.join()
        same(sorted(answer.status for answer in answers), [200, 200, 200, 201], "the statuses")
        same(len({answer.json["id"] for answer in answers}), 1, "feedback")
        same(server.client.get("/v1/feedback:count").json["count"], 1, "the count")


def a_document_that_is_sent_again_is_not_written_again(house):
    server = house.start()
    body = {"text": FLAT.format(1), "source_id": "doc"}
    first = _post(server.client, body, path="/v1/analyze/async", key="doc")
    wait_until(lambda: server.client.get(f"/v1/status/{first.json['job_id']}").json["status"]
                == "COMPLETED")
    folder = server.path("hark.db.blobs/documents")
    before = os.stat(folder).st_mtime_ns, os.listdir(folder)
    again = _post(server.client, body, path="/v1/analyze/async", key="doc")
    same((again.status, again.body), (202, first.body), "the answer")
    same((os.stat(folder).st_mtime_ns, os.listdir(folder)), before, "the folder of documents")
