"""Feedback that a language model understands: in time, late, never; and what the stand-in for it was
sent and would have billed."""

import time

from harness import same
from stand_in import StandIn

ANGRY = "This is awful, the app crashes all the time and I hate using it."
HAPPY = "I love this product, it is absolutely wonderful and works great every day!"
FLAT = "The parcel came on the day that the letter before it had named, in a box."
SHORT = "Prefer", "wait=0.1"
LONG = "Prefer", "wait=20"


def _post(client, text, prefer=LONG, **fields):
    answer = client.request("POST", "/v1/feedback", {"text": text, **fields}, dict([prefer]))
    assert answer.status in (201, 202), answer
    return answer.json


def _upgraded(server, feedback_id, limit_s=60):
    """The feedback once a language model has understood it."""
    deadline = time.monotonic() + limit_s
    while True:
        item = server.client.get(f"/v1/feedback/{feedback_id}").json
        if item["processing_method"] in ("ai", "cache"):
            return item
        assert time.monotonic() < deadline, f"it is still {item}"
        time.sleep(0.02)


def _is_exact(client):
    answer = client.post("/v1/maintenance:check", {})
    same(answer.status, 200, f"the check {answer}")
    same(answer.json["rollups_wrong"], 0, "wrong cells")


def _types(client):
    return [event["type"] for event in client.get("/v1/events?limit=100").json["data"]]


def a_model_that_answers_in_time_makes_the_labels(house):
    with StandIn() as model:
        client = house.start(settings=model.settings()).client
        item = _post(client, ANGRY)
        same(item["processing_method"], "ai", "what it comes from")
        same((item["provider"], item["prompt_version"]), ("openai", "v1"), "who made it")
        same(item["sentiment"], "negative", "the sentiment")
        assert item["cost"] > 0 and item["tokens"]["input"] > 0, item
        assert abs(sum(item["scores"].values()) - 1) < 0.001, item["scores"]
        again = _post(client, ANGRY)
        same((again["processing_method"], again["cost"]), ("cache", 0), "the same again")
        same(model.state()["billed"], 1, "calls that were billed")
        same(client.get(f"/v1/feedback/{item['id']}/analyses").json["data"][0]["local_sentiment"],
             "negative", "what the local model said")


def an_answer_that_would_come_late_is_not_waited_for_and_upgrades_what_was_stored(house):
    with StandIn() as model:
        server = house.start(settings=model.settings())
        client = server.client
        _post(client, HAPPY)
        model.behave("obeys", delay_ms=2000)
        began = time.monotonic()
        answer = client.request("POST", "/v1/feedback", {"text": HAPPY + " (negative bug critical)"},
                                dict([SHORT]))
        took_s = time.monotonic() - began
        same(answer.headers["preference-applied"], "wait=0.1", "the preference")
        assert took_s < 2, f"it waited {took_s} s for a model that takes 2"
        item = answer.json
        same((item["processing_method"], item["alert_triggered"]), ("ml_fallback", False), "first")
        late = _upgraded(server, item["id"])
        same((late["sentiment"], late["topic"], late["severity"]), ("negative", "bug", "critical"),
             "the labels")
        same(late["alert_triggered"], True, "the alert that the upgrade made")
        analyses = client.get(f"/v1/feedback/{item['id']}/analyses").json["data"]
        same([one["processing_method"] for one in analyses], ["ai", "ml_fallback"], "both are kept")
        types = _types(client)
        assert types.count("feedback.analysis_upgraded") == 1, types
        assert types.count("alert.opened") == 1, types
        same(client.get("/v1/dashboard/stats").json["sentiment"]["negative"], 1, "the rollups")
        _is_exact(client)
        time.sleep(2.5)  # the job's time: it must find nothing left to do
        same(model.state()["billed"], 2, "calls that were billed")
        same(server.metrics()["ai_fallback_total"], 1, "fallbacks")
        same(server.metrics()["feedback_upgraded_total"], 1, "upgrades")


def a_kill_before_the_upgrade_loses_none(house):
    with StandIn() as model:
        server = house.start(settings=model.settings())
        model.behave("obeys", delay_ms=3000)
        texts = [f"{FLAT} Number {number}: negative bug high" for number in range(5)]
        ids = [_post(server.client, text, SHORT)["id"] for text in texts]
        server.own_folder = False
        server.kill()
        server.is_over = True
        model.behave("obeys")
        again = house.start(folder=server.folder, settings=model.settings())
        again.own_folder = True
        for feedback_id in ids:
            same(_upgraded(again, feedback_id)["sentiment"], "negative", "the upgrade")
        _is_exact(again.client)
        keys = [one["idempotency_key"] for one in model.requests()]
        same(len(set(keys)), 5, "each question keeps its key over the crash")


