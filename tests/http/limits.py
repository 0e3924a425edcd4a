"""Clients that are slow, many, or gone: the others do not notice."""

import http.client
import json
import socket
import threading
import time

from harness import KEY, read_answer, read_to_end, same

HAPPY = "I love this product, it is absolutely wonderful and works great every day!"
QUICK = {"HARK_HTTP_HEADER_TIMEOUT_MS": "300", "HARK_HTTP_BODY_GRACE_MS": "300",
         "HARK_HTTP_MIN_BODY_RATE": "100000", "HARK_HTTP_IDLE_TIMEOUT_MS": "500"}


def _connect(server):
    return socket.create_connection(("127.0.0.1", server.port), 10)


def _post(body, length=None, path="/v1/feedback"):
    return (f"POST {path} HTTP/1.1\r\nHost: a\r\nX-API-Key: {KEY}\r\nContent-Type: "
            f"application/json\r\nContent-Length: {length or len(body)}\r\n\r\n").encode() + body


def requests_in_one_packet_are_answered_in_order(house):
    bodies = [json.dumps({"text": f"Number {n} of the pipeline is fine."}).encode()
              for n in range(20)]
    with _connect(house.server) as connection:
        connection.sendall(b"".join(_post(body) for body in bodies))
        received = read_to_end(connection)
    same(received.count(b"HTTP/1.1 201 "), 20, "the number of answers")
    places = [received.find(b"Number %d of" % n) for n in range(20)]
    assert -1 not in places and places == sorted(places), places


def a_head_that_does_not_end_is_cut_off(house):
    server = house.start(settings=QUICK)
    with _connect(server) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n")
        began = time.monotonic()
        same(read_answer(connection).status, 408, "the answer")
        assert time.monotonic() - began < 3, "it waited too long"


def a_body_that_trickles_is_cut_off(house):
    server = house.start(settings=QUICK)
    with _connect(server) as connection:
        connection.sendall(_post(b'{"text":', length=200000))
        same(read_answer(connection).status, 408, "the answer")


def a_connection_that_says_nothing_is_closed(house):
    server = house.start(settings=QUICK)
    with _connect(server) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        same(read_answer(connection).status, 200, "the answer")
        began = time.monotonic()
        same(connection.recv(100), b"", "what comes then")
        assert 0.2 < time.monotonic() - began < 3, "when it was closed"


def one_address_has_only_so_many_connections(house):
    server = house.start(settings={"HARK_HTTP_MAX_PER_ADDRESS": "4"})
    server.client.connection.close()
    held = []
    deadline = time.monotonic() + 2
    while len(held) < 4 and time.monotonic() < deadline:  # until the closed ones are forgotten
        connection = _connect(server)
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        if read_answer(connection).status == 200:
            held.append(connection)
    same(len(held), 4, "the number that are let in")
    with _connect(server) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = read_answer(connection)
        same(answer.status, 503, "the fifth")
        assert int(answer.headers["retry-after"]) > 0, answer.headers
    for connection in held:
        connection.close()


def two_hundred_slow_clients_do_not_slow_a_good_one(house):
    slow = [_connect(house.server) for _ in range(200)]
    for number, connection in enumerate(slow):
        connection.sendall(_post(b"{", length=1000) if number % 2 else b"GET /livez HTTP/1.1\r\n")
    times = []
    for _ in range(200):
        began = time.monotonic()
        same(house.client.get("/v1/feedback?limit=1").status, 200, "the good client")
        times.append(time.monotonic() - began)
    for connection in slow:
        connection.close()
    assert sorted(times)[-5] < 0.25, f"the slowest took {sorted(times)[-5:]}"


def _settled_count(client):
    """What the leavers left behind may still be on its way."""
    before, deadline = None, time.monotonic() + 20
    while time.monotonic() < deadline:
        count = client.get("/v1/feedback:count?source=leaver").json["count"]
        if count == before:
            return count
        before = count
        time.sleep(0.5)
    raise AssertionError("the leavers' feedback never comes to an end")


def clients_that_leave_in_the_middle_do_no_harm(house):
    """What was sent whole is stored or not, but never half."""
    body = json.dumps({"text": HAPPY, "source": "leaver"}).encode()
    rows = json.dumps([{"text": HAPPY, "source": "leaver"}] * 20).encode()

    def leave(seed):
        for number in range(40):
            with _connect(house.server) as connection:
                if (seed + number) % 3 == 0:
                    connection.sendall(_post(rows, path="/v1/feedback:batch"))
                elif (seed + number) % 3 == 1:
                    connection.sendall(_post(body))
                else:
                    connection.sendall(_post(body)[:-(1 + number)])

    threads = [threading.Thread(target=leave, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(house.client.add(HAPPY)["status"], "completed", "a client that stays")
    count = _settled_count(house.client)
    stats = house.client.get("/v1/dashboard/stats").json
    same(stats["source"].get("leaver", 0), count, "the dashboard")
    check = house.client.post("/v1/maintenance:check", None).json
    same((check["database"], check["rollups_wrong"]), ("ok", 0), "maintenance")


def connections_are_not_lost_count_of(house):
    def open_now():
        return house.server.metrics()["http_connections"]

    house.client.get("/livez")
    before = open_now()
    held = [_connect(house.server) for _ in range(50)]
    for connection in held:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        same(read_answer(connection).status, 200, "the answer")
    same(open_now(), before + 50, "the number while they are open")
    for connection in held:
        connection.close()
    deadline = time.monotonic() + 3
    while open_now() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    same(open_now(), before, "the number afterwards")


def http_1_0_and_connection_close_are_understood(house):
    for head, keeps in ((b"GET /livez HTTP/1.0\r\n\r\n", False),
                        (b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", False)):
        raw = house.server.raw(head + b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b" 200 OK\r\n" in raw and raw.endswith(b"alive\n") != keeps, raw
    connection = http.client.HTTPConnection("127.0.0.1", house.server.port)
    for _ in range(3):
        connection.request("GET", "/livez")
        same(connection.getresponse().read(), b"alive\n", "on the same connection")
    connection.close()
