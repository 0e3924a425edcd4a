"""Documents that a language model reads in parts, and what is only analysed; and what the stand-in
for it was sent and would have billed."""

import json
import time

from harness import same
from stand_in import StandIn

HAPPY = "I love this product, it is absolutely wonderful and works great every day!"
ANGRY = "This is awful, the app crashes all the time and I hate using it."
FLAT = "The parcel came on the day that the letter before it had named, in a box."
PADDING = " and all that came with it was there as well, as it said on the paper that lay beside it"
WAIT = {"Prefer": "wait=20"}
PARTS = 12
PART = 200  # code points at most, so that a document of a few sentences has many parts
LINE = {"reply": {"sentiment": "negative", "topic": "billing", "severity": "low",
                  "confidence": 0.9, "summary": "Charged twice."},
        "input_tokens": 1000, "output_tokens": 100}
COST = 1000 * 1000 + 100 * 2000  # nano-dollars a call, at 1 and 2 dollars a million tokens


def _document(count=PARTS, words=FLAT):
    """A sentence for each part: two have no room in one."""
    return " ".join(f"Number {number}: {words[:-1]}{PADDING}." for number in range(count))


def _start(house, settings, most=None):
    server = house.start(settings=settings)
    _configure(server, "text.most_characters", PART)
    if most is not None:
        _configure(server, "ai.document_parts", most)
    return server


def _configure(server, key, value):
    same(server.client.put(f"/v1/configurations/{key}", {"value": value}).status, 200, key)


def _script(house, lines):
    """Answers from a script, with prices."""
    script, table = house.server.path("script.json"), house.server.path("prices.txt")
    with open(script, "w", encoding="utf-8") as file:
        file.write("".join(json.dumps(line) + "\n" for line in lines))
    with open(table, "w", encoding="utf-8") as file:
        file.write("canned * 1 - - 2\n")
    return {"HARK_AI_CANNED": script, "AI_PRICES": table}


def _send(server, text, **fields):
    answer = server.client.post("/v1/analyze/async", {"text": text, **fields})
    same(answer.status, 202, f"the answer {answer}")
    return answer.json["job_id"]


def _end_of(server, job_id, limit_s=120):
    deadline = time.monotonic() + limit_s
    while True:
        status = server.client.get(f"/v1/status/{job_id}").json
        if status["status"] in ("COMPLETED", "FAILED"):
            return status
        assert time.monotonic() < deadline, f"it is still {status}"
        time.sleep(0.01)


def _result(server, text, **fields):
    status = _end_of(server, _send(server, text, **fields))
    same(status["status"], "COMPLETED", f"the end {status}")
    result = status["result"]
    same(sum(result["parts_by_method"].values()), result["parts"], "each part was read by somebody")
    return result


def _methods(result):
    return {name: count for name, count in result["parts_by_method"].items() if count}


def _nano(dollars):
    return round(dollars * 1e9)


def a_document_is_read_part_by_part_and_costs_what_was_billed(house):
    with StandIn() as model:
        server = _start(house, model.settings())
        model.behave("obeys", delay_ms=100)
        result = _result(server, _document(words=FLAT[:-1] + ", negative bug critical."))
        same((result["processing_method"], _methods(result)), ("ai", {"ai": PARTS}), "who read it")
        same((result["sentiment"], result["topic"], result["severity"]),
             ("NEGATIVE", "bug", "critical"), "the labels")
        same((result["provider"], result["prompt_version"]), ("openai", "v1"), "who made them")
        state = model.state()
        same(state["billed"], PARTS, "calls that were billed")
        assert 1 < state["most_in_flight"] <= 8, state
        report = server.client.get("/v1/usage").json
        same(report["total"]["calls"], PARTS, "calls that are counted")
        same(_nano(report["total"]["cost"]), _nano(result["cost"]), "what it cost")
        assert result["cost"] > 0, result
        same(report["total"]["tokens"], result["tokens"], "the tokens")
        same(server.metrics()['processing_method_total{method="ai"}'], PARTS, "the metric")


