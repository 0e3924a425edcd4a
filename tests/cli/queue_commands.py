"""The commands of the queue: looking at what waits and what was given up, putting back, removing, and
sending past events again."""

import contextlib
import json
import os
import re
import sqlite3
import time
import uuid

from house import Terminal, test

KIND = "sweep"  # a kind that every Hark has
NOW_US = time.time_ns() // 1000
HISTORY = [{"attempt": 1, "at": "2026-11-20T08:00:00.000Z", "error": "the disk is full"}]


def _fill(house, jobs=3, dead=2):
    """A database in which jobs wait for tomorrow and others have died: the ids of both."""
    house.run("queue")
    common = "id, tenant_id, kind, lane, priority, payload, created_at"
    ids = [str(uuid.uuid4()) for _ in range(jobs + dead)]
    with contextlib.closing(sqlite3.connect(house.path("hark.db"))) as database, database:
        for id in ids[:jobs]:
            database.execute(
                f"INSERT INTO queue_jobs ({common}, state, run_at, attempts, fence)"
                " VALUES (?, 1, ?, '1', 0, '{\"feedback_id\":7}', ?, 'delayed', ?, 0, 0)",
                (id, KIND, NOW_US, NOW_US + 86400 * 10**6))
        for id in ids[jobs:]:
            database.execute(
                f"INSERT INTO dead_letters ({common}, attempts, fence, history, error, died_at)"
                " VALUES (?, 1, ?, '1', 0, '{}', ?, 3, 3, ?, 'it is broken', ?)",
                (id, KIND, NOW_US, json.dumps(HISTORY), NOW_US))
    return ids[:jobs], ids[jobs:]


def _looks(house, jobs, dead):
    text = house.run("queue").out
    assert text.startswith(f"{len(jobs)} waiting; 0 of "), text
    assert f"; {len(dead)} dead\n" in text, text
    row = re.search(rf"^{KIND} .*$", text, re.M).group()
    assert row.split() == [KIND, "0", str(len(jobs)), "0", "0/1", "-", "0.0", str(len(dead))], row
    assert max(map(len, text.splitlines())) < 80, text
    queue = house.run("queue", "show", "--json").json
    assert (queue["depth"], queue["dead"]) == (len(jobs), len(dead)), queue

    rows = house.run("queue", "list", "--json").lines
    assert [row["id"] for row in rows] == jobs and rows[0]["state"] == "delayed", rows
    rows = house.run("queue", "list", "--dead", "--kind", KIND, "--json").lines
    assert [row["id"] for row in rows] == dead and rows[0]["error"] == "it is broken", rows
    listed = house.run("queue", "list", "--dead").out.splitlines()
    assert len(listed) == 1 + len(dead) and dead[0] in listed[1] and "it is broken" in listed[1]
    assert house.run("queue", "list", "--state", "ready", "--json").lines == []
    cut = house.run("queue", "list", "--limit", "1")
    assert len(cut.out.splitlines()) == 2 and "there are more" in cut.err, cut

    job = house.run("queue", "inspect", jobs[0]).out
    assert re.search(r"^state +delayed$", job, re.M) and '{"feedback_id":7}' in job, job
    letter = house.run("queue", "inspect", dead[0]).out
    assert re.search(r"^error +it is broken$", letter, re.M), letter
    assert re.search(r"^failed +\{.*the disk is full.*\}$", letter, re.M), letter
    assert house.run("queue", "inspect", dead[0], "--json").json["history"] == HISTORY
    assert "no job and no dead letter" in house.run("queue", "inspect", str(uuid.uuid4()), code=1).err


def _mends(house, jobs, dead):
    assert house.run("queue", "redrive", dead[0]).out == "1 put back\n"
    assert "hark: " in house.run("queue", "redrive", dead[0], code=1).err
    assert house.run("queue", "redrive", "--kind", "no_such").out == "0 put back\n"
    assert house.run("queue", "redrive", "--all", "--json").json == {"count": len(dead) - 1}
    assert house.run("queue", "list", "--dead", "--json").lines == []
    assert house.run("queue", "purge", "--state", "delayed", "--yes").out == f"{len(jobs)} removed\n"
    assert house.run("queue", "purge", "--dead", "--yes", "--json").json == {"count": 0}


