"""Every way the stand-in for the providers of language models can misbehave, on every format, through
the whole server: an answer comes all the same, in time, and never a wrong one."""

import contextlib
import sqlite3
import threading
import time

from harness import Client, add_tenant, same
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


PAUSE_MS = 400


def _asked_alone(requests):
    """Whether none of them was asked while another was under way."""
    return all(one["answered_at_ms"] <= next_one["at_ms"]
               for one, next_one in zip(requests, requests[1:]))


def _keep_asking(server, is_over):
    """Eight callers at once, until it is over; returns their threads."""
    def ask(number):
        client, count = Client(server), 0
        while not is_over.is_set():
            count += 1
            client.request("POST", "/v1/analyze/sync", {"text": f"{ANGRY} {number}, {count}."},
                           {"Prefer": "wait=20"})
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    return threads


def one_call_finds_out_for_all_whether_a_model_is_back(house):
    with StandIn() as model:
        server = house.start(settings=model.settings_of("openai", HARK_AI_PAUSE_MS=str(PAUSE_MS)))
        server.expected_errors |= {"llm_error", "llm_breaker_opened"}
        model.behave("internal-error")
        for number in range(5):
            same(server.client.get("/health").json["ai_provider"], "healthy", f"after {number}")
            _ask(server, f"{ANGRY} Number {number}.")
        same(server.client.get("/health").json["ai_provider"], "degraded", "after the fifth")
        model.behave("internal-error", delay_ms=200)
        is_over = threading.Event()
        threads = _keep_asking(server, is_over)
        try:
            while len(model.requests()) < 7 or not model.requests()[6]["answered_at_ms"]:
                time.sleep(0.02)
            same(server.client.get("/health").json["ai_provider"], "degraded", "after two probes")
            model.behave("good", delay_ms=200)
            while server.client.get("/health").json["ai_provider"] != "healthy":
                time.sleep(0.02)
            while len(model.requests()) < 30:
                time.sleep(0.02)
        finally:
            is_over.set()
            for thread in threads:
                thread.join()
        requests = model.requests()
        good = [one["behaviour"] for one in requests].index("good")
        same({one["behaviour"] for one in requests[good:]}, {"good"}, "what came after the first")
        assert _asked_alone(requests[:good + 1]), "two were asked while one was to find out"
        assert not _asked_alone(requests[good:]), "all may ask again"
        for probe in range(5, good + 1):
            rest_ms = requests[probe]["at_ms"] - requests[probe - 1]["answered_at_ms"]
            wanted_ms = PAUSE_MS * min(2 ** (probe - 5), 10)
            assert rest_ms >= wanted_ms - 5, f"call {probe} came after {rest_ms}, not {wanted_ms} ms"
        same((len(server.log("llm_breaker_opened")), len(server.log("llm_breaker_closed"))), (1, 1),
             "what is told")
        same(server.metrics()['llm_breaker_open{provider="openai",model="gpt-6-luna"}'], 0, "metric")


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


# All of them at once, on the way of Prefer: respond-async: each has a tenant, whose model behaves so.

# What is told by another status than 200, and may not be asked for again.
ASKED_ONCE = {"bad-request", "schema-refused", "too-large", "unprocessable", "retry-after-1e9",
              "should-not-retry", *FINAL}
# What was worked for and not said to be so, or not believably: it is paid for as it was reserved.
UNTOLD = {"usage-missing", "usage-negative", "usage-huge", "usage-fraction", "usage-text",
          "empty-body", "html-200", "half-body", "ten-mb", "deep-body", "nul-in-body", "bad-utf8",
          "bad-utf8-in-body", "null-body", "other-body", "close", "reset", "reset-midway", "cut",
          "not-http", "long-head", "no-content", *LATE}
MOST_TRIES = 4
INPUT_NANO, OUTPUT_NANO = 1000, 10000


def _add_tenants(server, names):
    """One for each behaviour, into the database of a server that has stopped; their keys."""
    secrets = [f"hark_live_{number:032d}" for number in range(len(names))]
    with contextlib.closing(sqlite3.connect(server.path("hark.db"))) as database, database:
        for number, (name, secret) in enumerate(zip(names, secrets), 2):
            add_tenant(database, server, number, name, secret)
            database.execute(
                "INSERT INTO active_arms (tenant_id, task, prompt_version, provider, model,"
                " changed_at) VALUES (?, 'classify', 'v1', 'openai', ?, 0)",
                (number, "stand-in." + name))
    return secrets


def _write(server, name, text):
    with open(server.path(name), "w", encoding="utf-8") as file:
        file.write(text)
    return server.path(name)


