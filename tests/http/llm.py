"""Every way the stand-in for the providers of language models can misbehave, on every format, through
the whole server: an answer comes all the same, in time, and never a wrong one."""

import time

from harness import same
from stand_in import StandIn

ANGRY = "This is awful, the app crashes all the time and I hate using it."
FORMATS = ("openai", "responses", "compatible", "anthropic", "comprehend")

# What is an answer all the same, and where.
GOOD = {"good", "extra-keys", "unsure", "out-of-range", "no-number", "echo", "obeys", "usage-missing",
        "usage-negative", "usage-huge", "usage-fraction", "usage-text", "usage-cached",
        "usage-cache-written", "usage-reasoning", "vector-too-few", "vector-nan", "vectors-long",
        "vectors-uneven", "text-refused"}
GOOD_IN = {
    "openai": {"pause", "temperature-refused"},
    "responses": {"finish-not-said", "schema-refused", "temperature-refused"},
    "compatible": {"finish-not-said", "schema-refused", "pause"},
    "anthropic": {"schema-refused", "temperature-refused"},
    "comprehend": {
        "schema-refused", "temperature-refused", "prose", "in-markdown", "half-json", "two-objects",
        "list", "key-twice", "deep-answer", "long-answer", "markup", "control-characters", "nul",
        "bad-utf8", "lone-surrogate", "length", "refusal", "pause", "context-exceeded",
        "finish-not-said"},
}
BAD_IN = {form: {"out-of-range", "no-number"} for form in FORMATS[:4]} | {"comprehend": set()}

# After these nobody is asked until somebody has looked; each has a server of its own.
FINAL = {"wrong-key", "forbidden", "billing-error", "unknown-model", "quota-exhausted",
         "credit-exhausted", "spend-limit", "usage-limits", "redirect"}
LATE = {"never", "stall-in-head", "stall-in-body", "drip"}


def _ask(server, text, wait="20"):
    """Whether the model's answer was used; whatever happens, the label is the right one."""
    before = server.metrics()["ai_fallback_total"]
    answer = server.client.request("POST", "/v1/analyze/sync", {"text": text},
                                   {"Prefer": f"wait={wait}"})
    same(answer.status, 200, f"the status {answer}")
    same(answer.json["sentiment"], "NEGATIVE", f"the sentiment {answer}")
    return server.metrics()["ai_fallback_total"] == before


def _is_good(form, name):
    return name in (GOOD - BAD_IN[form]) | GOOD_IN[form]


def _start(house, model, form):
    server = house.start(settings=model.settings_of(form, AI_TIMEOUT_MS="3000"))
    server.expected_errors |= {"llm_error", "llm_unreachable", "llm_breaker_opened"}
    return server


def _everything_by(house, form):
    with StandIn() as model:
        server = _start(house, model, form)
        for number, row in enumerate(model.behaviours()):
            name = row["name"]
            if name in FINAL:
                continue
            model.behave(name)
            began = time.monotonic()
            is_used = _ask(server, f"{ANGRY} Number {number}.", "0.3" if name in LATE else "20")
            assert name not in LATE or time.monotonic() - began < 3, f"{name} was waited for"
            same(is_used, _is_good(form, name), f"the model's answer is used after {name}")
            model.behave("good")
            same(_ask(server, f"{ANGRY} After {number}."), True, f"it is asked after {name}")
        same(server.client.get("/health").json["ai_provider"], "healthy", "its health in the end")


def whatever_openai_does_an_answer_comes_and_it_is_right(house):
    _everything_by(house, "openai")


def whatever_responses_do_an_answer_comes_and_it_is_right(house):
    _everything_by(house, "responses")


def whatever_a_server_of_others_does_an_answer_comes_and_it_is_right(house):
    _everything_by(house, "compatible")


def whatever_anthropic_does_an_answer_comes_and_it_is_right(house):
    _everything_by(house, "anthropic")


def whatever_comprehend_does_an_answer_comes_and_it_is_right(house):
    _everything_by(house, "comprehend")


def what_does_not_pass_by_waiting_is_not_asked_again_and_health_says_so(house):
    for form, name in (("openai", "wrong-key"), ("openai", "quota-exhausted"),
                       ("responses", "unknown-model"), ("compatible", "redirect"),
                       ("anthropic", "spend-limit"), ("anthropic", "usage-limits"),
                       ("comprehend", "wrong-key")):
        with StandIn() as model:
            server = _start(house, model, form)
            model.behave(name)
            same(_ask(server, ANGRY), False, name)
            model.behave("good")
            same(_ask(server, ANGRY + " Again."), False, f"asked after {name}")
            same(len(model.requests()), 1, f"requests after {name}")
            same(server.client.get("/health").json["ai_provider"], "degraded", f"health after {name}")


def the_breaker_opens_at_the_fifth_failure(house):
    with StandIn() as model:
        server = _start(house, model, "openai")
        model.behave("internal-error")
        for number in range(8):
            same(server.client.get("/health").json["ai_provider"],
                 "degraded" if number >= 5 else "healthy", f"health after {number}")
            _ask(server, f"{ANGRY} Number {number}.")
        same(len(model.requests()), 5, "requests")


def what_passes_is_asked_for_again_and_paid_for_once(house):
    with StandIn() as model:
        server = _start(house, model, "openai")
        for name in ("html-200", "reset-midway", "overloaded", "retry-after-ms", "half-body"):
            before = len(model.requests())
            model.behave(name, count=1)
            answer = server.client.request("POST", "/v1/feedback", {"text": f"{ANGRY} By {name}."},
                                           {"Prefer": "respond-async"})
            same(answer.status, 202, f"the status {answer}")
            path = f"/v1/feedback/{answer.json['id']}"
            while server.client.get(path).json["processing_method"] != "ai":
                time.sleep(0.02)
            same(server.client.get(path).json["sentiment"], "negative", "the sentiment")
            seen = model.requests()[before:]
            same([one["behaviour"] for one in seen], [name, "good"], "tries")
            same(len({one["idempotency_key"] for one in seen}), 1, "keys of one question")
