"""kill -9 at any moment under load: nothing acknowledged is lost, nothing is there twice.

Four clients add, correct and remove feedback, and keep what was acknowledged. A request whose
answer never came is sent again after the restart, until it is answered. After each restart all
that the last round changed is read back; at the end, everything."""

import http.client
import json
import os
import random
import socket
import threading
import time

from harness import KEY, same

KILLS = int(os.environ.get("KILLS", "110"))
WORKERS = 4
LABELS = {"sentiment": ("positive", "negative", "neutral", "mixed"),
          "severity": ("critical", "high", "medium", "low")}


class Unanswered(Exception):
    """The server went away before its answer was whole."""


class Worker(threading.Thread):
    """Sends while `gate` is open; remembers what was acknowledged, and what it does not know."""

    def __init__(self, number, port, gate):
        super().__init__(daemon=True)
        self.number = number
        self.port = port
        self.gate = gate
        self.chance = random.Random(number)
        self.made = 0
        self.alive = {}       # id: its text and the labels it was given last
        self.removed = set()
        self.touched = set()  # ids that changed since the last look
        self.pending = None   # a request whose answer never came
        self.failure = None
        self.is_over = False
        self.is_idle = threading.Event()
        self.connection = None

    def run(self):
        try:
            while not self.is_over:
                if not self.gate.is_set():
                    self.is_idle.set()
                    self.gate.wait(0.05)
                    continue
                self.is_idle.clear()
                self.step()
        except Exception as error:  # told by the test's own thread
            self.failure = error
        self.is_idle.set()

    def step(self):
        if self.pending is None:
            self.pending = self.choose()
        method, path, body, headers, note = self.pending
        try:
            status, answer = self.send(method, path, body, headers)
        except Unanswered:
            self.connection = None
            time.sleep(0.005)
            return
        note(status, answer)
        self.pending = None

    def send(self, method, path, body, headers):
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            self.connection.request(method, path, body, {
                "X-API-Key": KEY, "Content-Type": "application/json", **headers})
            response = self.connection.getresponse()
            text = response.read()
        except (http.client.HTTPException, OSError) as error:
            raise Unanswered() from error
        return response.status, json.loads(text) if text else None

    def choose(self):
        kind = self.chance.random()
        if kind < 0.15 and len(self.alive) > 20:
            return self.correction(self.chance.choice(list(self.alive)))
        if kind < 0.25 and len(self.alive) > 20:
            return self.removal(self.chance.choice(list(self.alive)))
        if kind < 0.40:
            rows = [self.feedback() for _ in range(5)]
            return ("POST", "/v1/feedback:batch", json.dumps(rows), {},
                    lambda status, answer: self.note_batch(status, answer, rows))
        row = self.feedback()
        if kind < 0.70:
            return ("POST", "/v1/feedback", json.dumps(row), {},
                    lambda status, answer: self.note_one(status, answer, row))
        del row["source_id"]  # its Idempotency-Key alone keeps it from being there twice
        return ("POST", "/v1/feedback", json.dumps(row),
                {"Idempotency-Key": f"key-{self.number}-{self.made}"},
                lambda status, answer: self.note_one(status, answer, row))

    def feedback(self):
        self.made += 1
        return {"text": f"Worker {self.number} says thing {self.made} works well, thank you.",
                "source": "kill", "source_id": f"{self.number}-{self.made}"}

    def note_one(self, status, answer, row):
        assert status in (200, 201), f"POST answered {status}: {answer}"
        same(answer["text"], row["text"], "the text answered")
        self.alive[answer["id"]] = {"text": row["text"]}
        self.touched.add(answer["id"])

    def note_batch(self, status, answer, rows):
        assert status == 200 and not answer["errors"], f"batch answered {status}: {answer}"
        for result, row in zip(answer["results"], rows):
            self.note_one(result["status"], result["feedback"], row)

    def correction(self, one):
        labels = {name: self.chance.choice(values) for name, values in LABELS.items()}

        def note(status, answer):
            same(status, 200, f"PATCH {one}")
            self.alive[one].update(labels)
            self.touched.add(one)

        return "PATCH", f"/v1/feedback/{one}", json.dumps(labels), {}, note

    def removal(self, one):
        def note(status, answer):
            assert status in (204, 404), f"DELETE {one} answered {status}"
            del self.alive[one]
            self.removed.add(one)
            self.touched.add(one)

        return "DELETE", f"/v1/feedback/{one}", None, {}, note

    def unsure_of(self):
        """The id that the pending request may or may not have changed."""
        return int(self.pending[1].rsplit("/", 1)[1]) if self.pending is not None and \
            self.pending[0] in ("PATCH", "DELETE") else None


def _check_touched(server, worker):
    for one in worker.touched - {worker.unsure_of()}:
        answer = server.client._send("GET", f"/v1/feedback/{one}", None, {"X-API-Key": KEY})
        if one in worker.removed:
            same(answer.status, 404, f"removed feedback {one}")
            continue
        assert answer.status == 200, f"acknowledged feedback {one} is lost: {answer}"
        item = answer.json
        wanted = worker.alive[one]
        same({name: item[name] for name in wanted}, wanted, f"feedback {one}")
    worker.touched = {worker.unsure_of()} & worker.touched


def _check_everything(server, workers):
    wanted = {one: what for worker in workers for one, what in worker.alive.items()}
    items = server.client.all()
    same(len({item["text"] for item in items}), len(items), "the number of different texts")
    found = {item["id"]: item for item in items}
    same(set(found), set(wanted), "the ids that are there")
    for one, what in wanted.items():
        same({name: found[one][name] for name in what}, what, f"feedback {one}")
    check = server.client.post("/v1/maintenance:check", None).json
    same((check["database"], check["rollups_wrong"], check["audit_broken_at"]), ("ok", 0, None),
         "maintenance")
    same(server.client.get("/v1/dashboard/stats").json["total"], len(items), "the dashboard")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _settle(gate, workers, is_open):
    if is_open:
        gate.set()
        return
    gate.clear()
    for worker in workers:
        assert worker.is_idle.wait(30), "a client hangs"
        if worker.failure is not None:
            raise worker.failure


def nothing_acknowledged_is_lost_to_kill_9_and_nothing_is_there_twice(house):
    chance = random.Random(9)
    port, gate = _free_port(), threading.Event()
    server = house.start(port=port)
    server.own_folder = False
    workers = [Worker(number, port, gate) for number in range(WORKERS)]
    for worker in workers:
        worker.start()
    for kill in range(KILLS):
        _settle(gate, workers, True)
        if kill % 10 == 9:  # in the middle of a start, too
            server.kill()
            server = house.start(folder=server.folder, port=port, wait=False)
            time.sleep(chance.uniform(0, 0.03))
        else:
            time.sleep(chance.uniform(0.005, 0.25))
        server.kill()
        _settle(gate, workers, False)
        server = house.start(folder=server.folder, port=port)
        for worker in workers:
            _check_touched(server, worker)
    _settle(gate, workers, True)
    time.sleep(0.3)
    _settle(gate, workers, False)
    for worker in workers:
        worker.is_over = True
        while worker.pending is not None:  # whatever was left unanswered
            worker.step()
        _check_touched(server, worker)
    _check_everything(server, workers)
    house.own = [server]
    server.own_folder = True
    made = sum(worker.made for worker in workers)
    print(f"    {KILLS} kills, {made} feedback sent, "
          f"{sum(len(worker.removed) for worker in workers)} removed", flush=True)
