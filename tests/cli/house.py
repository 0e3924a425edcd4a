"""What the tests of the command line share: a folder with a database, a command that is run in it, a
server that owns it, a terminal to type at."""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
SAMPLE = os.path.join(ROOT, "samples/feedback.csv")
HARK = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else os.path.join(ROOT, "build/hark")
SECONDS = 60
tests = []


def test(function):
    """A test that needs no database, or brings its own server."""
    tests.append((function.__name__, function, False))
    return function


def both_ways(function):
    """A test that must hold with and without a server that owns the database."""
    tests.append((function.__name__, function, False))
    tests.append((function.__name__ + " [through a server]", function, True))
    return function


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out.decode(), err.decode()

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out[-1500:]}\n--- stderr\n{self.err[-1500:]}"


class House:
    """A folder with a database, and perhaps a server that owns it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="hark-cli-")
        self.server = None
        self.hark = HARK
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": self.folder,
            "TERM": "xterm",
            "DATABASE_URL": "sqlite:" + self.path("hark.db"),
            "HARK_SEARCH_MODEL": os.path.join(ROOT, "models/hark-vectors.bin"),
            "HARK_MODEL": os.environ.get("HARK_MODEL",
                                         os.path.join(ROOT, "models/hark-ngram.bin")),
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def serve(self, *flags):
        self.server = subprocess.Popen([self.hark, "serve", "--http.port=0", *flags], cwd=self.folder,
                                       env=self.environment, stdout=subprocess.PIPE,
                                       stderr=open(self.path("log"), "wb"))
        banner = b""
        while b"listens on" not in banner:
            line = self.server.stdout.readline()
            assert line, "the server ended: " + open(self.path("log")).read()
            banner += line
        self.port = int(re.search(rb"http://[^/]*:(\d+)/", banner).group(1))
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/livez", timeout=SECONDS).close()
        return banner.decode()

    def start(self, *arguments, **options):
        return subprocess.Popen([self.hark, *arguments], cwd=self.folder, env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def run(self, *arguments, stdin=b"", code=0):
        process = self.start(*arguments, stdin=subprocess.PIPE)
        out, err = process.communicate(stdin if isinstance(stdin, bytes) else stdin.encode(),
                                       timeout=SECONDS)
        result = Result(process.returncode, out, err)
        assert result.code == code, f"wanted exit {code} of {arguments}: {result}"
        return result

    def count(self):
        return len(self.run("export", "--json").lines)

    def close(self):
        if self.server:
            self.server.send_signal(signal.SIGTERM)
            assert self.server.wait(SECONDS) == 0, "the server ended badly"
            self.server.stdout.close()
        shutil.rmtree(self.folder)


def wait_for(condition):
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


class Terminal:
    """hark at a terminal of its own."""

    def __init__(self, house, *arguments):
        self.seen = ""
        self.process, self.fd = pty.fork()
        if self.process == 0:
            os.chdir(house.folder)
            os.execve(HARK, [HARK, *arguments], house.environment)

    def wait(self, pattern):
        until = time.monotonic() + SECONDS
        while not re.search(pattern, self.seen):
            ready, _, _ = select.select([self.fd], [], [], until - time.monotonic())
            assert ready, f"no {pattern!r} in {self.seen!r}"
            try:
                data = os.read(self.fd, 4096)
            except OSError:  # the other side is closed
                data = b""
            assert data, f"it ended without {pattern!r}: {self.seen!r}"
            self.seen += data.decode(errors="replace")

    def type(self, text):
        self.seen = ""
        os.write(self.fd, text.encode())

    def end(self):
        try:
            while os.read(self.fd, 4096):
                pass
        except OSError:
            pass
        _, status = os.waitpid(self.process, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)
