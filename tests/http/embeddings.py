"""Searches whose vectors a provider makes: what it is asked, what that costs, and what is found while
it fails."""

import time

from harness import Client, same, with_second_tenant
from stand_in import StandIn

TEXTS = {
    "battery": "The battery is empty after an hour.",
    "twice": "I was charged twice this month.",
    "crash": "The app crashes at startup.",
    "waiter": "The waiter was rude and the food was cold.",
}
MODEL = "openai:text-embedding-3-small"


def _settings(model, **more):
    """Language models make vectors and nothing else; no answer is waited for too short."""
    return model.settings(**{"HARK_AI_EMBED": MODEL, "AI_MODE": "never", "SYNC_BUDGET_MS": "20000",
                             "AI_TIMEOUT_MS": "20000", **more})


def _start(house, model, **more):
    server = house.start(settings=_settings(model, **more))
    server.expected_errors |= {"llm_error", "llm_unreachable", "llm_breaker_opened",
                               "llm_withheld", "request_failed"}
    return server


def _fill(client):
    return {name: client.add(text, source_id=name)["id"] for name, text in TEXTS.items()}


def _search(client, query, **more):
    answer = client.post("/v1/search", {"query": query, **more})
    same(answer.status, 200, f"the status of {query!r}: {answer}")
    return answer.json


def _found(client, query, **more):
    return [hit["feedback"]["source_id"] for hit in _search(client, query, **more)["data"]]


def _await(what, why, limit_s=60):
    deadline = time.monotonic() + limit_s
    while not what():
        assert time.monotonic() < deadline, why
        time.sleep(0.05)


def _await_vectors(server, client=None, model=MODEL):
    """Until every feedback is indexed by the provider's vectors."""
    client = client or server.client

    def is_done():
        item = client.all()[0]["id"]
        pending = client.get(f"/v1/feedback/{item}/similar").json["pending"]
        rows = server.rows("SELECT model FROM search_progress WHERE what = 'vectors'")
        return pending == 0 and rows and rows[0][0].startswith(model)
    _await(is_done, "the vectors are not made")


def _asked(model):
    """The texts that it was asked for, call by call."""
    return [one["body"]["input"] for one in model.requests() if one["path"] == "/v1/embeddings"]


def _by_job(client):
    return {line["name"]: line for line in client.get("/v1/usage").json["by_job"]}


def nothing_is_asked_at_start_nor_for_words(house):
    with StandIn() as model:
        server = _start(house, model)
        same(_found(server.client, "battery", mode="words"), [], "nothing is there")
        time.sleep(2.5)  # its threads have looked around by now
        same(model.state()["requests"], 0, "calls")
        server.wait_for_log("vectors_by_provider")


def without_the_setting_nothing_is_asked(house):
    with StandIn() as model:
        server = house.start(settings=model.settings(AI_MODE="never"))
        _fill(server.client)
        same(_found(server.client, "my battery is empty", mode="vectors")[0], "battery", "local")
        time.sleep(1.5)
        same(model.state()["requests"], 0, "calls")


def what_means_the_same_is_found_by_the_providers_vectors(house):
    with StandIn() as model:
        server = _start(house, model)
        client = server.client
        ids = _fill(client)
        _await_vectors(server)
        same(_found(client, "charged twice", mode="vectors")[0], "twice", "by vectors")
        same(_found(client, "rude waiter was cold")[0], "waiter", "fused")
        again = client.add("I was charged twice again this month.", source_id="again")
        _await_vectors(server)
        hits = client.get(f"/v1/feedback/{again['id']}/similar?limit=1").json["data"]
        same(hits[0]["feedback"]["id"], ids["twice"], "similar")
        same(server.rows("SELECT DISTINCT model FROM embeddings"), [(MODEL + "/128",)], "whose")
        line = server.wait_for_log("vectors_made_anew")
        assert line["texts"] >= 1 and line["estimated_cost_usd"] > 0, line


