"""Experiments: a share for the canary, promotion, going back, and what came of the arms."""

import contextlib
import json
import sqlite3

from harness import same

BAD = "I hate this, it is broken and terrible."


def _version(client, version):
    answer = client.post("/v1/prompts", {"version": version, "rules": "Say it.", "why": "a test"})
    same(answer.status, 201, f"making {version}")


def _make(client, version="v2", **fields):
    answer = client.post("/v1/experiments", {"name": "shorter rules", "why": "they cost less",
                                             "canary": {"prompt_version": version}, **fields})
    same(answer.status, 201, "making an experiment")
    return f"/v1/experiments/{answer.json['id']}"


def _prepared(house):
    server = house.start()
    _version(server.client, "v2")
    return server, server.client


def _in_use(client):
    return [one["version"] for one in client.get("/v1/prompts").json["data"] if one["is_active"]]


def _refused(answer, status, words):
    same((answer.status, words in answer.json["detail"]), (status, True), f"{answer.json}")


def an_experiment_goes_from_draft_to_canary_to_all_and_back(house):
    server, client = _prepared(house)
    path = _make(client)
    read = client.get(path).json
    same((read["experiment"]["status"], read["experiment"]["active"]), ("draft", None), "at first")
    started = client.post(path + ":start", {"share": 0.1}).json
    same((started["status"], started["share"], started["active"]["prompt_version"]),
         ("running", 0.1, "v1"), "when it runs")
    same(_in_use(client), ["v1"], "what is in use while it runs")
    same(client.post(path + ":start", {"share": 0.5}).json["share"], 0.5, "a greater share")
    _refused(client.post(path + ":promote", None), 409, "0 of 24 hours")
    promoted = client.post(path + ":promote", {"force": True})
    same((promoted.status, promoted.json["status"]), (200, "promoted"), "promoting it")
    same(_in_use(client), ["v2"], "what is in use then")
    back = client.post(path + ":rollback", None)
    same((back.status, back.json["status"]), (200, "rolled_back"), "rolling it back")
    same(_in_use(client), ["v1"], "what is in use at the end")
    _refused(client.post(path + ":rollback", None), 409, "rolled_back")
    _refused(client.post(path + ":start", {"share": 0.1}), 409, "over")
    rows = server.rows("SELECT action FROM audit_log WHERE subject = 'experiment 1' ORDER BY id")
    same([row[0] for row in rows],
         ["experiment.created", "experiment.started", "experiment.started", "experiment.promoted",
          "experiment.rolled_back"], "the audit log")


def a_canary_of_a_day_needs_no_force(house):
    server, client = _prepared(house)
    path = _make(client)
    client.post(path + ":start", {"share": 0.1})
    _change(server, "UPDATE experiments SET started_at = started_at - 86400000000")
    server = house.start(folder=server.folder)
    same(server.client.post(path + ":promote", None).json["status"], "promoted", "promoting it")


def _change(server, sql, *rows):
    """With the server stopped, as it owns its database."""
    if server.own_folder:
        server.own_folder = False
        server.stop()
    with contextlib.closing(sqlite3.connect(server.path("hark.db"))) as database, database:
        database.executemany(sql, rows or [()])


def of_a_task_one_experiment_runs_at_a_time(house):
    _, client = _prepared(house)
    first, second = _make(client), _make(client)
    client.post(first + ":start", {"share": 0.1})
    _refused(client.post(second + ":start", {"share": 0.1}), 409, "another experiment")
    _refused(client.post("/v1/prompts/v2:activate", None), 409, "is running")
    _refused(client.post("/v1/prompts/v2:retire", None), 409, "is trying it")
    same(client.post(first + ":rollback", None).status, 200, "ending the first")
    same(client.post(second + ":start", {"share": 0.1}).status, 200, "starting the second")
    same([one["status"] for one in client.get("/v1/experiments").json["data"]],
         ["running", "rolled_back"], "the list, the newest first")


def what_came_into_use_since_is_not_taken_back(house):
    _, client = _prepared(house)
    _version(client, "v3")
    path = _make(client)
    client.post(path + ":start", {"share": 1})
    client.post(path + ":promote", {"force": True})
    client.post("/v1/prompts/v3:activate", None)
    _refused(client.post(path + ":rollback", None), 409, "'v3' has come into use")


