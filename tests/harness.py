"""A server to test, and a client of it.

A Server owns a temporary folder with the database, the log and what else a test puts there. Its
end is checked too: exit code 0, and a log in which every line is JSON and none an error that the
test did not expect."""

import contextlib
import hashlib
import hmac
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time

import contract

KEY = "hark_test_key_of_the_settings"
BINARY = [""]  # set by the runner
MODEL = os.environ.get("HARK_MODEL") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../models/hark-ngram.bin")
VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../models/hark-vectors.bin")


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.pairs = headers
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:400]!r}"


class Client:
    """One connection that stays open; every answer is held to openapi.json."""

    def __init__(self, server, key=KEY):
        self.server = server
        self.key = key
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)

    def request(self, method, path, body=None, headers=None):
        head = {"X-Api-Key": self.key} if self.key else {}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            head["Content-Type"] = "application/json"
        head.update(headers or {})
        answer = self._send(method, path, body, {k: v for k, v in head.items() if v is not None})
        is_json = head.get("Content-Type", "").lower().startswith("application/json")
        self.server.contract.check(method, path, answer, body if is_json else None)
        return answer

    def _send(self, method, path, body, headers):
        for attempt in (1, 2):  # a connection that was idle may have been closed meanwhile
            try:
                try:
                    self.connection.request(method, path, body, headers)
                except BrokenPipeError:
                    pass  # it may have answered before it had all
                response = self.connection.getresponse()
                return Answer(response.status, response.getheaders(), response.read())
            except (http.client.RemoteDisconnected, ConnectionError):
                self.connection.close()
                if attempt == 2:
                    raise

    def get(self, path, **headers):
        return self.request("GET", path, None, _named(headers))

    def post(self, path, body, **headers):
        return self.request("POST", path, body, _named(headers))

    def patch(self, path, body, **headers):
        return self.request("PATCH", path, body, _named(headers))

    def put(self, path, body, **headers):
        return self.request("PUT", path, body, _named(headers))

    def delete(self, path, **headers):
        return self.request("DELETE", path, None, _named(headers))

    def add(self, text, **fields):
        """Sends one feedback and gives what it became."""
        answer = self.post("/v1/feedback", {"text": text, **fields})
        assert answer.status == 201, answer
        return answer.json

    def all(self, query=""):
        """Every feedback of a list, page by page."""
        items, cursor = [], ""
        while True:
            page = self.get(f"/v1/feedback?limit=200{query}{cursor}").json
            items += page["data"]
            if "next_cursor" not in page:
                return items
            cursor = "&cursor=" + page["next_cursor"]


def _named(headers):
    """content_type="..." is written Content-Type."""
    return {name.replace("_", "-").title(): value for name, value in headers.items()}


