"""Gives a server every bad URL there is, in every place that takes one: attack.py BINARY.

In a namespace of its own (town.py). Prints what came of it as JSON: how many URLs were tried and
refused at once, how often the honest address was called, and which canaries died."""

import json
import os
import re
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]

import harness  # noqa: E402  (after the path)
import town     # noqa: E402

PUBLIC = re.compile(r"https?://(\[[^]]*\]|[0-9.]+)(:\d+)?(/|$)")  # an address, not a name
TRIES = 12  # of each name whose answers take turns
SETTINGS = {"HARK_OUTBOUND_ALLOW_HTTP": "true", "HARK_OUTBOUND_PORTS": "1-65535",
            "http_proxy": "http://127.0.0.1:80",
            "ALL_PROXY": "http://127.0.0.1:80", "https_proxy": "http://127.0.0.1:80"}


def vectors():
    """(verdict, URL), of those that a JSON text can hold."""
    with open(os.path.join(HERE, "vectors.txt"), encoding="ascii") as file:
        for line in file:
            if line[0] in "#\n":
                continue
            verdict, url = line.rstrip("\n").split(" ", 1)
            data = re.sub(rb"\\x(..)", lambda m: bytes([int(m.group(1), 16)]), url.encode())
            try:
                yield verdict, data.decode()
            except UnicodeDecodeError:
                pass


class Attack:
    def __init__(self, server):
        self.server, self.client = server, server.client
        self.tried = self.refused = self.called = 0

    def webhook(self, url):
        """Makes a webhook of it and tests it. None: it was refused; else how the test went."""
        self.tried += 1
        made = self.client.post("/v1/webhooks", {"url": url, "types": "feedback.*"})
        if made.status != 201:
            assert made.status in (400, 403, 422), (url, made)
            self.refused += 1
            return None
        self.called += 1
        path = f"/v1/webhooks/{made.json['id']}"
        answer = self.client.post(path + ":test", None)
        self.client.delete(path)
        assert answer.status == 200, (url, answer)
        return answer.json

    def vector(self, verdict, url):
        went = self.webhook(url)
        assert (went is None) == (verdict != "OK"), (verdict, url, went)
        assert went is None or went["status"] != "delivered", (url, went)

    def names(self):
        """Over and over, so that every turn of a name's answers is met."""
        for name in (*town.Names.TURNS, *town.Names.ALIASES, "any.example"):
            delivered = 0
            for _ in range(TRIES):
                for url in (f"http://{name}/", f"http://{name.upper()}.:8443/"):
                    delivered += self.webhook(url)["status"] == "delivered"
            if name == "honest.example":
                assert delivered == 2 * TRIES, delivered
            elif name.startswith("flip"):
                assert 0 < delivered < 2 * TRIES, (name, delivered)
            else:
                assert delivered == 0, (name, delivered)

    def redirects(self):
        for goal in ("127.0.0.1", "169.254.169.254", "[::1]", "localhost", "any.example"):
            went = self.webhook("http://honest.example/to/" + urllib.parse.quote(goal))
            assert went["status"] != "delivered", went

    def changes(self):
        """A webhook that was well is pointed elsewhere."""
        path = "/v1/webhooks/%s" % self.client.post(
            "/v1/webhooks", {"url": "http://honest.example/"}).json["id"]
        for verdict, url in vectors():
            if verdict != "OK":
                answer = self.client.patch(path, {"url": url})
                assert answer.status in (400, 403, 422), (url, answer)
                self.tried += 1
                self.refused += 1
        self.client.delete(path)

    def callbacks(self):
        """The same for who is told of a job's end, in both places where he may be named."""
        for number, (verdict, url) in enumerate(vectors()):
            if verdict == "OK" and PUBLIC.match(url):
                continue
            where = {"callback_url": url} if number % 2 else {"options": {"callback_url": url}}
            answer = self.client.post("/v1/analyze/async", {"text": "It is fine.", **where})
            self.tried += 1
            if verdict != "OK" and url:
                assert answer.status in (400, 403, 422), (url, answer)
                self.refused += 1
            self.called += answer.status == 202
        for _ in range(TRIES):
            for name in ("flip", "flip3", "flip6", "split", "alias", "any"):
                answer = self.client.post("/v1/analyze/async", {
                    "text": "It is fine.", "callback_url": f"http://{name}.example/"})
                assert answer.status == 202, answer
                self.called += 1

    def attempts(self):
        return sum(n for name, n in self.server.metrics().items()
                   if name.startswith("webhook_attempts_total"))

    def deliveries(self, least=150, limit_s=60):
        """What the worker delivers by itself, to names that take turns, and the callbacks."""
        for i in range(8):
            for name in ("flip", "flip3", "flip6", "split"):
                made = self.client.post("/v1/webhooks", {"url": f"http://{name}.example/{i}"})
                assert made.status == 201, made
        for i in range(3):
            self.client.add(f"The invoice page fails for order number {i}")
        deadline = time.monotonic() + limit_s
        while self.attempts() < least:
            assert time.monotonic() < deadline, f"{self.attempts()} attempts"
            time.sleep(0.1)


def main(binary):
    town.lay_streets()
    doors = town.Doors()
    town.Names()
    harness.BINARY[0] = binary
    server = harness.Server(settings=SETTINGS)
    attack = Attack(server)
    for verdict, url in vectors():
        if verdict != "OK" or not PUBLIC.match(url):
            attack.vector(verdict, url)
    attack.names()
    attack.redirects()
    attack.changes()
    attack.callbacks()
    attack.deliveries()
    server.stop()
    print(json.dumps({"tried": attack.tried, "refused": attack.refused, "called": attack.called,
                      "honest": doors.honest, "dead": doors.dead_canaries()}))


if __name__ == "__main__":
    main(sys.argv[1])
