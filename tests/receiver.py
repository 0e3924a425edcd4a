"""A receiver of webhooks on this machine, which checks signatures as Standard Webhooks 1.0.0 says and
behaves as it is told."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time

ALLOW = {"HARK_OUTBOUND_ALLOW": "127.0.0.0/8", "HARK_OUTBOUND_ALLOW_HTTP": "true",
         "HARK_OUTBOUND_PORTS": "1-65535"}


def signature(secret, message_id, timestamp, body):
    key = base64.b64decode(secret[len("whsec_"):])
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class Received:
    """One request; `answered` is what it got."""

    def __init__(self, path, headers, body):
        self.path = path
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.body = body
        self.at = time.time()

    @property
    def id(self):
        return self.headers["webhook-id"]

    @property
    def json(self):
        return json.loads(self.body)

    def is_signed_with(self, secret):
        timestamp = int(self.headers["webhook-timestamp"])
        wanted = signature(secret, self.id, timestamp, self.body)
        return abs(time.time() - timestamp) < 300 and any(
            hmac.compare_digest(wanted, given)
            for given in self.headers["webhook-signature"].split(" "))


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        received = Received(self.path, self.headers, body)
        status, headers = self.server.owner.take(received)
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"canary")

    def log_message(self, *_):
        pass


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True

    def handle_error(self, *_):
        pass  # the other side was killed: that is what some tests are for


class Receiver:
    """`behaviour[path]` is (status, headers), or a function of the request that gives that, or
    (None, {}) for one that closes without an answer. Anything else is answered 200."""

    def __init__(self, host="127.0.0.1"):
        self.host = host
        self.lock = threading.Lock()
        self.requests = []
        self.behaviour = {}
        self.server = _Server((host, 0), _Handler)
        self.server.owner = self
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def url(self, path="/"):
        return f"http://{self.host}:{self.port}{path}"

    def take(self, received):
        with self.lock:
            self.requests.append(received)
            answer = self.behaviour.get(received.path, (200, {}))
        return answer(received) if callable(answer) else answer

    def at(self, path):
        with self.lock:
            return [request for request in self.requests if request.path == path]

    def wait_for(self, path, count, limit_s=30):
        """The requests to a path, once there are as many."""
        deadline = time.monotonic() + limit_s
        while True:
            requests = self.at(path)
            if len(requests) >= count:
                return requests
            assert time.monotonic() < deadline, f"{len(requests)} of {count} came to {path}"
            time.sleep(0.01)
