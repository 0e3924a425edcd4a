"""Analysis that stores nothing: seed 004's route, and our own."""

import json

from harness import same

HAPPY = "I love this product, it is absolutely wonderful and works great every day!"
SHAPE = ["sentiment", "score", "language_code", "confidence", "pii_detected",
         "processing_time_ms"]


def _sync(house, body, query=""):
    return house.client.post("/v1/analyze/sync" + query, body)


def seed_004s_answer_has_its_exact_shape(house):
    answer = _sync(house, {"text": "I love this product!"})
    same(answer.status, 200, "the status")
    value = answer.json
    same(list(value), SHAPE, "the members")
    same((value["sentiment"], value["language_code"], value["pii_detected"]),
         ("POSITIVE", "en", False), "what it says")
    assert 0.5 < value["score"] <= 1 and 0.5 < value["confidence"] <= 1, value
    assert isinstance(value["processing_time_ms"], int), value
    answer = _sync(house, {"text": "Mail me at a.b@example.com, I hate this terrible thing."})
    same((answer.json["sentiment"], answer.json["pii_detected"]), ("NEGATIVE", True), "the other")


def confidence_is_left_out_when_asked(house):
    options = {"include_confidence": False}
    same(list(_sync(house, {"text": HAPPY, "options": options}).json),
         [name for name in SHAPE if name != "confidence"], "without confidence")
    options = {"include_confidence": True, "language_code": None}
    same(list(_sync(house, {"text": HAPPY, "options": options}).json), SHAPE, "with it")


def the_callers_language_is_believed(house):
    answer = _sync(house, {"text": HAPPY, "options": {"language_code": "fr"}})
    same(answer.json["language_code"], "fr", "the language")
    same(_sync(house, {"text": "xyz"}).json["language_code"], "und", "one that cannot be told")


def what_is_wrong_is_400_in_seed_004s_shape(house):
    for body, field in (({}, "text"), ({"text": ""}, "text"), ({"text": "  "}, "text"),
                        ({"text": None}, "text"), ({"text": 3}, "text"), ({"text": []}, "text"),
                        ({"text": HAPPY, "options": 3}, "options"),
                        ({"text": HAPPY, "options": {"language_code": "e"}},
                         "options/language_code"),
                        ({"text": HAPPY, "options": {"language_code": "!!"}}, "language_code"),
                        ({"text": HAPPY, "options": {"include_confidence": "yes"}},
                         "options/include_confidence"),
                        ({"text": HAPPY, "options": {"mode": 1}}, "options/mode"),
                        ({"text": HAPPY, "source": "mail"}, "source")):
        answer = _sync(house, body)
        same(answer.status, 400, str(body))
        error = answer.json["error"]
        same((error["code"], error.get("field")), ("VALIDATION_ERROR", field), str(body))
        assert error["message"].startswith(field), error


def strict_refuses_short_and_long_text(house):
    same(_sync(house, {"text": "short"}, "?strict=true").status, 400, "short text")
    same(_sync(house, {"text": "x " * 2501}, "?strict=true").status, 413, "long text")
    same(_sync(house, {"text": "x " * 2501}).status, 200, "long text, not strict")


def analysis_stores_nothing(house):
    before = house.client.get("/v1/feedback:count").json
    _sync(house, {"text": HAPPY})
    item = house.client.post("/v1/analyze", {"text": HAPPY, "source": "x", "source_id": "1"}).json
    same(item["id"], 0, "the id")
    same(house.client.get("/v1/feedback:count").json, before, "the count")
    same(house.client.get("/v1/dashboard/stats").json["total"], before["count"], "the total")


def analysis_alone_says_what_storing_says(house):
    text = "I hate this. Write to jane@example.com, it is broken and terrible."
    alone = house.client.post("/v1/analyze", {"text": text}).json
    stored = house.client.add(text)
    for name in set(stored) - {"id", "created_at", "processing_time_ms"}:
        same(stored[name], alone[name], name)


def lines_are_answered_by_lines_in_order(house):
    body = b'{"text":"%s"}\n\n{"text":3}\nnope\n{"message":"ok"}' % HAPPY.encode()
    answer = house.client.post("/v1/analyze", body, content_type="application/x-ndjson")
    same((answer.status, answer.headers["content-type"]), (200, "application/x-ndjson"), "it")
    lines = [json.loads(line) for line in answer.body.decode().splitlines()]
    same(len(lines), 4, "the number of lines")
    same((lines[0]["text"], lines[0]["sentiment"]), (HAPPY, "positive"), "the first")
    same([line["error"]["index"] for line in lines[1:3]], [2, 3], "the wrong ones")
    same(lines[3]["processing_method"], "validation", "the last")


def many_lines_go_at_once(house):
    body = b"".join(b'{"text":"Number %d is fine, thank you very much."}\n' % n
                    for n in range(1000))
    answer = house.client.post("/v1/analyze", body, content_type="application/x-ndjson")
    texts = [json.loads(line)["text"] for line in answer.body.decode().splitlines()]
    same(texts, [f"Number {n} is fine, thank you very much." for n in range(1000)], "the lines")


def the_seeds_own_sentences_come_out_as_they_say(house):
    for text, wanted in (("I love this product!", "POSITIVE"),
                         ("This is terrible, I want a refund", "NEGATIVE")):
        same(_sync(house, {"text": text}).json["sentiment"], wanted, text)


def an_answer_says_how_far_the_model_knows_the_language(house):
    for text, code, support in (
            (HAPPY, "en", "full"),
            ("Die Anwendung ist heute leider sehr langsam", "de", "measured"),
            ("Aplikacja jest dzisiaj bardzo wolna", "pl", "limited"),
            ("12345 67890", None, "unknown")):
        answer = house.client.post("/v1/analyze", {"text": text})
        same((answer.json["language_code"], answer.json["language_support"]), (code, support), text)
    stored = house.client.post("/v1/feedback", {"text": "Das ist eine sehr gute Anwendung"}).json
    again = house.client.get("/v1/feedback/%d" % stored["id"]).json
    same((stored["language_support"], again["language_support"]), ("measured", "measured"), "stored")
