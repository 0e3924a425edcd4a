"""T13 over HTTP: a hundred endpoints of which twenty misbehave, and a server that is killed."""

import socket
import time

from harness import Client, same
from receiver import ALLOW, Receiver

SETTINGS = ALLOW
ENDPOINTS, DEAD, SLOW, ODD = 100, 10, 5, 5
BAD = DEAD + SLOW + ODD
TEXT = "Message number %d says what other messages say."
MANY = {**ALLOW, "HARK_WEBHOOK_MOST": "200", "HARK_HTTP_DRAIN_MS": "300"}


def _closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _hold(_request):
    time.sleep(25)  # longer than an attempt waits
    return 200, {}


def _set_up(server, receiver, slow, bad=True):
    """Webhooks by number: the dead, the slow (a host of their own), the odd, then the healthy."""
    odd = [(429, {}), (410, {}), (302, {"Location": receiver.url("/elsewhere")}), (429, {}),
           (410, {})]
    dead = _closed_port()
    for n in range(0 if bad else BAD, ENDPOINTS):
        url = f"http://127.0.0.1:{dead}/" if n < DEAD else receiver.url(f"/{n}")
        if DEAD <= n < DEAD + SLOW:
            url = slow.url(f"/{n}")
            slow.behaviour[f"/{n}"] = _hold
        elif DEAD + SLOW <= n < BAD:
            receiver.behaviour[f"/{n}"] = odd[n - DEAD - SLOW]
        answer = server.client.post("/v1/webhooks", {"url": url, "types": "feedback.created"})
        assert answer.status == 201, answer


def _send(client, first, count):
    for n in range(first, first + count):
        client.add(TEXT % n)


def _wait_for_all(receiver, count):
    for n in range(BAD, ENDPOINTS):
        receiver.wait_for(f"/{n}", count, limit_s=120)


def _seconds_to_deliver(house, bad):
    """From the first message to the last healthy endpoint's having all; ended with a kill, for the
    slow ones are still being slow."""
    with Receiver() as receiver, Receiver("127.0.0.2") as slow:
        server = house.start(settings=MANY)
        _set_up(server, receiver, slow, bad)
        began = time.monotonic()
        _send(server.client, 0, 12)
        _wait_for_all(receiver, 12)
        took = time.monotonic() - began
        server.kill()
        server.is_over = True
        server.abandon()
    return took


def who_is_dead_or_slow_does_not_keep_the_healthy_waiting(house):
    """Two runs beside each other's noise: the ratio is what is looked at, and generously."""
    without = min(_seconds_to_deliver(house, False) for _ in range(2))
    beside = min(_seconds_to_deliver(house, True) for _ in range(2))
    assert beside < 3 * without + 1, f"{beside:.2f} s beside bad ones, {without:.2f} s without"


def the_healthy_get_everything_over_two_kills_and_a_restart(house):
    with Receiver() as receiver, Receiver("127.0.0.2") as slow:
        server = house.start(settings=MANY)
        _set_up(server, receiver, slow)
        for round_number in range(4):
            _send(server.client, 10 * round_number, 10)
            if round_number < 3:  # in the middle of its deliveries
                server.own_folder = False
                if round_number < 2:
                    server.kill()
                    server.is_over = True
                else:
                    server.stop()
                server = house.start(folder=server.folder, settings=MANY)
                server.own_folder = True
        _wait_for_all(receiver, 40)
        ids = {n: [request.id for request in receiver.at(f"/{n}")] for n in range(BAD, ENDPOINTS)}
        deadline = time.monotonic() + 60
        while True:
            rows = server.rows("SELECT d.message_id, w.url, d.status FROM deliveries d"
                               " JOIN webhooks w ON w.id = d.webhook_id")
            waiting = [row for row in rows if row[2] != "delivered"
                       and int(row[1].rsplit("/", 1)[1] or 0) >= BAD]
            if not waiting:
                break
            assert time.monotonic() < deadline, waiting[:3]
            time.sleep(0.1)
        repeated = 0
        for n in range(BAD, ENDPOINTS):
            wanted = {row[0] for row in rows if row[1].endswith(f"/{n}")}
            got = [request.id for request in receiver.at(f"/{n}")]
            same(len(wanted), 40, f"the deliveries to {n}")
            same(set(got), wanted, f"what {n} got")
            assert set(ids[n]) <= wanted
            repeated += len(got) - len(wanted)
        assert repeated <= 2 * 384, f"{repeated} were repeated: more than two kills left in hand"
        same(server.rows("SELECT COUNT(*) FROM webhooks WHERE is_enabled = 0"), [(2,)],
             "how many were disabled by 410")
        same(receiver.at("/elsewhere"), [], "what came to where a redirect pointed")
        for n in range(DEAD):
            calls = server.rows("SELECT SUM(attempts) FROM deliveries WHERE webhook_id = ?", n + 1)
            assert calls[0][0] < 40, f"{calls} attempts at a dead one: no breaker"
        server.kill()  # the slow ones are still being slow
        server.is_over = True
        server.abandon()


def a_stop_gives_back_what_waits_for_a_slow_one(house):
    with Receiver() as receiver:
        receiver.behaviour["/slow"] = _hold
        server = house.start(settings={**ALLOW, "HARK_HTTP_DRAIN_MS": "100"})
        answer = server.client.post("/v1/webhooks", {"url": receiver.url("/slow"),
                                                     "types": "feedback.created"})
        server.client.add(TEXT % 1)
        receiver.wait_for("/slow", 1)
        server.own_folder = False
        server.stop()
        receiver.behaviour["/slow"] = (200, {})
        again = house.start(folder=server.folder, settings=ALLOW)
        again.own_folder = True
        first, second = receiver.wait_for("/slow", 2)[:2]
        same(first.id, second.id, "the id of the second")
        path = f"/v1/webhooks/{answer.json['id']}/deliveries"
        deadline = time.monotonic() + 20
        while True:
            delivery = Client(again).get(path).json["data"][0]
            if delivery["status"] == "delivered":
                break
            assert time.monotonic() < deadline, delivery
            time.sleep(0.02)
        same(delivery["attempts"], 1, "the attempts that count")