def _start_with_tenants(house, model, names):
    """A server that may ask all these models, and by name of each a client of its tenant."""
    first = house.start()
    first.own_folder = False
    first.stop()
    secrets = _add_tenants(first, names)
    settings = model.settings_of(
        "openai", AI_TIMEOUT_MS="2000", AI_PRICES=_write(first, "prices", "openai * 1 - - 10\n"),
        HARK_AI_CAPABILITIES=_write(first, "capabilities", "stand-in. temperature=no\n"),
        HARK_AI_CLASSIFY=" ".join("openai:stand-in." + name for name in names))
    server = house.start(folder=first.folder, settings=settings)
    server.own_folder = True
    server.expected_errors |= {"llm_error", "llm_unreachable", "llm_breaker_opened"}
    return server, {name: Client(server, key=secret) for name, secret in zip(names, secrets)}


def _send_later(client):
    answer = client.request("POST", "/v1/feedback", {"text": ANGRY}, {"Prefer": "respond-async"})
    same(answer.status, 202, f"the answer {answer}")
    return answer.json["id"]


def _labelled(client, feedback_id):
    while True:
        item = client.get(f"/v1/feedback/{feedback_id}").json
        if item["status"] != "pending":
            return item
        time.sleep(0.02)


def _requests_by_name(model):
    found = {}
    for one in model.requests():
        found.setdefault(one["model"].removeprefix("stand-in."), []).append(one)
    return found


def _expect_no_more_than_may_be(name, item, requests):
    """Of the first time it was asked about: it is owed an upgrade where nobody answered."""
    question = requests[0]["idempotency_key"].rsplit("-", 1)[0]
    tries = [one for one in requests if one["idempotency_key"].startswith(question)]
    by_call = {}
    for one in tries:
        by_call.setdefault(one["idempotency_key"], []).append(one)
    if name in ASKED_ONCE:
        same(len(tries), 1, f"times that it was asked, {name}")
    assert len(by_call) <= 2, f"{name}: once, and once more to mend: {len(by_call)}"
    assert max(map(len, by_call.values())) <= MOST_TRIES, f"{name}: {len(tries)} tries"
    if item["processing_method"] == "ai":  # what was given up may have been worked for
        assert not any(one["is_delivered"] for one in tries[:-1]), f"{name}: it was paid for twice"


def _is_billed_right(name, usage, requests):
    billed = [one for one in requests if one["is_billed"]]
    tokens = [sum(one[key] for one in billed) for key in ("input_tokens", "output_tokens")]
    worth = tokens[0] * INPUT_NANO + tokens[1] * OUTPUT_NANO
    cost = round(usage["cost"] * 1e9)
    if name in UNTOLD:
        return cost >= worth
    return (cost, [usage["tokens"]["input"], usage["tokens"]["output"]]) == (worth, tokens)


def _expect_the_bills(model, clients, limit_s=60):
    """The ledger against what the stand-in has worked for; of each when nothing of it is under way:
    upgrades that are owed are asked for meanwhile."""
    deadline = time.monotonic() + limit_s
    left = clients
    while left:
        assert time.monotonic() < deadline, f"the ledger and the bill differ after {sorted(left)}"
        usages = {name: client.get("/v1/usage").json["total"] for name, client in left.items()}
        requests = _requests_by_name(model)
        left = {name: client for name, client in left.items()
                if not _is_billed_right(name, usages[name], requests[name])
                or client.get("/v1/usage").json["total"] != usages[name]}


def _expect_whole_ledger(server):
    check = server.client.post("/v1/maintenance:check", {}).json
    same((check["rollups_wrong"], check["ledger_wrong"]), (0, 0), "what is wrong")


def whatever_comes_feedback_sent_for_later_has_right_labels_and_its_bill_is_right(house):
    with StandIn() as model:
        names = [row["name"] for row in model.behaviours()]
        assert len(names) > 90, names
        servers, clients = [], {}
        for part in range(4):
            server, of_part = _start_with_tenants(house, model, names[part::4])
            servers.append(server)
            clients.update(of_part)
        ids = {name: _send_later(client) for name, client in clients.items()}
        items = {name: _labelled(client, ids[name]) for name, client in clients.items()}
        requests = _requests_by_name(model)
        for name, item in items.items():
            same((item["status"], item["sentiment"], item["topic"]),
                 ("completed", "negative", "bug"), f"the labels after {name}")
            same(item["processing_method"], "ai" if _is_good("openai", name) else "ml_fallback",
                 f"who made them after {name}")
            _expect_no_more_than_may_be(name, item, requests[name])
        _expect_the_bills(model, clients)
        for server in servers:
            _expect_whole_ledger(server)
