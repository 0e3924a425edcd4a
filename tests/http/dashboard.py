"""The numbers of the dashboard, against a recount made here from the list."""

import collections
import datetime
import random
import sqlite3
import threading

from harness import Client, same

TEXTS = ("I love this product, it is absolutely wonderful and works great every day!",
         "I hate this product. It is terrible, broken and a complete waste of money!",
         "The invoice is wrong again and I was charged twice for my subscription.",
         "Great camera, but the battery is awful and dies after an hour.",
         "Die neue Version ist leider sehr langsam und stürzt jeden Tag ab.",
         "ok")
NAMES = {"sentiment": "positive negative neutral mixed".split(),
         "topic": "bug feature_request billing performance ux general".split(),
         "severity": "critical high medium low".split(),
         "confidence": "high medium low".split()}
FIRST = datetime.datetime(2026, 2, 27, tzinfo=datetime.timezone.utc)  # over the end of a month
MILLISECONDS = 4 * 24 * 3600 * 1000


def _text(millisecond):
    at = FIRST + datetime.timedelta(milliseconds=millisecond)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def _random_time(chance):
    """Often on the edge of an hour or a day, where counting goes wrong first."""
    at = chance.randrange(MILLISECONDS)
    unit = chance.choice((1, 1, 1, 3600 * 1000, 24 * 3600 * 1000))
    return at - at % unit + chance.choice((0, 0, -1, 1) if unit > 1 and at >= unit else (0,))


def _count(items):
    """What /v1/dashboard/stats should say of these."""
    stats = {"total": len(items)}
    for name, field in (("sentiment", "sentiment"), ("topic", "topic"), ("severity", "severity"),
                        ("confidence", "confidence_score")):
        found = collections.Counter(item[field] for item in items)
        stats[name] = {value: found[value] for value in NAMES[name]}
    stats["source"] = dict(collections.Counter(item["source"] for item in items))
    stats["language"] = dict(collections.Counter(item["language_code"] or "unknown"
                                                 for item in items))
    return stats


def _change_at_random(house, chance, steps):
    """Inserts, corrects and deletes; all by one seed, so that a failure can be run again."""
    client = house.client
    ids = [item["id"] for item in client.all()]
    for _ in range(steps):
        kind = chance.random()
        if kind < 0.45 or len(ids) < 20:
            rows = [{"text": f"{chance.choice(TEXTS)}", "source": chance.choice("abc"),
                     "created_at": _text(_random_time(chance))}
                    for _ in range(chance.randint(1, 8))]
            results = client.post("/v1/feedback:batch", rows).json["results"]
            ids += [row["feedback"]["id"] for row in results]
        elif kind < 0.75:
            labels = {name: chance.choice(NAMES[name]) for name in
                      chance.sample(("sentiment", "topic", "severity"), chance.randint(1, 3))}
            same(client.patch(f"/v1/feedback/{chance.choice(ids)}", labels).status, 200, "PATCH")
        else:
            one = ids.pop(chance.randrange(len(ids)))
            same(client.delete(f"/v1/feedback/{one}").status, 204, "DELETE")


def _check(house, since, until):
    query = "&".join(f"{name}={value}" for name, value in (("since", since), ("until", until))
                     if value)
    stats = house.client.get("/v1/dashboard/stats?" + query).json
    items = house.client.all("&" + query if query else "")
    wanted = _count(items)
    got = {name: stats[name] for name in wanted}
    assert got == wanted, f"{query}: {got} is not {wanted}"
    same(stats["alerts"]["triggered"], sum(item["alert_triggered"] for item in items), "triggered")
    same((stats["since"], stats["until"]), (since, until), "the range")


def stats_of_any_range_are_exact_after_hundreds_of_random_changes(house):
    chance = random.Random(20261120)
    _change_at_random(house, chance, 250)
    _check(house, None, None)
    for _ in range(40):
        since, until = sorted((_random_time(chance), _random_time(chance)))
        if chance.random() < 0.3:  # within an hour
            until = min(until, since + chance.randrange(3600 * 1000))
        _check(house, _text(since) if chance.random() < 0.9 else None,
               _text(until) if chance.random() < 0.9 else None)
    check = house.client.post("/v1/maintenance:check", None).json
    same((check["rollups_wrong"], check["database"], check["audit_broken_at"]), (0, "ok", None),
         "maintenance")


