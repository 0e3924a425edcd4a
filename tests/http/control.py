"""Configurations and API keys, and the record of what was done with them."""

import re
import sqlite3
import zlib

from harness import Client, same

MIXED = "Great camera and lovely design, but the battery is awful and dies after an hour."
ANGRY = "I hate this product. It is terrible, broken and a complete waste of money!"


def _put(house, key, value):
    return house.client.put(f"/v1/configurations/{key}", {"value": value})


def every_configuration_has_its_value_default_type_and_doc(house):
    rows = house.client.get("/v1/configurations").json["data"]
    same([row["key"] for row in rows],
         ["alert.on_negative", "alert.on_mixed", "alert.least_confidence",
          "text.least_characters", "text.most_characters", "quality.most_gibberish",
          "pii.shown_types", "pii.numbered", "pii.patterns", "ai.monthly_budget_usd",
          "ai.document_parts"], "the keys")
    for row in rows:
        same(row["value"], row["default"], row["key"])
        assert row["doc"] and row["schema"]["type"], row
        same(house.client.get(f"/v1/configurations/{row['key']}").json, row, row["key"])


def a_value_must_fit_its_key(house):
    for key, value in (("alert.on_mixed", 1), ("alert.on_mixed", "true"),
                       ("alert.on_mixed", None), ("alert.on_mixed", []),
                       ("alert.least_confidence", 1.5), ("alert.least_confidence", -0.1),
                       ("alert.least_confidence", "0.5"), ("text.least_characters", 1001),
                       ("text.least_characters", -1), ("text.least_characters", 1.5),
                       ("text.most_characters", 99), ("text.most_characters", 100001),
                       ("quality.most_gibberish", {}), ("ai.document_parts", -1),
                       ("ai.document_parts", 10001), ("ai.document_parts", "all")):
        answer = _put(house, key, value)
        same((answer.status, answer.json["error"].get("field")), (422, "value"), f"{key} {value}")
    path = "/v1/configurations/alert.on_mixed"
    for body, status, field in (({}, 422, "value"), ({"value": True, "why": 1}, 422, "why"),
                                ([], 400, None), (b"", 400, None)):
        answer = house.client.put(path, body)
        same((answer.status, answer.json["error"].get("field")), (status, field), str(body))
    for method in ("GET", "DELETE"):
        same(house.client.request(method, "/v1/configurations/no.such").status, 404, method)
    same(_put(house, "no.such", 1).status, 404, "PUT")
    same(house.client.get(path).json["value"], True, "the value after all that")


def alerts_on_mixed_can_be_switched_off(house):
    item = house.client.add(MIXED)
    same((item["sentiment"], item["alert_triggered"]), ("mixed", True), "before")
    same(_put(house, "alert.on_mixed", False).json["value"], False, "the answer")
    same(house.client.add(MIXED)["alert_triggered"], False, "switched off")
    answer = house.client.delete("/v1/configurations/alert.on_mixed")
    same((answer.status, answer.json["value"]), (200, True), "the default again")
    same(house.client.add(MIXED)["alert_triggered"], True, "switched on again")


def a_change_holds_for_the_very_next_request_on_any_connection(house):
    clients = [Client(house.server) for _ in range(6)]
    for round_ in range(10):
        wanted = round_ % 2 == 0
        _put(house, "alert.on_negative", wanted)
        for client in clients:
            same(client.add(ANGRY)["alert_triggered"], wanted, f"the alert in round {round_}")
    house.client.delete("/v1/configurations/alert.on_negative")


def lengths_follow_the_configuration(house):
    _put(house, "text.least_characters", 30)
    same(house.client.add("I love this product!")["processing_method"], "validation", "20 of 30")
    house.client.delete("/v1/configurations/text.least_characters")
    same(house.client.add("I love this product!")["processing_method"], "ml_fallback", "20 of 10")
    _put(house, "text.most_characters", 100)
    same(house.client.add(ANGRY * 2)["truncated"], True, "past 100")
    house.client.delete("/v1/configurations/text.most_characters")


def changes_are_audited_in_a_chain_that_shows_tampering(house):
    server = house.start()
    client = server.client
    for value in (False, True, False):
        client.put("/v1/configurations/alert.on_mixed", {"value": value})
    key = client.post("/v1/keys", {"name": "audited"}).json
    client.delete(f"/v1/keys/{key['id']}")
    check = client.post("/v1/maintenance:check", None).json
    same((check["audit_entries"], check["audit_broken_at"]), (5, None), "the chain")
    server.own_folder = False
    server.stop()
    database = sqlite3.connect(server.path("hark.db"))
    rows = database.execute("SELECT actor, action, subject, detail FROM audit_log ORDER BY id")
    rows = rows.fetchall()
    same({row[0] for row in rows}, {"API_KEY"}, "the actors")
    same([row[2] for row in rows[:3]], ["alert.on_mixed"] * 3, "the subjects")
    assert key["key"] not in str(rows), "the audit log tells the key"
    database.execute("UPDATE audit_log SET detail = '{}' WHERE id = 2")
    database.commit()
    database.close()
    again = house.start(folder=server.folder)
    again.own_folder = True
    check = again.client.post("/v1/maintenance:check", None).json
    same((check["audit_entries"], check["audit_broken_at"]), (5, 2), "the chain after tampering")