def a_document_that_is_sent_again_costs_nothing(house):
    with StandIn() as model:
        server = _start(house, model.settings())
        first, second = _result(server, _document()), _result(server, _document())
        same((second["processing_method"], _methods(second)), ("cache", {"cache": PARTS}), "again")
        same((second["cost"], second["sentiment"]), (0, first["sentiment"]), "cost and sentiment")
        same(model.state()["billed"], PARTS, "calls that were billed")


def past_the_cap_the_local_model_reads_the_others(house):
    with StandIn() as model:
        server = _start(house, model.settings(), most=5)
        result = _result(server, _document())
        same(_methods(result), {"ai": 5, "ml_fallback": PARTS - 5}, "who read it")
        same((result["processing_method"], result["provider"]), ("ml_fallback", "openai"), "of all")
        _configure(server, "ai.document_parts", 0)
        result = _result(server, _document())
        same((_methods(result), result["cost"]), ({"ml_fallback": PARTS}, 0), "none")
        same(model.state()["billed"], 5, "calls that were billed")


def the_cap_is_twenty_unless_it_is_set(house):
    with StandIn() as model:
        server = _start(house, model.settings())
        result = _result(server, _document(30))
        same((_methods(result), result["processing_method"]),
             ({"ai": 20, "ml_fallback": 10}, "ai"), "who read it")


def only_what_is_doubtful_is_asked_about(house):
    with StandIn() as model:
        server = _start(house, model.settings(AI_MODE="uncertain"))
        sure = " ".join(f"{HAPPY} {HAPPY[:-1]}, I tell number {number}." for number in range(5))
        result = _result(server, sure + " " + _document(5))
        texts = [str(request) for request in model.requests()]
        assert 0 < len(texts) <= 5, f"it was asked about {len(texts)}"
        assert not any("I love this product" in text for text in texts), texts
        same(result["parts_by_method"]["ai"], len(texts), "who read it")


def a_provider_that_fails_for_a_while_is_asked_again(house):
    with StandIn() as model:
        server = _start(house, model.settings())
        server.expected_errors.add("llm_error")
        model.behave("unavailable", count=3)
        result = _result(server, _document(4))
        same(_methods(result), {"ai": 4}, "who read it")
        same(model.state()["billed"], 4, "calls that were billed")


def what_a_provider_that_fails_in_the_middle_leaves_is_read_locally(house):
    settings = _script(house, [{**LINE, "times": 4}, {"status": 401}])
    server = _start(house, settings)
    server.expected_errors |= {"llm_error", "llm_breaker_opened"}
    result = _result(server, _document())
    same(_methods(result), {"ai": 4, "ml_fallback": PARTS - 4}, "who read it")
    same(_nano(result["cost"]), 4 * COST, "what it cost")
    line = server.wait_for_log("ai_fallback")
    same(line["parts"], PARTS - 4, "what the log says of it")


def the_budget_ends_the_asking_and_not_the_document(house):
    server = _start(house, _script(house, [LINE]))
    _result(server, _document(1, HAPPY))
    server.client.get("/v1/usage")
    (most,), = server.rows("SELECT reserved_nano_usd FROM usage WHERE outcome <> 'reserved'")
    room = most // 4 + 5 * COST  # one of four tries, and what five parts cost
    _configure(server, "ai.monthly_budget_usd", (COST + room) / 1e9)
    result = _result(server, _document())
    asked = result["parts_by_method"]["ai"]
    assert COST <= asked * COST <= room < PARTS * COST, result
    same(_methods(result), {"ai": asked, "ml_fallback": PARTS - asked}, "who read it")
    same(_nano(result["cost"]), asked * COST, "what it cost")
    report = server.client.get("/v1/usage").json
    same(_nano(report["total"]["cost"]), (1 + asked) * COST, "what was spent")
    same(report["budget"]["reserved"], 0, "what is reserved in the end")


