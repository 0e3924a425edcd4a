"""Past events go to a webhook again; and what a webhook that is not there does to the queue."""

import http.server
import json
import socket
import threading

from harness import same, wait_until

SETTINGS = {"HARK_OUTBOUND_ALLOW": "127.0.0.0/8", "HARK_OUTBOUND_ALLOW_HTTP": "true",
            "HARK_OUTBOUND_PORTS": "1-65535"}
TEXT = "I love this product, it works great every day!"


class _Receiver:
    """Somebody who is told: the id and body of each message."""

    def __init__(self):
        self.heard = heard = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.append((self.headers["webhook-id"], json.loads(body)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/told"

    def ids(self):
        return sorted(id for id, _ in self.heard)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def _webhook(house, url, types="feedback.created"):
    answer = house.client.post("/v1/webhooks", {"url": url, "types": types})
    same(answer.status, 201, "the webhook")
    return answer.json["id"]


def _newest_seq(house):
    return house.server.rows("SELECT COALESCE(MAX(seq), 0) FROM events")[0][0]


def _replay(house, webhook, **body):
    answer = house.client.post("/v1/events:replay", {"target": {"webhook": webhook}, **body})
    same(answer.status, 200, f"the replay: {answer}")
    return answer.json


def past_events_are_sent_once_however_often_they_are_replayed(house):
    after = _newest_seq(house)
    for _ in range(3):
        house.client.add(TEXT)
    with _Receiver() as receiver:
        webhook = _webhook(house, receiver.url)
        same(_replay(house, webhook, after=_newest_seq(house)),
             {"events": 0, "put": 0, "left": 0}, "what is after all")
        same(_replay(house, webhook, after=after), {"events": 3, "put": 3, "left": 0}, "the first")
        wait_until(lambda: len(receiver.heard) == 3)
        same({body["type"] for _, body in receiver.heard}, {"feedback.created"}, "the types")
        ids = receiver.ids()
        same(len(set(ids)), 3, "the number of ids")
        wait_until(lambda: _replay(house, webhook, after=after)["left"] == 3)
        same(receiver.ids(), ids, "after the second")
        same(_replay(house, webhook, after=after, again=True),
             {"events": 3, "put": 3, "left": 0}, "again")
        wait_until(lambda: len(receiver.heard) == 6)
        same(receiver.ids(), sorted(ids * 2), "what was sent again keeps its id")
        same(house.client.delete(f"/v1/webhooks/{webhook}").status, 204, "the end of the webhook")


def a_range_of_time_is_replayed(house):
    house.client.add(TEXT)
    with _Receiver() as receiver:
        webhook = _webhook(house, receiver.url)
        same(_replay(house, webhook, since="2100-01-01T00:00:00Z")["events"], 0, "the future")
        same(_replay(house, webhook, since="2000-01-01", until="2001-01-01")["events"], 0, "the past")
        events = _replay(house, webhook, since="2000-01-01", until="2100-01-01")
        assert events["events"] >= 1 and events["put"] == events["events"], events
        wait_until(lambda: len(receiver.heard) == events["put"])
        house.client.delete(f"/v1/webhooks/{webhook}")


def a_replay_says_from_where_and_to_whom(house):
    post = house.client.post
    for body, field in (({"target": {"webhook": 1}}, "since"), ({"after": 0}, "target"),
                        ({"after": -1, "target": {"webhook": 1}}, "after"),
                        ({"after": 0, "target": {"webhook": 0}}, "target/webhook"),
                        ({"after": 0, "target": {}}, "target/webhook"),
                        ({"since": "soon", "target": {"webhook": 1}}, "since"),
                        ({"after": 0, "types": "*", "target": {"webhook": 1}}, "types"),
                        ({"since": "2026-02-01", "until": "2026-01-01", "target": {"webhook": 1}},
                         "until")):
        answer = post("/v1/events:replay", body)
        same((answer.status, answer.json["error"]["field"]), (422, field), str(body))
    same(post("/v1/events:replay", {"after": 0, "target": {"webhook": 999}}).status, 404, "to nobody")


def a_replay_is_audited(house):
    with _Receiver() as receiver:
        webhook = _webhook(house, receiver.url)
        events = _replay(house, webhook, after=_newest_seq(house))
        rows = house.server.rows("SELECT actor, detail FROM audit_log WHERE action = 'events.replayed'"
                                 " AND subject = ?", f"webhook {webhook}")
        same([(actor, json.loads(detail)) for actor, detail in rows],
             [("API_KEY", {"events": events["events"], "put": 0, "again": False})], "the audit log")
        house.client.delete(f"/v1/webhooks/{webhook}")


def a_job_that_failed_waits_for_its_next_attempt(house):
    with socket.socket() as unused:  # bound, but nobody listens
        unused.bind(("127.0.0.1", 0))
        webhook = _webhook(house, f"http://127.0.0.1:{unused.getsockname()[1]}/")
        house.client.add(TEXT)

        def delayed():
            return house.client.get("/v1/queue/jobs?kind=deliver_webhook&state=delayed").json["data"]
        wait_until(lambda: len(delayed()) == 1)
        job = house.client.get("/v1/queue/jobs/" + delayed()[0]["id"]).json
        assert job["attempts"] >= 1 and job["run_at"] > job["created_at"], job
        kind = next(row for row in house.client.get("/v1/queue").json["kinds"]
                    if row["kind"] == "deliver_webhook")
        same(kind["delayed"], 1, "the delayed ones")
        same(house.client.post("/v1/queue:purge", {"confirm": True, "kind": "deliver_webhook"}
                               ).json["count"], 1, "what is purged")
        same(delayed(), [], "after the purge")
        house.client.delete(f"/v1/webhooks/{webhook}")
