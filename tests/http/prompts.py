"""What models are told: shipped prompts, a tenant's own, which one is in use, and files of the
operator's."""

import json
import os
import socket
import subprocess
import time

from harness import BINARY, KEY, same, with_second_tenant, wait_until


def _make(client, version, rules="Say what it is.", **fields):
    answer = client.post("/v1/prompts", {"version": version, "rules": rules,
                                         "why": "to see what is better", **fields})
    same(answer.status, 201, f"making {version}")
    return answer.json


def _in_use(client):
    return [one["version"] for one in client.get("/v1/prompts").json["data"] if one["is_active"]]


def the_shipped_prompt_is_in_use_and_has_less_than_200_tokens(house):
    listed = house.start().client.get("/v1/prompts").json["data"]
    same([(one["version"], one["is_active"], one["is_shipped"]) for one in listed],
         [("v1", True, True)], "the list")
    assert 0 < listed[0]["tokens"] < 200 and listed[0]["why"], listed
    for word in ("mixed", "feature_request", "critical"):
        assert word in listed[0]["rules"], listed[0]["rules"]


def a_version_is_made_put_to_use_and_retired(house):
    client = house.start().client
    made = _make(client, "short-1")
    same((made["task"], made["is_active"], made["is_shipped"], made["retired_at"]),
         ("classify", False, False, None), "what was made")
    same(client.get("/v1/prompts/short-1").json, made, "what is read")
    same(_in_use(client), ["v1"], "what is in use before")
    same(client.post("/v1/prompts/short-1:retire", None).status, 200, "retiring it")
    answer = client.post("/v1/prompts/short-1:activate", None)
    same((answer.status, "retired" in answer.json["detail"]), (409, True), "using it then")
    _make(client, "short-2")
    same(client.post("/v1/prompts/short-2:activate", None).json["is_active"], True, "using another")
    same(_in_use(client), ["short-2"], "what is in use")
    answer = client.post("/v1/prompts/short-2:retire", None)
    same((answer.status, "in use" in answer.json["detail"]), (409, True), "retiring it in use")
    same(client.post("/v1/prompts/v1:activate", None).status, 200, "going back")
    same(_in_use(client), ["v1"], "what is in use at the end")


def what_changed_is_audited_without_its_text(house):
    server = house.start()
    _make(server.client, "a1", rules="A text that must not be in the log.")
    server.client.post("/v1/prompts/a1:activate", None)
    rows = server.rows("SELECT action, detail FROM audit_log WHERE subject = 'prompt classify.a1'")
    same([row[0] for row in rows], ["prompt.created", "prompt.activated"], "the audit log")
    assert not any("must not" in str(row) for row in rows), rows


def versions_never_change(house):
    client = house.start().client
    _make(client, "v2")
    for version in ("v2", "v1"):
        answer = client.post("/v1/prompts", {"version": version, "rules": "x", "why": "y"})
        same((answer.status, "another name" in answer.json["detail"]), (409, True), version)


def a_bad_prompt_is_refused_with_field_and_rule(house):
    good = {"version": "v7", "rules": "x", "why": "y"}
    for change, field in (({"version": "v 7"}, "version"), ({"version": "x" * 33}, "version"),
                          ({"rules": ""}, "rules"), ({"rules": " \n "}, "rules"),
                          ({"rules": "x" * 8001}, "rules"), ({"rules": "a\u0001b"}, "rules"),
                          ({"why": ""}, "why"), ({"why": None}, "why"),
                          ({"task": "poetry"}, "task"), ({"temperature": 1}, "temperature")):
        answer = house.client.post("/v1/prompts", {**good, **change})
        same((answer.status, answer.json["error"]["field"]), (422, field), f"{change}")
    same(house.client.get("/v1/prompts/v7").status, 404, "reading it")
    same(house.client.post("/v1/prompts/v7:activate", None).status, 404, "using it")
    same(house.client.post("/v1/prompts/v1:retire", None).status, 409, "retiring a shipped one")
    same(house.client.get("/v1/prompts?task=poetry").json["data"], [], "those of no task")