def cancelling_lets_go_of_what_is_being_asked(house):
    with StandIn() as model:
        server = _start(house, model.settings(AI_TIMEOUT_MS="100000"))
        model.behave(delay_ms=90000)
        job_id = _send(server, _document())
        deadline = time.monotonic() + 60
        while model.state()["in_flight"] == 0:
            assert time.monotonic() < deadline, "nobody is asked"
            time.sleep(0.01)
        same(server.client.request("POST", f"/v1/jobs/{job_id}:cancel").status, 200, "cancelling")
        while server.metrics().get('jobs_running{kind="analyze"}', 0) > 0:
            assert time.monotonic() < deadline, "it still runs"
            time.sleep(0.01)
        status = _end_of(server, job_id)
        same((status["status"], status["error"]["code"]), ("FAILED", "CANCELLED"), "the end")
        assert len(model.requests()) <= 8, "it went on to ask"
        same(server.client.get("/v1/usage").json["budget"]["reserved"], 0, "what is still reserved")


def live_feedback_has_room_beside_documents(house):
    with StandIn() as model:
        server = _start(house, model.settings())
        _result(server, _document(1))
        model.behave(delay_ms=1000)
        jobs = [_send(server, _document(20, f"{FLAT[:-1]} {number}.")) for number in range(4)]
        answer = server.client.request("POST", "/v1/feedback", {"text": ANGRY}, WAIT)
        same(answer.json["processing_method"], "ai", "what it comes from")
        assert model.state()["most_in_flight"] <= 64 // 4 + 1, model.state()
        model.behave()
        for job_id in jobs:
            same(_methods(_end_of(server, job_id)["result"]), {"ai": 20}, "who read it")


def documents_have_a_quarter_of_the_calls_in_flight(house):
    with StandIn() as model:
        server = _start(house, model.settings(HARK_AI_MAX_IN_FLIGHT="12"))
        model.behave(delay_ms=50)
        jobs = [_send(server, _document(words=f"{FLAT[:-1]} {number}.")) for number in range(3)]
        for job_id in jobs:
            same(_methods(_end_of(server, job_id)["result"]), {"ai": PARTS}, "who read it")
        same(model.state()["most_in_flight"], 3, "calls at once")


def short_documents_do_not_wait_for_one_another(house):
    with StandIn() as model:
        server = _start(house, model.settings())
        model.behave(delay_ms=2000)
        jobs = [_send(server, f"Number {number}: {FLAT}") for number in range(12)]
        for job_id in jobs:
            same(_methods(_end_of(server, job_id)["result"]), {"ai": 1}, "who read it")
        assert model.state()["most_in_flight"] > 2, "they were asked about one after another"


SECRETS = ("Maria", "Gonzalez", "maria.gonzalez@example.org", "4111", "+49 30 1234567", "KD-99812")


def no_personal_data_of_a_document_leaves(house):
    canaries = ["I am Maria Gonzalez, and you may write to maria.gonzalez@example.org at any time",
                "My card 4111 1111 1111 1111 was charged twice for the same thing",
                "My name is Maria Gonzalez and my telephone number is +49 30 1234567",
                "The number under which you know me is KD-99812 since the year before last"]
    text = " ".join(f"{line}{PADDING}." for line in canaries)
    patterns = [{"name": "CUSTOMER_NUMBER", "pattern": "KD-[0-9]{5}"}]
    shown = ["EMAIL", "NAME", "CREDIT_DEBIT_NUMBER", "PHONE"]
    for redact, types in (("true", None), ("false", None), ("true", shown), ("false", shown)):
        with StandIn() as model:
            server = _start(house, model.settings(HARK_PRIVACY_REDACT=redact))
            _configure(server, "pii.patterns", patterns)
            if types:
                _configure(server, "pii.shown_types", types)
            model.behave("echo")
            result = _result(server, text)
            same(_methods(result), {"ai": len(canaries)}, "who read it")
            sent = json.dumps(model.requests(), ensure_ascii=False)
            for secret in SECRETS:
                assert secret not in sent, f"{secret} was sent, redact={redact}, shown={types}"
                assert secret not in json.dumps(result), f"{secret} came back"
            assert "[EMAIL]" in sent and "[CUSTOMER_NUMBER]" in sent, sent


