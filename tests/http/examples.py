"""The examples of the documentation, run as they stand there."""

import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess

from harness import BINARY, KEY, same
from stand_in import StandIn

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs")


def _blocks(name, heading):
    """The shell commands under a heading."""
    with open(os.path.join(DOCS, name), encoding="utf-8") as file:
        section = file.read().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", section, re.M | re.S)


def _run(server, *blocks):
    """What the commands print, each block in the same shell; none may fail."""
    values = {"http://localhost:8000": f"http://127.0.0.1:{server.port}", "hark_live_...": KEY}
    script = "set -eu -o pipefail\n" + "".join(blocks)
    for here, there in values.items():
        same(script.count(here), 1, f"how often {here} stands there")
        script = script.replace(here, there)
    path = os.path.dirname(os.path.abspath(BINARY[0])) + ":" + os.environ["PATH"]
    done = subprocess.run(["bash", "-c", script], cwd=server.folder, capture_output=True, text=True,
                          timeout=60, check=False, env={**server.settings, "PATH": path})
    same(done.returncode, 0, f"the exit code ({done.stdout}{done.stderr})")
    return done.stdout


def _values(text):
    """JSON values that stand one after the other."""
    decoder, values = json.JSONDecoder(), []
    while text.strip():
        value, end = decoder.raw_decode(text.lstrip())
        values.append(value)
        text = text.lstrip()[end:]
    return values


def _let_a_day_pass(house, server):
    server.own_folder = False
    server.stop()
    with contextlib.closing(sqlite3.connect(server.path("hark.db"))) as database, database:
        database.execute("UPDATE experiments SET started_at = started_at - 86400000000")
    again = house.start(folder=server.folder, settings=server.settings)
    again.own_folder = True
    return again


def a_prompt_goes_from_an_idea_to_all_customers_and_back(house):
    for program in ("bash", "curl", "jq"):
        if shutil.which(program) is None:
            house.skip(f"there is no {program}")
    (settings, make, replay, start, compare, promote, roll_back) = _blocks(
        "prompts.md", "From an idea to all customers: an example")
    with StandIn() as model:
        server = house.start(settings=model.settings(SYNC_BUDGET_MS="20000"))
        for number in range(10):
            server.client.add(f"Great, it crashed again, the {number}th time. Thanks a lot!")
        (made,) = _values(_run(server, settings, make))
        same((made["version"], made["is_active"]), ("v2", False), "what was made")
        assert made["tokens"] < 200, made
        assert "Great, it crashed again" in server.client.get("/v1/prompts/v2").json["rules"]
        assert "10 messages" in _run(server, settings, replay)
        (started,) = _values(_run(server, settings, start))
        same(started, {"status": "running", "share": 0.1}, "the experiment")
        for number in range(60):
            server.client.add(f"The parcel came in box {number}.", customer=f"customer {number}")
        (arms,) = _values(_run(server, settings, "EXPERIMENT=1\n", compare))
        assert arms["active"]["asked"] > arms["canary"]["asked"] > 0, arms
        assert None not in (arms["canary"]["alert_rate"], arms["canary"]["cost_usd_each"],
                            arms["canary"]["latency_ms"]), arms
        same(sum(arms["canary"]["sentiment"].values()), arms["canary"]["asked"], "the sentiments")
        server = _let_a_day_pass(house, server)
        same(_run(server, settings, "EXPERIMENT=1\n", promote), '"promoted"\n', "promoting")
        same(server.client.add("It came in a green box then.")["prompt_version"], "v2", "in use")
        same(_run(server, settings, "EXPERIMENT=1\n", roll_back), '"rolled_back"\nv1\n', "back")
