"""The cache of what language models answered: what it says of itself, and how it is cleared."""

import contextlib
import hashlib
import json
import sqlite3
import threading
import time

from harness import Client, same

VALUE = json.dumps({"sentiment": "negative", "topic": "bug", "severity": "low", "confidence": 0.9})
EMPTY = {"entries": 0, "hits": 0, "database_hits": 0, "shared": 0, "misses": 0, "evicted": 0,
         "hit_rate": None}


def _keep(server, count, tenant=1, lifetime=3600):
    """Puts answers into the database of a server that is not running."""
    until = int((time.time() + lifetime) * 1e6)
    with contextlib.closing(sqlite3.connect(server.path("hark.db"))) as database, database:
        for number in range(count):
            key = hashlib.sha256(f"{tenant} {until} {number}".encode()).digest()
            database.execute("INSERT INTO cache (tenant_id, key, value, until)"
                             " VALUES (?, ?, ?, ?)", (tenant, key, VALUE, until))


def says_what_it_holds_and_saves(house):
    same(house.client.get("/v1/cache").json, EMPTY, "before anything was asked")
    metrics = house.server.metrics()
    for name in ("cache_entries", "cache_hit_percent", "cache_shared_total"):
        same(metrics[name], 0, name)


def clearing_takes_what_is_the_tenants_own_and_is_audited(house):
    server = house.start()
    server.own_folder = False
    server.stop()
    _keep(server, 3)
    _keep(server, 2, tenant=2)
    again = house.start(folder=server.folder)
    again.own_folder = True
    same(again.client.delete("/v1/cache").json, {"removed": 3}, "the first time")
    same(again.client.delete("/v1/cache").json, {"removed": 0}, "the second time")
    same(again.rows("SELECT tenant_id, count(*) FROM cache GROUP BY tenant_id"), [(2, 2)],
         "what is left")
    same(again.rows("SELECT actor, action, subject, detail FROM audit_log ORDER BY id"),
         [("API_KEY", "cache.cleared", "cache", '{"removed":3}'),
          ("API_KEY", "cache.cleared", "cache", '{"removed":0}')], "the audit log")


def needs_the_scope_admin(house):
    key = house.client.post("/v1/keys", {"name": "no admin", "scopes": "analyze feedback:read"})
    client = Client(house.server, key.json["key"])
    same(client.get("/v1/cache").status, 403, "GET")
    same(client.delete("/v1/cache").status, 403, "DELETE")


CRASH, AGAIN = "The app crashes when I open the camera.", "The app crashes when I open the camera again"


def _topic_of_the_second(server):
    """The first is corrected, and indexed; the second says almost the same."""
    first = server.client.add(CRASH)
    same(first["topic"], "bug", "what the local model says")
    path = f"/v1/feedback/{first['id']}"
    same(server.client.patch(path, {"topic": "performance"}).status, 200, "the correction")
    server.client.post("/v1/search", {"query": "camera"})
    return server.client.add(AGAIN)


def the_topic_of_similar_feedback_is_reused_where_the_settings_want_it(house):
    server = house.start(settings={"HARK_CACHE_SIMILAR_TOPIC": "80"})
    item = _topic_of_the_second(server)
    same((item["topic"], item["topics"][0]["topic"]), ("performance", "performance"), "the topic")
    same((item["sentiment"], item["processing_method"]), ("negative", "ml_fallback"), "the rest")
    same(server.metrics()['similar_topics_total{outcome="reused"}'], 1, "counted")
    same(server.client.add("The waiter was rude and the food was cold.")["topic"], "general",
         "what is not similar")


def unless_they_do_no_topic_is_reused(house):
    same(_topic_of_the_second(house.start())["topic"], "bug", "the topic")


SAID = {"sentiment": "mixed", "topic": "ux", "severity": "medium", "confidence": 0.97,
        "summary": "Said by the model."}


def _with_model(house, delay_ms=0, **settings):
    """A server whose language model always says the same, after a while."""
    server = house.start()
    with open(server.path("canned.jsonl"), "w", encoding="utf-8") as script:
        print(json.dumps({"reply": SAID, "delay_ms": delay_ms}), file=script)
    return _again(house, server, settings)


def _again(house, server, settings):
    return server.end_for(house.start, settings={
        "HARK_AI_CANNED": "canned.jsonl", "SYNC_BUDGET_MS": "5000", **settings})


def what_a_model_said_is_the_answer_to_the_same_text_again(house):
    server = _with_model(house)
    first, second = server.client.add(CRASH), server.client.add(CRASH)
    same((first["processing_method"], first["sentiment"], first["summary"]),
         ("ai", "mixed", SAID["summary"]), "the first time")
    same((second["processing_method"], second["sentiment"], second["topic"], second["severity"]),
         ("cache", "mixed", "ux", "medium"), "the second time")
    same(second["summary"], CRASH, "the summary is made of the text at hand")
    same(second["cost"], 0, "what it costs")
    for field in ("provider", "model", "prompt_version", "confidence"):
        same(second[field], first[field], field)
    answer = server.client.post("/v1/analyze/sync", {"text": CRASH})
    same(answer.json["sentiment"], "MIXED", "without storing")
    same(server.client.add(CRASH + "!")["processing_method"], "ai", "another text")
    same(server.client.get("/v1/cache").json,
         {**EMPTY, "entries": 2, "hits": 2, "misses": 2, "hit_rate": 0.5}, "the cache")


def clearing_makes_the_model_be_asked_again(house):
    server = _with_model(house, HARK_CACHE_PERSIST="true")
    server.client.add(CRASH)
    same(server.client.add(CRASH)["processing_method"], "cache", "before")
    same(server.client.delete("/v1/cache").json, {"removed": 1}, "what was removed")
    same(server.client.add(CRASH)["processing_method"], "ai", "after")


def the_database_keeps_answers_over_a_restart_where_the_settings_want_it(house):
    for keeps, method in (("true", "cache"), ("false", "ai")):
        server = _with_model(house, HARK_CACHE_PERSIST=keeps)
        server.client.add(CRASH)
        again = _again(house, server, {"HARK_CACHE_PERSIST": keeps})
        same(again.client.add(CRASH)["processing_method"], method, f"kept: {keeps}")
        same(again.client.get("/v1/cache").json["database_hits"], int(keeps == "true"), "counted")
        for (value,) in again.rows("SELECT value FROM cache"):
            same(sorted(json.loads(value)), ["confidence", "model", "needs_review",
                                             "prompt_version", "provider", "sentiment",
                                             "severity", "topic"], "what is kept")


def a_cache_of_nothing_asks_each_time(house):
    server = _with_model(house, CACHE_MAX_SIZE="0")
    same([server.client.add(CRASH)["processing_method"] for _ in range(3)], ["ai"] * 3, "each")


def who_says_the_same_at_once_shares_one_call(house):
    server = _with_model(house, delay_ms=300)
    answers = []

    def ask():
        answers.append(Client(server).add(CRASH))
    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same({answer["sentiment"] for answer in answers}, {"mixed"}, "what all are told")
    same(sorted(answer["processing_method"] for answer in answers), ["ai"] + ["cache"] * 19,
         "one asked, and the others waited")
    state = server.client.get("/v1/cache").json
    same((state["misses"], state["hits"] + state["shared"]), (1, 19), "the cache")
