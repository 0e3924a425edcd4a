"""Correcting labels and taking feedback away."""

from harness import same

ANGRY = "I hate this product. It is terrible, broken and a complete waste of money!"
HAPPY = "I love this product, it is absolutely wonderful and works great every day!"


def _stats(house):
    return house.client.get("/v1/dashboard/stats").json


def a_correction_keeps_both_labels(house):
    item = house.client.add(HAPPY)
    answer = house.client.patch(f"/v1/feedback/{item['id']}",
                                {"sentiment": "neutral", "topic": "ux", "note": "only so-so"})
    same((answer.status, answer.json["sentiment"], answer.json["topic"], answer.json["category"]),
         (200, "neutral", "ux", "ux"), "the answer")
    same(answer.json["score"], item["scores"]["neutral"], "score")
    same(house.client.get(f"/v1/feedback/{item['id']}").json, answer.json, "read again")
    rows = house.server.rows("SELECT field, label_before, label_after, note, actor FROM corrections"
                             " WHERE feedback_id = ? ORDER BY id", item["id"])
    same(rows, [("sentiment", "positive", "neutral", "only so-so", "API_KEY"),
                ("topic", item["topic"], "ux", "only so-so", "API_KEY")], "the corrections")
    analyses = house.client.get(f"/v1/feedback/{item['id']}/analyses").json["data"]
    same(analyses[0]["sentiment"], "positive", "the analysis, as it was found,")
    events = house.server.rows("SELECT type FROM events WHERE subject = ?", item["id"])
    assert ("feedback.corrected",) in events, events


def a_correction_takes_a_merge_patch(house):
    item = house.client.add(HAPPY)
    answer = house.client.patch(f"/v1/feedback/{item['id']}", {"severity": "high"},
                                content_type="application/merge-patch+json")
    same((answer.status, answer.json["severity"]), (200, "high"), "the answer")


def the_same_label_again_is_no_correction(house):
    item = house.client.add(HAPPY)
    same(house.client.patch(f"/v1/feedback/{item['id']}", {"sentiment": "positive"}).status, 200,
         "the answer")
    same(house.server.rows("SELECT COUNT(*) FROM corrections WHERE feedback_id = ?", item["id"]),
         [(0,)], "the number of corrections")


def the_dashboard_follows_a_correction(house):
    item = house.client.add(HAPPY)
    before = _stats(house)
    house.client.patch(f"/v1/feedback/{item['id']}", {"sentiment": "mixed", "severity": "critical"})
    after = _stats(house)
    same(after["total"], before["total"], "the total")
    same(after["sentiment"]["mixed"], before["sentiment"]["mixed"] + 1, "mixed")
    same(after["sentiment"]["positive"], before["sentiment"]["positive"] - 1, "positive")
    same(after["severity"]["critical"], before["severity"]["critical"] + 1, "critical")


def a_correction_that_makes_an_alert_opens_one(house):
    item = house.client.add(HAPPY)
    same(item["alert_triggered"], False, "before")
    answer = house.client.patch(f"/v1/feedback/{item['id']}", {"sentiment": "negative"})
    same(answer.json["alert_triggered"], True, "after")
    rows = house.server.rows("SELECT status, sentiment FROM alerts WHERE feedback_id = ?",
                             item["id"])
    same(rows, [("open", "negative")], "the alert")


def a_correction_that_unmakes_an_alert_closes_nothing(house):
    item = house.client.add(ANGRY)
    answer = house.client.patch(f"/v1/feedback/{item['id']}", {"sentiment": "positive"})
    same((item["alert_triggered"], answer.json["alert_triggered"]), (True, True), "the mark")
    same(house.server.rows("SELECT status FROM alerts WHERE feedback_id = ?", item["id"]),
         [("open",)], "the alert")
    events = house.server.rows("SELECT type FROM events WHERE subject = ?", item["id"])
    assert ("alert.unmade",) in events, events
    same(house.client.patch(f"/v1/feedback/{item['id']}", {"sentiment": "negative"}).status, 200,
         "back again")
    same(house.server.rows("SELECT COUNT(*) FROM alerts WHERE feedback_id = ?", item["id"]), [(1,)],
         "the number of alerts, one for a feedback,")


def a_removed_feedback_is_gone_with_all_that_hangs_on_it(house):
    text = "A canary sings: zxqvbirdsong is broken and terrible, I hate it."
    item = house.client.add(text, source="zoo", source_id="bird-1")
    house.client.patch(f"/v1/feedback/{item['id']}", {"topic": "billing"})
    before = _stats(house)
    answer = house.client.delete(f"/v1/feedback/{item['id']}")
    same((answer.status, answer.body), (204, b""), "the answer")
    same(house.client.get(f"/v1/feedback/{item['id']}").status, 404, "reading it again")
    same(house.client.get(f"/v1/feedback/{item['id']}/analyses").status, 404, "its analyses")
    same(house.client.delete(f"/v1/feedback/{item['id']}").status, 404, "removing it again")
    for table in ("analyses", "corrections", "alerts"):
        same(house.server.rows(f"SELECT COUNT(*) FROM {table} WHERE feedback_id = ?", item["id"]),
             [(0,)], table)
    after = _stats(house)
    same(after["total"], before["total"] - 1, "the total")
    assert "zoo" not in after["source"], after["source"]
    same(house.client.get("/v1/feedback:count?q=zxqvbirdsong").json["count"], 0, "the search")
    rows = house.server.rows("SELECT actor, action FROM audit_log WHERE subject = ?",
                             f"feedback {item['id']}")
    same(rows, [("API_KEY", "feedback.deleted")], "the audit log")
    again = house.client.add(text, source="zoo", source_id="bird-1")
    assert again["id"] != item["id"], "an id is given once"


def what_a_correction_may_hold_is_checked(house):
    item = house.client.add(HAPPY)
    path = f"/v1/feedback/{item['id']}"
    for body, field in (({"sentiment": "angry"}, "sentiment"), ({"topic": "Bug"}, "topic"),
                        ({"severity": 3}, "severity"), ({"text": "no"}, "text"),
                        ({"sentiment": "positive", "note": ""}, "note"),
                        ({"sentiment": "positive", "note": "x" * 501}, "note")):
        answer = house.client.patch(path, body)
        same((answer.status, answer.json["error"].get("field")), (422, field), str(body)[:60])
    for body in ({}, {"note": "why not"}, {"sentiment": None}):
        answer = house.client.patch(path, body)
        assert answer.status == 422 and "sentiment" in answer.json["detail"], answer
    same(house.client.get(path).json, item, "the feedback after all that")
