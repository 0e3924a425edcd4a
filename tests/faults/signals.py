"""Signals: an end in good order, settings read anew; and one owner of a file."""

import http.client
import json
import os
import signal
import socket
import sqlite3
import tempfile
import threading
import time

from harness import KEY, Server, read_to_end, same

HAPPY = "I love this product, it is absolutely wonderful and works great every day!"


def sigterm_ends_an_idle_server_at_once(house):
    server = house.start()
    server.client.connection.close()
    began = time.monotonic()
    server.signal(signal.SIGTERM)
    same(server.process.wait(10), 0, "the exit code")
    assert time.monotonic() - began < 2, "it took too long"


def _send_until_closed(server, number, acknowledged, torn):
    """What was answered is kept; an answer that stops in its middle is noted."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    for count in range(100000):
        text = f"Sender {number} says thing {count} works well, thank you."
        try:
            connection.request("POST", "/v1/feedback", json.dumps({"text": text}),
                               {"X-API-Key": KEY, "Content-Type": "application/json"})
            response = connection.getresponse()
        except (http.client.HTTPException, OSError):
            return
        try:
            body = response.read()
        except http.client.IncompleteRead:
            torn.append(text)
            return
        if response.status == 201:
            acknowledged[json.loads(body)["id"]] = text
        if response.getheader("Connection") == "close":
            return


def sigterm_under_load_answers_all_that_was_accepted(house):
    """What is stored was answered, and what was answered is stored."""
    for round_ in range(5):
        server = house.start()
        server.own_folder = False
        acknowledged, torn = {}, []
        threads = [threading.Thread(target=_send_until_closed,
                                    args=(server, number, acknowledged, torn))
                   for number in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.15 + round_ / 50)
        server.signal(signal.SIGTERM)
        same(server.process.wait(20), 0, "the exit code")
        for thread in threads:
            thread.join()
        database = sqlite3.connect(server.path("hark.db"))
        stored = dict(database.execute("SELECT id, text FROM feedback"))
        database.close()
        server.own_folder = True
        assert len(acknowledged) > 20, "there was no load"
        same(torn, [], "answers cut short")
        same(stored, acknowledged, "what is stored")


def a_body_that_is_still_coming_is_waited_for(house):
    server = house.start()
    body = json.dumps({"text": HAPPY}).encode()
    head = (f"POST /v1/feedback HTTP/1.1\r\nHost: a\r\nX-API-Key: {KEY}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode()
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        connection.sendall(head + body[:10])
        time.sleep(0.2)
        server.signal(signal.SIGTERM)
        server.wait_for_log("stopping")
        connection.sendall(body[10:])
        received = read_to_end(connection, 3)
    assert received.startswith(b"HTTP/1.1 201 "), received
    assert b"connection: close" in received.lower(), received


def while_it_drains_it_says_so(house):
    """Who holds a connection open is told not to send more."""
    server = house.start(settings={"HARK_HTTP_DRAIN_MS": "3000"})
    with socket.create_connection(("127.0.0.1", server.port), 10) as held:
        held.sendall(b"POST /v1/feedback HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX-API-Key: " +
                     KEY.encode() + b"\r\nContent-Type: application/json\r\n\r\n")
        time.sleep(0.1)
        server.signal(signal.SIGTERM)
        server.wait_for_log("stopping")
        try:
            socket.create_connection(("127.0.0.1", server.port), 2).close()
            raise AssertionError("it still listens")
        except ConnectionRefusedError:
            pass
    same(server.process.wait(10), 0, "the exit code")


def sighup_reads_the_level_of_the_log_anew(house):
    folder = tempfile.mkdtemp(prefix="hark-test-")

    def write(*lines):
        with open(os.path.join(folder, ".env"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    write("HARK_LOG_LEVEL=error", "HARK_HTTP_IDLE_TIMEOUT_MS=50000")
    server = Server(folder=folder)
    server.own_folder = True
    try:
        item = server.client.add(HAPPY)
        write("HARK_LOG_LEVEL=info", "HARK_HTTP_IDLE_TIMEOUT_MS=40000",
              "HARK_HTTP_CORS_ORIGINS=https://new.example.com")
        server.signal(signal.SIGHUP)
        line = server.wait_for_log("settings_reloaded")
        same(line["needs_restart"], "http.idle_timeout_ms", "what needs a restart")
        other = server.client.add(HAPPY)
        server.wait_for_log("feedback_analyzed", feedback_id=other["id"])
        same([line["feedback_id"] for line in server.log("feedback_analyzed")], [other["id"]],
             f"what was logged, and not {item['id']}")
        answer = server.client.get("/v1/feedback", origin="https://new.example.com")
        same(answer.headers.get("access-control-allow-origin"), "https://new.example.com", "CORS")
        write("HARK_LOG_LEVEL=loud")
        server.signal(signal.SIGHUP)
        line = server.wait_for_log("settings_refused")
        assert "log.level" in line["error"], line
        server.expected_errors.add("settings_refused")
        same(server.client.get("/livez").status, 200, "the server with a wrong setting")
        server.stop()
    finally:
        server.abandon()


def a_second_server_on_the_same_file_is_refused_with_the_owners_pid(house):
    server = house.start()
    second = Server(settings={"DATABASE_URL": server.settings["DATABASE_URL"]}, wait=False)
    try:
        code = second.process.wait(10)
        assert code not in (0, -6, -11), f"it ended with {code}"
        assert f"process {server.process.pid}" in second.log_text(), second.log_text()
    finally:
        second.abandon()
    same(server.client.add(HAPPY)["id"], 1, "the first server afterwards")


def a_port_that_is_taken_stops_the_start(house):
    server = house.start()
    second = Server(port=server.port, wait=False)
    try:
        assert second.process.wait(10) not in (0, -6, -11), "it went on"
        assert str(server.port) in second.log_text(), second.log_text()
    finally:
        second.abandon()