def a_tenants_prompts_are_its_own(house):
    first = house.start()
    _make(first.client, "v2")
    first.client.post("/v1/prompts/v2:activate", None)
    server, other = with_second_tenant(house, first)
    same(_in_use(server.client), ["v2"], "the first tenant's, after a restart")
    same(_in_use(other), ["v1"], "the second tenant's")
    same(other.get("/v1/prompts/v2").status, 404, "reading the other's")
    _make(other, "v2", rules="Another text.")
    same(server.client.get("/v1/prompts/v2").json["rules"], "Say what it is.", "the first's")


def _serve(house, **environment):
    return subprocess.run([BINARY[0], "serve", "--http.port=0"], capture_output=True, text=True,
                          timeout=20, cwd="/tmp", check=False,
                          env={"PATH": os.environ["PATH"], "DATABASE_URL":
                               f"sqlite:{house.server.folder}/prompts.db", **environment})


def a_wrong_prompt_file_stops_the_start_with_file_and_line(house):
    folder = os.path.join(house.server.folder, "prompt-files")
    os.mkdir(folder)
    for name, text, words in (
            ("classify.v3.md", "why: x\ntop_p: 1\n\nrules", "classify.v3.md:2: the only key"),
            ("classify.v3.md", "why: x\n\n", "classify.v3.md:3: rules must not be empty"),
            ("classify.v1.md", "why: x\n\nrules", "comes with Hark"),
            ("classify.md", "why: x\n\nrules", "TASK.VERSION.md")):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        result = _serve(house, HARK_AI_PROMPTS=folder)
        os.unlink(path)
        same((result.returncode, words in result.stderr), (1, True), result.stderr)
    result = _serve(house, ACTIVE_PROMPT_VERSION="v9")
    same((result.returncode, "'v9'" in result.stderr), (1, True), result.stderr)
    result = _serve(house, HARK_AI_PROMPTS=folder + "/none")
    same((result.returncode, "ai.prompts" in result.stderr), (1, True), result.stderr)


def an_operators_version_can_be_the_one_that_all_use(house):
    folder = os.path.join(house.server.folder, "more-prompts")
    os.mkdir(folder)
    with open(os.path.join(folder, "classify.v2.md"), "w", encoding="utf-8") as file:
        file.write("why: shorter\n\nSay what it is.\n")
    server = house.start(settings={"HARK_AI_PROMPTS": folder, "ACTIVE_PROMPT_VERSION": "v2"})
    same(_in_use(server.client), ["v2"], "what is in use")
    same(server.client.get("/v1/prompts/v2").json["rules"], "Say what it is.", "its rules")
    server.client.post("/v1/prompts/v1:activate", None)
    same(_in_use(server.client), ["v1"], "what a tenant has put to use")


def without_a_language_model_no_prompt_can_be_tried(house):
    for path in ("/v1/prompts/v1:estimate", "/v1/prompts/v1:replay"):
        answer = house.client.post(path, {})
        assert answer.status == 409 and "OPENAI_API_KEY" in answer.json["detail"], answer


GLAD = {"sentiment": "positive", "confidence": 0.9, "topic": "general", "severity": "low",
        "language": "en", "summary": "The customer is glad.", "urgent": False,
        "injection_suspected": False}


def _with_script(house, lines, *texts):
    """Feedback that the local model understood, and then a server that asks a script."""
    first = house.start()
    for text in texts:
        first.client.add(text)
    path = first.path("script")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    first.own_folder = False
    first.stop()
    server = house.start(folder=first.folder, settings={"HARK_AI_CANNED": path})
    server.own_folder = True
    return server