# One place may be cut from the next where a sentence is longer than a part.
def a_secret_is_hidden_before_a_sentence_is_cut(house):
    with StandIn() as model:
        server = _start(house, model.settings(HARK_PRIVACY_REDACT="false"))
        _configure(server, "text.most_characters", 100)
        for shift in range(0, 40, 3):
            words = "word " * 14 + "x" * shift
            text = f"{words} my card is 4111 1111 1111 1111 and then there are more words " * 2
            _result(server, text)
        sent = json.dumps(model.requests())
        assert "4111" not in sent and "1111" not in sent, "a part of a number was sent"
        assert "CREDIT_DEBIT_NUMBER]" in sent


# What is only analysed

def what_is_only_analysed_is_asked_about_and_not_stored(house):
    with StandIn() as model:
        server = house.start(settings=model.settings())
        model.behave("obeys")
        answer = server.client.request("POST", "/v1/analyze",
                                       {"text": FLAT + " negative bug high"}, WAIT)
        same(answer.headers["preference-applied"], "wait=20", "the preference")
        item = answer.json
        same((item["processing_method"], item["sentiment"], item["topic"]),
             ("ai", "negative", "bug"), "what it says")
        assert item["cost"] > 0, item
        same(_nano(server.client.get("/v1/usage").json["total"]["cost"]), _nano(item["cost"]),
             "what was spent")
        same(server.client.all(), [], "what is stored")
        same(server.rows("SELECT COUNT(*) FROM queue_jobs WHERE kind = 'upgrade'"), [(0,)], "jobs")


def what_is_to_stay_here_is_not_asked_about(house):
    with StandIn() as model:
        client = house.start(settings=model.settings()).client
        text = {"text": FLAT + " negative bug high"}
        same(client.request("POST", "/v1/analyze?ai=false", text, WAIT).json["processing_method"],
             "ml_fallback", "who read one")
        body = (json.dumps(text) + "\n").encode() * 3
        rows = client.post("/v1/analyze?ai=false", body, content_type="application/x-ndjson").body
        same({json.loads(row)["processing_method"] for row in rows.splitlines()}, {"ml_fallback"},
             "who read the lines")
        for slip in ("no", "False", "0", ""):
            answer = client.request("POST", f"/v1/analyze?ai={slip}", text, WAIT)
            same(answer.status, 400, f"ai={slip}")
            assert "ai" in answer.json["detail"], answer
        same(model.state()["billed"], 0, "calls")
        same(client.request("POST", "/v1/analyze?ai=true", text, WAIT).json["processing_method"],
             "ai", "who read it when that is wanted")


def _wait_until_nobody_is_asked(model, limit_s=60):
    deadline = time.monotonic() + limit_s
    while model.state()["in_flight"] > 0:
        assert time.monotonic() < deadline, model.state()
        time.sleep(0.02)


def _lines(client, texts, prefer):
    body = "".join(json.dumps(text) + "\n" for text in texts).encode()
    answer = client.request("POST", "/v1/analyze", body,
                            {"Content-Type": "application/x-ndjson", **prefer})
    same(answer.status, 200, "the status")
    return [json.loads(line) for line in answer.body.splitlines()]


def lines_that_are_only_analysed_have_one_budget(house):
    with StandIn() as model:
        server = house.start(settings=model.settings())
        texts = [{"text": f"{FLAT} Number {number}."} for number in range(40)]
        rows = _lines(server.client, texts[:20] + [{"text": 3}] + texts[20:], WAIT)
        same([row.get("processing_method") for row in rows], ["ai"] * 20 + [None] + ["ai"] * 20,
             "what they come from")
        same((rows[20]["error"]["index"], rows[20]["error"]["status"]), (20, 422), "the bad one")
        model.behave(delay_ms=3000)
        rows = _lines(server.client, [{"text": f"{HAPPY} {number}"} for number in range(40)],
                      {"Prefer": "wait=0.1"})
        same({row["processing_method"] for row in rows}, {"ml_fallback"}, "what is late")
        same(server.client.all(), [], "what is stored")
        _wait_until_nobody_is_asked(model)