def a_bad_experiment_is_refused_with_field_and_rule(house):
    client = house.client
    good = {"name": "x", "why": "y", "canary": {"prompt_version": "v1"}}
    for change, field in (({"canary": {"prompt_version": "none"}}, "canary/prompt_version"),
                          ({"canary": {"prompt_version": "v1", "model": "m"}}, "canary/model"),
                          ({"canary": None}, "canary"), ({"mode": "coin"}, "mode"),
                          ({"task": "poetry"}, "task"), ({"name": ""}, "name"),
                          ({"share": 0.1}, "share")):
        answer = client.post("/v1/experiments", {**good, **change})
        same((answer.status, answer.json["error"]["field"]), (422, field), f"{change}")
        assert answer.json["detail"].startswith((f"{field} must ", f"{field} is ")), answer
    by_id = client.post("/v1/experiments", {**good, "mode": "id"}).json["id"]
    for share in (0, 1.1, -1, None, 0.05):
        answer = client.post(f"/v1/experiments/{by_id}:start", {"share": share})
        same((answer.status, answer.json["error"]["field"]), (422, "share"), f"{share}")
        if share in (0, 1.1, -1):
            same(answer.json["detail"], "share must be more than 0 and at most 1", f"{share}")
    same(client.post(f"/v1/experiments/{by_id}:promote", None).status, 409, "promoting a draft")
    same(client.get("/v1/experiments/999").status, 404, "one that there is not")
    same(client.post("/v1/experiments/999:rollback", None).status, 404, "rolling it back")


def _analysis(feedback_id, arm, sentiment, topic, method="ai", cost=0, latency=200_000):
    return (feedback_id, method, sentiment, topic, cost, latency, arm)


ADD = ("INSERT INTO analyses (tenant_id, feedback_id, processing_method, sentiment, topic, severity,"
       " confidence, scores, topics, cost_nano_usd, latency_us, created_at, experiment_id, arm)"
       " VALUES (1, ?, ?, ?, ?, 'low', 0.9, '[]', '[]', ?, ?, 0, 1, ?)")


CALL = ("INSERT INTO usage (tenant_id, job, provider, model, prompt_version, reserved_nano_usd,"
        " outcome, cost_nano_usd, created_at) SELECT 1, ?, 'canned', 'script', ?, 900, ?, ?,"
        " started_at + ? FROM experiments WHERE id = 1")


def what_came_of_the_arms_is_compared(house):
    server, client = _prepared(house)
    path = _make(client)
    client.post(path + ":start", {"share": 0.5})
    ids = [client.add(f"{BAD} {number}")["id"] for number in range(4)]
    calm = client.add("The parcel came on Tuesday at noon.")["id"]
    client.patch(f"/v1/feedback/{ids[0]}", {"sentiment": "mixed", "topic": "billing"})
    client.patch(f"/v1/feedback/{ids[0]}", {"sentiment": "negative"})
    client.patch(f"/v1/feedback/{ids[1]}", {"sentiment": "mixed"})
    alerts = [client.get(f"/v1/feedback/{one}").json["alert_triggered"] for one in (*ids, calm)]
    _change(server, ADD, _analysis(ids[0], "active", "negative", "bug"),
            _analysis(ids[1], "active", "mixed", "bug", latency=400_000),
            _analysis(calm, "active", "neutral", "general", method="cache", latency=10),
            _analysis(ids[0], "canary", "negative", "billing"),
            _analysis(ids[1], "canary", "negative", "bug", method="ml_fallback"),
            _analysis(ids[2], "canary", "negative", "bug", latency=100_000))
    _change(server, CALL, ("classify", "v1", "ok", 1000, 1), ("classify", "v1", "ok", 1000, 2),
            ("classify", "v2", "ok", 500, 1), ("classify", "v2", "repaired", 300, 2),
            ("classify", "v2", "failed", None, 3), ("classify", "v2", "lost", None, 4),
            ("replay", "v2", "ok", 77, 5), ("classify", "v2", "ok", 55, -1))
    server = house.start(folder=server.folder)
    results = server.client.get(path).json["results"]
    active, canary = results["active"], results["canary"]
    same((active["asked"], active["cached"], active["calls"], active["failed"]), (2, 1, 2, 0),
         "active: how many")
    same((canary["asked"], canary["cached"], canary["calls"], canary["failed"]), (2, 0, 4, 2),
         "canary: how many")
    same(active["sentiment"], {"positive": 0, "negative": 1, "neutral": 1, "mixed": 1}, "labels")
    same(canary["topic"]["billing"], 1, "topics")
    same((active["corrected"], round(active["agreement"], 4)), (3, 0.6667), "active: agreement")
    same((canary["corrected"], canary["agreement"]), (2, 1), "canary: agreement")
    same(active["alert_rate"],
         round(sum(alerts[at] for at in (0, 1, 4)) / 3, 4), "active: alert rate")
    same((active["cost_usd"], canary["cost_usd"]), (0.000002, 0.0000017), "costs")
    same((active["latency_ms"], active["latency_p95_ms"]), (300, 400), "active: latency")
    same(canary["latency_ms"], 150, "canary: latency")