def it_is_paid_for_as_a_job_of_its_own(house):
    with StandIn() as model:
        server = _start(house, model)
        _fill(server.client)
        _await_vectors(server)
        before = _by_job(server.client)["embed"]
        assert before["calls"] >= 1 and before["cost"] > 0 and before["tokens"]["input"] > 0, before
        _search(server.client, "charged twice")
        _search(server.client, "charged twice", mode="vectors")
        after = _by_job(server.client)
        same(list(after), ["embed"], "the jobs")
        same(after["embed"]["calls"], before["calls"] + 1, "the same query is asked for once")
        same(server.client.get("/v1/usage").json["budget"]["reserved"], 0, "what is reserved")


def nobodys_personal_data_leaves(house):
    with StandIn() as model:
        server = _start(house, model, HARK_PRIVACY_REDACT="false")
        client = server.client
        same(client.put("/v1/configurations/pii.patterns", {"value": [
            {"name": "TICKET", "pattern": "TCK-[0-9]{6}"}]}).status, 200, "a pattern of our own")
        client.add("Write to jane.doe@example.com about ticket TCK-123456, please.")
        _await_vectors(server)
        for mode in ("vectors", "fused"):
            _search(client, f"jane.doe@example.com by {mode}", mode=mode)
            _search(client, f"TCK-123456 or 4111 1111 1111 1111 by {mode}", mode=mode)
        sent = str(_asked(model))
        for secret in ("jane", "example.com", "TCK-123456", "4111"):
            assert secret not in sent, sent
        assert "[EMAIL]" in sent and "[TICKET]" in sent, sent
        assert "jane.doe" not in server.log_text(), "the log"


def while_it_fails_words_are_found_and_vectors_come_later(house):
    for behaviour in ("internal-error", "rate-limited", "vector-too-few", "vector-nan",
                      "html-200", "reset"):
        with StandIn() as model:
            server = _start(house, model)
            model.behave(behaviour)
            _fill(server.client)
            answer = _search(server.client, "battery empty")
            same([hit["feedback"]["source_id"] for hit in answer["data"]][:1], ["battery"],
                 f"by words, with {behaviour}")
            same((answer["pending"], answer["partial"]), (4, True), f"what it says of {behaviour}")
            vectors = server.client.post("/v1/search", {"query": "battery", "mode": "vectors"})
            same((vectors.status, vectors.json["status"]), (503, 503), f"vectors, {behaviour}")
            _await(lambda: server.log("vectors_not_made"), "nothing was tried")
            model.behave("good")
            _await_vectors(server)
            same(server.rows("SELECT COUNT(*) FROM embeddings"), [(4,)], f"after {behaviour}")


def who_searches_waits_no_longer_than_the_budget(house):
    with StandIn() as model:
        server = _start(house, model, SYNC_BUDGET_MS="300")
        client = server.client
        _fill(client)
        _await_vectors(server)
        model.behave("good", delay_ms=5000)
        began = time.monotonic()
        answer = _search(client, "battery empty")
        took_s = time.monotonic() - began
        assert took_s < 5, f"it waited {took_s} s for a provider that takes 5"
        same((answer["data"][0]["feedback"]["source_id"], answer["partial"]), ("battery", True))
        same(client.post("/v1/search", {"query": "battery empty", "mode": "vectors"}).status, 503)
        _await(lambda: client.post("/v1/search", {"query": "battery empty", "mode": "vectors"})
               .status == 200, "what came late is kept for who asks again")


def a_text_that_is_not_taken_holds_nobody_up(house):
    with StandIn() as model:
        server = _start(house, model)
        model.behave("text-refused")
        client = server.client
        client.add("This is unspeakable, it really is.", source_id="odd")
        ids = _fill(client)
        client.add("Again unspeakable in the middle.", source_id="odd2")
        client.add("And the last one of them is fine.", source_id="last")
        _await_vectors(server)
        same(len(server.rows("SELECT 1 FROM embeddings")), len(ids) + 1, "vectors")
        same(_found(client, "unspeakable")[0][:3], "odd", "it is found by its words")
        same(len(server.log("text_without_vector")), 2, "what the log says")


def vectors_of_uneven_lengths_are_none(house):
    with StandIn() as model:
        server = _start(house, model)
        model.behave("vectors-uneven")
        _fill(server.client)
        _await(lambda: server.log("llm_bad_answer"), "they were taken")
        model.behave("good")
        _await_vectors(server)
        same(server.rows("SELECT DISTINCT model FROM embeddings"), [(MODEL + "/128",)], "in the end")