def a_provider_that_fails_is_asked_again_by_the_job(house):
    with StandIn() as model:
        server = house.start(settings=model.settings())
        server.expected_errors.add("llm_error")
        model.behave("unavailable", count=1)
        item = _post(server.client, ANGRY)
        same(item["processing_method"], "ml_fallback", "at first")
        same(_upgraded(server, item["id"])["sentiment"], "negative", "then")
        same(model.state()["billed"], 1, "calls that were billed")


def respond_async_has_the_whole_ladder_of_retries(house):
    with StandIn() as model:
        server = house.start(settings=model.settings())
        server.expected_errors.add("llm_error")
        model.behave("unavailable", count=2)
        item = _post(server.client, ANGRY, ("Prefer", "respond-async"))
        same(item["status"], "pending", "the status")
        done = _upgraded(server, item["id"])
        same((done["processing_method"], done["status"]), ("ai", "completed"), "in the end")
        same(len(model.requests()), 3, "tries")
        assert "feedback.analysis_upgraded" not in _types(server.client)
        _is_exact(server.client)


def a_batch_has_one_budget_and_what_is_late_comes_to_each(house):
    with StandIn() as model:
        server = house.start(settings=model.settings())
        texts = [{"text": f"{FLAT} Number {number}."} for number in range(40)]
        answer = server.client.request("POST", "/v1/feedback:batch", texts, dict([LONG]))
        same({one["feedback"]["processing_method"] for one in answer.json["results"]}, {"ai"},
             "all in time")
        model.behave(delay_ms=2000)
        began = time.monotonic()
        texts = [{"text": f"{HAPPY} Number {number}."} for number in range(40)]
        answer = server.client.request("POST", "/v1/feedback:batch", texts, dict([SHORT]))
        assert time.monotonic() - began < 2, "it waited for the model"
        items = [one["feedback"] for one in answer.json["results"]]
        same({item["processing_method"] for item in items}, {"ml_fallback"}, "all late")
        model.behave()
        for item in items:
            _upgraded(server, item["id"])
        _is_exact(server.client)
        same(model.state()["billed"], 80, "calls that were billed")


def answers_that_break_the_rules_are_never_stored(house):
    with StandIn() as model:
        server = house.start(settings=model.settings())
        server.expected_errors.add("llm_error")
        bad = ("prose", "in-markdown", "half-json", "two-objects", "list", "wrong-enum",
               "wrong-case", "missing-keys", "key-twice", "nulls", "wrong-types", "out-of-range",
               "no-number", "deep-answer", "long-answer", "markup", "control-characters", "nul",
               "lone-surrogate")
        for number, behaviour in enumerate(bad):
            model.behave(behaviour)
            item = _post(server.client, f"{ANGRY} Number {number}.")
            same(item["processing_method"], "ml_fallback", behaviour)
        lines = server.log("ai_answer_invalid")
        assert lines and all(line["level"] == "WARN" and line["reply_hash"] for line in lines)
        assert "Number" not in server.log_text() and "evil" not in server.log_text()
        model.behave("extra-keys")
        same(_post(server.client, FLAT)["processing_method"], "ai", "unknown keys")


def the_settings_say_whether_anybody_is_asked(house):
    with StandIn() as model:
        for settings in ({"AI_PROVIDER_ENABLED": "false"}, {"AI_MODE": "never"},
                         {"AI_MODE": "uncertain"}, {"AI_MODE": "sample:1000000"}):
            server = house.start(settings=model.settings(**settings))
            same(_post(server.client, ANGRY)["processing_method"], "ml_fallback", settings)
            same(server.rows("SELECT COUNT(*) FROM queue_jobs WHERE kind = 'upgrade'"), [(0,)],
                 "jobs")
        same(model.requests(), [], "what was asked")


def what_is_only_analysed_is_asked_about_and_not_stored(house):
    with StandIn() as model:
        server = house.start(settings=model.settings())
        model.behave("obeys")
        answer = server.client.request("POST", "/v1/analyze/sync",
                                       {"text": FLAT + " negative"}, dict([LONG]))
        same(answer.json["sentiment"], "NEGATIVE", "the sentiment")
        same(server.client.all(), [], "what is stored")
        same(len(model.requests()), 1, "what was asked")
