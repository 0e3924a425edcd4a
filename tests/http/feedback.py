"""One feedback: what may be sent, what is answered, what is kept."""

import datetime

from harness import same

FIELDS = ("id sentiment topic confidence_score alert_triggered processing_method created_at text "
          "status scores score confidence category topics summary severity language_code "
          "language_support pii_detected truncated source source_id rating customer user_name metadata "
          "processing_time_ms provider model prompt_version cost tokens needs_review review_reason").split()
SENTIMENTS = {"positive", "negative", "neutral", "mixed"}
TOPICS = {"bug", "feature_request", "billing", "performance", "ux", "general"}
ANGRY = "I hate this product. It is terrible, broken and a complete waste of money!"
HAPPY = "I love this product, it is absolutely wonderful and works great every day!"


def _now():
    return datetime.datetime.now(datetime.timezone.utc)


def _time(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


def every_field_of_the_design_is_answered_in_its_order(house):
    began = _now()
    item = house.client.add(HAPPY)
    same(list(item), FIELDS, "the fields")
    assert item["id"] > 0 and item["sentiment"] == "positive", item
    assert item["topic"] in TOPICS and item["category"] == item["topic"], item
    same(set(item["scores"]), SENTIMENTS, "the scores")
    assert abs(sum(item["scores"].values()) - 1) < 0.001, item["scores"]
    same(item["score"], item["scores"][item["sentiment"]], "score")
    same({row["topic"] for row in item["topics"]}, TOPICS, "the topics")
    ranks = [row["confidence"] for row in item["topics"]]
    same(ranks, sorted(ranks, reverse=True), "the order of the topics")
    same(item["topics"][0]["topic"], item["topic"], "the first topic")
    wanted = ("high" if item["confidence"] > 0.8 else
              "medium" if item["confidence"] >= 0.5 else "low")
    same(item["confidence_score"], wanted, "the band")
    same((item["status"], item["source"], item["provider"], item["language_code"]),
         ("completed", "api", "local", "en"), "what is filled in")
    same((item["pii_detected"], item["truncated"], item["alert_triggered"]),
         (False, False, False), "the marks")
    same([item[name] for name in ("source_id", "rating", "customer", "user_name", "metadata",
                                  "prompt_version", "cost")], [None] * 6 + [0.0], "what is not")
    assert item["summary"] and len(item["summary"]) <= 280, item["summary"]
    assert began - datetime.timedelta(seconds=1) < _time(item["created_at"]) < _now()


def what_was_answered_is_what_is_kept(house):
    sent = {"source": "app_store", "source_id": "kept-1", "rating": 4, "customer": "c-17",
            "user_name": "someone", "created_at": "2026-03-04T05:06:07.089Z",
            "language_code": "en", "metadata": {"os": "android", "version": 3, "beta": True,
                                                "score": 1.5, "note": None}}
    item = house.client.add(HAPPY, **sent)
    for name, value in sent.items():
        same(item[name], value, name)
    same(house.client.get(f"/v1/feedback/{item['id']}").json, item, "the feedback read again")
    same(house.client.get(f"/feedback/{item['id']}").json, item, "the feedback at seed 003's path")


def the_answer_says_where_it_is_and_how_long_it_took(house):
    answer = house.client.post("/v1/feedback", {"text": HAPPY})
    same(answer.headers["location"], f"/v1/feedback/{answer.json['id']}", "Location")
    for part in ("text;dur=", "pii;dur=", "ml;dur=", "db;dur="):
        assert part in answer.headers["server-timing"], answer.headers["server-timing"]
    same(answer.headers["cache-control"], "no-store", "Cache-Control")


def the_text_may_be_called_as_each_seed_calls_it(house):
    for name in ("text", "message", "feedback_text"):
        for path in ("/v1/feedback", "/feedback"):
            answer = house.client.post(path, {name: HAPPY})
            same((answer.status, answer.json["text"]), (201, HAPPY), f"{name} to {path}")
    answer = house.client.post("/v1/feedback", {"text": HAPPY, "message": HAPPY})
    assert answer.status == 422 and "twice" in answer.json["detail"], answer


def a_null_is_as_if_it_were_absent(house):
    fields = dict.fromkeys(("source", "source_id", "rating", "customer", "user_name",
                            "created_at", "language_code", "metadata"))
    item = house.client.add(HAPPY, **fields)
    same((item["source"], item["customer"], item["metadata"]), ("api", None, None), "the nulls")


def the_same_source_and_source_id_is_answered_with_what_is_there(house):
    first = house.client.add(HAPPY, source="mail", source_id="again")
    answer = house.client.post("/v1/feedback", {"text": "Something else entirely, twice sent.",
                                                "source": "mail", "source_id": "again"})
    same((answer.status, answer.json), (200, first), "the second")
    other = house.client.add(HAPPY, source="other", source_id="again")
    assert other["id"] != first["id"], "another source is another feedback"
    assert house.client.add(HAPPY)["id"] != house.client.add(HAPPY)["id"], "equal text is not"


def a_customer_is_an_id_or_an_object_and_is_kept_apart(house):
    item = house.client.add(HAPPY, customer={
        "id": "c-object", "name": "Ada Byron", "email": "ada@example.com", "plan": "enterprise",
        "vip": True, "attributes": {"seats": 12}})
    same(item["customer"], "c-object", "the customer")
    row = house.server.rows("SELECT name, email, plan, is_vip, attributes FROM customers"
                            " WHERE external_id = 'c-object'")
    same(row, [("Ada Byron", "ada@example.com", "enterprise", 1, '{"seats":12}')], "the row")
    house.client.add(HAPPY, customer={"id": "c-object", "plan": "free"})
    row = house.server.rows("SELECT name, plan FROM customers WHERE external_id = 'c-object'")
    same(row, [("Ada Byron", "free")], "the row after a second feedback")


def a_time_of_any_offset_is_answered_in_utc(house):
    for given, wanted in (("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05.000Z"),
                          ("2026-01-02T03:04:05.25Z", "2026-01-02T03:04:05.250Z"),
                          ("2026-01-02", "2026-01-02T00:00:00.000Z"),
                          ("2026-01-02T03:04:05", "2026-01-02T03:04:05.000Z")):
        same(house.client.add(HAPPY, created_at=given)["created_at"], wanted, given)


def personal_data_is_hidden_before_it_is_stored(house):
    secrets = ("jane.roe@example.org", "+1 415 555 2671", "4111 1111 1111 1111")
    item = house.client.add(f"Please call me at {secrets[1]} or write to {secrets[0]}. "
                            f"You charged my card {secrets[2]} twice!", customer="pii-canary")
    same(item["pii_detected"], True, "pii_detected")
    for secret in secrets:
        assert secret not in str(item), f"{secret} is answered"
    for mark in ("[EMAIL]", "[PHONE]", "[CREDIT_DEBIT_NUMBER]"):
        assert mark in item["text"], item["text"]
    house.client.get("/v1/feedback:count")
    stored = b"".join(open(house.server.path(name), "rb").read()
                      for name in ("hark.db", "hark.db-wal"))
    for secret in secrets:
        assert secret.encode() not in stored, f"{secret} is in the database"


def text_under_ten_characters_is_answered_without_analysis(house):
    item = house.client.add("bad app!!")
    same([item[name] for name in ("sentiment", "topic", "severity", "confidence_score",
                                  "processing_method", "alert_triggered")],
         ["neutral", "general", "low", "low", "validation", False], "short text")
    assert house.client.add("äöüäöüäöüß")["processing_method"] != "validation", "ten characters"


def text_past_five_thousand_characters_is_analysed_up_to_there(house):
    item = house.client.add("I love it. " + "é" * 4989)
    same(item["truncated"], False, "truncated at exactly 5,000 characters")
    item = house.client.add("I love it. " + "é" * 4990)
    same((item["truncated"], len(item["text"])), (True, 5001), "one more")
    house.server.wait_for_log("feedback_truncated", feedback_id=item["id"])


def strict_refuses_what_is_too_short_or_too_long(house):
    answer = house.client.post("/v1/feedback?strict=true", {"text": "too short"})
    assert answer.status == 422 and "text" in answer.json["detail"], answer
    answer = house.client.post("/v1/feedback?strict=true", {"text": "x " * 2501})
    assert answer.status == 413 and "5000" in answer.json["detail"], answer
    same(house.client.post("/v1/feedback?strict=true", {"text": HAPPY}).status, 201, "good text")
    same(house.client.post("/v1/feedback?strict=false", {"text": "short"}).status, 201, "lenient")


def nothing_left_after_cleaning_is_refused(house):
    for text in ("", "   ", "\n\t\r\n", "\u200b\u200d\ufeff", "<p> </p>", "<!-- no -->"):
        answer = house.client.post("/v1/feedback", {"text": text})
        assert answer.status == 422 and answer.json["error"]["field"] == "text", (text, answer)


def html_is_read_as_its_text(house):
    item = house.client.add("<div>I <b>love</b> this &amp; that&nbsp;too!<br>Really"
                            "<script>alert(1)</script></div>")
    for part in ("<", ">", "&amp;", "alert"):
        assert part not in item["text"], item["text"]
    assert "love" in item["text"] and "&" in item["text"], item["text"]


def gibberish_is_kept_and_opens_no_alert(house):
    item = house.client.add("asdkjh qwlekjh zxmncb qpwoeiru xcvmnb lkjhasdf")
    same([item[name] for name in ("sentiment", "topic", "severity", "alert_triggered")],
         ["neutral", "general", "low", False], "gibberish")
    same(house.client.get(f"/v1/feedback/{item['id']}").status, 200, "reading it again")


def other_languages_are_recognised(house):
    for language, text in (
            ("de", "Die neue Version ist leider sehr langsam und stürzt jeden Tag ab."),
            ("fr", "Cette application est vraiment très pratique et je l'adore beaucoup."),
            ("es", "La aplicación se cierra cada vez que intento pagar mi factura."),
            ("ja", "このアプリはとても使いやすくて、毎日使っています。")):
        item = house.client.add(text)
        same((item["language_code"], item["text"]), (language, text), "the language")
    same(house.client.add(HAPPY, language_code="pt-BR")["language_code"], "pt-BR", "a claim")


def bad_feedback_opens_an_alert_in_the_same_commit(house):
    item = house.client.add(ANGRY)
    same((item["sentiment"], item["alert_triggered"]), ("negative", True), "the alert")
    rows = house.server.rows("SELECT id, status, rule, sentiment FROM alerts WHERE feedback_id = ?",
                             item["id"])
    same([row[1:] for row in rows], [("open", "sentiment", "negative")], "the row")
    events = house.server.rows(
        "SELECT type FROM events WHERE subject = ? AND type LIKE 'feedback.%'"
        " UNION ALL SELECT type FROM events WHERE subject = ? AND type = 'alert.opened'",
        item["id"], rows[0][0])
    same({row[0] for row in events}, {"feedback.created", "feedback.analyzed", "alert.opened"},
         "the events")
    line = house.server.wait_for_log("alert_opened", feedback_id=item["id"])
    same(line["sentiment"], "negative", "the line in the log")


def each_analysis_can_be_read(house):
    item = house.client.add(HAPPY)
    rows = house.client.get(f"/v1/feedback/{item['id']}/analyses").json["data"]
    same(len(rows), 1, "the number of analyses")
    for name in ("sentiment", "topic", "severity", "confidence", "scores", "topics", "model"):
        same(rows[0][name], item[name], name)
    same(rows[0]["feedback_id"], item["id"], "whose it is")
    same(len(rows[0]["input_hash"]), 64, "the length of the hash")


def an_unknown_id_is_not_found(house):
    for target in ("999999999", "0", "-1", "abc", "1.5", "99999999999999999999", "%00", "%zz"):
        for path in (f"/v1/feedback/{target}", f"/feedback/{target}",
                     f"/v1/feedback/{target}/analyses"):
            answer = house.client.get(path)
            assert answer.status in (400, 404), (path, answer)
        same(house.client.delete(f"/v1/feedback/{target}").status, 404, f"DELETE {target}")
        same(house.client.patch(f"/v1/feedback/{target}", {"topic": "bug"}).status, 404, "PATCH")


def seed_001_logs_each_analysis_in_its_words(house):
    item = house.client.add(HAPPY)
    line = house.server.wait_for_log("feedback_analyzed", feedback_id=item["id"])
    same(set(line) - {"time", "level"},
         {"event", "feedback_id", "sentiment", "topic", "processing_method", "latency_ms",
          "cache_hit"}, "the fields of the event")