def configurations_outlive_a_restart(house):
    server = house.start()
    server.client.put("/v1/configurations/text.most_characters", {"value": 1234})
    again = server.end_for(house.start)
    row = again.client.get("/v1/configurations/text.most_characters").json
    same((row["value"], row["default"]), (1234, 5000), "the value")


def a_key_is_shown_once_and_can_be_used_at_once(house):
    answer = house.client.post("/v1/keys", {"name": "mobile app", "expires_in_days": 30})
    made = answer.json
    same(answer.status, 201, "the status")
    match = re.fullmatch(r"hark_live_([0-9A-Za-z]{32})([0-9a-f]{6})", made["key"])
    assert match, made["key"]
    same(match[2], f"{zlib.crc32(match[1].encode()) & 0xFFFFFF:06x}", "the checksum")
    same(made["scopes"], "feedback:read feedback:write analyze", "the scopes, when not given,")
    assert made["key"].startswith(made["prefix"]) and len(made["prefix"]) < 20, made
    same(Client(house.server, made["key"]).get("/v1/feedback").status, 200, "as X-API-Key")
    bearer = Client(house.server, None)
    same(bearer.get("/v1/feedback", authorization=f"Bearer {made['key']}").status, 200, "Bearer")
    same(bearer.get("/v1/feedback", authorization=f"bearer {made['key']}").status, 200, "bearer")
    listed = house.client.get("/v1/keys").json["data"]
    row = [row for row in listed if row["id"] == made["id"]][0]
    assert "key" not in row and made["key"] not in str(listed), "the list tells a key"
    for name in ("hark.db", "hark.db-wal"):
        with open(house.server.path(name), "rb") as file:
            assert match[1].encode() not in file.read(), f"the key lies in {name}"


def a_revoked_key_is_refused_at_once(house):
    made = house.client.post("/v1/keys", {"name": "short-lived"}).json
    client = Client(house.server, made["key"])
    same(client.get("/v1/feedback").status, 200, "before")
    same(house.client.delete(f"/v1/keys/{made['id']}").status, 204, "revoking")
    same(client.get("/v1/feedback").status, 401, "after")
    assert house.client.delete(f"/v1/keys/{made['id'] + 1000}").status == 404, "an unknown id"


def an_expired_key_is_refused(house):
    server = house.start()
    made = server.client.post("/v1/keys", {"name": "old", "expires_in_days": 1}).json
    server.own_folder = False
    server.stop()
    database = sqlite3.connect(server.path("hark.db"))
    database.execute("UPDATE api_keys SET expires_at = 1")
    database.commit()
    database.close()
    again = house.start(folder=server.folder)
    again.own_folder = True
    same(Client(again, made["key"]).get("/v1/feedback").status, 401, "the answer")


def what_a_key_may_be_is_checked(house):
    for body, field in (({}, "name"), ({"name": ""}, "name"), ({"name": "x" * 101}, "name"),
                        ({"name": "x", "scopes": "root"}, "scopes"),
                        ({"name": "x", "scopes": " , "}, "scopes"),
                        ({"name": "x", "scopes": []}, "scopes"),
                        ({"name": "x", "expires_in_days": 0}, "expires_in_days"),
                        ({"name": "x", "expires_in_days": 3651}, "expires_in_days"),
                        ({"name": "x", "key": "mine"}, "key")):
        answer = house.client.post("/v1/keys", body)
        same((answer.status, answer.json["error"].get("field")), (422, field), str(body)[:60])
    for path in ("/v1/keys/0", "/v1/keys/x", "/v1/keys/999999"):
        same(house.client.delete(path).status, 404, path)


def the_first_key_is_made_and_printed_once(house):
    server = house.start(settings={"API_KEY": None})
    key = re.search(r"hark_live_[0-9A-Za-z]{38}", server.out())[0]
    same(Client(server, key).get("/v1/keys").status, 200, "the printed key")
    assert key not in server.log_text(), "the log tells the key"
    again = server.end_for(house.start, settings={"API_KEY": None})
    assert "hark_live_" not in again.out(), "it is printed a second time"
    same(Client(again, key).get("/v1/keys").status, 200, "the key after a restart")
