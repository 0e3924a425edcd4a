"""Money for language models, in the whole server: what a feedback costs, the cap, and a crash in the
middle of a call. The model answers from a script, at prices of our own."""

import json
import threading
import time

from harness import Client, Server, same, wait_until

REPLY = {"sentiment": "negative", "topic": "billing", "severity": "medium", "confidence": 0.9,
         "summary": "The customer was charged twice."}
LINE = {"reply": REPLY, "input_tokens": 1000, "output_tokens": 1000}
COST = 1000 * 1000 + 1000 * 2000  # nano-dollars, at 1 and 2 dollars a million tokens
TEXT = "I was charged twice for order number {} and nobody answers my letters"


def _settings(house, lines, prices="canned * 1 - - 2", **settings):
    """Of a server whose files lie in the folder of the shared one."""
    script, table = (house.server.path(f"{time.monotonic_ns()}.{end}") for end in ("json", "txt"))
    with open(script, "w", encoding="utf-8") as file:
        file.write("".join(json.dumps(line) + "\n" for line in lines))
    with open(table, "w", encoding="utf-8") as file:
        file.write(prices + "\n")
    return {"HARK_AI_CANNED": script, "AI_PRICES": table, "SYNC_BUDGET_MS": "20000",
            "AI_TIMEOUT_MS": "20000", **settings}


def _start(house, lines=(LINE,), **settings):
    return house.start(settings=_settings(house, lines, **settings))


def _nano(dollars):
    return round(dollars * 1e9)


def _thresholds(server):
    return [json.loads(data)["percent"] for (data,) in server.rows(
        "SELECT data FROM events WHERE type = 'budget.threshold' ORDER BY seq")]


def _calls(server, columns):
    """Of the calls themselves, once all of them are written: a hold for calls to come is no call."""
    server.client.get("/v1/usage")
    return server.rows(f"SELECT {columns} FROM usage WHERE outcome <> 'reserved' ORDER BY id")


def _most_cost(server):
    """What is reserved for a call like those of this file."""
    return _calls(server, "reserved_nano_usd")[-1][0]


def a_feedback_costs_what_was_billed_for_it(house):
    server = _start(house)
    feedback = server.client.add(TEXT.format(1))
    same((feedback["processing_method"], feedback["sentiment"]), ("ai", "negative"), "the answer")
    same((_nano(feedback["cost"]), feedback["tokens"]),
         (COST, {"input": 1000, "output": 1000, "cached": 0}), "its cost")
    same(server.client.get(f"/v1/feedback/{feedback['id']}").json["tokens"], feedback["tokens"])
    analysis = server.client.get(f"/v1/feedback/{feedback['id']}/analyses").json["data"][0]
    same((analysis["cost_nano_usd"], analysis["tokens"]), (COST, feedback["tokens"]), "its analysis")
    report = server.client.get("/v1/usage").json
    same((report["total"]["calls"], _nano(report["total"]["cost"])), (1, COST), "the usage")
    same((_nano(report["budget"]["spent"]), report["budget"]["reserved"]), (COST, 0), "the month")
    same(_nano(server.metrics()["llm_cost_usd_total"]), COST, "the metric")
    again = server.client.add(TEXT.format(1))
    same((again["processing_method"], again["cost"]), ("cache", 0), "what the cache has is free")


def a_bad_answer_and_its_mending_are_both_paid_for(house):
    server = _start(house, [{**LINE, "reply": "no labels at all", "times": 1}, LINE])
    feedback = server.client.add(TEXT.format(1))
    same((feedback["processing_method"], _nano(feedback["cost"])), ("ai", 2 * COST), "the answer")
    same(_calls(server, "outcome, cost_nano_usd"),
         [("failed", COST), ("repaired", COST)], "the calls")
    same(server.client.get("/v1/usage").json["total"]["failed"], 1, "failed")


def what_was_asked_in_vain_is_paid_for_too(house):
    server = _start(house, [{**LINE, "reply": "no labels at all"}])
    feedback = server.client.add(TEXT.format(1))
    same((feedback["processing_method"], _nano(feedback["cost"]), feedback["tokens"]["input"]),
         ("ml_fallback", 2 * COST, 2000), "the answer")
    analysis = server.client.get(f"/v1/feedback/{feedback['id']}/analyses").json["data"][0]
    same(analysis["cost_nano_usd"], 2 * COST, "its analysis")
    same(_calls(server, "outcome"), [("failed",)] * 2, "the calls")


