"""What language models cost: the figures and their table, budgets, and what a crash leaves open.

The calls stand in the database before the server starts, as if it had made them."""

import contextlib
import csv
import datetime
import io
import sqlite3

from harness import Client, Server, same, with_second_tenant

DAY_US = 86400 * 10**6
EPOCH = datetime.datetime(1970, 1, 1)
TODAY = datetime.datetime.utcnow().replace(hour=0, minute=0, second=0, microsecond=0)
MONTH = TODAY.replace(day=1)


def _us(moment):
    return int((moment - EPOCH).total_seconds()) * 10**6


def _insert(database, table, row):
    database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
                     tuple(row.values()))


def _day(database, **row):
    _insert(database, "usage_days", {
        "tenant_id": 1, "day": _us(TODAY), "job": "classify", "provider": "openai", "model": "m",
        "prompt_version": "v1", "calls": 1, "failed": 0, "lost": 0, "unpriced": 0,
        "cost_nano_usd": 65000, "input_tokens": 350, "output_tokens": 60, "cached_tokens": 0, **row})


def _month(database, tenant_id, spent, reserved=0):
    _insert(database, "usage_months", {"tenant_id": tenant_id, "month": _us(MONTH),
                                       "spent_nano_usd": spent, "reserved_nano_usd": reserved})


def _restart_with(house, insert, **settings):
    server = house.start(settings=settings)
    server.own_folder = False
    server.stop()
    with contextlib.closing(sqlite3.connect(server.path("hark.db"))) as database, database:
        insert(database)
    again = house.start(folder=server.folder, settings=settings)
    again.own_folder = True
    return again


def _named(lines):
    return {line["name"]: (line["calls"], round(line["cost"] * 1e9)) for line in lines}


def nothing_was_asked_and_nothing_cost(house):
    report = house.client.get("/v1/usage").json
    same((report["total"]["calls"], report["total"]["cost"]), (0, 0), "the total")
    same([report[key] for key in report if key.startswith("by_")], [[]] * 6, "the lines")
    same((report["budget"]["limit"], report["budget"]["used"]), (None, None), "the budget")
    same(report["budget"]["month"], MONTH.strftime("%Y-%m"), "the month")
    same(report["since"][:10], MONTH.strftime("%Y-%m-%d"), "the first day")
    feedback = house.client.add("The invoice was wrong again and nobody answers")
    same((feedback["cost"], feedback["tokens"]), (0, None), "what the local model costs")
    analysis = house.client.get(f"/v1/feedback/{feedback['id']}/analyses").json["data"][0]
    same((analysis["cost_nano_usd"], analysis["tokens"]), (0, None), "its analysis")
    metrics = house.server.metrics()
    same((metrics["llm_cost_usd_total"], metrics["budget_used_ratio"]), (0, 0), "the metrics")


def calls_are_counted_by_everything_they_have_in_common(house):
    def insert(database):
        _day(database)
        _day(database, job="ticket", model="large", cost_nano_usd=900000, calls=2, failed=1)
        _day(database, provider="anthropic", prompt_version="", cost_nano_usd=1, lost=1)
        _day(database, day=_us(TODAY) - DAY_US, cost_nano_usd=7)
        _day(database, day=_us(TODAY) - 90 * DAY_US, cost_nano_usd=11)
        _day(database, tenant_id=2, cost_nano_usd=5000)
    server = _restart_with(house, insert)
    since = (TODAY - datetime.timedelta(days=1)).strftime("%Y-%m-%d")
    until = (TODAY + datetime.timedelta(days=1)).strftime("%Y-%m-%d")
    report = server.client.get(f"/v1/usage?since={since}&until={until}").json
    same(_named([report["total"]]), {"all": (5, 965008)}, "the total")
    same((report["total"]["failed"], report["total"]["lost"]), (1, 1), "failed and lost")
    same(report["total"]["tokens"], {"input": 1400, "output": 240, "cached": 0}, "the tokens")
    same(_named(report["by_day"]), {since: (1, 7), TODAY.strftime("%Y-%m-%d"): (4, 965001)}, "days")
    same(_named(report["by_job"]), {"classify": (3, 65008), "ticket": (2, 900000)}, "the jobs")
    same(_named(report["by_provider"]), {"openai": (4, 965007), "anthropic": (1, 1)}, "providers")
    same(_named(report["by_model"]), {"openai:m": (2, 65007), "openai:large": (2, 900000),
                                      "anthropic:m": (1, 1)}, "the models")
    same(_named(report["by_prompt_version"]), {"v1": (4, 965007), "none": (1, 1)}, "the prompts")
    long_ago = (TODAY - datetime.timedelta(days=100)).strftime("%Y-%m-%d")
    report = server.client.get(f"/v1/usage?since={long_ago}&until={until}").json
    same(sum(line["calls"] for line in report["by_month"]), 6, "over the months")
    assert len(report["by_month"]) >= 2, report["by_month"]