def a_version_is_tried_on_what_is_stored_and_nothing_is_kept(house):
    texts = [f"Something was delivered on day {number} of the month." for number in range(20)]
    server = _with_script(house, [{"match": "day 7 ", "status": 400}, {"reply": GLAD}], *texts,
                          "I hate this, it is broken and terrible.", "short")
    server.expected_errors.add("llm_error")
    client = server.client
    before = server.rows("SELECT * FROM feedback ORDER BY id")
    analyses = server.rows("SELECT COUNT(*) FROM analyses")
    _make(client, "v2")
    estimate = client.post("/v1/prompts/v2:estimate", {"limit": 10}).json
    same((estimate["messages"], estimate["tokens"] > 1000), (10, True), f"{estimate}")
    same(client.post("/v1/prompts/v2:estimate", {}).json["messages"], 22, "all")
    results, cursor, pages = [], None, 0
    while True:
        body = {"limit": 8, **({"cursor": cursor} if cursor else {})}
        page = client.post("/v1/prompts/v2:replay", body)
        same(page.status, 200, f"{page}")
        results += page.json["results"]
        pages += 1
        cursor = page.json.get("next_cursor")
        if cursor is None:
            break
    same((len(results), pages), (22, 3), "how many")
    same(len({one["id"] for one in results}), 22, "each once")
    unasked, angry = results[0], results[1]
    same((unasked["is_asked"], unasked["before"]), (False, unasked["after"]), "what is too short")
    same((angry["before"]["sentiment"], angry["after"]["sentiment"]), ("negative", "positive"),
         "what flips")
    same((angry["before"]["alert"], angry["after"]["alert"]), (True, True),
         "an alert that the local model insists on")
    failed = [one for one in results if "error" in one]
    same(len(failed), 1, f"what failed: {failed}")
    same(server.rows("SELECT * FROM feedback ORDER BY id"), before, "what is stored")
    same(server.rows("SELECT COUNT(*) FROM analyses"), analyses, "the analyses")
    server.client.get("/v1/usage")  # then all calls are written
    rows = server.rows("SELECT DISTINCT job, prompt_version FROM usage")
    same([tuple(row) for row in rows], [("replay", "v2")], "what the ledger says")


def who_leaves_ends_his_replay(house):
    texts = [f"Something was delivered on day {number} of the month." for number in range(60)]
    server = _with_script(house, [{"reply": GLAD, "delay_ms": 300}], *texts)
    body = b'{"limit":100}'
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"POST /v1/prompts/v1:replay HTTP/1.1\r\nHost: x\r\nContent-Length: "
                           + str(len(body)).encode() + b"\r\nAuthorization: Bearer "
                           + KEY.encode() + b"\r\nContent-Type: application/json\r\n\r\n" + body)
        wait_until(lambda: _calls(server) > 0)
    time.sleep(1)
    calls = _calls(server)
    assert calls < 40, calls
    time.sleep(0.7)
    same(_calls(server), calls, "the calls after it was ended")
    same(server.client.get("/livez").status, 200, "the server")


def _calls(server):
    server.client.get("/v1/usage")  # then all of them are written
    return server.rows("SELECT COUNT(*) FROM usage WHERE outcome <> 'reserved'")[0][0]


def a_bad_replay_is_refused(house):
    client = _with_script(house, [{"reply": GLAD}], "It is quite fine to have.").client
    same(client.post("/v1/prompts/v9:replay", {}).status, 404, "no such version")
    same(client.post("/v1/prompts/v9:estimate", {}).status, 404, "no such version")
    for body, field in (({"limit": 0}, "limit"), ({"limit": 101}, "limit"),
                        ({"since": "soon"}, "since"), ({"colour": 1}, "colour"),
                        ({"since": "2026-01-02", "until": "2026-01-01"}, "until")):
        answer = client.post("/v1/prompts/v1:replay", body)
        same((answer.status, answer.json["error"]["field"]), (422, field), f"{body}")
    same(client.post("/v1/prompts/v1:replay", {"cursor": "x"}).status, 400, "a made-up cursor")