def spending_stops_at_the_cap_and_says_so_once(house):
    server = _start(house)
    server.client.add(TEXT.format(0))
    cap = COST + 19 * COST + _most_cost(server)  # room for twenty, and some
    same(server.client.put("/v1/configurations/ai.monthly_budget_usd",
                           {"value": cap / 1e9}).status, 200)
    methods, lock = [], threading.Lock()

    def send(first):
        client = Client(server)
        for i in range(first, first + 8):
            method = client.add(TEXT.format(i))["processing_method"]
            with lock:
                methods.append(method)
    threads = [threading.Thread(target=send, args=(1 + 100 * n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same((len(methods), set(methods)), (64, {"ai", "ml_fallback"}), "the answers")
    most = _most_cost(server)

    def spent():
        report = server.client.get("/v1/usage").json
        nano = _nano(report["budget"]["spent"])
        same(nano, COST * report["total"]["calls"], "what was spent")
        assert nano <= cap, report
        return nano
    # What was refused only for what others had reserved is asked about again, up to the cap.
    wait_until(lambda: spent() + most > cap)
    for i in range(3):  # alone, so that nothing is refused for what others have reserved
        same(server.client.add(TEXT.format(9990 + i))["processing_method"], "ml_fallback", "later")
        same(_thresholds(server), [80, 100], "the events")
    page = server.client.get("/v1/events?types=budget.threshold").json["data"]
    same([event["data"]["budget"] for event in page], ["tenant", "tenant"], "whose")


def what_others_have_reserved_is_waited_for(house):
    server = _start(house, [{**LINE, "delay_ms": 1500}], SYNC_BUDGET_MS="10000")
    server.client.add(TEXT.format(0))
    # Room for five at a time; what comes after it in the background can have one try, not four.
    budget = {"value": (COST + 5.9 * _most_cost(server)) / 1e9}
    same(server.client.put("/v1/configurations/ai.monthly_budget_usd", budget).status, 200)
    others = [threading.Thread(target=lambda text=TEXT.format(1 + i): Client(server).add(text))
              for i in range(5)]
    for other in others:
        other.start()
    wait_until(lambda: server.metrics()['llm_in_flight{provider="canned"}'] == len(others))
    late = server.client.add(TEXT.format(9))
    same(late["processing_method"], "ml_fallback", "the answer in time")
    for other in others:
        other.join()
    wait_until(lambda: server.client.get(f"/v1/feedback/{late['id']}").json["processing_method"]
               == "ai")
    same(_thresholds(server), [], "the events")


def the_server_has_a_cap_of_its_own(house):
    server = _start(house, AI_MONTHLY_BUDGET_USD="0.000001")
    same(server.client.get("/health").json["ai_provider"], "healthy", "before anything is refused")
    feedback = server.client.add(TEXT.format(1))
    health = server.client.get("/health").json
    same((health["status"], health["ai_provider"]), ("degraded", "degraded"), "health")
    same(server.client.post("/v1/maintenance:check", {}).json["budget_used_up"], True, "the check")
    same((feedback["processing_method"], feedback["cost"]), ("ml_fallback", 0), "the answer")
    same(server.rows("SELECT COUNT(*) FROM usage"), [(0,)], "the calls")
    same(_thresholds(server), [100], "the events")


def a_model_without_a_price_is_asked_only_where_there_is_no_budget(house):
    server = _start(house, prices="# nothing")
    feedback = server.client.add(TEXT.format(1))
    same((feedback["processing_method"], feedback["cost"]), ("ai", None), "without a budget")
    same(feedback["tokens"]["input"], 1000, "its tokens")
    report = server.client.get("/v1/usage").json
    same((report["total"]["unpriced"], report["total"]["cost"]), (1, 0), "the usage")
    server.client.put("/v1/configurations/ai.monthly_budget_usd", {"value": 100})
    same(server.client.add(TEXT.format(2))["processing_method"], "ml_fallback", "under a budget")
    server.expected_errors.add("model_without_price")
    server.wait_for_log("model_without_price", provider="canned")


def a_kill_in_the_middle_of_a_call_leaves_what_was_held_paid_in_full(house):
    settings = _settings(house, [{**LINE, "delay_ms": 15000}])
    server = Server(settings=settings)

    def send():
        try:
            Client(server).add(TEXT.format(1))
        except (OSError, AssertionError):
            pass  # it is killed meanwhile
    thread = threading.Thread(target=send)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.rows("SELECT 1 FROM usage WHERE outcome = 'reserved'"):
        assert time.monotonic() < deadline, "nothing was reserved"
        time.sleep(0.01)
    reserved = server.client.get("/v1/usage").json["budget"]["reserved"]
    server.own_folder = False
    server.kill()
    thread.join()
    again = house.start(folder=server.folder, settings={**settings, "AI_MODE": "never"})
    again.own_folder = True
    report = again.client.get("/v1/usage").json
    same((report["total"]["lost"], report["total"]["cost"]), (1, reserved), "what was held")
    same((report["budget"]["spent"], report["budget"]["reserved"]), (reserved, 0), "the month")
    assert reserved > 0, reserved


def what_the_doctor_asks_is_paid_for_and_stays_below_the_cap(house):
    server = _start(house)

    def check():
        answer = server.client.post("/v1/maintenance:check", {"ask_models": True})
        same(answer.status, 200, "the check")
        return _named(server.client.get("/v1/usage").json["by_job"])
    same(check(), {"checkup": (1, COST)}, "after one")
    server.client.put("/v1/configurations/ai.monthly_budget_usd", {"value": (COST + 1) / 1e9})
    same(check(), {"checkup": (1, COST)}, "past the budget")


def _named(lines):
    return {line["name"]: (line["calls"], _nano(line["cost"])) for line in lines}
