"""Who may do what: every route of openapi.json with no key, a wrong one, and one of each scope."""

import http.client
import os
import re
import socket

from harness import Client, same

SCOPES = ("feedback:read", "feedback:write", "analyze", "usage:read", "pii:reveal", "admin")


def _operations(house):
    """(method, path, scopes of which any is enough); the path names nothing that is there, so that
    nothing is changed."""
    for path, item in house.server.contract.document["paths"].items():
        for method, operation in item.items():
            target = re.sub(r"\{[^}]*\}", "999999", path)
            yield method.upper(), target, operation.get("x-scope"), operation["security"]


def without_a_key_only_what_watches_is_open(house):
    stranger = Client(house.server, None)
    open_paths = set()
    for method, path, scope, security in _operations(house):
        answer = stranger.request(method, path)
        if scope is None:
            open_paths.add(path)
            same((answer.status, security), (200, []), f"{method} {path}")
        else:
            same((answer.status, answer.json["code"]), (401, "UNAUTHENTICATED"),
                 f"{method} {path}")
            assert answer.headers["www-authenticate"].startswith("Bearer"), answer.headers
    same(open_paths, {"/health", "/livez", "/readyz", "/metrics", "/openapi.json"}, "what is open")


def a_wrong_key_opens_nothing(house):
    made = house.client.post("/v1/keys", {"name": "model for wrong ones"}).json["key"]
    wrong = ("x", made[:-1], made + "0", made.swapcase(), made[:20] + "\u00e9", "hark_live_",
             "' OR 1=1 --", "0" * 4000)
    headers = [{"X-API-Key": key} for key in wrong]
    headers += [{"Authorization": "Bearer " + key} for key in wrong]
    headers += [{"X-API-Key": "Bearer " + made}, {"X-API-Key": ""}, {"Authorization": made},
                {"Authorization": "Basic " + made}, {"Authorization": "Bearer"}]
    stranger = Client(house.server, None)
    for method, path, scope, _ in _operations(house):
        for header in headers if scope else ():
            header = {name: value.encode() for name, value in header.items()}
            same(stranger.request(method, path, None, header).status, 401,
                 f"{method} {path} with {str(header)[:80]}")


def a_key_opens_what_its_scope_names_and_no_more(house):
    for scope in SCOPES:
        made = house.client.post("/v1/keys", {"name": scope, "scopes": scope}).json
        same(made["scopes"], scope, "the scopes")
        client = Client(house.server, made["key"])
        for method, path, needed, _ in _operations(house):
            answer = client.request(method, path)
            may = needed is None or scope == "admin" or scope in needed.split(" ")
            if may:
                assert answer.status not in (401, 403), (method, path, scope, answer)
            else:
                same((answer.status, answer.json["code"]), (403, "FORBIDDEN"),
                     f"{method} {path} with {scope}")
                assert needed in answer.json["detail"], answer


def refusals_of_access_are_logged_and_counted_without_the_key(house):
    before = house.server.metrics().get('auth_failures_total{code="401"}', 0)
    answer = Client(house.server, "a_canary_key").get("/v1/feedback")
    line = house.server.wait_for_log("access_refused", request_id=answer.json["request_id"])
    same((line["status"], line["operation"], line["peer"]), (401, "listFeedback", "127.0.0.1"),
         "the line")
    same(house.server.metrics()['auth_failures_total{code="401"}'], before + 1, "the count")
    assert "a_canary_key" not in house.server.log_text(), "the log tells the key"


def the_owners_socket_needs_no_key(house):
    path = house.server.path("hark.db.sock")
    same(os.stat(path).st_mode & 0o777, 0o600, "its mode")
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(path)
    connection.request("GET", "/v1/keys")
    same(connection.getresponse().status, 200, "the answer")
    connection.close()