def without_word_vectors_a_provider_is_enough(house):
    with StandIn() as model:
        server = _start(house, model, HARK_SEARCH_MODEL="/nowhere/vectors.bin")
        server.expected_errors.add("vectors_unavailable")
        _fill(server.client)
        _await_vectors(server)
        for mode in ("words", "vectors", "fused"):
            same(_found(server.client, "charged twice", mode=mode)[0], "twice", mode)
        model.behave("internal-error")
        same(_found(server.client, "the battery is empty")[0], "battery", "by words alone")


def vectors_of_another_length_are_made_anew(house):
    with StandIn() as model:
        server = _start(house, model)
        client = server.client
        _fill(client)
        _await_vectors(server)
        model.behave("vectors-long")
        client.add("The delivery came three weeks late.", source_id="late")
        _await(lambda: server.rows("SELECT COUNT(*) FROM embeddings WHERE model = ?",
                                   MODEL + "/1536>128") == [(5,)], "they are not made anew")
        server.wait_for_log("vectors_changed")
        same(_found(client, "charged twice", mode="vectors")[0], "twice", "among the new ones")


def a_budget_that_is_used_up_stops_vectors_and_not_words(house):
    with StandIn() as model:
        server = _start(house, model)
        client = server.client
        _fill(client)
        _await_vectors(server)
        same(client.put("/v1/configurations/ai.monthly_budget_usd",
                        {"value": 0.000000001}).status, 200, "a budget")
        calls = model.state()["requests"]
        client.add("The delivery came three weeks late.", source_id="late")
        answer = _search(client, "delivery late")
        same([answer["data"][0]["feedback"]["source_id"], answer["partial"], answer["pending"]],
             ["late", True, 1], "by words")
        same(client.post("/v1/search", {"query": "late", "mode": "vectors"}).status, 503, "vectors")
        time.sleep(2.5)
        same(model.state()["requests"], calls, "calls")
        _await(lambda: server.rows("SELECT 1 FROM search_progress WHERE what = 'vectors of 1'"),
               "it is not noted who lags")


def one_tenants_budget_is_not_anothers(house):
    with StandIn() as model:
        server, second = with_second_tenant(house, house.start())
        server = server.end_for(house.start, settings=_settings(model))
        first, second = server.client, Client(server, key=second.key)
        _fill(first)
        _await_vectors(server)
        first.put("/v1/configurations/ai.monthly_budget_usd", {"value": 0.000000001})
        first.add("The delivery came three weeks late.", source_id="late")
        second.add("The delivery of mine came early.", source_id="early")
        second.add("Everything was fine with it.", source_id="fine")
        _await(lambda: server.rows("SELECT COUNT(*) FROM embeddings WHERE tenant_id = 2") == [(2,)],
               "the second tenant waits for the first")
        same(_found(second, "delivery came early", mode="vectors")[0], "early", "the second's")
        same(_search(second, "delivery", mode="vectors")["pending"], 0, "what the second waits for")
        same(_search(first, "delivery")["pending"], 1, "what the first waits for")
        same(_by_job(first)["embed"]["calls"] > 0, True, "the first's calls")
        same(server.rows("SELECT DISTINCT tenant_id FROM embeddings WHERE feedback_id IN"
                         " (SELECT id FROM feedback WHERE source_id = 'late')"), [], "no vector")


def changing_the_setting_makes_all_of_them_anew_and_back(house):
    with StandIn() as model:
        server = house.start()
        _fill(server.client)
        same(_found(server.client, "my battery is empty", mode="vectors")[0], "battery", "local")
        server = server.end_for(house.start, settings=_settings(model))
        _await_vectors(server)
        same(_found(server.client, "charged twice", mode="vectors")[0], "twice", "the provider's")
        same(server.rows("SELECT COUNT(*) FROM embeddings WHERE model LIKE 'openai:%'"), [(4,)])
        calls = model.state()["requests"]
        server = server.end_for(house.start, settings=_settings(
            model, HARK_AI_EMBED="openai:another-model"))
        _await_vectors(server, model="openai:another-model")
        same(server.rows("SELECT DISTINCT model FROM embeddings"),
             [("openai:another-model/1536>128",)], "another's")
        assert model.state()["requests"] > calls, "it was asked"
        server = server.end_for(house.start, settings={})
        same(_found(server.client, "my battery is empty", mode="vectors")[0], "battery", "local")
        same(server.rows("SELECT COUNT(*) FROM embeddings WHERE model LIKE 'openai:%'"), [(0,)])