def calls_that_the_ledger_has_forgotten_are_told_of(house):
    server, client = _prepared(house)
    path = _make(client)
    same(client.get(path).json["results"]["canary"]["calls_since"], None, "a draft's calls")
    started = client.post(path + ":start", {"share": 0.5}).json["started_at"]
    feedback = client.add(BAD)["id"]
    _change(server, ADD, _analysis(feedback, "canary", "negative", "bug"))
    _change(server, CALL, ("classify", "v2", "ok", 500, 1))
    server = house.start(folder=server.folder)
    canary = server.client.get(path).json["results"]["canary"]
    same((canary["calls_since"], canary["cost_usd_each"]), (started, 0.0000005), "with all of them")
    server.own_folder = True
    _change(server, "INSERT INTO usage_kept (one, since) SELECT 1, started_at + 1000000"
                    " FROM experiments WHERE id = ?", (1,))
    server = house.start(folder=server.folder)
    server.own_folder = True
    canary = server.client.get(path).json["results"]["canary"]
    same(canary["calls_since"] > started, True, "from when on they are counted")
    same(canary["cost_usd_each"], None, "the cost of each")


def _canned(house):
    """A server that asks a script, which says of every text that it is positive."""
    first = house.start()
    path = first.path("script")
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps({"reply": REPLY}) + "\n")
    first.own_folder = False
    first.stop()
    server = house.start(folder=first.folder, settings={"HARK_AI_CANNED": path})
    server.own_folder = True
    _version(server.client, "v2")
    return server, server.client


REPLY = {"sentiment": "positive", "confidence": 0.9, "topic": "general", "severity": "low",
         "language": "en", "summary": "The customer is glad.", "urgent": False,
         "injection_suspected": False}
TEXTS = [f"The app works quite well on my telephone number {number}." for number in range(40)]


def a_running_canary_is_asked_at_once_and_its_subjects_stay(house):
    server, client = _canned(house)
    same(client.add(TEXTS[0], customer="anna")["prompt_version"], "v1", "before it runs")
    path = _make(client)
    client.post(path + ":start", {"share": 0.5})
    versions = {}
    for number, text in enumerate(TEXTS):
        versions[number] = client.add(text, customer=f"customer {number}")["prompt_version"]
    canaries = sum(version == "v2" for version in versions.values())
    assert 6 < canaries < 34, versions
    for number in (0, 1, 2, 3):
        again = client.add(f"Another message, all of it new, {number}.",
                           customer=f"customer {number}")
        same(again["prompt_version"], versions[number], f"customer {number}")
    made = {}
    for row in client.all():
        newest = client.get(f"/v1/feedback/{row['id']}/analyses").json["data"][0]
        made.setdefault((newest["experiment_id"], newest["arm"]), set()).add(row["prompt_version"])
    same(made, {(None, None): {"v1"}, (1, "active"): {"v1"}, (1, "canary"): {"v2"}},
         "in which experiment and arm each version was asked")
    results = client.get(path).json["results"]
    asked = {arm: results[arm]["asked"] + results[arm]["cached"] for arm in results}
    same(sum(asked.values()), len(TEXTS) + 4, "what both arms have made")
    same(results["canary"]["sentiment"]["positive"], asked["canary"], "what the script says")
    same(results["canary"]["calls"], results["canary"]["asked"], "the calls that were paid for")
    client.post(path + ":rollback", None)
    same({client.add(text + " Again.", customer=f"customer {number}")["prompt_version"]
          for number, text in enumerate(TEXTS[:10])}, {"v1"}, "after it was rolled back")
    rows = server.rows("SELECT COUNT(*) FROM analyses WHERE experiment_id = 1")
    same(rows[0][0], len(TEXTS) + 4, "what was made in the experiment")
