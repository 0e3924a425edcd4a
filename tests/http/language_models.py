"""Providers of language models: how they are set up, what their failures do to health, log and
doctor, and what a wrong setting says at start."""

import json
import os
import socket
import subprocess

from harness import BINARY, same
from stand_in import StandIn

TEXT = "This is awful, the app crashes all the time and I hate using it."
LONG = {"Prefer": "wait=20"}


def _post(client, text=TEXT):
    answer = client.request("POST", "/v1/feedback", {"text": text}, LONG)
    same(answer.status, 201, f"the status of {answer}")
    return answer.json


def _health(client):
    answer = client.get("/health")
    same(answer.status, 200, "its status")
    return answer.json["status"], answer.json["ai_provider"]


def health_of_models_that_are_asked_nothing_is_disabled(house):
    with StandIn() as model:
        server = house.start(settings=model.settings(AI_MODE="never"))
        same(_health(server.client), ("ok", "disabled"), "health")
        same(_post(server.client)["processing_method"], "ml_fallback", "who answers")
        embed = {"HARK_AI_EMBED": "openai:text-embedding-3-small"}
        server = house.start(settings=model.settings(AI_MODE="never", **embed))
        same(_health(server.client), ("ok", "healthy"), "health of what makes vectors")


def _doctor(folder, settings):
    result = subprocess.run([BINARY[0], "doctor", "--json", "--http.port=0"], cwd=folder,
                            capture_output=True, text=True, timeout=60, check=False,
                            env={"PATH": os.environ["PATH"], **settings})
    checks = json.loads(result.stdout)
    return [check for check in checks if check["check"] == "ai"]


def _serve(**environment):
    return subprocess.run([BINARY[0], "serve"], capture_output=True, text=True, timeout=20,
                          cwd="/tmp", env={"PATH": os.environ["PATH"], **environment}, check=False)


def without_a_key_nothing_is_asked_and_the_doctor_says_so(house):
    server = house.start()
    same(_health(server.client), ("ok", "disabled"), "health")
    same(_post(server.client)["processing_method"], "ml_fallback", "who understood it")
    checks = _doctor(server.folder, server.settings)
    same([check["verdict"] for check in checks], ["ok"], "the doctor")
    assert "set up" in checks[0]["found"], checks


def the_kill_switch_asks_nobody(house):
    with StandIn() as model:
        server = house.start(settings=model.settings(AI_PROVIDER_ENABLED="false"))
        same(_post(server.client)["processing_method"], "ml_fallback", "who understood it")
        same(_health(server.client), ("ok", "disabled"), "health")
        same(model.requests(), [], "what was asked")


def nothing_is_asked_at_start(house):
    with StandIn() as model:
        server = house.start(settings=model.settings(ANTHROPIC_API_KEY="k",
                                                     ANTHROPIC_BASE_URL=f"http://127.0.0.1:{model.port}"))
        same(_health(server.client), ("ok", "healthy"), "health")
        same(model.requests(), [], "what was asked")


def _is_told(house, settings, words, event="llm_error"):
    """One feedback: it is answered locally, health is degraded, and log and doctor say the same in
    one line, with the words of it."""
    server = house.start(settings=settings)
    server.expected_errors |= {event, "llm_breaker_opened"}
    same(_post(server.client)["processing_method"], "ml_fallback", "who understood it")
    same(_health(server.client), ("degraded", "degraded"), f"health of {settings}")
    line = server.wait_for_log(event)
    same(line["level"], "ERROR", "its level")
    checks = _doctor(server.folder, server.settings)
    same([check["verdict"] for check in checks], ["warn"], f"the doctor of {settings}")
    same(checks[0]["remedy"], line["remedy"], "what the log says to do, and the doctor")
    for word in words:
        assert word in line["remedy"], (word, line)
    assert "\n" not in line["remedy"] and line["error"], line
    return server, line


def what_is_wrong_is_answered_locally_and_told_in_one_line(house):
    with StandIn() as model:
        for behaviour, words in (("wrong-key", ("not accepted", "(OPENAI_API_KEY)")),
                                 ("forbidden", ("not accepted", "(OPENAI_API_KEY)")),
                                 ("unknown-model", ("no such model", "(HARK_AI_CLASSIFY=openai:")),
                                 ("quota-exhausted", ("no credit is left: add some",)),
                                 ("billing-error", ("no credit is left: add some",)),
                                 ("redirect", ("check the base URL", "(OPENAI_BASE_URL)"))):
            model.behave(behaviour)
            server, line = _is_told(house, model.settings(), words)
            assert line["status"] >= 300, line
            same(server.metrics()['llm_breaker_open{provider="openai",model="gpt-6-luna"}'], 1,
                 "the breaker")


