"""What Hark sends is what Standard Webhooks' own package takes, and what docs/webhooks.md shows."""

import contextlib
import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

from harness import same
from receiver import ALLOW, signature

SETTINGS = ALLOW
HERE = os.path.dirname(os.path.abspath(__file__))
DOCUMENT = os.path.join(HERE, "../../docs/webhooks.md")
TEXT = "The new release is fine so far, thank you."


def _install(house):
    """The package in a folder of its own, as the lock file has it."""
    if not shutil.which("npm") or not shutil.which("node"):
        house.skip("node and npm are not installed")
    folder = tempfile.mkdtemp(prefix="hark-npm-")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(HERE, name), folder)
    result = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
                            cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    if result.returncode != 0:
        shutil.rmtree(folder)
        house.skip("npm cannot install standardwebhooks: " + result.stderr.strip()[-200:])
    return folder


@contextlib.contextmanager
def _folder_with_package(house):
    folder = _install(house)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _running(command, folder, **environment):
    """The process and the port that it prints first."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True,
                               env={"PATH": os.environ["PATH"], **environment})
    try:
        yield process, int(re.search(r"\d+", process.stdout.readline()).group())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _ask(port, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, content


def _results(port, count):
    deadline = time.monotonic() + 30
    while True:
        results = json.loads(_ask(port, "GET", "/results")[1])
        if len(results) >= count:
            return results
        assert time.monotonic() < deadline, results
        time.sleep(0.02)


def _make(house, port, path, **fields):
    answer = house.client.post("/v1/webhooks", {"url": f"http://127.0.0.1:{port}{path}", **fields})
    assert answer.status == 201, answer
    return answer.json


def the_public_package_takes_every_signature_and_nothing_that_was_changed(house):
    with _folder_with_package(house) as folder:
        shutil.copy(os.path.join(HERE, "receiver.mjs"), folder)
        with _running(["node", "receiver.mjs"], folder) as (_, port):
            plain = _make(house, port, "/plain", types="feedback.*,alert.*")
            cloud = _make(house, port, "/cloud", types="feedback.created", form="cloudevents")
            turned = _make(house, port, "/turned", types="feedback.created")
            again = house.client.post(f"/v1/webhooks/{turned['id']}:rotate-secret", None).json
            _ask(port, "PUT", "/secrets", json.dumps({
                "/plain": [plain["secret"]], "/cloud": [cloud["secret"]],
                "/turned": [turned["secret"], again["secret"]]}))
            house.client.add(TEXT)
            house.client.post(f"/v1/webhooks/{plain['id']}:test", None)
            results = _results(port, 5)
            same(sorted((row["path"], row["type"]) for row in results),
                 [("/cloud", "feedback.created"), ("/plain", "feedback.analyzed"),
                  ("/plain", "feedback.created"), ("/plain", "webhook.test"),
                  ("/turned", "feedback.created")], "what came")
            for row in results:
                same(row["verified"], [True, True] if row["path"] == "/turned" else [True],
                     f"what verifies {row}")
                same(sorted(row["refused"]),
                     ["body", "future", "id", "missing", "old", "secret", "signature", "time",
                      "version"], f"what is refused of {row}")
            for webhook in (plain, cloud, turned):
                house.client.delete(f"/v1/webhooks/{webhook['id']}")


def _snippet(language):
    with open(DOCUMENT, encoding="utf-8") as file:
        return re.search(rf"```{language}\n(.*?)```", file.read(), re.S).group(1)


def _try_snippet(house, command, folder):
    """It takes what is signed and says so, and refuses what is not."""
    webhook = _make(house, 1, "/", types="feedback.created")
    with _running(command, folder, HARK_SECRET=webhook["secret"], PORT="0") as (process, port):
        house.client.patch(f"/v1/webhooks/{webhook['id']}", {"url": f"http://127.0.0.1:{port}/"})
        item = house.client.add(TEXT)
        line = process.stdout.readline()
        same(line.split(), ["feedback.created", str(item["id"])], "what it says")
        body, now = b'{"type":"x","data":{"id":1}}', str(int(time.time()))
        head = {"webhook-id": "a", "webhook-timestamp": now, "content-type": "application/json",
                "webhook-signature": signature("whsec_" + "A" * 32, "a", int(now), body)}
        same(_ask(port, "POST", "/", body, head)[0], 400, "the answer to a forged one")
        head["webhook-timestamp"] = "1700000000"
        head["webhook-signature"] = signature(webhook["secret"], "a", 1700000000, body)
        same(_ask(port, "POST", "/", body, head)[0], 400, "the answer to an old one")
        head["webhook-timestamp"] = now
        head["webhook-signature"] = signature(webhook["secret"], "a", int(now), body)
        same(_ask(port, "POST", "/", body, head)[0], 204, "the answer to a good one")
    house.client.delete(f"/v1/webhooks/{webhook['id']}")


def the_documents_receiver_in_javascript_works(house):
    with _folder_with_package(house) as folder:
        with open(os.path.join(folder, "receiver.mjs"), "w", encoding="utf-8") as file:
            file.write(_snippet("js"))
        _try_snippet(house, ["node", "receiver.mjs"], folder)


def the_documents_receiver_in_python_works(house):
    folder = tempfile.mkdtemp(prefix="hark-snippet-")
    try:
        with open(os.path.join(folder, "receiver.py"), "w", encoding="utf-8") as file:
            file.write(_snippet("python"))
        _try_snippet(house, ["/usr/bin/python3", "-u", "-B", "receiver.py"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
