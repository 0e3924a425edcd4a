"""What Hark calls, and how: HTTP/2 where it is spoken, and TLS that is verified."""

import contextlib
import json
import os
import subprocess

from harness import same

HERE = os.path.dirname(os.path.abspath(__file__))


@contextlib.contextmanager
def _receiver(folder, name="IP:127.0.0.1"):
    """A server of HTTP/2, with a certificate of its own authority: its port, the authority's file,
    and a function that gives the next request it took."""
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                    "-out", certificate, "-days", "2", "-subj", "/CN=receiver",
                    "-addext", f"subjectAltName={name}"], check=True, capture_output=True)
    with subprocess.Popen(["node", os.path.join(HERE, "http2.mjs"), key, certificate],
                          stdout=subprocess.PIPE, text=True) as process:
        try:
            yield (int(process.stdout.readline()), certificate,
                   lambda: json.loads(process.stdout.readline()))
        finally:
            process.kill()


def _try(server, url):
    """How the test of a webhook went."""
    made = server.client.post("/v1/webhooks", {"url": url})
    same(made.status, 201, f"the answer {made!r}")
    path = f"/v1/webhooks/{made.json['id']}:test"
    return [server.client.post(path, None).json for _ in range(3)]


def _settings(port, certificate):
    return {"HARK_OUTBOUND_ALLOW": "127.0.0.1", "HARK_OUTBOUND_PORTS": str(port),
            "HARK_OUTBOUND_CA_FILE": certificate, "HARK_HTTP_THREADS": "1"}


def calls_go_over_one_connection_of_http_2(house):
    with _receiver(house.server.folder) as (port, certificate, next_request):
        server = house.start(settings=_settings(port, certificate))
        for went in _try(server, f"https://127.0.0.1:{port}/hook"):
            same(went["status"], "delivered", f"the delivery {went}")
            request = next_request()
            same((request["version"], request["sessions"], request["path"]), ("2.0", 1, "/hook"))
            same(request["headers"][":method"], "POST")
            assert request["headers"]["user-agent"].startswith("Hark/"), request
        assert server.metrics()['outbound_calls_total{outcome="answered"}'] >= 3


def a_certificate_for_another_name_is_not_trusted(house):
    with _receiver(house.server.folder, "DNS:other.example") as (port, certificate, _):
        server = house.start(settings=_settings(port, certificate))
        for went in _try(server, f"https://127.0.0.1:{port}/hook"):
            assert went["status"] != "delivered", went
        assert server.metrics()['outbound_calls_total{outcome="unanswered"}'] >= 3
