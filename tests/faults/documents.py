"""A server that ends while a language model reads a document: killed, or asked to stop. The document
is completed once, whoever asked is told once, and what was answered is not paid for again."""

import signal

from harness import same, wait_until
from receiver import ALLOW, Receiver
from stand_in import StandIn

PARTS = 20
AT_ONCE = 8
DOCUMENT = " ".join(
    f"Number {number}: The parcel came on the day that the letter before it had named, in a box and all"
    " that came with it was there as well, as it said on the paper beside it." for number in
    range(PARTS))


def _start(house, settings, folder=None):
    server = house.start(folder=folder, settings=settings)
    answer = server.client.put("/v1/configurations/text.most_characters", {"value": 200})
    same(answer.status, 200, "the length of a part")
    return server


def _send(server, receiver):
    answer = server.client.post("/v1/analyze/async",
                                {"text": DOCUMENT, "callback_url": receiver.url("/done")})
    same(answer.status, 202, f"the answer {answer}")
    return answer.json["job_id"]


def _is_completed_once(server, receiver, job_id):
    def status():
        return server.client.get(f"/v1/status/{job_id}").json
    wait_until(lambda: status()["status"] in ("COMPLETED", "FAILED"), why="it does not end")
    same(status()["status"], "COMPLETED", "the end")
    event, = receiver.wait_for("/done", 1)
    same((event.json["type"], event.json["data"]["job_id"]), ("job.completed", job_id), "the call")
    same(server.rows("SELECT COUNT(*) FROM events WHERE type LIKE 'job.%'"), [(1,)], "events")
    same(server.rows("SELECT COUNT(*) FROM queue_jobs WHERE kind = 'analyze'"), [(0,)], "jobs")
    wait_until(lambda: server.rows("SELECT status FROM deliveries") == [("delivered",)],
               why="no delivery")
    return status()["result"]


def _keys_by_question(model):
    keys = {}
    for request in model.requests():
        keys.setdefault(request["idempotency_key"], []).append(request)
    return keys


def kill_9_while_a_document_is_read_completes_it_once(house):
    with StandIn() as model, Receiver() as receiver:
        settings = model.settings(**ALLOW, HARK_CACHE_PERSIST="true")
        server = _start(house, settings)
        model.behave(delay_ms=200)
        job_id = _send(server, receiver)
        wait_until(lambda: server.rows("SELECT COUNT(*) FROM cache")[0][0] > 0,
                   why="nothing is answered")
        server.own_folder = False
        server.kill()
        server.is_over = True
        model.behave()
        again = house.start(folder=server.folder, settings=settings)
        again.own_folder = True
        result = _is_completed_once(again, receiver, job_id)
        methods = result["parts_by_method"]
        same((methods["ai"] + methods["cache"], methods["ml_fallback"]), (PARTS, 0), "who read it")
        assert methods["cache"] >= 1, f"what was answered before the kill is asked again: {methods}"
        keys = _keys_by_question(model)
        same(len(keys), PARTS, "each question keeps its key over the crash")
        assert len(model.requests()) <= PARTS + 2 * AT_ONCE, "too much was asked again"
        report = again.client.get("/v1/usage").json["total"]
        assert report["lost"] > 0, f"what was held when it died is not lost: {report}"
        billed = sum(one["input_tokens"] * 100 + one["output_tokens"] * 500
                     for one in model.requests())
        assert report["cost"] * 1e9 >= billed - 0.5 > 0, f"a call was forgotten: {report}, {billed}"


def sigterm_gives_the_document_back_and_it_is_completed_once(house):
    with StandIn() as model, Receiver() as receiver:
        settings = model.settings(**ALLOW, HARK_CACHE_PERSIST="true", HARK_HTTP_DRAIN_MS="50",
                                  AI_TIMEOUT_MS="60000")
        server = _start(house, settings)
        model.behave(delay_ms=50000)
        job_id = _send(server, receiver)
        wait_until(lambda: model.state()["in_flight"] == AT_ONCE, why="nobody is asked")
        server.own_folder = False
        server.signal(signal.SIGTERM)
        same(server.process.wait(40), 0, "the exit code")
        same(server.rows("SELECT state, attempts FROM queue_jobs WHERE kind = 'analyze'"),
             [("ready", 0)], "the job")
        same(receiver.at("/done"), [], "who was told")
        model.behave()
        again = house.start(folder=server.folder, settings=settings)
        result = _is_completed_once(again, receiver, job_id)
        same(result["parts_by_method"]["ai"], PARTS, "who read it")
        house.own = [again]
        again.own_folder = True