@test
def looks_at_the_queue_and_mends_it(house):
    found = _fill(house)
    _looks(house, *found)
    _mends(house, *found)


@test
def looks_at_the_queue_and_mends_it_through_a_server(house):
    found = _fill(house)
    house.serve()
    _looks(house, *found)
    _mends(house, *found)


@test
def lists_more_than_one_answer_holds(house):
    jobs, _ = _fill(house, jobs=250)
    rows = house.run("queue", "list", "--limit", "1000", "--json").lines
    assert [row["id"] for row in rows] == jobs
    cut = house.run("queue", "list", "--limit", "201", "--json")
    assert len(cut.lines) == 201 and "there are more" in cut.err


@test
def watches_the_queue_line_by_line_where_it_is_no_terminal(house):
    _fill(house)
    assert "no server runs" in house.run("queue", "watch", code=1).err
    house.serve()
    lines = house.run("queue", "watch", "--every", "1", "--times", "2").out.splitlines()
    assert len(lines) == 2, lines
    for line in lines:
        assert re.fullmatch(r"[-\dT:.]+Z depth=3 oldest=0\.0 running=0 rate=[\d.]+ dead=2", line), line
    assert [row["depth"] for row in house.run("queue", "watch", "--times", "1", "--json").lines] == [3]


@test
def watches_the_queue_as_a_table_on_a_terminal(house):
    _fill(house)
    house.serve()
    terminal = Terminal(house, "queue", "watch", "--every", "1", "--times", "2")
    terminal.wait(r"3 waiting[\s\S]*kind +ready[\s\S]*sweep[\s\S]*3 waiting[\s\S]*sweep")
    assert "\033[H" in terminal.seen and terminal.end() == 0


@test
def purges_only_what_was_confirmed(house):
    _fill(house)
    assert "--yes" in house.run("queue", "purge", code=2).err
    for answer, left in (("y", 3), ("", 3), ("purge", 0)):
        terminal = Terminal(house, "queue", "purge", "--kind", KIND)
        terminal.wait(r"This removes 3 jobs for good\. Type 'purge' to go on: ")
        terminal.type(answer + "\r")
        terminal.wait("3 removed" if left == 0 else "nothing was removed")
        assert terminal.end() == (0 if left == 0 else 1)
        assert house.run("queue", "--json").json["depth"] == left


@test
def refuses_what_the_queue_cannot_do(house):
    for words in (["queue", "drop"], ["queue", "list", "x"], ["queue", "inspect"],
                  ["queue", "inspect", "../keys"], ["queue", "redrive"],
                  ["queue", "redrive", str(uuid.uuid4()), "--all"],
                  ["queue", "list", "--dead", "--state", "ready"]):
        assert house.run(*words, code=2).err.startswith("hark: "), words
    for words in (["queue", "list", "--limit", "0"], ["queue", "list", "--state", "dead"]):
        assert house.run(*words, code=1).err.startswith("hark: "), words


@test
def replays_events_and_says_what_is_wrong(house):
    assert "--events or --prompt" in house.run("replay", code=2).err
    assert "--events or --prompt" in house.run("replay", "--events", "--prompt", "v1", code=2).err
    for words in (["--to", "webhook:1"], ["--since", "1h"], ["--since", "1h", "--to", "mail:1"],
                  ["--since", "soon", "--to", "webhook:1"], ["--after", "-1", "--to", "webhook:1"],
                  ["--since", "1h", "--to", "webhook:0"], ["--since", "1x", "--to", "webhook:1"]):
        assert house.run("replay", "--events", *words, code=2).err.startswith("hark: "), words
    assert "webhook" in house.run("replay", "--events", "--since", "1h", "--to", "webhook:7", code=1).err


@test
def times_the_queue(house):
    figures = house.run("bench", "queue", "--jobs", "300", "--batch", "7", "--json").json
    assert (figures["jobs"], figures["batch"], figures["each_once"]) == (300, 7, True)
    assert figures["rate"] > 0 and figures["p50_us"] <= figures["p99_us"]
    assert re.match(r"65 jobs in batches of 64: \d+/s; ",
                    house.run("bench", "queue", "--jobs", "65").out)
    assert "--batch" in house.run("bench", "queue", "--batch", "100000", code=1).err
    house.run("bench", "queue", "x", code=2)
    assert not [name for name in os.listdir(house.folder) if "bench" in name]
