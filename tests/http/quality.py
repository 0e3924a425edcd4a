"""Who agrees with whom: /v1/quality, against a recount made here from the rows."""

import contextlib
import os
import random
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../injection"))

from harness import same
from obedient import Obedient
from receiver import ALLOW

SENTIMENTS = "positive negative neutral mixed".split()
TOPICS = "bug feature_request billing performance ux general".split()
TEXTS = ("I love this product, it is absolutely wonderful and works great every day!",
         "I hate this product. It is terrible, broken and a complete waste of money!",
         "The invoice is wrong again and I was charged twice for my subscription.",
         "Die neue Version ist leider sehr langsam und stürzt jeden Tag ab.")
EMPTY_PAIR = {"count": 0, "sentiment": None, "topic": None}
EMPTY_TRUST = {"count": 0, "accuracy": None, "confidence": None,
               "expected_calibration_error": None}


def _answer_at_random(path, chance):
    """Puts answers of a language model beside the local model's, as the cascade keeps them."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        for row, sentiment, topic, confidence in database.execute(
                "SELECT feedback_id, sentiment, topic, confidence FROM analyses").fetchall():
            for version in chance.choice(((), ("v1",), ("v2",), ("v1", "v2"), ("v1", "v1"))):
                database.execute(
                    "INSERT INTO analyses (tenant_id, feedback_id, processing_method, sentiment,"
                    " topic, severity, confidence, scores, topics, provider, model,"
                    " prompt_version, cost_nano_usd, latency_us, created_at, needs_review,"
                    " local_sentiment, local_topic, local_confidence) VALUES"
                    " (1, ?, 'ai', ?, ?, 'low', ?, '[]', '[]', 'openai', 'gpt-6-luna', ?, 65000,"
                    " 400000, 0, ?, ?, ?, ?)",
                    (row, chance.choice(SENTIMENTS), chance.choice(TOPICS),
                     round(chance.random(), 3), version, chance.randrange(2),
                     *((sentiment, topic, confidence) if chance.random() < 0.8 else
                       (None, None, None))))


def _opinions(server):
    """Of each feedback: its language and topic, what people say, what the local model said, and
    the answers of language models in their order."""
    analyses = {}
    for row in server.rows("SELECT feedback_id, provider, sentiment, topic, confidence,"
                           " prompt_version, needs_review, local_sentiment, local_topic,"
                           " local_confidence, model FROM analyses ORDER BY id"):
        analyses.setdefault(row[0], []).append(row[1:])
    corrected = {row[0] for row in server.rows("SELECT feedback_id FROM corrections")}
    for row, language, sentiment, topic in server.rows(
            "SELECT id, language_code, sentiment, topic FROM feedback"):
        made = [found for found in analyses[row] if found[0] == "local"][-1]
        local = made[1:4]
        voices = [{"llm": found[1:4], "local": found[6:9] if found[6] else local,
                   "version": found[4], "model": "openai:gpt-6-luna", "review": found[5]}
                  for found in analyses[row] if found[0] != "local"]
        yield {"language": language, "topic": topic, "voices": voices, "local": local,
               "model": "local:" + made[9],
               "people": (sentiment, topic) if row in corrected else None}


def _voices(opinion, group):
    """(group, voice) for each that counts: the last of each version or model, or the last."""
    mute = {"llm": None, "local": opinion["local"], "version": "none",
            "model": opinion["model"], "review": 0}
    voices = opinion["voices"] or [mute]
    if group in ("version", "model"):
        return {voice[group]: voice for voice in voices}.items()
    return [(opinion[group] if group else "all", voices[-1])]


def _pair(pairs):
    both = [(one, other) for one, other in pairs if one and other]
    if not both:
        return EMPTY_PAIR
    return {"count": len(both),
            "sentiment": sum(one[0] == other[0] for one, other in both) / len(both),
            "topic": sum(one[1] == other[1] for one, other in both) / len(both)}


def _trust(pairs):
    said = [(one[2], one[0] == people[0]) for one, people in pairs if one and people]
    if not said:
        return EMPTY_TRUST
    bins = {}
    for confidence, is_right in said:
        bins.setdefault(min(int(confidence * 15), 14), []).append(confidence - is_right)
    return {"count": len(said), "accuracy": sum(right for _, right in said) / len(said),
            "confidence": sum(claimed for claimed, _ in said) / len(said),
            "expected_calibration_error": sum(abs(sum(gaps)) for gaps in bins.values())
            / len(said)}


def _row(counted):
    asked = [voice for voice, _ in counted if voice["llm"]]
    reviews = sum(voice["review"] for voice in asked)
    return {"count": len(counted), "asked": len(asked), "needs_review": reviews,
            "needs_review_share": reviews / len(asked) if asked else None,
            "llm_local": _pair([(v["llm"], v["local"]) for v, _ in counted]),
            "llm_people": _pair([(v["llm"], p) for v, p in counted]),
            "local_people": _pair([(v["local"], p) for v, p in counted]),
            "llm": _trust([(v["llm"], p) for v, p in counted]),
            "local": _trust([(v["local"], p) for v, p in counted])}


def _is_near(one, other):
    if isinstance(other, dict):
        return set(one) == set(other) and all(_is_near(one[key], other[key]) for key in other)
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and abs(one - other) < 1e-4
    return one == other


def quality_is_what_a_recount_of_the_rows_says(house):
    chance = random.Random(7)
    server = house.start()
    for number in range(60):
        server.client.add(f"{chance.choice(TEXTS)} {number}")
    for item in chance.sample(server.client.all(), 25):
        server.client.patch(f"/v1/feedback/{item['id']}", {
            "sentiment": chance.choice(SENTIMENTS), "topic": chance.choice(TOPICS)})
    server.own_folder = False
    server.stop()
    _answer_at_random(server.path("hark.db"), chance)
    server = house.start(folder=server.folder)
    server.own_folder = True

    opinions = list(_opinions(server))
    for group in (None, "language", "topic", "version", "model"):
        counted = {}
        for opinion in opinions:
            for name, voice in _voices(opinion, group):
                counted.setdefault(name, []).append((voice, opinion["people"]))
        answer = server.client.get("/v1/quality" + (f"?group={group}" if group else "")).json
        same(answer["group"], group, "the group")
        found = {row.pop("name"): row for row in answer["data"]}
        sizes = [row["count"] for row in answer["data"]]
        same(sizes, sorted(sizes, reverse=True), "the order")
        wanted = {name: _row(rows) for name, rows in counted.items()} if group else {}
        same(sorted(found), sorted(wanted), f"the names by {group}")
        for name, row in wanted.items():
            assert _is_near(found[name], row), f"{group} {name}: {found[name]}, not {row}"
        total = _row([(dict(_voices(one, None))["all"], one["people"]) for one in opinions])
        assert _is_near(answer["total"], total), f"{answer['total']}, not {total}"


def quality_of_no_feedback_is_all_nulls(house):
    answer = house.client.get("/v1/quality?since=2001-01-01T00:00:00Z&until=2001-01-02T00:00:00Z"
                              "&group=model")
    same(answer.status, 200, "the status")
    same(answer.json["data"], [], "the groups")
    same(answer.json["total"]["llm_people"], EMPTY_PAIR, "the agreement")
    same(answer.json["total"]["llm"], EMPTY_TRUST, "the calibration")
    same(answer.json["since"], "2001-01-01T00:00:00.000Z", "the beginning")


def quality_refuses_what_it_does_not_know(house):
    for query, name in (("group=colour", "group"), ("since=yesterday", "since"),
                        ("by=topic", "by"),
                        ("since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", "until")):
        answer = house.client.get("/v1/quality?" + query)
        same(answer.status, 422 if name != "by" else answer.status, query)
        assert answer.status in (400, 422) and name in answer.body.decode(), answer


def quality_needs_the_right_to_read_feedback(house):
    made = house.client.post("/v1/keys", {"name": "sender", "scopes": "feedback:write"}).json
    same(house.client.get("/v1/quality", x_api_key=made["key"]).status, 403, "a writer's")


def what_a_language_model_said_stands_beside_what_others_say(house):
    model = Obedient()
    try:
        server = house.start(settings={**ALLOW, **model.settings, "AI_MODE": "always",
                                       "SYNC_BUDGET_MS": "20000"})
        for number in range(6):
            item = server.client.add(f"{TEXTS[0]} {number}")  # it calls all negative
        server.client.patch(f"/v1/feedback/{item['id']}", {"sentiment": "positive"})
        answer = server.client.get("/v1/quality?group=model").json
        same([row["name"] for row in answer["data"]], ["openai:gpt-6-luna"], "the models")
        total = answer["total"]
        same((total["count"], total["asked"]), (6, 6), "what was asked")
        same((total["llm_local"]["count"], total["llm_local"]["sentiment"]), (6, 0), "agreement")
        same((total["llm_people"]["count"], total["llm_people"]["sentiment"]), (1, 0), "with people")
        same((total["local_people"]["count"], total["local_people"]["sentiment"]), (1, 1),
             "the local model's with people")
        same(total["llm"]["accuracy"], 0, "the language model's accuracy")
        assert total["llm"]["expected_calibration_error"] > 0.5, total["llm"]
        same(server.client.get("/v1/quality?group=version").json["data"][0]["name"], "v1",
             "the version of the prompt")
    finally:
        model.close()
