"""The log of events: as a list, as Server-Sent Events, over a WebSocket."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

from harness import KEY, Client, same, with_second_tenant
from live import Sse

CRASH = "The app crashes on every login, this is terrible and I am furious!"
PRAISE = "I love this wonderful app, it is great and works perfectly."
HERE = os.path.dirname(os.path.abspath(__file__))


def _list(client, query=""):
    """Every event of a list, page by page."""
    items, after = [], ""
    while True:
        page = client.get(f"/v1/events?limit=1000{query}{after}")
        same(page.status, 200, query)
        items += page.json["data"]
        if "next_cursor" not in page.json:
            return items
        after = "&after=" + page.json["next_cursor"]


def _post_many(server, count, each=20):
    """As batches on a few connections at once."""
    def post(client, batches):
        for _ in range(batches):
            rows = [{"text": random.choice((CRASH, PRAISE))} for _ in range(each)]
            same(client.post("/v1/feedback:batch", rows).status, 200, "a batch")
    threads = [threading.Thread(target=post, args=(Client(server), count // each // 4))
               for _ in range(4)]
    for thread in threads:
        thread.start()
    return threads


def an_event_is_a_cloud_event(house):
    item = house.client.add(CRASH, source="mail")
    created, analyzed, opened = _list(house.client)[-3:]
    same([e["type"] for e in (created, analyzed, opened)],
         ["feedback.created", "feedback.analyzed", "alert.opened"], "the types")
    same(created["specversion"], "1.0", "specversion")
    same(created["subject"], str(item["id"]), "the subject")
    same(created["data"], {"id": item["id"], "source": "mail", "sentiment": item["sentiment"],
                           "topic": item["topic"], "severity": item["severity"]}, "the data")
    assert CRASH not in json.dumps([created, analyzed, opened]), "a text is in an event"


def a_list_goes_on_where_it_ended(house):
    for _ in range(4):
        house.client.add(PRAISE)
    everything = _list(house.client)
    seqs, target = [], "/v1/events?limit=3&types=feedback.*"
    while target:
        answer = house.client.get(target)
        seqs += [event["seq"] for event in answer.json["data"]]
        link = answer.headers.get("link")
        target = link[1:link.index(">")] if link else None
    same(seqs, [e["seq"] for e in everything if e["type"].startswith("feedback.")], "the pages")
    last = everything[-1]["seq"]
    same(house.client.get(f"/v1/events?after={last}").json, {"data": []}, "after the last")


def what_does_not_fit_is_left_out(house):
    house.client.add(CRASH, source="mail")
    house.client.add(PRAISE, source="web")
    everything = _list(house.client)
    for query, fits in (
            ("&types=alert.opened", lambda e: e["type"] == "alert.opened"),
            ("&types=alert.*,feedback.analyzed",
             lambda e: e["type"] in ("alert.opened", "alert.unmade", "feedback.analyzed")),
            ("&sentiment=positive", lambda e: e["data"].get("sentiment") == "positive"),
            ("&sentiment=negative,mixed&severity=high,critical",
             lambda e: e["data"].get("sentiment") in ("negative", "mixed")
             and e["data"].get("severity") in ("high", "critical")),
            ("&source=web", lambda e: e["data"].get("source") == "web"),
            ('&filter={"source":["web","mail"]}&sentiment=negative',
             lambda e: e["data"].get("source") in ("web", "mail")
             and e["data"].get("sentiment") == "negative")):
        query = query.replace('"', "%22")
        found = [e["seq"] for e in _list(house.client, query)]
        same(found, [e["seq"] for e in everything if fits(e)], query)
        assert found, f"{query} found nothing"


def bad_queries_name_the_parameter_and_the_rule(house):
    for query, field in (("types=feedback.creted", "types"), ("types=", "types"),
                         ("severity=urgent", "severity"), ("sentiment=negative,", "sentiment"),
                         ("filter=7", "filter"), ("filter=%7B%22a%22:%7B%7D%7D", "filter"),
                         ("filter=%7B%22topic%22:%22bug%22%7D&topic=bug", "topic"),
                         ("after=-1", "after"), ("limit=1001", "limit"), ("since=1", "since")):
        answer = house.client.get("/v1/events?" + query)
        same((answer.status, answer.json["error"].get("field")), (422, field), query)
    for query, last, field in (("?limit=3", None, "limit"), ("?after=999999999", None, "after"),
                               ("", "x", "Last-Event-ID"), ("", 999999999, "after")):
        stream = Sse(house.server, query, last=last)
        same(stream.status, 422, query)
        stream.close()
    stream = Sse(house.server, key="wrong")
    same(stream.status, 401, "a wrong key")
    stream.close()


def what_happens_is_told_as_it_happens(house):
    server = house.server
    stream = Sse(server)
    same((stream.status, stream.headers["content-type"]), (200, "text/event-stream"), "the head")
    same(stream.headers["cache-control"], "no-store", "the head")
    assert stream.next() is None and stream.retry == 2000 and stream.id is not None, "the start"
    item = server.client.add(CRASH)
    events = stream.take(3)
    same([e.name for e in events], ["feedback.created", "feedback.analyzed", "alert.opened"],
         "the events")
    same([e.json for e in events], _list(server.client)[-3:], "what is sent and what is listed")
    same([e.seq for e in events], [e.json["seq"] for e in events], "the ids")
    same(events[0].json["data"]["id"], item["id"], "the feedback")
    stream.close()


def an_old_client_and_a_head_are_served_too(house):
    stream = Sse(house.server, version="1.0")
    assert stream.status == 200 and not stream.is_chunked, stream.headers
    house.client.add(PRAISE)
    same([e.name for e in stream.take(2)], ["feedback.created", "feedback.analyzed"], "the events")
    stream.close()
    text = house.server.raw(f"HEAD /v1/events HTTP/1.1\r\nHost: a\r\nX-API-Key: {KEY}\r\n"
                            "Accept: text/event-stream\r\n\r\n".encode())
    assert text.startswith(b"HTTP/1.1 200 ") and text.endswith(b"close\r\n\r\n"), text


def who_comes_back_loses_and_repeats_nothing(house):
    server = house.start()
    found, stream, cuts = [], Sse(server, "?after=0"), 0
    threads = _post_many(server, 2000)
    while len(found) < 4000:
        event = stream.next()
        if event and event.name in ("feedback.created", "feedback.analyzed"):
            found.append(event.seq)
        if random.random() < 0.02:
            cuts += 1
            last = stream.id
            stream.close()
            stream = Sse(server, "?after=0", last=last)
    for thread in threads:
        thread.join()
    stream.close()
    events = _list(server.client)
    same(found, [e["seq"] for e in events if e["type"].startswith("feedback.")], "what came")
    same(len(found), 4000, "how many came")
    assert cuts > 20, f"it was cut off {cuts} times only"


def no_tenant_sees_what_happens_to_another(house):
    server, second = with_second_tenant(house, house.start())
    mine, theirs = Sse(server, "?after=0"), Sse(server, "?after=0", key=second.key)
    server.client.add(PRAISE)
    other = second.add(CRASH)
    server.client.add(PRAISE)
    same({e.json["data"]["source"] for e in mine.take(4)}, {"api"}, "mine")
    events = theirs.take(3)
    same([e.json["subject"] for e in events[:2]], [str(other["id"])] * 2, "theirs")
    same([len(_list(server.client)), len(_list(second))], [4, 3], "the lists")
    mine.close(), theirs.close()


def a_quiet_stream_says_that_all_is_well(house):
    server = house.start(settings={"HARK_EVENTS_HEARTBEAT_MS": "50",
                                   "HARK_HTTP_IDLE_TIMEOUT_MS": "100",
                                   "HARK_HTTP_HEADER_TIMEOUT_MS": "100"})
    stream = Sse(server, "?types=alert.opened")
    server.client.add(PRAISE)
    newest = _list(server.client)[-1]["seq"]
    while stream.comments < 5 or stream.id < newest:
        assert stream.next() is None and not stream.is_over, "it is not quiet"
    same(stream.id, newest, "the id, which passes over what did not fit")
    server.client.add(CRASH)
    event = stream.take(1)[0]
    same(event.name, "alert.opened", "what came in the end")
    stream.close()


def a_key_that_is_taken_back_ends_its_streams(house):
    server = house.start(settings={"HARK_EVENTS_HEARTBEAT_MS": "50"})
    made = server.client.post("/v1/keys", {"name": "reader", "scopes": "feedback:read"}).json
    stream, other = Sse(server, key=made["key"]), Sse(server)
    talk = _Talk(_node(house), server, key=made["key"])
    talk.next("open")
    for one in (stream, other):
        while one.comments < 3:
            one.next()
    same(server.client.delete(f"/v1/keys/{made['id']}").status, 204, "the end of the key")
    while not stream.is_over:
        stream.next()
    assert stream.ended_well, "it was cut in the middle"
    line = {"kind": "ping"}
    while line["kind"] == "ping":
        line = json.loads(talk.process.stdout.readline())
    same((line["kind"], line["code"]), ("close", 1008), "the end of the WebSocket")
    server.client.add(PRAISE)
    same(other.take(1)[0].name, "feedback.created", "what another key reads on")
    stream.close(), other.close()


def what_retention_took_is_told(house):
    server = house.start()
    for _ in range(5):
        server.client.add(PRAISE)
    server.own_folder = False
    server.stop()
    with sqlite3.connect(server.path("hark.db")) as database:
        database.execute("DELETE FROM events WHERE seq <= 6")
    server = house.start(folder=server.folder)
    server.own_folder = True
    stream = Sse(server, last=2)
    gone, first = stream.take(2)
    same((gone.name, gone.json), ("gone", {"gone": {"after": 2, "before": 7}}), "what is gone")
    same(first.seq, 7, "what comes then")
    stream.close()
    stream = Sse(server, "?after=0")
    same(stream.take(1)[0].seq, 7, "the oldest, for who asked for no more")
    stream.close()


def who_does_not_read_is_cut_off(house):
    server = house.start(settings={"HARK_EVENTS_PATIENCE_MS": "1000"})
    slow, quick = Sse(server, receive_buffer=4096), Sse(server, "?types=feedback.created")
    threads = _post_many(server, 4000, each=100)
    same(len(quick.take(4000)), 4000, "what the quick one saw")
    for thread in threads:
        thread.join()
    deadline = time.monotonic() + 60  # the kernel takes some megabytes for who does not read
    while server.metrics()["event_readers_cut_total"] < 1 and time.monotonic() < deadline:
        for thread in _post_many(server, 500, each=100):
            thread.join()
    same(server.metrics()["event_readers_cut_total"], 1, "the readers cut off")
    same(server.metrics()["event_readers"], 1, "the readers left")
    slow.close(), quick.close()


def places_for_readers_are_limited(house):
    server, second = with_second_tenant(house, house.start(settings={
        "HARK_EVENTS_MAX_READERS": "3", "HARK_EVENTS_MAX_READERS_PER_TENANT": "2"}))
    server.own_folder = False
    server.stop()
    server = house.start(folder=server.folder, settings={
        "HARK_EVENTS_MAX_READERS": "3", "HARK_EVENTS_MAX_READERS_PER_TENANT": "2"})
    server.own_folder = True
    streams = [Sse(server), Sse(server), Sse(server), Sse(server, key=second.key),
               Sse(server, key=second.key)]
    same([stream.status for stream in streams], [200, 200, 503, 200, 503], "the statuses")
    assert int(streams[2].headers["retry-after"]) > 0, "no Retry-After"
    streams[0].close()
    deadline = time.monotonic() + 5
    again = Sse(server)
    while again.status != 200 and time.monotonic() < deadline:
        again.close()
        again = Sse(server)
    same(again.status, 200, "the place that became free")
    same(server.client.get("/v1/events").status, 200, "a list, which takes no place")
    for stream in streams + [again]:
        stream.close()
    server.expected_errors.add("request_failed")


def a_server_that_stops_ends_its_streams_at_once(house):
    server = house.start(settings={"HARK_HTTP_DRAIN_MS": "15000"})
    streams = [Sse(server) for _ in range(20)]
    server.client.connection.close()
    began = time.monotonic()
    server.signal(signal.SIGTERM)
    for stream in streams:
        while not stream.is_over:
            stream.next()
        assert stream.ended_well, "a stream was cut in the middle"
        stream.close()
    server.process.wait(20)
    assert time.monotonic() - began < 10, "it waited for its readers"


def secrets_do_not_end_in_the_log(house):
    server = house.start(settings={"HARK_LOG_LEVEL": "debug"})
    secret = "hark_live_" + "S" * 32
    for target in (f"/v1/events?key={secret}", f"/v1/events?types={secret}"):
        server.client.get(target)
    socket_text = (f"GET /v1/events HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                   f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                   f"Sec-WebSocket-Protocol: hark.events, hark.key.{secret}\r\n\r\n")
    same(server.ask(socket_text.encode()).status, 401, "a wrong key")
    assert secret not in server.log_text(), "the log holds a key"


# --- WebSockets, with a client that is not ours ---

def _node(house):
    """The folder in which node finds the package ws, as its lock file has it."""
    source = os.path.join(HERE, "../ws")
    if not shutil.which("npm") or not shutil.which("node"):
        house.skip("there is no npm here")
    if not os.path.isdir(os.path.join(source, "node_modules", "ws")):
        made = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=source,
                              capture_output=True, text=True, timeout=120)
        if made.returncode != 0:
            house.skip(f"npm could not install the client: {made.stderr[-200:]}")
    return source


class _Talk:
    """A program of node's that prints what comes, as JSON lines, and sends what it is told."""

    def __init__(self, folder, server, query="", key=KEY, how="header"):
        self.process = subprocess.Popen(
            ["node", "client.js", f"ws://127.0.0.1:{server.port}/v1/events{query}", key, how],
            cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def next(self, kind="message"):
        line = json.loads(self.process.stdout.readline() or '{"kind": "over"}')
        same(line["kind"], kind, f"what came: {line}")
        return line

    def messages(self, count):
        return [json.loads(self.next()["text"]) for _ in range(count)]

    def say(self, value):
        text = value if isinstance(value, str) else json.dumps(value)
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def close(self):
        self.process.stdin.close()
        line = self.next("close")
        self.process.wait(10)
        return line


def a_websocket_tells_the_same(house):
    talk = _Talk(_node(house), house.server, how="protocol")
    same(talk.next("open")["protocol"], "hark.events", "the subprotocol")
    house.client.add(CRASH)
    same(talk.messages(3), _list(house.client)[-3:], "what is sent and what is listed")
    same(talk.close()["code"], 1000, "the end")


def a_websocket_changes_what_it_wants(house):
    talk = _Talk(_node(house), house.server, "?types=alert.opened")
    talk.next("open")
    house.client.add(PRAISE)
    item = house.client.add(CRASH)
    same(talk.messages(1)[0]["data"]["feedback_id"], item["id"], "the alert")
    talk.say({"types": ["feedback.created"], "filter": {"sentiment": "positive"}})
    changed = talk.messages(1)[0]
    assert changed["changed"]["after"] > 0, changed
    house.client.add(CRASH)
    item = house.client.add(PRAISE)
    same(talk.messages(1)[0]["data"]["id"], item["id"], "the praise")
    for message, pointer in (({"types": ["x"]}, "#/types"), ({"types": [1]}, "#/types"),
                             ({"filter": []}, "#/filter"), ("{", ""), ({"after": 1}, ""), ("7", "")):
        talk.say(message)
        same(talk.messages(1)[0]["error"]["pointer"], pointer, str(message))
    house.client.add(PRAISE)
    same(talk.messages(1)[0]["type"], "feedback.created", "what goes on as it was")
    talk.close()


def a_websocket_goes_on_where_another_ended(house):
    server = house.start()
    folder = _node(house)
    talk = _Talk(folder, server, "?after=0&types=feedback.*")
    talk.next("open")
    threads = _post_many(server, 400)
    seqs = [event["seq"] for event in talk.messages(100)]
    talk.process.kill()
    for thread in threads:
        thread.join()
    talk = _Talk(folder, server, f"?after={seqs[-1]}&types=feedback.*")
    talk.next("open")
    seqs += [event["seq"] for event in talk.messages(700)]
    same(seqs, [e["seq"] for e in _list(server.client, "&types=feedback.*")], "what came")
    talk.close()


def a_websocket_is_let_in_with_a_key_only(house):
    folder = _node(house)
    for key, how in (("wrong", "header"), ("wrong", "protocol"), ("", "none")):
        talk = _Talk(folder, house.server, key=key, how=how)
        same(talk.next("error")["text"], "Unexpected server response: 401", how)
        talk.process.kill()


def a_server_that_stops_says_goodbye_to_websockets(house):
    server = house.start(settings={"HARK_EVENTS_HEARTBEAT_MS": "50"})
    talk = _Talk(_node(house), server)
    talk.next("open")
    same(talk.next("ping")["kind"], "ping", "the heartbeat")
    server.client.connection.close()
    server.signal(signal.SIGTERM)
    line = {"kind": "ping"}
    while line["kind"] == "ping":
        line = json.loads(talk.process.stdout.readline())
    same((line["kind"], line["code"]), ("close", 1001), "the end")
    talk.process.wait(10)


def what_is_no_handshake_is_refused(house):
    head = f"GET /v1/events HTTP/1.1\r\nHost: a\r\nX-API-Key: {KEY}\r\nUpgrade: websocket\r\n"
    for rest in ("Connection: Upgrade\r\nSec-WebSocket-Version: 8\r\n",
                 "Sec-WebSocket-Version: 13\r\n",
                 "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n"):
        answer = house.server.ask((head + rest + "\r\n").encode())
        same(answer.status, 400, rest)
        same(answer.json["code"], "VALIDATION_ERROR", rest)
