"""Celery on a Redis that keeps nothing (CELERY_PORT): queue_celery.py JOBS. It starts its own worker, with a
process for each core; what was done stands in CELERY_FILE, a line of fixed width a job."""
import json
import os
import subprocess
import sys
import time

from celery import Celery

SINGLE_JOBS = 300
LINE = "%010d %020d\n"
WIDTH = len(LINE % (0, 0))

port, path = os.environ["CELERY_PORT"], os.environ["CELERY_FILE"]
app = Celery("queue_celery", broker=f"redis://127.0.0.1:{port}/0")
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=64,
                broker_pool_limit=4)
out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


@app.task(name="noop")
def noop(number):
    os.write(out, (LINE % (number, time.monotonic_ns())).encode())


def wait_for(count):
    while os.path.getsize(path) < count * WIDTH:
        time.sleep(0.0005)


def rows():
    with open(path) as file:
        return [tuple(map(int, line.split())) for line in file]


def measure(jobs):
    noop.delay(jobs + SINGLE_JOBS)  # once all processes are there, the time begins
    wait_for(1)
    began = time.monotonic()
    with app.producer_pool.acquire(block=True) as producer:
        for number in range(jobs):
            noop.apply_async((number,), producer=producer)
    wait_for(jobs + 1)
    seconds = time.monotonic() - began
    latencies = []
    for i in range(SINGLE_JOBS):
        from_ns = time.monotonic_ns()
        noop.delay(jobs + i)
        wait_for(jobs + 2 + i)
        latencies.append((rows_tail()[1] - from_ns) / 1000)
    latencies.sort()
    numbers = [number for number, _ in rows()]
    once = sorted(numbers) == list(range(jobs + SINGLE_JOBS + 1))
    print(json.dumps({"jobs": jobs, "rate": jobs / seconds, "each_once": once,
                      "p50_us": round(latencies[SINGLE_JOBS // 2]),
                      "p99_us": round(latencies[SINGLE_JOBS * 99 // 100])}))


def rows_tail():
    with open(path, "rb") as file:
        file.seek(-WIDTH, os.SEEK_END)
        return tuple(map(int, file.read().split()))


if __name__ == "__main__":
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "--workdir", os.path.dirname(os.path.abspath(__file__)),
         "-A", "queue_celery", "worker", "-c", str(os.cpu_count()), "-l", "ERROR", "--without-gossip",
         "--without-mingle", "--without-heartbeat"], stdout=subprocess.DEVNULL)
    try:
        measure(int(sys.argv[1]))
    finally:
        worker.terminate()
        worker.wait()
