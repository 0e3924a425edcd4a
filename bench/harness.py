"""What the rows share: servers that end with the row, the load tool, medians, Markdown tables.

Settings, from the environment:
    ROUNDS (3), SECONDS (2)   how often each system takes its turn, and for how long; set them on
                              the command's own line, for bash counts time in an exported SECONDS
    HARK (build/hark)         the program; HARK_* settings of your own are passed on to it
    BENCH_DIR                 where databases are made: on a real disk, never a tmpfs
    PEERS                     the systems to run, as "hark nginx"; all when empty
"""
import ctypes
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
TOOLS = Path(os.environ.get("TOOLS", ROOT / "build/bench"))
HARK = str(Path(os.environ.get("HARK", ROOT / "build/hark")).resolve())
MODEL = ROOT / "models/hark-ngram.bin"
DATA = Path(os.environ.get("DATA", ROOT / "../shared/data"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = float(os.environ.get("SECONDS", "2"))
if ROUNDS < 1 or SECONDS <= 0:
    raise SystemExit("ROUNDS and SECONDS must be above 0")
KEY = "bench-key"
HEADERS = ["-H", f"X-API-Key: {KEY}", "-H", "Content-Type: application/json"]
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def say(text):
    print(text, file=sys.stderr, flush=True)


def setting(name, default):
    return type(default)(os.environ.get(name, default))


def is_wanted(name):
    peers = os.environ.get("PEERS", "").split()
    return not peers or name in peers


class Void(Exception):
    """A wrong answer or a lost row: the figures of this row are worth nothing."""


def check(claim, what):
    if not claim:
        raise Void(what)


def environment():
    """What a measured program may see: no keys, no webhook, no database of the caller's own."""
    kept = {name: value for name, value in os.environ.items()
            if name in ("PATH", "HOME", "LANG", "TMPDIR") or name.startswith("HARK_")}
    ours = {"HARK_MODEL": MODEL, "HARK_SEARCH_MODEL": ROOT / "models/hark-vectors.bin"}
    return {**{name: str(path) for name, path in ours.items() if path.exists()}, **kept}


# -- Servers ------------------------------------------------------------------------------------

def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Server:
    """A process that listens on `port`; `with` ends it and all it started."""

    def __init__(self, name, directory, cores=None):
        self.name, self.dir, self.cores = name, Path(directory), cores
        self.dir.mkdir(parents=True, exist_ok=True)
        self.port, self.process = free_port(), None
        self.database = self.dir / "feedback.db"
        self.sync_file = self.dir / "syncs"
        self.log = self.dir / "log"

    def command(self):
        """The words to run and what to add to the environment."""
        if self.name == "hark":
            return [HARK, "serve"], {"API_KEY": KEY, "DATABASE_URL": f"sqlite:{self.database}",
                                     "HARK_HTTP_PORT": str(self.port), "HARK_LOG_LEVEL": "warn"}
        if self.name == "fastify":
            return ["node", BENCH / "peers/fastify_app.js", str(self.port), self.database], {}
        if self.name == "fastapi":
            return (["/usr/bin/python3", "-m", "uvicorn", "--app-dir", BENCH / "peers",
                     "--port", str(self.port), "--log-level", "warning", "--no-access-log",
                     "fastapi_app:app"],
                    {"DATABASE": str(self.database), "PYTHONDONTWRITEBYTECODE": "1"})
        text = (BENCH / "peers/nginx.conf").read_text()
        conf = self.dir / "nginx.conf"
        conf.write_text(text.replace("@PORT@", str(self.port)).replace("@DIR@", str(self.dir)))
        return ["/usr/sbin/nginx", "-e", "stderr", "-p", self.dir, "-c", conf], {}

    def start(self, count_syncs=True):
        """Starts it and waits for its first 200; gives the milliseconds that took."""
        words, more = self.command()
        if count_syncs:
            more = {**more, "LD_PRELOAD": str(TOOLS / "count_syncs.so"),
                    "SYNC_COUNT": str(self.sync_file)}
        if self.cores:
            words = ["taskset", "-c", self.cores, *words]
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [str(word) for word in words], env={**environment(), **more}, cwd=self.dir,
            stdin=subprocess.DEVNULL, stdout=self.log.open("ab"), stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=die_with_parent)
        while not self.is_ready():
            if self.process.poll() is not None or time.perf_counter() - began > 60:
                self.stop(signal.SIGKILL)
                raise SystemExit(f"{self.name} did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.001)
        return (time.perf_counter() - began) * 1e3

    def is_ready(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as peer:
                peer.settimeout(10)
                peer.sendall(b"GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
                return peer.recv(64).split(b" ")[1:2] == [b"200"]
        except OSError:
            return False

    def stop(self, how=signal.SIGTERM):
        if not self.process:
            return
        try:
            os.killpg(self.process.pid, how)
            self.process.wait(10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def pids(self):
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()
                and is_in_session(entry, self.process.pid)]

    def cpu_seconds(self):
        total = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / CLOCK_TICKS

    def memory_mb(self):
        """Resident memory of all its processes, what they map from files included."""
        kb = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Rss:"):
                    kb += int(line.split()[1])
        return kb / 1024

    def syncs(self):
        return int.from_bytes(self.sync_file.read_bytes()[:8], "little") \
            if self.sync_file.exists() else 0

    def call(self, method, path, body=None, content_type="application/json"):
        """One request, answered with 2xx, as the JSON it holds."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         data=body, headers={"X-API-Key": KEY})
        if body is not None:
            request.add_header("Content-Type", content_type)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)


def is_in_session(entry, session):
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[3]) == session
    except (OSError, IndexError):
        return False


class workplace:
    """A directory for one row's databases, removed at the end however the row ends."""

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        parent = Path(os.environ.get("BENCH_DIR", TOOLS / "work"))
        parent.mkdir(parents=True, exist_ok=True)
        self.path = Path(tempfile.mkdtemp(prefix="row-", dir=parent))
        os.chmod(self.path, 0o755)  # nginx's worker is not root
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


# -- Load ---------------------------------------------------------------------------------------

def make_corpus(directory, count, form, seed=1):
    path = Path(directory) / f"{form}-{count}-{seed}"
    if not path.exists():
        with path.open("w") as out:
            subprocess.run([BENCH / "corpus/generate", str(count), form, str(seed)],
                           stdout=out, check=True)
    return path


def run_tool(name, *words):
    done = subprocess.run([str(word) for word in (TOOLS / name, *words)],
                          stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def load(server, path, phases, *more, connections=64, cores=None):
    """Runs the load tool; one dict a phase. The last also has the server's CPU per request."""
    words = [word for phase in phases for word in ("-p", phase)]
    words += ["-c", connections, *HEADERS, *more, server.port, path]
    pin = ["taskset", "-c", cores] if cores else []
    before, syncs = server.cpu_seconds(), server.syncs()
    done = subprocess.run([str(word) for word in [*pin, TOOLS / "load", *words]],
                          stdout=subprocess.PIPE, text=True)
    check(done.returncode == 0, f"{server.name}: the load tool failed")
    figures = [json.loads(line) for line in done.stdout.splitlines()]
    requests = sum(figure["requests"] for figure in figures)
    figures[-1]["cpu_us"] = (server.cpu_seconds() - before) * 1e6 / max(requests, 1)
    figures[-1]["rows_per_sync"] = requests / max(server.syncs() - syncs, 1)
    return figures


# -- Truth --------------------------------------------------------------------------------------

def check_texts(server, id_file, bodies, count=50):
    """Reads some acknowledged rows back by the API; only every eighth text may be redacted."""
    texts = [json.loads(line)["text"] for line in Path(bodies).read_text().splitlines()]
    kept = [line.split() for line in Path(id_file).read_text().splitlines()]
    kept = [(int(line), int(id)) for line, id in kept if int(line) % 8 != 7]
    for line, id in random.Random(1).sample(kept, min(count, len(kept))):
        answer = server.call("GET", f"/v1/feedback/{id}")
        check(answer["text"] == texts[line], f"{server.name}: feedback {id} has another text")


def check_kept(server, id_file):
    """After a kill -9: every acknowledged id is in the database, and no two were the same."""
    ids = [int(line.split()[1]) for line in Path(id_file).read_text().splitlines()]
    check(len(set(ids)) == len(ids), f"{server.name}: an id was given twice")
    db = sqlite3.connect(server.database)
    stored = {id for (id,) in db.execute("SELECT id FROM feedback")}
    db.close()
    lost = set(ids) - stored
    check(not lost, f"{server.name}: {len(lost)} acknowledged rows are lost: {sorted(lost)[:5]}")
    return len(ids), len(stored)


# -- Report -------------------------------------------------------------------------------------

def median(values):
    return statistics.median(values)


def spread(values):
    """Median and interquartile range, as text."""
    values = sorted(values)
    if len(values) < 2:
        return number(values[0])
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{number(median(values))} ({number(low)}-{number(high)})"


def number(value):
    if value is None:
        return "-"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def ms(us):
    return us / 1000


def ratio(ours, theirs):
    return f"{ours / theirs:.2f}x" if theirs else "-"


def table(head, rows):
    print("\n| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print(flush=True)


def measure_syncs(directory, seconds=1.0):
    """4 KiB append + fdatasync, as often as the disk likes."""
    path, count, block = Path(directory) / "fdatasync", 0, b"x" * 4096
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        os.write(fd, block)
        os.fdatasync(fd)
        count += 1
    os.close(fd)
    path.unlink()
    return count / seconds


def machine_line(directory):
    model = next((line.partition(":")[2].strip() for line in open("/proc/cpuinfo")
                  if line.startswith("model name")), os.uname().machine)
    kind = subprocess.run(["findmnt", "-no", "FSTYPE", "-T", str(directory)], text=True,
                          stdout=subprocess.PIPE).stdout.strip() or "unknown file system"
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return (f"{model}, {os.cpu_count()} cores, Linux {os.uname().release}, {kind}, "
            f"{number(measure_syncs(directory))} fdatasync/s, load {os.getloadavg()[0]:.1f}, "
            f"{ROUNDS} rounds of {SECONDS:g} s, {now} UTC")


def run_row(title, row):
    """Runs `row(directory)`, which prints its tables; a Void ends it with a line saying so."""
    print(f"# {title}\n")
    with workplace() as directory:
        print(f"{machine_line(directory)}. Median (interquartile range).", flush=True)
        try:
            row(directory)
        except Void as why:
            print(f"\n**VOID: {why}**")
            sys.exit(1)