class Server:
    def __init__(self, folder=None, settings=None, arguments=(), wait=True, port=0):
        self.own_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="hark-test-")
        self.settings = {"API_KEY": KEY, "HARK_KEY_PEPPER": "a pepper for tests",
                         "HARK_LOG_FORMAT": "json", "HARK_HTTP_PORT": str(port),
                         "HARK_MODEL": MODEL, "HARK_SEARCH_MODEL": VECTORS,
                         "DATABASE_URL": f"sqlite:{self.path('hark.db')}", **(settings or {})}
        self.expected_errors = set()
        self.is_ending = self.is_over = False
        self.log_path = self.path("log")
        self.log_from = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        environment = {"PATH": os.environ["PATH"], **self.settings}
        environment.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
        with open(self.log_path, "ab") as log, open(self.path("out"), "wb") as out:
            self.process = subprocess.Popen(
                [BINARY[0], "serve", *arguments], cwd=self.folder, stdin=subprocess.DEVNULL,
                env={k: v for k, v in environment.items() if v is not None},
                stdout=out, stderr=log)
        if wait:
            self.wait_until_ready()

    def path(self, name):
        return os.path.join(self.folder, name)

    def wait_until_ready(self, limit_s=30):
        """Its port from what it prints, then /readyz."""
        deadline = time.monotonic() + limit_s
        while True:
            match = re.search(r"http://[^/]*:(\d+)/", self.out())
            if match:
                break
            assert self.process.poll() is None, f"serve ended: {self.log_text()[-2000:]}"
            assert time.monotonic() < deadline, "serve said no port"
            time.sleep(0.005)
        self.port = int(match.group(1))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=limit_s)
        connection.request("GET", "/readyz")
        assert connection.getresponse().read() == b"ready\n", "it is not ready"
        connection.request("GET", "/openapi.json")
        self.contract = contract.load(connection.getresponse().read())
        connection.close()
        self.client = Client(self)

    def out(self):
        with open(self.path("out"), encoding="utf-8") as file:
            return file.read()

    def log_text(self):
        with open(self.log_path, "rb") as file:
            file.seek(self.log_from)
            return file.read().decode("utf-8", "replace")

    def log(self, event=None):
        """The lines of the log; the last may still be being written."""
        lines = [json.loads(line) for line in self.log_text().splitlines(True)
                 if line.endswith("\n")]
        return [line for line in lines if event is None or line["event"] == event]

    def wait_for_log(self, event, limit_s=5, **fields):
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            for line in self.log(event):
                if fields.items() <= line.items():
                    return line
            time.sleep(0.01)
        raise AssertionError(f"the log has no {event} {fields}: {self.log_text()[-1500:]}")

    def rows(self, sql, *values):
        """What a plain SELECT sees."""
        database = sqlite3.connect(f"file:{self.path('hark.db')}?mode=ro", uri=True)
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()

    def metrics(self):
        """Every sample of /metrics, by its name with labels."""
        text = self.client.get("/metrics").body.decode()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
                for line in text.splitlines() if line and not line.startswith("#")}

    def raw(self, data, limit_s=10):
        """Sends bytes as they are; gives all that comes until the server closes or falls silent."""
        with socket.create_connection(("127.0.0.1", self.port), limit_s) as connection:
            connection.sendall(data)
            return read_to_end(connection)

    def ask(self, data, limit_s=10):
        """Sends bytes as they are; gives the first answer to them."""
        with socket.create_connection(("127.0.0.1", self.port), limit_s) as connection:
            connection.sendall(data)
            return read_answer(connection)

    def signal(self, number):
        self.is_ending = self.is_ending or number == signal.SIGTERM
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Ends it in good order, and looks at what it left; once."""
        if self.is_over:
            return
        self.is_over = True
        try:
            if self.process.poll() is None and not self.is_ending:
                self.signal(signal.SIGTERM)
            code = self._wait_for_end(60)
            assert code == 0, f"serve ended with {code}: {self._last_words()}"
            for line in self.log():
                assert line["level"] != "ERROR" or line["event"] in self.expected_errors, \
                    f"an error in the log: {line}"
        finally:
            self.abandon()

    def _wait_for_end(self, limit_s):
        try:
            return self.process.wait(limit_s)
        except subprocess.TimeoutExpired:
            stacks = subprocess.run(["gdb", "-batch", "-p", str(self.process.pid), "-ex",
                                     "thread apply all backtrace 12"], capture_output=True,
                                    text=True, timeout=120).stdout
            is_told = any(line["event"] == "stopping" for line in self.log())
            raise AssertionError(f"serve did not end in {limit_s} s, and has "
                                 f"{'' if is_told else 'not '}noticed the signal: {stacks}") from None

    def _last_words(self):
        """What a sanitizer reported, else the end of the log."""
        text = self.log_text()
        report = re.search(r"(WARNING: ThreadSanitizer|==\d+==ERROR|runtime error)", text)
        return text[report.start():][:6000] if report else text[-2000:]

    def end_for(self, successor, **options):
        """Ends it in good order; gives what `successor` starts on the folder that it leaves."""
        self.own_folder = False
        self.stop()
        server = successor(folder=self.folder, **options)
        server.own_folder = True
        return server

    def abandon(self):
        if self.process.poll() is None:
            self.kill()
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def add_tenant(database, server, tenant_id, name, secret):
    """Into the database of a server that has stopped; its key is hashed as the keyring does."""
    pepper = server.settings["HARK_KEY_PEPPER"].encode()
    digest = hmac.new(pepper, secret.encode(), hashlib.sha256).hexdigest()
    database.execute("INSERT INTO tenants (id, name, created_at) VALUES (?, ?, 0)",
                     (tenant_id, name))
    database.execute("INSERT INTO api_keys (tenant_id, name, prefix, hmac, scopes, created_at)"
                     " VALUES (?, ?, ?, ?, 'admin', 0)", (tenant_id, name, secret[:14], digest))


def with_second_tenant(house, server):
    """The server anew on the same folder, and a client of a tenant that it did not have before."""
    secret = "hark_live_" + "B" * 32
    server.own_folder = False
    server.stop()
    with contextlib.closing(sqlite3.connect(server.path("hark.db"))) as database, database:
        add_tenant(database, server, 2, "second", secret)
    again = house.start(folder=server.folder)
    again.own_folder = True
    return again, Client(again, key=secret)


def read_answer(connection):
    response = http.client.HTTPResponse(connection)
    response.begin()
    return Answer(response.status, response.getheaders(), response.read())


def read_to_end(connection, silence_s=1.0):
    """Until the other side closes, or says nothing for a while."""
    connection.settimeout(silence_s)
    received = b""
    while True:
        try:
            part = connection.recv(65536)
        except (socket.timeout, ConnectionError):
            return received
        if not part:
            return received
        received += part


def same_as_file(text, path):
    """Line by line; UPDATE_GOLDEN=1 writes the file anew, and review sees the change."""
    name = os.path.basename(path)
    if os.environ.get("UPDATE_GOLDEN"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    with open(path, encoding="utf-8") as file:
        wanted = file.read().splitlines()
    for number, (one, other) in enumerate(zip(text.splitlines(), wanted), 1):
        same(one, other, f"line {number} of {name} (UPDATE_GOLDEN=1 accepts it)")
    same(len(text.splitlines()), len(wanted), f"the number of lines of {name}")


def wait_until(claim, limit_s=60, why="waited in vain"):
    """Until it is true, which it must be in that time."""
    deadline = time.monotonic() + limit_s
    while not claim():
        assert time.monotonic() < deadline, why
        time.sleep(0.01)


def same(got, wanted, what="it"):
    assert got == wanted, f"{what} is {got!r}, not {wanted!r}"