def the_table_runs_nothing_in_a_spreadsheet(house):
    def insert(database):
        _day(database, model="=cmd|'/c calc'!A0", prompt_version="@sum", cost_nano_usd=65)
        _day(database, model='with "quotes", commas')
    server = _restart_with(house, insert)
    answer = server.client.get("/v1/usage/report.csv")
    same((answer.status, answer.headers["content-type"]), (200, "text/csv; charset=utf-8"), "it")
    assert "attachment" in answer.headers["content-disposition"], answer.headers
    rows = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
    same([row["model"] for row in rows], ["'=cmd|'/c calc'!A0", 'with "quotes", commas'], "models")
    same((rows[0]["prompt_version"], rows[0]["cost_usd"]), ("'@sum", "0.000000065"), "the first")
    same((rows[0]["day"], rows[0]["calls"]), (TODAY.strftime("%Y-%m-%d"), "1"), "its day")


def a_range_must_make_sense(house):
    for query, field in (("since=2026-02-02&until=2026-02-01", "until"),
                         ("since=2020-01-01&until=2026-01-01", "since"), ("since=soon", "since")):
        for path in ("/v1/usage", "/v1/usage/report.csv"):
            answer = house.client.get(f"{path}?{query}")
            same((answer.status, answer.json["error"]["field"]), (422, field), path + query)
    same(house.client.get("/v1/usage?colour=red").status, 422, "an unknown parameter")
    report = house.client.get("/v1/usage?since=2026-02-10T12:00:00Z&until=2026-02-12").json
    same((report["since"][:19], report["until"][:10]), ("2026-02-10T00:00:00", "2026-02-12"), "days")


def a_key_needs_the_scope(house):
    def client_of(scopes):
        key = house.client.post("/v1/keys", {"name": "usage", "scopes": scopes}).json["key"]
        return Client(house.server, key=key)
    for path in ("/v1/usage", "/v1/usage/report.csv"):
        same(client_of("feedback:read analyze").get(path).status, 403, path)
    reader = client_of("usage:read")
    same(reader.get("/v1/usage/report.csv").status, 200, "the table")
    same(reader.get("/v1/usage").json["server_budget"], None, "the server's budget")
    assert house.client.get("/v1/usage").json["server_budget"] is not None


def budgets_say_how_much_of_them_is_used(house):
    def insert(database):
        _month(database, 1, 2_000_000_000, 500_000_000)
        _month(database, 0, 6_000_000_000)
    server = _restart_with(house, insert, AI_MONTHLY_BUDGET_USD="8.00")
    same(server.client.put("/v1/configurations/ai.monthly_budget_usd", {"value": 5}).status, 200)
    report = server.client.get("/v1/usage").json
    same(report["budget"], {"month": MONTH.strftime("%Y-%m"), "limit": 5, "spent": 2,
                            "reserved": 0.5, "used": 0.5}, "the tenant's")
    same((report["server_budget"]["limit"], report["server_budget"]["used"]), (8, 0.75), "all")
    same(server.metrics()["budget_used_ratio"], 0.75, "the gauge")
    for value in (-1, 1e7, "5", True):
        answer = server.client.put("/v1/configurations/ai.monthly_budget_usd", {"value": value})
        same(answer.status, 422, repr(value))


def a_tenant_sees_its_own_alone(house):
    server, other = with_second_tenant(house, _restart_with(house, _day))
    same(other.get("/v1/usage").json["total"]["calls"], 0, "the other's calls")
    same(other.get("/v1/usage/report.csv").body.count(b"\n"), 1, "the other's table")
    same(server.client.get("/v1/usage").json["total"]["calls"], 1, "its own")


def what_a_crash_left_open_counts_in_full(house):
    def insert(database):
        _insert(database, "usage", {
            "tenant_id": 1, "job": "classify", "provider": "openai", "model": "m",
            "prompt_version": "v1", "reserved_nano_usd": 400_000, "outcome": "reserved",
            "created_at": max(_us(MONTH), _us(TODAY) - DAY_US)})
        _month(database, 1, 100_000, 400_000)
        _month(database, 0, 100_000, 400_000)
    server = _restart_with(house, insert)
    report = server.client.get("/v1/usage").json
    same((report["total"]["calls"], report["total"]["lost"]), (1, 1), "the calls")
    same(report["total"]["cost"], 0.0004, "what it counts as")
    same((report["budget"]["spent"], report["budget"]["reserved"]), (0.0005, 0), "the month")
    server.wait_for_log("calls_without_a_bill", calls=1)
    same(server.rows("SELECT outcome, cost_nano_usd FROM usage"), [("lost", 400_000)], "its row")


def settings_that_make_no_sense_are_refused_at_start(house):
    for name, value in (("AI_MONTHLY_BUDGET_USD", "ten"), ("AI_MONTHLY_BUDGET_USD", "-1"),
                        ("AI_OVER_BUDGET", "sample:0"), ("AI_OVER_BUDGET", "remote")):
        server = Server(settings={name: value}, wait=False)
        same(server.process.wait(timeout=30), 1, f"the exit code with {name}={value}")
        with open(server.log_path, encoding="utf-8") as log:
            assert name in log.read(), f"{name} is not named"
        server.abandon()
