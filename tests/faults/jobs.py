"""What becomes of jobs when the process that does them is killed, stopped for longer than its
leases, or told to end: each is done once, with one effect."""

import json
import random
import signal
import time

from harness import same

MANY = 300
KILLS = 6
LONG = "The app is nice and I use it every day. " * 7500
LONGEST = LONG * 3


def _put_feedback(server, count=MANY):
    """One commit; what was promised, as {feedback: job}."""
    rows = [{"text": f"Thing {number} works well, thank you very much.", "source": "jobs",
             "source_id": str(number)} for number in range(count)]
    answer = server.client.request("POST", "/v1/feedback:batch", rows, {"Prefer": "respond-async"})
    assert answer.status in (200, 202) and not answer.json["errors"], answer
    return {result["feedback"]["id"]: result["feedback"]["job_id"]
            for result in answer.json["results"]}


def _put_documents(server, count, text=LONG):
    jobs = []
    for _ in range(count):
        answer = server.client.post("/v1/analyze/async", {"text": text})
        same(answer.status, 202, f"the answer {answer}")
        jobs.append(answer.json["job_id"])
    return jobs


def _done(server):
    return server.rows("SELECT COUNT(*) FROM jobs WHERE status = 'COMPLETED'")[0][0]


def _wait_until_done(server, wanted, limit_s=200):
    deadline = time.monotonic() + limit_s
    while _done(server) < wanted:
        assert time.monotonic() < deadline, \
            f"{_done(server)} of {wanted} are done; {server.rows('SELECT * FROM queue_jobs LIMIT 3')}"
        time.sleep(0.005)


def _each_was_done_once(server, feedback, documents=()):
    """Every promise is kept, by one analysis, with one event of each sort."""
    same(server.rows("SELECT COUNT(*) FROM dead_letters")[0][0], 0, "dead letters")
    same(server.rows("SELECT COUNT(*) FROM queue_jobs WHERE kind <> 'sweep'")[0][0], 0, "jobs")
    same(dict(server.rows("SELECT id, status FROM jobs")),
         {job: "COMPLETED" for job in [*feedback.values(), *documents]}, "the records")
    same(dict(server.rows("SELECT feedback_id, COUNT(*) FROM analyses GROUP BY feedback_id")),
         {item: 1 for item in feedback}, "analyses")
    for kind, wanted in (("feedback.created", MANY), ("feedback.analyzed", MANY),
                         ("job.completed", MANY + len(documents))):
        subjects = [json.loads(data).get("job_id") or subject for subject, data in server.rows(
            "SELECT subject, data FROM events WHERE type = ?", kind)]
        same((len(subjects), len(set(subjects))), (wanted, wanted), f"events {kind}")
    same(server.client.post("/v1/maintenance:check", {}).json["rollups_wrong"], 0, "rollups")


def kill_9_with_300_jobs_waiting_loses_and_repeats_none(house):
    """The documents come first, and one at a time: so those behind them wait when it is killed."""
    chance = random.Random(300)
    settings = {"HARK_WORK_CONCURRENCY": "1"}
    server = house.start(settings=settings)
    server.own_folder = False
    documents = _put_documents(server, 4, LONGEST)
    feedback = _put_feedback(server)
    promised = MANY + len(documents)
    waiting = []
    for _ in range(KILLS):
        _wait_until_done(server, min(_done(server) + 3, promised))
        time.sleep(chance.uniform(0, 0.01))
        server.kill()
        waiting.append(promised - _done(server))
        server = house.start(folder=server.folder, settings=settings)
    assert waiting[0] > 0, f"none waited: {waiting}"
    _wait_until_done(server, promised)
    _each_was_done_once(server, feedback, documents)
    house.own = [server]
    server.own_folder = True
    print(f"    jobs that waited at each of {KILLS} kills: {waiting}", flush=True)


def a_worker_stopped_past_its_leases_does_nothing_twice(house):
    server = house.start(settings={"HARK_QUEUE_VISIBILITY_SECONDS": "1",
                                   "HARK_WORK_CONCURRENCY": "4"})
    documents = _put_documents(server, 3)
    feedback = _put_feedback(server)
    for wanted in (20, 120):
        _wait_until_done(server, wanted)
        server.signal(signal.SIGSTOP)
        time.sleep(2.2)
        server.signal(signal.SIGCONT)
    _wait_until_done(server, MANY + len(documents))
    _each_was_done_once(server, feedback, documents)


def sigterm_lets_jobs_finish_and_gives_the_others_back(house):
    server = house.start(settings={"HARK_WORK_CONCURRENCY": "4", "HARK_HTTP_DRAIN_MS": "50"})
    server.own_folder = False
    documents = _put_documents(server, 6)
    feedback = _put_feedback(server)
    _wait_until_done(server, 2)
    server.signal(signal.SIGTERM)
    same(server.process.wait(20), 0, "the exit code")
    left = server.rows("SELECT kind, state, attempts, history FROM queue_jobs")
    assert len(left) > 3, f"{len(left)} were left: there was no load"
    same({(state, attempts, history or "") for _, state, attempts, history in left},
         {("ready", 0, "")}, "what is left in the queue")
    same(_done(server) + len(left), MANY + len(documents), "done and left")
    server = house.start(folder=server.folder)
    _wait_until_done(server, MANY + len(documents))
    _each_was_done_once(server, feedback, documents)
    house.own = [server]
    server.own_folder = True


def jobs_have_room_beside_however_few_requests(house):
    server = house.start(settings={"HARK_HTTP_MAX_FIBERS": "1", "HARK_HTTP_THREADS": "1"})
    feedback = _put_feedback(server)
    _wait_until_done(server, MANY)
    _each_was_done_once(server, feedback)