def stats_stay_exact_while_many_change_the_same_feedback_at_once(house):
    ids = [house.client.add(f"{TEXTS[0]} {n}", created_at=_text(0))["id"] for n in range(12)]
    failures = []

    def change(seed):
        chance, client = random.Random(seed), Client(house.server)
        for _ in range(40):
            path = f"/v1/feedback/{chance.choice(ids)}"
            answer = client.delete(path) if chance.random() < 0.05 else client.patch(
                path, {name: chance.choice(NAMES[name]) for name in ("sentiment", "severity")})
            if answer.status not in (200, 204, 404):
                failures.append(answer)

    threads = [threading.Thread(target=change, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(failures, [], "the failures")
    _check(house, None, None)
    check = house.client.post("/v1/maintenance:check", None).json
    same((check["rollups_wrong"], check["audit_broken_at"]), (0, None), "maintenance")


def an_empty_range_is_all_zeros(house):
    at = "2026-02-28T12:34:56.789Z"
    _check(house, at, at)
    _check(house, "2031-01-01T00:00:00.000Z", "2031-01-02T00:00:00.000Z")


def open_alerts_are_counted(house):
    before = house.client.get("/v1/dashboard/stats").json["alerts"]
    item = house.client.add(TEXTS[1])
    after = house.client.get("/v1/dashboard/stats").json["alerts"]
    same((after["triggered"] - before["triggered"], after["open"] - before["open"]), (1, 1),
         "what one alert adds")
    house.client.delete(f"/v1/feedback/{item['id']}")
    same(house.client.get("/v1/dashboard/stats").json["alerts"], before, "without it again")


def seed_000s_path_answers_the_same(house):
    query = "?since=2026-02-27&until=2026-03-01"
    same(house.client.get("/dashboard/stats" + query).json,
         house.client.get("/v1/dashboard/stats" + query).json, "the answer")


def a_series_is_exact_for_each_dimension_and_unit(house):
    if house.client.get("/v1/feedback:count").json["count"] < 50:
        _change_at_random(house, random.Random(7), 60)
    items = house.client.all("&since=2026-02-27&until=2026-03-04")
    for by in ("sentiment", "topic", "severity", "source"):
        for per, length in (("hour", 13), ("day", 10)):
            wanted = collections.defaultdict(collections.Counter)
            for item in items:
                wanted[item["created_at"][:length]][item[by]] += 1
            answer = house.client.get("/v1/dashboard/series?since=2026-02-27&until=2026-03-04"
                                      f"&by={by}&per={per}").json
            same((answer["by"], answer["per"]), (by, per), "what was asked")
            got = {row["at"][:length]: row["values"] for row in answer["data"]}
            same(got, {at: dict(values) for at, values in wanted.items()}, f"{by} per {per}")
            same([row["at"] for row in answer["data"]],
                 sorted(row["at"] for row in answer["data"]), "the order")
            for row in answer["data"]:
                same(row["total"], sum(row["values"].values()), "a total")


def a_series_not_asked_for_more_is_sentiment_per_day_up_to_now(house):
    house.client.add(TEXTS[0])
    answer = house.client.get("/v1/dashboard/series").json
    same((answer["by"], answer["per"]), ("sentiment", "day"), "what it is")
    assert answer["data"][-1]["values"]["positive"] >= 1, answer["data"][-1:]


def what_a_range_may_be_is_checked(house):
    for path in ("/v1/dashboard/stats", "/v1/dashboard/series", "/dashboard/stats"):
        for query, field in (("since=soon", "since"), ("until=2026-02-30", "until"), ("n=1", "n"),
                             ("since=2026-02-02&until=2026-02-01", "until")):
            answer = house.client.get(f"{path}?{query}")
            same((answer.status, answer.json["error"].get("field")), (422, field), query)
    for query, field in (("by=language", "by"), ("per=week", "per"),
                         ("per=hour&since=2020-01-01&until=2026-01-01", "since")):
        answer = house.client.get(f"/v1/dashboard/series?{query}")
        same((answer.status, answer.json["error"].get("field")), (422, field), query)


def rollups_that_were_spoiled_are_found_and_mended(house):
    server = house.start()
    for text in TEXTS:
        server.client.add(text)
    server.own_folder = False
    server.stop()
    database = sqlite3.connect(server.path("hark.db"))
    database.execute("UPDATE rollups SET n = n + 1 WHERE dimension = 'total'")
    database.execute("DELETE FROM rollups WHERE dimension = 'source' AND grain = 'day'")
    database.commit()
    database.close()
    again = house.start(folder=server.folder)
    again.own_folder = True
    check = again.client.post("/v1/maintenance:check", None).json
    same((check["rollups_wrong"], check["rollups_repaired"]), (3, False), "what is found")
    check = again.client.post("/v1/maintenance:check", {"recount": True}).json
    same((check["rollups_wrong"], check["rollups_repaired"]), (3, True), "what is mended")
    check = again.client.post("/v1/maintenance:check", None).json
    same(check["rollups_wrong"], 0, "what is left")
