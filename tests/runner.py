"""Runs tests: runner.py BINARY [PART or WORD]...

A PART is a folder beside this file (http, faults, webhooks, web); without one, all run. A WORD
picks the tests whose name holds it. A test is a function whose name is a sentence, in a file of a
part; its one argument is a House, which gives it servers. Prints "ok NAME" or "FAILED NAME: why"
for each, and a count at the end; exit code 1 when one failed.

Files run side by side, each in a process, as many as there are cores (at most 4) or JOBS says: they
wait more than they work."""

import glob
import importlib.util
import inspect
import multiprocessing
import os
import sys
import time
import traceback

import harness

HERE = os.path.dirname(os.path.abspath(__file__))
PARTS = ("http", "faults", "webhooks", "web")
PRINTING = multiprocessing.Lock()


class Skipped(Exception):
    """Raised by a test that cannot run here, with the reason."""


class House:
    """What a test is given: `server`, which the tests of a file share, and servers of its own."""

    def __init__(self, settings):
        self.settings = settings
        self.shared = None
        self.own = []

    @property
    def server(self):
        if self.shared is None:
            self.shared = harness.Server(settings=self.settings)
        return self.shared

    @property
    def client(self):
        return self.server.client

    def start(self, **options):
        """A server for this test alone; ended, and its end checked, after the test."""
        self.own.append(harness.Server(**options))
        return self.own[-1]

    def skip(self, why):
        raise Skipped(why)

    def close_own(self, is_well):
        servers, self.own = self.own, []
        for server in servers:
            server.stop() if is_well else server.abandon()

    def close(self):
        if self.shared is not None:
            self.shared.stop()


def load(path):
    spec = importlib.util.spec_from_file_location(
        os.path.relpath(path, HERE).replace("/", "_")[:-3], path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tests_of(module):
    return [(name.replace("_", " "), function)
            for name, function in vars(module).items()
            if inspect.isfunction(function) and not name.startswith("_")
            and function.__module__ == module.__name__
            and list(inspect.signature(function).parameters) == ["house"]]


def why(error):
    """The sentence of the failure, and the line of the test where it happened."""
    frames = [f for f in traceback.extract_tb(error.__traceback__)
              if f.filename.startswith(HERE) and not f.filename.endswith("runner.py")]
    place = "".join(f"\n    {os.path.relpath(f.filename, HERE)}:{f.lineno}: {f.line}"
                    for f in frames[-4:])
    return f"{type(error).__name__}: {error}{place}"


def say(line):
    """Whole, whoever else is saying something."""
    with PRINTING:
        print(line, flush=True)


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def run(self, name, function):
        """Runs one and says how it went; True when it did not fail."""
        began = time.monotonic()
        try:
            function()
        except Skipped as reason:
            self.skipped += 1
            say(f"skipped {name}: {reason}")
            return True
        except Exception as error:  # whatever a test raises is its failure
            self.failed += 1
            say(f"FAILED {name}: {why(error)}")
            return False
        self.passed += 1
        say(f"ok {name} ({time.monotonic() - began:.2f} s)")
        return True

    def run_file(self, path, words):
        module = load(path)
        tests = [(name, function) for name, function in tests_of(module)
                 if not words or any(word in name for word in words)]
        house = House(getattr(module, "SETTINGS", None))
        for name, function in tests:
            def test(function=function):
                is_well = False
                try:
                    function(house)
                    is_well = True
                finally:
                    house.close_own(is_well)
            self.run(name, test)
        if house.shared is not None:
            self.run(f"the server of {os.path.relpath(path, HERE)} ends well", house.close)


def run_file(which):
    count = Count()
    count.run_file(*which)
    return count


def main(arguments):
    harness.BINARY[0] = os.path.abspath(arguments[0])
    if not os.access(harness.BINARY[0], os.X_OK):
        sys.exit(f"{harness.BINARY[0]} is not there: make it first")
    parts = [word for word in arguments[1:] if word in PARTS] or PARTS
    words = [word.replace("_", " ") for word in arguments[1:] if word not in PARTS]
    paths = [path for part in parts for path in glob.glob(os.path.join(HERE, part, "*.py"))]
    paths.sort(key=os.path.getsize, reverse=True)  # so that no long one is the last
    count = Count()
    jobs = int(os.environ.get("JOBS", min(os.cpu_count(), 4)))
    with multiprocessing.get_context("fork").Pool(jobs, maxtasksperchild=1) as pool:
        for one in pool.imap_unordered(run_file, [(path, words) for path in paths]):
            count.add(one)
    skipped = f", {count.skipped} skipped" if count.skipped else ""
    print(f"{count.passed} passed, {count.failed} failed{skipped}")
    return count.failed > 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: tests/run BINARY [http|faults] [WORD]...")
    sys.exit(main(sys.argv[1:]))