def a_restart_goes_on_where_it_was(house):
    with StandIn() as model:
        server = house.start(settings=_settings(model))
        _fill(server.client)
        _await_vectors(server)
        server = server.end_for(house.start, settings=_settings(model))
        before = len(_asked(model))
        same(_found(server.client, "charged twice", mode="vectors")[0], "twice", "after it")
        server.client.add("The delivery came three weeks late.", source_id="late")
        _await_vectors(server)
        texts = sum(_asked(model)[before:], [])
        same(sorted(texts), ["The delivery came three weeks late.", "charged twice"], "asked anew")


def a_kill_in_the_middle_of_a_call_loses_no_vector(house):
    with StandIn() as model:
        server = house.start(settings=_settings(model))
        model.behave("never")
        _fill(server.client)
        _await(lambda: server.rows("SELECT 1 FROM usage WHERE outcome = 'reserved'"),
               "nothing is asked")
        server.own_folder = False
        server.kill()
        server.is_over = True
        model.behave("good")
        again = house.start(folder=server.folder, settings=_settings(model))
        again.own_folder = True
        _await_vectors(again)
        same(_found(again.client, "charged twice", mode="vectors")[0], "twice", "after it")
        same(_by_job(again.client)["embed"]["lost"], 1, "what may have been billed counts")


def topics_of_similar_feedback_go_by_the_providers_vectors(house):
    with StandIn() as model:
        server = _start(house, model, HARK_CACHE_SIMILAR_TOPIC="80")
        client = server.client
        item = client.add("My parcel lies at the wrong house since Monday, says the driver.")
        topic = "billing" if item["topic"] != "billing" else "bug"
        same(client.patch(f"/v1/feedback/{item['id']}", {"topic": topic}).status, 200, "corrected")
        _await_vectors(server)
        again = client.add("My parcel lies at the wrong house since Friday, says the driver.")
        same(again["topic"], topic, "what was said before")
        same(server.metrics()['similar_topics_total{outcome="reused"}'], 1, "reused")
        model.behave("internal-error")
        third = client.add("My parcel lies at the wrong house since Sunday, says the driver.")
        same(third["topic"], item["topic"], "while it fails, what the local model says")


def a_chain_of_one_model_goes_on_to_its_next_place(house):
    with StandIn() as model:
        server = house.start(settings=_settings(
            model, HARK_AI_EMBED="openai:m compatible:m",
            HARK_AI_COMPATIBLE_URL=f"http://127.0.0.1:{model.port}/stand-in.good/v1",
            HARK_AI_COMPATIBLE_API_KEY="sk-2"))
        server.expected_errors |= {"llm_error", "llm_breaker_opened"}
        model.behave("wrong-key")
        _fill(server.client)
        _await_vectors(server, model="openai:m")
        same(_found(server.client, "charged twice", mode="vectors")[0], "twice", "by the second")
        assert _by_job(server.client)["embed"]["failed"] >= 1, "the first was tried"


def a_chain_of_two_models_is_refused(house):
    with StandIn() as model:
        server = house.start(settings=_settings(
            model, HARK_AI_EMBED="openai:text-embedding-3-small openai:text-embedding-3-large"),
            wait=False)
        same(server.process.wait(20), 1, "its end")
        server.is_over = True
        assert "cannot be compared" in server.log_text() + server.out(), server.log_text()


def it_ends_at_once_while_a_provider_hangs(house):
    with StandIn() as model:
        server = _start(house, model, AI_TIMEOUT_MS="50000")
        model.behave("never")
        _fill(server.client)
        _await(lambda: model.state()["in_flight"] > 0, "nothing is asked")
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 50, "it waited for a provider that says nothing"