def each_provider_names_the_setting_of_its_own(house):
    with StandIn() as model:
        for form, key, chain in (
                ("anthropic", "(ANTHROPIC_API_KEY)", "(HARK_AI_CLASSIFY=anthropic:"),
                ("responses", "(OPENAI_API_KEY)", "(HARK_AI_CLASSIFY=openai:"),
                ("compatible", "(HARK_AI_COMPATIBLE_API_KEY)", "(HARK_AI_CLASSIFY=compatible:"),
                ("comprehend", "AWS_SECRET_ACCESS_KEY)", "(HARK_AI_CLASSIFY=comprehend:")):
            for behaviour, word in (("wrong-key", key), ("unknown-model", chain)):
                model.behave(behaviour)
                _is_told(house, model.settings_of(form), (word,))


def who_cannot_be_reached_is_told_of_too(house):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        for settings, word in (
                ({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": url + "/v1"}, "(OPENAI_BASE_URL)"),
                ({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "https://no-such-host.invalid/v1"},
                 "(OPENAI_BASE_URL)"),
                ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": url}, "(ANTHROPIC_BASE_URL)"),
                ({"HARK_AI_COMPATIBLE_URL": url + "/v1"}, "(HARK_AI_COMPATIBLE_URL)")):
            _is_told(house, settings, ("cannot be reached", word), event="llm_unreachable")


def a_certificate_that_is_not_trusted_is_told_of_and_then_trusted(house):
    certificate = house.server.path("stand-in.pem")
    with StandIn(certificate) as model:
        url = f"https://127.0.0.1:{model.tls_port}/v1"
        settings = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": url}
        _is_told(house, settings, ("certificate", "HARK_OUTBOUND_CA_FILE", "(OPENAI_BASE_URL)"),
                 event="llm_unreachable")
        same(model.requests(), [], "what was sent to who is not trusted")
        server = house.start(settings={**settings, "HARK_OUTBOUND_CA_FILE": certificate})
        same(_post(server.client)["processing_method"], "ai", "who understood it")


def the_doctor_asks_by_itself_where_no_server_runs(house):
    folder = house.server.folder
    with StandIn() as model:
        settings = model.settings(DATABASE_URL=f"sqlite:{folder}/alone.db")
        same([check["verdict"] for check in _doctor(folder, settings)], ["ok"], "well")
        model.behave("wrong-key")
        checks = _doctor(folder, settings)
        same([check["verdict"] for check in checks], ["warn"], "denied")
        assert "OPENAI_API_KEY" in checks[0]["remedy"], checks
        same(len(model.requests()), 2, "what was asked")


def a_late_answer_is_a_warning_with_the_requests_id(house):
    with StandIn() as model:
        model.behave("never")
        server = house.start(settings=model.settings(AI_TIMEOUT_MS="200"))
        answer = server.client.request("POST", "/v1/feedback", {"text": TEXT},
                                       {**LONG, "X-Request-Id": "request-of-the-test"})
        same(answer.json["processing_method"], "ml_fallback", "who understood it")
        line = server.wait_for_log("llm_timeout")
        same((line["level"], line["request_id"]), ("WARN", answer.headers["x-request-id"]),
             "the line")


def every_api_of_every_provider_is_a_setting(house):
    with StandIn() as model:
        url = f"http://127.0.0.1:{model.port}"
        for settings, path, provider in (
                ({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": url + "/v1"},
                 "/v1/chat/completions", "openai"),
                ({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": url + "/v1",
                  "HARK_AI_OPENAI_API": "responses"}, "/v1/responses", "openai"),
                ({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": url + "/v1",
                  "HARK_AI_OPENAI_API": "compatible", "HARK_AI_CLASSIFY": "openai:gpt-6-luna"},
                 "/v1/chat/completions", "openai"),
                ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": url}, "/v1/messages",
                 "anthropic"),
                ({"HARK_AI_COMPATIBLE_URL": url + "/v1", "HARK_AI_COMPATIBLE_API_KEY": "k"},
                 "/v1/chat/completions", "compatible")):
            server = house.start(settings=settings)
            before = len(model.requests())
            item = _post(server.client)
            same((item["processing_method"], item["provider"]), ("ai", provider), str(settings))
            same([request["path"] for request in model.requests()[before:]], [path], "where")


def a_script_answers_where_no_network_is(house):
    path = house.server.path("answers.jsonl")
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"match": "crashes", "reply": {"sentiment": "negative", "topic": "bug", '
                   '"severity": "high", "confidence": 0.9, "summary": "It crashes."}}\n')
    server = house.start(settings={"HARK_AI_CANNED": path})
    item = _post(server.client)
    same((item["processing_method"], item["provider"], item["topic"], item["summary"], item["cost"]),
         ("ai", "canned", "bug", "It crashes.", 0), "the feedback")


def a_model_gets_what_a_table_of_ones_own_says_that_it_takes(house):
    table = house.server.path("capabilities.txt")
    with open(table, "w", encoding="utf-8") as file:
        file.write("# ours\ngpt-4o temperature=no role=user\n"
                   "llama schema=no limit=max_completion_tokens effort=low\n")
    with StandIn() as model:
        for form, name in (("openai", "openai:gpt-4o-mini"), ("responses", "openai:gpt-4o-mini"),
                           ("compatible", "compatible:llama-7b")):
            settings = model.settings_of(form, HARK_AI_CLASSIFY=name)
            bodies = []
            for more in ({}, {"HARK_AI_CAPABILITIES": table}):
                item = _post(house.start(settings={**settings, **more}).client)
                if form != "compatible":  # the stand-in answers without a schema as it likes
                    same(item["processing_method"], "ai", f"{form} {more}")
                bodies.append(model.requests()[-1]["body"])
            before, after = bodies
            same("temperature" in before, True, f"{form}: temperature, as we know the model")
            same("temperature" in after, form == "compatible", f"{form}: temperature, as told")
            if form == "openai":
                same([body["messages"][0]["role"] for body in bodies], ["system", "user"], "role")
            if form == "compatible":
                same([sorted(set(body) & {"response_format", "max_tokens", "max_completion_tokens",
                                          "reasoning_effort"}) for body in bodies],
                     [["max_tokens", "response_format"],
                      ["max_completion_tokens", "reasoning_effort"]], "what else it takes")


def a_wrong_setting_stops_the_start_with_file_and_line(house):
    path = house.server.path("wrong.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write("# mine\nopenai gpt-6-luna 1 1 1 cheap\n")
    for environment, words in (
            ({"AI_PRICES": path}, (path, "line 2", "'cheap'")),
            ({"AI_PRICES": "/no/such/prices.txt"}, ("/no/such/prices.txt",)),
            ({"HARK_AI_CAPABILITIES": path}, (path, "line 2", "'gpt-6-luna'")),
            ({"HARK_AI_CANNED": path}, (path, "line 1")),
            ({"HARK_AI_COMPREHEND_REGION": "eu-central-1"}, ("AWS_ACCESS_KEY_ID",))):
        result = _serve(DATABASE_URL=f"sqlite:{house.server.path('never.db')}", **environment)
        same(result.returncode, 1, f"{environment} {result.stderr}")
        for word in words:
            assert word in result.stderr, (word, result.stderr)


def a_bad_setting_stops_the_start_with_its_name_and_the_rule(house):
    key = {"OPENAI_API_KEY": "k"}
    for environment, words in (
            ({"AI_MODE": "sometimes"}, ("AI_MODE", "always, uncertain, never, or sample:N")),
            ({"AI_MODE": "sample:0"}, ("AI_MODE", "sample:N for one in N")),
            ({"HARK_AI_PROVIDER": "foo"}, ("HARK_AI_PROVIDER", "no such setting")),
            ({"AI_PROVIDER_ENABLED": "maybe"}, ("AI_PROVIDER_ENABLED", "true or false")),
            ({"AI_TIMEOUT_MS": "0"}, ("AI_TIMEOUT_MS", "from 1 to 600000")),
            ({"SYNC_BUDGET_MS": "soon"}, ("SYNC_BUDGET_MS", "whole number")),
            ({"HARK_AI_UNCERTAIN_BELOW": "2"}, ("ai.uncertain_below", "from 0 to 1")),
            ({"AI_OVER_BUDGET": "all"}, ("AI_OVER_BUDGET", "local, or sample:N")),
            ({"AI_MONTHLY_BUDGET_USD": "-1"}, ("AI_MONTHLY_BUDGET_USD", "US dollars")),
            ({"HARK_AI_OPENAI_API": "soap"}, ("HARK_AI_OPENAI_API", "auto, chat, responses")),
            ({**key, "HARK_AI_CLASSIFY": "mistral:large"}, ("ai.classify", "not set up")),
            ({"HARK_AI_CLASSIFY": "openai:gpt-6-luna"}, ("ai.classify", "give its key")),
            ({**key, "HARK_AI_CLASSIFY": "openai:"}, ("ai.classify", "names no model")),
            ({**key, "OPENAI_BASE_URL": "nonsense"}, ("OPENAI_BASE_URL", "begins with https://")),
            ({**key, "OPENAI_BASE_URL": "ftp://127.0.0.1/v1"}, ("OPENAI_BASE_URL", "begins with")),
            ({**key, "OPENAI_BASE_URL": "https://a:b@127.0.0.1/v1"},
             ("OPENAI_BASE_URL", "no user name and no password")),
            ({**key, "OPENAI_BASE_URL": "https://127.0.0.1/v1?a=b"}, ("OPENAI_BASE_URL", "'?'")),
            ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "https://"}, ("ANTHROPIC_BASE_URL",)),
            ({"HARK_AI_COMPATIBLE_URL": "localhost:8080"},
             ("HARK_AI_COMPATIBLE_URL", "http://127.0.0.1:8080/v1")),
            ({"HARK_AI_COMPREHEND_REGION": "eu central", "AWS_ACCESS_KEY_ID": "i",
              "AWS_SECRET_ACCESS_KEY": "s"}, ("HARK_AI_COMPREHEND_REGION", "eu-central-1"))):
        result = _serve(DATABASE_URL=f"sqlite:{house.server.path('never.db')}", **environment)
        assert result.returncode in (1, 2), f"{environment} {result.stderr}"
        for word in words:
            assert word in result.stderr, (word, result.stderr)
        same(len(result.stderr.strip().splitlines()), 1, f"the lines of {result.stderr}")
