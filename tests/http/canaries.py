"""Personal data as canaries: of the kinds that Hark knows, and of a kind that only the tenant's own
pattern knows. By whatever way a text gets to a language model, none of them leaves this machine."""

import itertools
import json
import time

from harness import same
from receiver import ALLOW, Receiver
from stand_in import StandIn

PATTERNS = [{"name": "BADGE", "pattern": r"\bCNRY-\d{6}\b"}]
KNOWN = ("Gonzalez", "m.gonzalez@example.org", "4111 1111 1111 1111")
TEXT = ("I am Maria Gonzalez, m.gonzalez@example.org, card 4111 1111 1111 1111, badge CNRY-271828:"
        " the order came late and broken, for the {}th time.")
LONG = {"Prefer": "wait=20"}
numbers = itertools.count(100)


def _text():
    return TEXT.format(next(numbers))


def _wait_until(claim):
    deadline = time.monotonic() + 60
    while not claim():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def _post(server, headers=None, **fields):
    answer = server.client.request("POST", "/v1/feedback", {"text": _text(), **fields},
                                   headers or LONG)
    assert answer.status in (201, 202), answer
    return answer.json["id"]


def _wait_for_method(server, feedback_id):
    _wait_until(lambda: server.client.get(f"/v1/feedback/{feedback_id}").json["processing_method"]
                in ("ai", "cache"))


def _stored(server, _):
    _post(server)


def _stored_in_a_batch(server, _):
    answer = server.client.request("POST", "/v1/feedback:batch",
                                   [{"text": _text()}, {"text": _text()}], LONG)
    same([one["status"] for one in answer.json["results"]], [201, 201], "the batch")


def _analysed_and_not_stored(server, _):
    answer = server.client.request("POST", "/v1/analyze/sync", {"text": _text()}, LONG)
    same(answer.status, 200, "the answer")


def _stored_to_be_analysed_later(server, _):
    _wait_for_method(server, _post(server, {"Prefer": "respond-async"}))


def _upgraded_by_its_job(server, model):
    """The call of the request itself fails, so that the job is the one who asks."""
    model.behave("unavailable", count=1)
    _wait_for_method(server, _post(server))


def _sent_to_a_canary(server, _):
    """An experiment's arm."""
    client = server.client
    made = client.post("/v1/prompts", {"version": "v2", "rules": "Say it.", "why": "a test"})
    same(made.status, 201, f"the version {made}")
    made = client.post("/v1/experiments", {"name": "x", "why": "y",
                                           "canary": {"prompt_version": "v2"}})
    client.post(f"/v1/experiments/{made.json['id']}:start", {"share": 1})
    _post(server)
    same(server.rows("SELECT prompt_version FROM analyses ORDER BY id DESC LIMIT 1"), [("v2",)],
         "the arm")
    client.post(f"/v1/experiments/{made.json['id']}:rollback", None)


def _replayed(server, _):
    answer = server.client.post("/v1/prompts/v2:replay", {"limit": 100})
    same({one["is_asked"] for one in answer.json["results"]}, {True}, "what is replayed")
    same([one["error"] for one in answer.json["results"] if "error" in one], [], "errors")


WAYS = (_stored, _stored_in_a_batch, _analysed_and_not_stored, _stored_to_be_analysed_later,
        _upgraded_by_its_job, _sent_to_a_canary, _replayed)


def _check(sent, canaries, where):
    for canary in canaries:
        assert canary not in sent, f"{canary} is in {where}"


def _check_ways(server, model, ways, canaries):
    for way in ways:
        seen = len(model.requests())
        way(server, model)
        requests = model.requests()[seen:]
        assert requests, f"nobody was asked: {way.__name__}"
        sent = json.dumps(requests)
        _check(sent, canaries, f"what was sent: {way.__name__}")
        assert "[EMAIL]" in sent and "[BADGE]" in sent, f"{way.__name__}: {sent[:3000]}"


def no_canary_leaves_by_any_way_to_a_language_model(house):
    for redact in ("true", "false"):
        with StandIn() as model, Receiver() as receiver:
            server = house.start(settings=model.settings(**ALLOW, HARK_PRIVACY_REDACT=redact))
            server.expected_errors.add("llm_error")
            server.client.put("/v1/configurations/pii.patterns", {"value": PATTERNS})
            made = server.client.post("/v1/webhooks", {"url": receiver.url()})
            same(made.status, 201, "the webhook")
            _check_ways(server, model, WAYS, (*KNOWN, "271828"))
            kept = str(server.rows("SELECT text FROM feedback"))
            same("271828" in kept, redact == "false", "whether the operator keeps texts as they are")
            _wait_until(lambda receiver=receiver: any(
                one.json["type"] == "feedback.analysis_upgraded" for one in receiver.at("/")))
            told = "".join(str(one.headers) + str(one.body) for one in receiver.at("/"))
            _check(told, (*KNOWN, "271828"), "a webhook")
            _check(server.log_text(), (*KNOWN, "271828"), "the log")


def what_was_stored_before_the_pattern_is_hidden_when_it_leaves_after_it(house):
    with StandIn() as model:
        server = house.start(settings=model.settings())
        server.expected_errors.add("llm_error")
        model.behave("unavailable")
        feedback_id = _post(server)
        server.client.put("/v1/configurations/pii.patterns", {"value": PATTERNS})
        model.behave()
        _wait_for_method(server, feedback_id)
        server.client.post("/v1/prompts", {"version": "v2", "rules": "Say it.", "why": "a test"})
        _replayed(server, model)
        assert "271828" in str(server.rows("SELECT text FROM feedback"))
        upgrade, replay = model.requests()[-2:]
        for request in (upgrade, replay):
            _check(json.dumps(request), (*KNOWN, "271828"), "what was sent")
            assert "[BADGE]" in json.dumps(request)


def types_that_the_tenant_wants_in_sight_are_hidden_outside(house):
    with StandIn() as model:
        server = house.start(settings=model.settings())
        server.client.put("/v1/configurations/pii.shown_types", {"value": ["EMAIL", "NAME"]})
        for headers in (LONG, {"Prefer": "respond-async"}):
            item = server.client.get(f"/v1/feedback/{_post(server, headers)}").json
            assert "m.gonzalez@example.org" in item["text"], item
            _wait_for_method(server, item["id"])
        _check(json.dumps(model.requests()), KNOWN, "what was sent")
