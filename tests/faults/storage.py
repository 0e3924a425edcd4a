"""A disk that is full, a file that cannot be written, a database that is locked or damaged."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
import time

from harness import Client, Server, same

HAPPY = "I love this product, it is absolutely wonderful and works great every day!"
FAILURES = {"request_failed", "db_commit_failed", "db_checkpoint_failed",
            "jobs_not_taken", "job_not_ended", "schedule_not_followed", "webhook_routing_failed"}


class _Disk:
    """A small disk of its own, so that it can be filled."""

    def __init__(self, house, megabytes):
        self.path = tempfile.mkdtemp(prefix="hark-disk-")
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=777", "hark", self.path]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            os.rmdir(self.path)
            house.skip("a small disk cannot be mounted here (not root?)")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        subprocess.run(["umount", "-l", self.path], check=False)
        os.rmdir(self.path)

    def url(self):
        return f"sqlite:{self.path}/hark.db"

    def fill(self):
        with open(f"{self.path}/filler", "ab", buffering=0) as filler:
            for size in (65536, 4096, 1):
                try:
                    while filler.write(b"\0" * size) == size:
                        pass
                except OSError:
                    pass

    def free(self):
        os.remove(f"{self.path}/filler")


def _refusal(answer, status, server, word):
    """A refusal that tells the client when to come again and the operator what to do."""
    same((answer.status, answer.json["code"]), (status, "SERVICE_UNAVAILABLE"), "the refusal")
    assert int(answer.headers["retry-after"]) > 0, answer.headers
    same(answer.json["error"]["retry_after"], int(answer.headers["retry-after"]), "retry_after")
    line = server.wait_for_log("request_failed", request_id=answer.json["request_id"])
    assert line["level"] == "ERROR" and word in line["error"], line


def _wait_until_it_keeps(server):
    """Once the cause is gone, it goes on by itself, within a second."""
    began = time.monotonic()
    while server.client.post("/v1/feedback", {"text": HAPPY}).status != 201:
        assert time.monotonic() - began < 1, "it does not go on when the cause is gone"
        time.sleep(0.05)


def _end(server):
    """Ends it while its disk is still there."""
    server.own_folder, keep = False, server.own_folder
    server.stop()
    server.own_folder = keep
    server.abandon()


def a_full_disk_refuses_what_it_cannot_keep_and_loses_nothing(house):
    with _Disk(house, 4) as disk:
        server = Server(settings={"DATABASE_URL": disk.url()})
        try:
            server.expected_errors = FAILURES
            kept = {item["id"]: item for item in (server.client.add(f"{HAPPY} {n}")
                                                  for n in range(20))}
            disk.fill()
            refused = None
            for n in range(300):
                answer = server.client.post("/v1/feedback", {"text": f"{HAPPY} {n}", "source": "f"})
                if answer.status != 201:
                    refused = answer
                    break
                kept[answer.json["id"]] = answer.json
            assert refused is not None, "it kept 300 feedback on a full disk"
            _refusal(refused, 507, server, "free some space")
            for _ in range(3):
                same(server.client.post("/v1/feedback", {"text": HAPPY}).status, 507, "again")
            same({item["id"]: item for item in server.client.all()}, kept, "what can be read")
            same(server.client.get("/v1/dashboard/stats").json["total"], len(kept), "the total")
            same(server.client.get("/readyz").status, 200, "/readyz")
            disk.free()
            _wait_until_it_keeps(server)
            for one, item in kept.items():
                same(server.client.get(f"/v1/feedback/{one}").json, item, f"feedback {one}")
            check = server.client.post("/v1/maintenance:check", None).json
            same((check["database"], check["rollups_wrong"]), ("ok", 0), "maintenance")
            _end(server)
        finally:
            server.abandon()


def a_full_disk_at_the_start_says_what_to_do(house):
    with _Disk(house, 1) as disk:
        disk.fill()
        server = Server(settings={"DATABASE_URL": disk.url()}, wait=False)
        try:
            assert server.process.wait(20) not in (0, -6, -7, -11), "it went on"
            assert "full" in server.log_text(), server.log_text()
        finally:
            server.abandon()


def a_disk_that_is_read_only_stops_the_start_with_what_to_do(house):
    with _Disk(house, 4) as disk:
        server = Server(settings={"DATABASE_URL": disk.url()})
        server.client.add(HAPPY)
        _end(server)
        subprocess.run(["mount", "-o", "remount,ro", disk.path], check=True)
        server = Server(settings={"DATABASE_URL": disk.url()}, wait=False)
        try:
            assert server.process.wait(20) not in (0, -6, -7, -11), "it went on"
            assert "permissions" in server.log_text(), server.log_text()
        finally:
            server.abandon()


def a_file_that_turns_read_only_refuses_writes_until_it_is_put_right(house):
    for readers in (0, 8):  # SQLite opens a file in another way when others hold it open
        server = house.start()
        item = server.client.add(HAPPY)
        for _ in range(readers):
            same(Client(server).get(f"/v1/feedback/{item['id']}").status, 200, "reading")
        files = [server.path(name) for name in ("hark.db", "hark.db-wal")]
        change = ["chattr", "+i", *files]
        if subprocess.run(change, capture_output=True, check=False).returncode != 0:
            house.skip("files cannot be made immutable here")
        try:
            server.expected_errors = FAILURES
            answer = server.client.post("/v1/feedback", {"text": HAPPY})
            _refusal(answer, 503, server, "hark.db")
            same(server.client.get(f"/v1/feedback/{item['id']}").json, item, "what can be read")
        finally:
            subprocess.run(["chattr", "-i", *files], check=True)
        _wait_until_it_keeps(server)


def a_locked_database_is_503_until_it_is_free(house):
    server = house.start()
    item = server.client.add(HAPPY)
    server.expected_errors = FAILURES
    other = sqlite3.connect(server.path("hark.db"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        answer = server.client.post("/v1/feedback", {"text": HAPPY})
        _refusal(answer, 503, server, "fuser")
        same(server.client.get(f"/v1/feedback/{item['id']}").json, item, "what can be read")
    finally:
        other.execute("ROLLBACK")
        other.close()
    server.client.add(HAPPY)


def a_file_that_is_no_database_stops_the_start(house):
    for content in (b"this is not a database" * 1000, b"SQLite format 3\0" + b"\xff" * 8176):
        folder = tempfile.mkdtemp(prefix="hark-test-")
        with open(os.path.join(folder, "hark.db"), "wb") as file:
            file.write(content)
        server = Server(folder=folder, wait=False)
        try:
            assert server.process.wait(20) not in (0, -6, -7, -11), "it went on"
            assert "damaged" in server.log_text() and "hark doctor" in server.log_text(), \
                server.log_text()
            with open(os.path.join(folder, "hark.db"), "rb") as file:
                same(file.read(), content, "the file, which is left as it was")
        finally:
            server.abandon()
            shutil.rmtree(folder)


def pages_that_are_damaged_are_503_and_the_rest_goes_on(house):
    server = house.start()
    rows = [{"text": f"{HAPPY} Number{n}. " + "More words. " * 30} for n in range(1000)]
    same(server.client.post("/v1/feedback:batch", rows).status, 200, "the filling")
    server.own_folder = False
    server.stop()
    path = server.path("hark.db")
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(os.urandom(size // 2 // 4096 * 4096))
    again = house.start(folder=server.folder)
    again.own_folder = True
    again.expected_errors = FAILURES
    answers = [again.client.get(f"/v1/feedback/{one}") for one in range(1, 1001, 25)]
    assert {answer.status for answer in answers} <= {200, 404, 503}, answers
    refused = [answer for answer in answers if answer.status == 503]
    assert refused, "half of the file is damaged, and nothing is noticed"
    _refusal(refused[0], 503, again, "hark doctor")
    same(again.client.post("/v1/maintenance:check", None).status, 503, "maintenance")
    same(again.client.get("/livez").status, 200, "the server afterwards")
